/* Verdicts as sentences.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/verdict.h"
#include "reports/output.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

void put_name(FILE *out, const char *name)
{
	putc('\1', out);
	for (; *name; name++)
		putc((unsigned char)*name < ' ' ? '?' : *name, out);
	putc('\2', out);
}

static void put_rich(FILE *out, const char *rich, const char *open, const char *close, void (*put)(FILE *, const char *))
{
	char one[2] = "";
	for (; *rich; rich++) {
		one[0] = *rich;
		if (*rich == '\1' || *rich == '\2')
			fputs(*rich == '\1' ? open : close, out);
		else
			put(out, one);
	}
}

static void put_plain(FILE *out, const char *text)
{
	fputs(text, out);
}

void put_rich_html(FILE *out, const char *rich)
{
	put_rich(out, rich, "<strong>", "</strong>", put_html);
}

void put_rich_markdown(FILE *out, const char *rich)
{
	put_rich(out, rich, "**", "**", put_markdown);
}

void put_rich_plain(FILE *out, const char *rich)
{
	put_rich(out, rich, "", "", put_plain);
}

/* Fields of a key that the title says in words. */
static int is_named(const char *field, size_t n)
{
	static const char *const named[] = {"b:", "hq:", "hkv:", "sq:", "skv:", "d:", "dv:", "causal:", NULL};
	for (const char *const *m = named; *m; m++)
		if (!strncmp(field, *m, strlen(*m)))
			return 1;
	static const char *const types[] = {"f64", "f32", "bf16", "f16", NULL};
	for (const char *const *m = types; *m; m++)
		if (strlen(*m) == n && !strncmp(field, *m, n))
			return 1;
	return 0;
}

int panel_has_features(const char *key)
{
	for (const char *at = key; *at;) {
		size_t n = strcspn(at, "/");
		if (!is_named(at, n))
			return 1;
		at += n + (at[n] == '/');
	}
	return 0;
}

void panel_title(const struct panel *p, FILE *out)
{
	const struct point *s = p->sample;
	const int64_t *d = s->shape;
	fprintf(out, "d %" PRId64, d[SHAPE_D]);
	if (d[SHAPE_DV] != d[SHAPE_D])
		fprintf(out, ", dv %" PRId64, d[SHAPE_DV]);
	fprintf(out, ", %s, %s%s", s->dtype, strcmp(s->causal, "none") ? "causal " : "not causal", strcmp(s->causal, "none") ? s->causal : "");
	fprintf(out, ", batch %" PRId64 ", heads %" PRId64, d[SHAPE_B], d[SHAPE_HQ]);
	if (d[SHAPE_HKV] != d[SHAPE_HQ])
		fprintf(out, " over %" PRId64, d[SHAPE_HKV]);
	if (p->kind == PANEL_DECODE)
		fputs(", decode (one query)", out);
	if (p->kind == PANEL_CROSS)
		fprintf(out, ", %" PRId64 " queries", d[SHAPE_SQ]);
	for (const char *at = p->key; *at;) {
		size_t n = strcspn(at, "/");
		if (!is_named(at, n))
			fprintf(out, ", %.*s", (int)n, at);
		at += n + (at[n] == '/');
	}
	fprintf(out, ", %d thread%s", p->threads, p->threads == 1 ? "" : "s");
}

/* A run of lengths with one winner. */
struct segment {
	const char *winner, *runner_up; /* runner_up "": none; NULL: differs */
	size_t from, to;                /* in panel's lengths, both included */
	size_t compared;
	double log_sum, low, high; /* of runner-up's time / winner's */
};

static struct segment segment_at(const struct report *r, const struct panel *p, size_t from)
{
	struct segment s = {NULL, "", from, from, 0, 0, INFINITY, 0};
	for (size_t i = from; i < p->length_count; i++) {
		struct case_verdict v = case_verdict(r, p, p->lengths[i]);
		if (!v.first || (s.winner && strcmp(s.winner, v.first->impl)))
			break;
		s.winner = v.first->impl;
		s.to = i;
		if (!v.second)
			continue;
		double lead = v.second->value[MEDIAN_NS] / v.first->value[MEDIAN_NS];
		s.runner_up = !s.compared ? v.second->impl : s.runner_up && !strcmp(s.runner_up, v.second->impl) ? s.runner_up : NULL;
		s.compared++;
		s.log_sum += log(lead);
		s.low = fmin(s.low, lead);
		s.high = fmax(s.high, lead);
	}
	return s;
}

static void put_lead(const struct segment *s, FILE *out)
{
	if (!s->compared) {
		fputs(", the only one with a right answer", out);
		return;
	}
	fprintf(out, ", %.2f × as fast as ", exp(s->log_sum / (double)s->compared));
	if (s->runner_up)
		put_name(out, s->runner_up);
	else
		fputs("the next", out);
	if (s->compared > 1 && s->high - s->low >= 0.005)
		fprintf(out, " (%.2f × to %.2f ×)", s->low, s->high);
}

static void put_span(const struct panel *p, const struct segment *s, FILE *out)
{
	if (s->from == 0 && s->to + 1 == p->length_count && p->length_count > 1)
		fprintf(out, " at every length from %" PRId64 " to %" PRId64, p->lengths[0], p->lengths[s->to]);
	else if (s->from == s->to)
		fprintf(out, " at %" PRId64, p->lengths[s->from]);
	else
		fprintf(out, " from %" PRId64 " to %" PRId64, p->lengths[s->from], p->lengths[s->to]);
}

static void put_crossing(const struct report *r, const struct panel *p, const struct segment *before, const struct segment *after, FILE *out)
{
	int64_t from = p->lengths[before->to], to = p->lengths[after->from];
	struct crossing c = crossing_find(r, p, before->winner, after->winner, from, to);
	/* A crossing that the intervals leave anywhere is none to speak of. */
	if (isnan(c.at) || isnan(c.low) || isnan(c.high) || fmin(c.low, c.high) <= (double)from || fmax(c.low, c.high) >= (double)to)
		return;
	fprintf(out, " ");
	put_name(out, before->winner);
	fputs(" and ", out);
	put_name(out, after->winner);
	fprintf(out, " cross near %.0f", c.at);
	fprintf(out, " (%.0f to %.0f by their intervals).", fmin(c.low, c.high), fmax(c.low, c.high));
}

/* Lengths at which the fastest two can't be told apart, of those where there are two. */
static size_t count_ties(const struct report *r, const struct panel *p, size_t *compared)
{
	size_t ties = 0;
	*compared = 0;
	for (size_t i = 0; i < p->length_count; i++) {
		struct case_verdict v = case_verdict(r, p, p->lengths[i]);
		ties += (size_t)v.tie;
		*compared += v.second != NULL;
	}
	return ties;
}

static void put_ties(const struct report *r, const struct panel *p, FILE *out)
{
	for (size_t i = 0; i < p->length_count; i++) {
		struct case_verdict v = case_verdict(r, p, p->lengths[i]);
		if (!v.tie)
			continue;
		fprintf(out, " At %" PRId64 " ", v.length);
		put_name(out, v.first->impl);
		fputs(" and ", out);
		put_name(out, v.second->impl);
		fputs(" can't be told apart.", out);
	}
}

void verdict_of_panel(const struct report *r, const struct panel *p, FILE *out)
{
	struct segment before = {NULL, NULL, 0, 0, 0, 0, 0, 0};
	size_t compared, ties = count_ties(r, p, &compared);
	int any = 0;
	if (ties && ties == compared)
		fprintf(out, "Too close to call%s: the intervals of the fastest two overlap, or the machine's noise is larger than what parts them. By the medians alone ",
		        p->length_count > 1 ? " at every length" : "");
	for (size_t i = 0; i < p->length_count;) {
		struct segment s = segment_at(r, p, i);
		if (s.winner) {
			fputs(any++ ? "; " : "", out);
			put_name(out, s.winner);
			fputs(any == 1 ? " is fastest" : "", out);
			put_span(p, &s, out);
			put_lead(&s, out);
		}
		i = s.winner ? s.to + 1 : i + 1;
	}
	fputs(any ? "." : "No implementation gave a right answer.", out);
	for (size_t i = 0; i < p->length_count;) {
		struct segment s = segment_at(r, p, i);
		if (s.winner && before.winner)
			put_crossing(r, p, &before, &s, out);
		before = s.winner ? s : before;
		i = s.winner ? s.to + 1 : i + 1;
	}
	if (ties < compared)
		put_ties(r, p, out);
}
