/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Arrays that grow by one, without a field for their capacity
 */
#ifndef ASYMCAP_SITE_GROW_H
#define ASYMCAP_SITE_GROW_H

#include <asymcap/base.h>

/**
 * site_grow() - Make room for one more item
 * @array:	Array that has grown by this function alone, or NULL
 * @count:	Items in use
 * @size:	Bytes an item
 *
 * The capacity is the power of two at or above @count, at least 4, so that
 * @count itself tells when the array is full.
 *
 * Return: @array or its successor, owned; never NULL
 */
static inline void *site_grow(void *array, size_t count, size_t size)
{
	if (!count)
		return xrealloc(array, 4, size);
	if (count >= 4 && !(count & (count - 1)))
		return xrealloc(array, count * 2, size);
	return array;
}

#endif /* ASYMCAP_SITE_GROW_H */
