/* What differs between the first result set and each other one: faster, slower, right or wrong now, appeared, vanished.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/html.h"
#include "reports/output.h"

#include <math.h>
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
	fputs("<td class=\"key\"><code>", out);
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

/* How often each change happened to an implementation (NULL: to any), and its mean speed-up. Limits are no matter. */
enum { CHANGES = 6 };
static const char *const kinds[CHANGES] = {"faster", "slower", "same", "status", "appeared", "vanished"};
static const char *const words[CHANGES] = {"faster", "slower", "without a difference", "with another status", "appeared", "vanished"};

struct changes {
	size_t count[CHANGES], compared;
	double log_speedup;
};

static void count_change(const struct report *r, const struct point *old, const struct point *new, struct changes *c)
{
	const char *change = change_of(r, old, new);
	for (int k = 0; k < CHANGES; k++)
		c->count[k] += !strcmp(change, kinds[k]);
	if (!old || !new || old->status != POINT_OK || new->status != POINT_OK)
		return;
	c->log_speedup += log(old->value[MEDIAN_NS] / new->value[MEDIAN_NS]);
	c->compared++;
}

static struct changes changes_of(const struct report *r, const struct result_set *b, const char *impl)
{
	const struct result_set *a = &r->sets[0];
	struct changes c = {{0}, 0, 0};
	for (size_t i = 0; i < a->count; i++)
		if (!a->points[i].limit && (!impl || !strcmp(a->points[i].impl, impl)))
			count_change(r, &a->points[i], set_twin(b, &a->points[i]), &c);
	for (size_t i = 0; i < b->count; i++)
		if (!b->points[i].limit && (!impl || !strcmp(b->points[i].impl, impl)) && !set_twin(a, &b->points[i]))
			count_change(r, NULL, &b->points[i], &c);
	return c;
}

static void put_summary(struct page *g, const struct result_set *b)
{
	struct changes all = changes_of(g->r, b, NULL);
	fputs("<p class=\"verdict\">From ", g->out);
	put_element(g->out, "strong", "", g->r->sets[0].label);
	fputs(" to ", g->out);
	put_element(g->out, "strong", "", b->label);
	for (int k = 0; k < CHANGES; k++)
		fprintf(g->out, "%s%zu %s", k ? ", " : ": ", all.count[k], words[k]);
	fputs(".</p>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Changes by implementation\">\n<table class=\"sort\">\n<caption><span>Cases by what "
	      "became of them. Faster or slower is what differs beyond both 95 % intervals and the machine's noise; the speed-up is old time over new time, geometric mean "
	      "over the cases right in both.</span></caption>\n<thead><tr><th scope=\"col\">implementation</th><th scope=\"col\">speed-up</th>",
	      g->out);
	for (int k = 0; k < CHANGES; k++)
		put_element(g->out, "th", "scope=\"col\"", words[k]);
	fputs("</tr></thead>\n<tbody>\n", g->out);
	for (size_t i = 0; i < g->r->impl_count && !impl_is_limit(g->r->impls[i]); i++) {
		struct changes c = changes_of(g->r, b, g->r->impls[i]);
		fputs("<tr>", g->out);
		put_element(g->out, "th", "scope=\"row\"", g->r->impls[i]);
		if (c.compared)
			fprintf(g->out, "<td data-value=\"%.6f\">%.2f × over %zu</td>", exp(c.log_speedup / (double)c.compared), exp(c.log_speedup / (double)c.compared), c.compared);
		else
			fputs("<td data-value=\"\">–</td>", g->out);
		for (int k = 0; k < CHANGES; k++)
			fprintf(g->out, "<td>%zu</td>", c.count[k]);
		fputs("</tr>\n", g->out);
	}
	fputs("</tbody>\n</table>\n</div>\n", g->out);
}

static void put_cases(struct page *g, const struct result_set *b)
{
	const struct result_set *a = &g->r->sets[0];
	fputs("<details>\n<summary>Case by case</summary>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Changes case by case\">\n<table class=\"sort "
	      "filter\">\n<caption><span>Medians side by side.</span></caption>\n<thead><tr><th scope=\"col\">implementation</th><th scope=\"col\">problem</th><th "
	      "scope=\"col\">threads</th>",
	      g->out);
	put_element(g->out, "th", "scope=\"col\"", a->label);
	put_element(g->out, "th", "scope=\"col\"", b->label);
	fputs("<th scope=\"col\">speed-up</th><th scope=\"col\">change</th></tr></thead>\n<tbody>\n", g->out);
	for (size_t i = 0; i < a->count; i++)
		put_change(g, &a->points[i], set_twin(b, &a->points[i]));
	for (size_t i = 0; i < b->count; i++)
		if (!set_twin(a, &b->points[i]))
			put_change(g, NULL, &b->points[i]);
	fputs("</tbody>\n</table>\n</div>\n</details>\n", g->out);
}

void html_changes(struct page *g)
{
	for (size_t s = 1; s < g->r->set_count; s++) {
		put_summary(g, &g->r->sets[s]);
		put_cases(g, &g->r->sets[s]);
	}
}
