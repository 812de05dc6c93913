/* The verdict over all cases of a workload: who wins how many, and by how much.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/verdict.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

void workloads_each(const struct report *r, size_t set, workload_visit *visit, void *context)
{
	for (size_t i = 0; i < r->panel_count; i++) {
		size_t j = 0;
		while (j < i && (r->panels[j].set != set || strcmp(r->panels[j].workload, r->panels[i].workload)))
			j++;
		if (j == i && r->panels[i].set == set)
			visit(r, set, r->panels[i].workload, context);
	}
}

struct tally {
	size_t won, ties, cases, unanswered;
	double log_lead; /* over the cases won that had a runner-up */
	size_t compared;
};

/* Counts what impl won in the workload's panels; with impl NULL what anyone won. */
static struct tally tally_of(const struct report *r, size_t set, const char *workload, const char *impl)
{
	struct tally t = {0};
	for (size_t i = 0; i < r->panel_count; i++) {
		const struct panel *p = &r->panels[i];
		if (p->set != set || strcmp(p->workload, workload))
			continue;
		for (size_t l = 0; l < p->length_count; l++) {
			struct case_verdict v = case_verdict(r, p, p->lengths[l]);
			t.cases += v.first != NULL;
			t.unanswered += v.first == NULL;
			if (!v.first || (impl && strcmp(v.first->impl, impl)))
				continue;
			t.won++;
			t.ties += v.tie;
			t.log_lead += v.second ? log(v.second->value[MEDIAN_NS] / v.first->value[MEDIAN_NS]) : 0;
			t.compared += v.second != NULL;
		}
	}
	return t;
}

static void put_tally(const struct tally *t, FILE *out)
{
	if (t->compared)
		fprintf(out, ", there %.2f × as fast as the next", exp(t->log_lead / (double)t->compared));
	if (t->ties)
		fprintf(out, " (%zu of them too close to call)", t->ties);
}

static void put_best(const char *first, const struct tally *best, size_t cases, FILE *out)
{
	put_name(out, first);
	if (best->won == cases)
		fprintf(out, " is fastest in %s%zu case%s", cases == 1 ? "the " : "all ", cases, cases == 1 ? "" : "s");
	else
		fprintf(out, " is fastest in %zu of %zu cases", best->won, cases);
	put_tally(best, out);
}

/* A run of lengths where one implementation wins in every panel of the workload. */
struct stretch {
	const char *winner;
	int64_t from, to;
	double log_lead;
	size_t compared, ties;
};

/* The winner at a length in all panels that have it; NULL where they differ, or two kinds of panel are mixed. */
static const char *common_winner(const struct report *r, size_t set, const char *workload, int64_t length, struct stretch *s)
{
	const struct panel *first = NULL;
	const char *winner = NULL;
	for (size_t i = 0; i < r->panel_count; i++) {
		const struct panel *p = &r->panels[i];
		if (p->set != set || strcmp(p->workload, workload))
			continue;
		first = first ? first : p;
		struct case_verdict v = case_verdict(r, p, length);
		if (p->kind != first->kind || (winner && v.first && strcmp(winner, v.first->impl)))
			return NULL;
		winner = v.first ? v.first->impl : winner;
		s->log_lead += v.second ? log(v.second->value[MEDIAN_NS] / v.first->value[MEDIAN_NS]) : 0;
		s->compared += v.second != NULL;
		s->ties += (size_t)v.tie;
	}
	return winner;
}

/* The least length above `above` of any panel of the workload; 0: none. */
static int64_t next_length(const struct report *r, size_t set, const char *workload, int64_t above)
{
	int64_t least = 0;
	for (size_t i = 0; i < r->panel_count; i++) {
		const struct panel *p = &r->panels[i];
		for (size_t n = 0; n < p->length_count && p->set == set && !strcmp(p->workload, workload); n++)
			if (p->lengths[n] > above && (!least || p->lengths[n] < least))
				least = p->lengths[n];
	}
	return least;
}

enum { STRETCHES = 4 }; /* more are no headline */

/* How many stretches there are; 0 where the panels disagree, or there are too many. */
static size_t find_stretches(const struct report *r, size_t set, const char *workload, struct stretch found[STRETCHES])
{
	size_t n = 0;
	for (int64_t length = next_length(r, set, workload, 0); length; length = next_length(r, set, workload, length)) {
		struct stretch s = {NULL, length, length, 0, 0, 0};
		s.winner = common_winner(r, set, workload, length, &s);
		if (!s.winner)
			return 0;
		if (n && !strcmp(found[n - 1].winner, s.winner)) {
			found[n - 1].to = length;
			found[n - 1].log_lead += s.log_lead;
			found[n - 1].compared += s.compared;
			found[n - 1].ties += s.ties;
		} else if (n == STRETCHES) {
			return 0;
		} else {
			found[n++] = s;
		}
	}
	return n;
}

static void put_stretches(const struct stretch *s, size_t n, FILE *out)
{
	for (size_t i = 0; i < n; i++) {
		fputs(i ? "; " : "", out);
		put_name(out, s[i].winner);
		fputs(i ? "" : " is fastest", out);
		if (n == 1 && s->from != s->to)
			fputs(" at every length", out);
		if (s[i].from == s[i].to)
			fprintf(out, " at %" PRId64, s[i].from);
		else
			fprintf(out, " from %" PRId64 " to %" PRId64, s[i].from, s[i].to);
		if (s[i].compared)
			fprintf(out, ", %.2f × as fast as the next", exp(s[i].log_lead / (double)s[i].compared));
		if (s[i].ties)
			fprintf(out, " (%zu of %zu cases too close to call)", s[i].ties, s[i].compared);
	}
	fputs(". ", out);
}

void verdict_of_workload(const struct report *r, size_t set, const char *workload, FILE *out)
{
	struct stretch stretches[STRETCHES];
	struct tally all = tally_of(r, set, workload, NULL), best = {0};
	const char *first = NULL;
	int others = 0;
	for (size_t i = 0; i < r->impl_count; i++) {
		struct tally t = tally_of(r, set, workload, r->impls[i]);
		if (t.won > best.won)
			best = t, first = r->impls[i];
	}
	if (!first) {
		fputs("No implementation gave a right answer.", out);
		return;
	}
	if (best.won && all.ties == all.compared && all.compared)
		fputs("Too close to call in every case. By the medians alone ", out);
	size_t n = find_stretches(r, set, workload, stretches);
	if (n)
		put_stretches(stretches, n, out);
	else
		put_best(first, &best, all.cases, out);
	for (size_t i = 0; i < r->impl_count && best.won < all.cases; i++) {
		struct tally t = tally_of(r, set, workload, r->impls[i]);
		if (!t.won || (!n && !strcmp(r->impls[i], first)))
			continue;
		if (n && !others)
			fprintf(out, "Of %zu cases ", all.cases);
		fputs(others ? ", " : n ? "" : "; ", out);
		put_name(out, r->impls[i]);
		fprintf(out, n && !others ? " wins %zu" : n ? " %zu" : " in %zu", t.won);
		others++;
	}
	fputs(others || !n ? "." : "", out);
	if (all.unanswered)
		fprintf(out, " In %zu more there is no right answer that was timed.", all.unanswered);
}
