/* Which figures a report has.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/charts.h"
#include "reports/verdict.h"

static int (*const of_panel[])(const struct chart *) = {chart_lines, chart_memory, chart_speedup, chart_threads, chart_samples};
static int (*const of_set[])(const struct chart *) = {chart_models, chart_roofline, chart_accuracy};

enum { MAX_THREADS = 64, PANELS_WITH_CHOICES = 16 };

int charts_make(const struct report *r, struct figures *figures)
{
	int threads[MAX_THREADS];
	figures->r = r;
	figures->choices = r->panel_count <= PANELS_WITH_CHOICES;
	for (size_t i = 0; i < r->panel_count; i++) {
		struct chart c = {r, &r->panels[i], r->panels[i].set, r->panels[i].threads, figures, NULL};
		for (size_t f = 0; f < sizeof of_panel / sizeof *of_panel; f++)
			if (of_panel[f](&c))
				return -1;
	}
	for (size_t s = 0; s < r->set_count; s++)
		for (size_t n = set_threads(&r->sets[s], threads, MAX_THREADS), i = 0; i < n; i++) {
			struct chart c = {r, NULL, s, threads[i], figures, NULL};
			for (size_t f = 0; f < sizeof of_set / sizeof *of_set; f++)
				if (of_set[f](&c))
					return -1;
		}
	struct chart all = {.r = r, .figures = figures};
	return chart_scaling(&all);
}
