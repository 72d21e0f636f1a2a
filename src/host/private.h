/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of this layer share: paths that are needed, and Landlock
 */
#ifndef HOST_PRIVATE_H
#define HOST_PRIVATE_H

#include <asymcap/host.h>

/** path_folder() - The folder that holds a path; to be freed */
char *path_folder(const char *path);

/** path_by_folder() - Whether a path is allowed by the folder that holds it */
bool path_by_folder(const struct confine_path *p);

/** path_usable() - Whether this process may do what @p says, as it is now */
bool path_usable(const struct confine_path *p);

/**
 * landlock_restrict() - Close the file system for this thread and those it
 *			 starts, but for a list of paths
 *
 * no-new-privileges must be set.
 *
 * Return: NULL, or why it stays open
 */
const char *landlock_restrict(const struct confine_list *list);

#endif /* HOST_PRIVATE_H */
