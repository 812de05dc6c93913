/* The verdict for a terminal: sentences, then the ranking, in 80 columns.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/wrap.h"
#include "reports/formats.h"
#include "reports/output.h"
#include "reports/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_THREADS = 64 };

char *verdict_plain(const struct report *r, size_t set, const char *workload)
{
	struct text rich, plain;
	if (text_begin(&rich))
		return NULL;
	verdict_of_workload(r, set, workload, rich.out);
	char *text = text_end(&rich), *line = NULL;
	if (text && !text_begin(&plain)) {
		put_rich_plain(plain.out, text);
		line = text_end(&plain);
	}
	free(text);
	return line;
}

static void print_workload(const struct report *r, size_t set, const char *workload, void *context)
{
	struct text whole;
	char *verdict = verdict_plain(r, set, workload);
	if (verdict && !text_begin(&whole)) {
		fprintf(whole.out, "%s%s%s: %s", r->set_count > 1 ? r->sets[set].label : "", r->set_count > 1 ? ", " : "", *workload ? workload : "verdict", verdict);
		char *line = text_end(&whole);
		if (line)
			wrap_put(context, line, &(struct wrap){WRAP_COLUMNS, 0, 0, "", ""});
		free(line);
	}
	free(verdict);
}

static void print_ranking(const struct report *r, size_t set, int threads, FILE *out)
{
	struct ranking k;
	if (ranking_make(r, set, threads, &k))
		return;
	fprintf(out, "\n%s, %d thread%s: geometric mean over the %zu of %zu cases all ranked have\n", r->sets[set].label, threads, threads == 1 ? "" : "s",
	        k.common, k.cases);
	fprintf(out, "%4s  %-24s %14s %10s %6s %6s %7s\n", "rank", "implementation", "time / fastest", "fastest in", "right", "failed", "refused");
	for (size_t i = 0; i < k.count; i++) {
		const struct ranked *row = &k.rows[i];
		char place[24] = "-", mean[24] = "not ranked";
		if (!isnan(row->slowdown)) {
			snprintf(place, sizeof place, "%zu", i + 1);
			snprintf(mean, sizeof mean, "%.2f", row->slowdown);
		}
		fprintf(out, "%4s  %-24.24s %14s %10zu %6zu %6zu %7zu\n", place, row->impl, mean, row->fastest, row->count[POINT_OK],
		        row->count[POINT_FAILED] + row->count[POINT_CRASHED] + row->count[POINT_TIMEOUT], row->count[POINT_REFUSED]);
	}
	free(k.rows);
}

void print_verdict(const struct report *r, FILE *out)
{
	int threads[MAX_THREADS];
	putc('\n', out);
	for (size_t s = 0; s < r->set_count; s++)
		workloads_each(r, s, print_workload, out);
	for (size_t s = 0; s < r->set_count; s++)
		for (size_t n = set_threads(&r->sets[s], threads, MAX_THREADS), i = 0; i < n; i++)
			print_ranking(r, s, threads[i], out);
}
