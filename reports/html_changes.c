/* What differs between the first result set and each other one: faster, slower, right or wrong now, appeared, vanished.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/html.h"
#include "reports/output.h"

#include <stdlib.h>
#include <string.h>

static const char *change_of(const struct report *r, const struct point *old, const struct point *new)
{
	if (!old)
		return "appeared";
	if (!new)
		return "vanished";
	if (old->status != POINT_OK || new->status != POINT_OK)
		return old->status == new->status ? "same" : "status";
	if (points_tie(&r->sets[0], old, new))
		return "same";
	return new->value[MEDIAN_NS] < old->value[MEDIAN_NS] ? "faster" : "slower";
}

static void put_side(FILE *out, const struct point *p)
{
	char number[NUMBER_SIZE], exact[NUMBER_SIZE];
	if (!p)
		fputs("<td data-value=\"\">–</td>", out);
	else if (p->status == POINT_OK)
		fprintf(out, "<td data-value=\"%s\">%s</td>", show_exact(p->value[MEDIAN_NS], exact), show_time(p->value[MEDIAN_NS], number));
	else
		fprintf(out, "<td data-value=\"\" class=\"%s\">%s</td>", point_status_names[p->status], point_status_names[p->status]);
}

static void put_change(struct page *g, const struct point *old, const struct point *new)
{
	const struct point *any = old ? old : new;
	const char *change = change_of(g->r, old, new);
	char exact[NUMBER_SIZE];
	FILE *out = g->out;
	fprintf(out, "<tr class=\"%s\">", change);
	put_element(out, "th", "scope=\"row\"", any->impl);
	fputs("<td><code>", out);
	put_html(out, any->problem);
	fprintf(out, "</code></td><td>%d</td>", any->threads);
	put_side(out, old);
	put_side(out, new);
	if (old && new && old->status == POINT_OK && new->status == POINT_OK) {
		double ratio = old->value[MEDIAN_NS] / new->value[MEDIAN_NS];
		fprintf(out, "<td data-value=\"%s\">%.2f ×</td>", show_exact(ratio, exact), ratio);
	} else {
		fputs("<td data-value=\"\">–</td>", out);
	}
	fprintf(out, "<td>%s</td></tr>\n",
	        !strcmp(change, "same") ? "no difference" : !strcmp(change, "status") ? "status changed" : change);
}

/* "3 faster, 1 slower, …" */
static void put_summary(struct page *g, const struct result_set *a, const struct result_set *b)
{
	static const char *const kinds[] = {"faster", "slower", "same", "status", "appeared", "vanished"};
	static const char *const words[] = {"faster", "slower", "without a difference", "with another status", "appeared", "vanished"};
	size_t count[6] = {0};
	for (size_t i = 0; i < a->count; i++)
		for (int k = 0; k < 6; k++)
			count[k] += !strcmp(change_of(g->r, &a->points[i], set_twin(b, &a->points[i])), kinds[k]);
	for (size_t i = 0; i < b->count; i++)
		count[4] += !set_twin(a, &b->points[i]);
	fputs("<p class=\"verdict\">From ", g->out);
	put_element(g->out, "strong", "", a->label);
	fputs(" to ", g->out);
	put_element(g->out, "strong", "", b->label);
	for (int k = 0; k < 6; k++)
		fprintf(g->out, "%s%zu %s", k ? ", " : ": ", count[k], words[k]);
	fputs(". Faster or slower is what differs beyond both 95 % intervals and the machine's noise.</p>\n", g->out);
}

void html_changes(struct page *g)
{
	const struct result_set *a = &g->r->sets[0];
	for (size_t s = 1; s < g->r->set_count; s++) {
		const struct result_set *b = &g->r->sets[s];
		put_summary(g, a, b);
		fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Changes\">\n<table class=\"sort filter\">\n<caption>Medians side by side; speed-up is old "
		      "time over new time.</caption>\n<thead><tr><th scope=\"col\">implementation</th><th scope=\"col\">problem</th><th scope=\"col\">threads</th>",
		      g->out);
		put_element(g->out, "th", "scope=\"col\"", a->label);
		put_element(g->out, "th", "scope=\"col\"", b->label);
		fputs("<th scope=\"col\">speed-up</th><th scope=\"col\">change</th></tr></thead>\n<tbody>\n", g->out);
		for (size_t i = 0; i < a->count; i++)
			put_change(g, &a->points[i], set_twin(b, &a->points[i]));
		for (size_t i = 0; i < b->count; i++)
			if (!set_twin(a, &b->points[i]))
				put_change(g, NULL, &b->points[i]);
		fputs("</tbody>\n</table>\n</div>\n", g->out);
	}
}
