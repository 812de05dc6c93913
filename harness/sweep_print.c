/* The table of a sweep on stdout, 80 columns.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sweep.h"
#include "harness/wrap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "1.23 ms": three digits, at most 7 characters. */
static void put_time(char *text, size_t size, double ns)
{
	static const struct {
		double ns;
		const char *name;
	} units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};
	size_t u = 0;
	while (u < 3 && ns < units[u].ns * 0.9995)
		u++;
	double x = ns / units[u].ns;
	snprintf(text, size, "%.*f %s", x < 9.995 ? 2 : x < 99.95 ? 1 : 0, x, units[u].name);
}

static void put_bytes(char *text, size_t size, double bytes)
{
	static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	size_t u = 0;
	while (u < 4 && bytes >= 1000) {
		bytes /= 1024;
		u++;
	}
	snprintf(text, size, "%.*f %s", u == 0 || bytes >= 99.5 ? 0 : 1, bytes, names[u]);
}

static double median_of(const struct sweep_point *p)
{
	struct stats_summary s;
	return p->status == SWEEP_OK && p->n && !stats_summarise(p->samples_ns, p->n, &s) ? s.median : INFINITY;
}

/* Those with a time by it, fastest first, limits after them; then those without, as they came. */
static int by_rank(const void *a, const void *b)
{
	const struct sweep_point *x = *(struct sweep_point *const *)a, *y = *(struct sweep_point *const *)b;
	int limits = !!x->impl->limit - !!y->impl->limit;
	double tx = median_of(x), ty = median_of(y);
	if (limits)
		return limits;
	if (tx != ty)
		return tx < ty ? -1 : 1;
	return (x > y) - (x < y);
}

/* "92% compute": of which roof. */
static void put_roof(char *text, size_t size, const struct sweep *s, const struct sweep_point *p, double median)
{
	const char *name;
	double most = sweep_roof(s, p->of, &name);
	snprintf(text, size, "-");
	if (most > 0)
		snprintf(text, size, "%.0f%% %s", 100 * p->of->flops / (median * 1e-9) / most, strcmp(name, "compute") ? name : "flop");
}

/* "2", or "2:1" where one of the two is severe. */
static void put_outliers(char *text, size_t size, const struct stats_summary *s)
{
	size_t severe = s->low_severe + s->high_severe;
	snprintf(text, size, severe ? "%zu:%zu" : s->outliers ? "%zu" : "-", s->outliers, severe);
}

static void print_timed(const struct sweep *of, const struct sweep_point *p)
{
	struct stats_summary s;
	char time[24], workspace[24], peak[24] = "-", ratio[24] = "-", roof[24], outliers[48], rate[24];
	if (stats_summarise_passes(p->samples_ns, p->in_pass, p->passes, &s))
		return;
	put_time(time, sizeof time, s.median);
	put_bytes(workspace, sizeof workspace, (double)p->workspace_bytes);
	put_roof(roof, sizeof roof, of, p, s.median);
	put_outliers(outliers, sizeof outliers, &s);
	snprintf(rate, sizeof rate, "%.1f", p->of->flops / s.median);
	if (p->has_peak)
		put_bytes(peak, sizeof peak, (double)p->peak_extra_bytes);
	if (!isnan(p->error_ratio))
		snprintf(ratio, sizeof ratio, "%.3f", p->error_ratio);
	printf("  %-14.14s %7s %4.0f%% %4s ", p->impl->name, time, 50 * (s.ci_high - s.ci_low) / s.median, outliers);
	printf("%7s %9s %8s %8s%c %5s\n", p->impl->limit ? "limit" : rate, p->impl->limit ? "" : roof, workspace, peak, p->announces_too_little ? '!' : ' ',
	       p->impl->limit ? "" : ratio);
}

/* A long reason goes on under itself. */
static void print_untimed(const struct sweep_point *p)
{
	enum { BEGIN = 27 };
	printf("  %-14.14s %8s  ", p->impl->name, sweep_status_name(p->status));
	wrap_put(stdout, p->reason, &(struct wrap){WRAP_COLUMNS, BEGIN, BEGIN, "", "/,:"});
}

static void print_case(const struct sweep *s, size_t c, const struct sweep_point **order)
{
	const struct sweep_case *of = &s->cases[c];
	size_t timed = 0;
	for (size_t i = 0; i < s->n_impls; i++) {
		order[i] = sweep_point_at(s, c, i);
		timed += order[i]->status == SWEEP_OK;
	}
	qsort(order, s->n_impls, sizeof *order, by_rank);
	char title[ATTN_KEY_SIZE + 128];
	snprintf(title, sizeof title, "%s: %s, %d thread%s%s", of->workload, of->key, of->threads, of->threads == 1 ? "" : "s", of->cold ? ", cold" : "");
	puts("");
	wrap_put(stdout, title, &(struct wrap){WRAP_COLUMNS, 0, 0, "", "/"});
	if (timed)
		printf("  %-14s %7s %5s %4s %7s %9s %8s %8s  %5s\n", "", "median", "+-", "outl", "GFLOP/s", "of roof", "plan", "peak", "error");
	for (size_t i = 0; i < s->n_impls; i++)
		if (order[i]->status == SWEEP_OK)
			print_timed(s, order[i]);
	for (size_t i = 0; i < s->n_impls; i++)
		if (order[i]->status > SWEEP_OK)
			print_untimed(order[i]);
}

void sweep_print(const struct sweep *s)
{
	const struct sweep_point **order = calloc(s->n_impls + 1, sizeof *order);
	for (size_t c = 0; order && c < s->n_cases; c++)
		for (size_t i = 0; i < s->n_impls; i++)
			if (sweep_point_at(s, c, i)->status != SWEEP_PENDING) {
				print_case(s, c, order);
				break;
			}
	free(order);
	puts("\nmedian of the time of one call; +-: half of its 95 % confidence interval;\n"
	     "outl: outliers, those beyond 3 interquartile ranges after the colon; all count;\n"
	     "of roof: of the arithmetic's peak, or of what that level of memory feeds;\n"
	     "plan: memory the plan took; peak: resident memory beyond inputs and output,\n"
	     "!: much more than was announced; cold: each call finds its inputs in memory;\n"
	     "error: worst error as a fraction of the bound derived for it (1 is a failure).");
}
