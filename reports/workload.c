/* The verdict over all cases of a workload: who wins how many, and by how much.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/verdict.h"

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

/* Counts what impl won in the workload's panels; with impl NULL only the cases. */
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
			if (!impl || !v.first || strcmp(v.first->impl, impl))
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

void verdict_of_workload(const struct report *r, size_t set, const char *workload, FILE *out)
{
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
	put_name(out, first);
	if (best.won == all.cases)
		fprintf(out, " is fastest in %s%zu case%s", all.cases == 1 ? "the " : "all ", all.cases, all.cases == 1 ? "" : "s");
	else
		fprintf(out, " is fastest in %zu of %zu cases", best.won, all.cases);
	put_tally(&best, out);
	for (size_t i = 0; i < r->impl_count; i++) {
		struct tally t = tally_of(r, set, workload, r->impls[i]);
		if (!t.won || !strcmp(r->impls[i], first))
			continue;
		fputs(others++ ? ", " : "; ", out);
		put_name(out, r->impls[i]);
		fprintf(out, " in %zu", t.won);
	}
	putc('.', out);
	if (all.unanswered)
		fprintf(out, " In %zu more no answer was right.", all.unanswered);
}
