/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * html_packets: the packets of a finding as a table, for who cannot see the
 * drawing, and for who looks for them in Wireshark
 */
#include "html_ladder.h"

#include "text.h"
#include "words.h"

static void put_mac(struct str *s, const uint8_t mac[6])
{
	str_addf(s, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
}

static void put_cells(struct str *s, const struct html_ladder *l,
		      const struct html_rung *row)
{
	const struct sighting *at = row->at;
	const char *file = words_file(l->r, at->interface);
	struct str clock = {0};

	text_clock(&clock, at->time);
	str_addf(s, "</th><td class=w>%s</td><td>", clock.s);
	html_clip(s, words_tap(l->r, at->tap), HTML_NAME);
	str_add(s, "</td><td>");
	if (file)
		html_tail(s, file, HTML_PATH);
	str_addf(s, "</td><td class=n>%llu</td><td class=n>",
		 (unsigned long long)at->number);
	/* JSON Lines tell less of an ICMP error; so does the page. */
	if (!row->icmp)
		str_addf(s, "%u", at->ttl);
	str_add(s, "</td><td class=w>");
	if (!row->icmp && at->has_mac) {
		put_mac(s, at->src_mac);
		str_add(s, " → ");
		put_mac(s, at->dst_mac);
	}
	str_add(s, "</td></tr>\n");
	str_free(&clock);
}

static void put_table_row(struct str *s, const struct html_ladder *l,
			  const struct html_rung *row)
{
	char text[ADDR_TEXT];

	str_add(s, "<tr><th scope=row>");
	if (row->kind == ROW_LOST) {
		str_addf(s, "%s</th><td colspan=6>never seen at tap ",
			 row->of_request ? html_ladder_request(l->f)
					 : words_answer(l->f));
		html_clip(s, words_tap(l->r, row->tap), HTML_NAME);
		str_add(s, "</td></tr>\n");
		return;
	}
	if (row->kind == ROW_ICMP)
		str_addf(s, "ICMP %s from %s",
			 icmp_kind_name((enum icmp_kind)row->icmp->kind),
			 addr_format(&row->icmp->router, text));
	else
		str_addf(s, "%s%s",
			 row->kind == ROW_REQUEST ? html_ladder_request(l->f)
						  : words_answer(l->f),
			 row->at->resent ? " again" : "");
	put_cells(s, l, row);
}

static void put_note(struct str *s, const struct html_ladder *l)
{
	const struct finding *f = l->f;

	if (f->syn.count > html_ladder_kept(&f->syn))
		str_addf(s,
			 "<p class=mute>Of %u %ss these are the first at "
			 "each tap, and some resends.</p>\n",
			 f->syn.count, html_ladder_request(f));
	if (f->syn_ack.count > html_ladder_kept(&f->syn_ack))
		str_addf(s,
			 "<p class=mute>Of %u %ss these are the first at "
			 "each tap, and some resends.</p>\n",
			 f->syn_ack.count, words_answer(f));
	if (l->left_out)
		str_addf(s, "<p class=mute>%zu more taps are not drawn.</p>\n",
			 l->left_out);
}

void html_ladder_table(struct str *s, const struct html_ladder *l)
{
	html_scroll(s, "Packets");
	str_add(s, "<table>\n<thead><tr><th scope=col>Packet</th>"
		   "<th scope=col>Time (UTC)</th><th scope=col>Tap</th>"
		   "<th scope=col>File</th><th scope=col class=n>Number</th>"
		   "<th scope=col class=n>TTL</th><th scope=col>MAC addresses"
		   "</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < l->rows; i++)
		put_table_row(s, l, &l->row[i]);
	str_add(s, "</tbody></table>\n");
	html_scroll_end(s);
	put_note(s, l);
}
