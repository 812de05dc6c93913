/* Which figures a report has.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/charts.h"
#include "reports/verdict.h"

static int (*const of_panel[])(const struct chart *) = {chart_lines, chart_memory};

enum { MAX_THREADS = 64 };

int charts_make(const struct report *r, struct figures *figures)
{
	for (size_t i = 0; i < r->panel_count; i++) {
		struct chart c = {r, &r->panels[i], r->panels[i].set, r->panels[i].threads, figures};
		for (size_t f = 0; f < sizeof of_panel / sizeof *of_panel; f++)
			if (of_panel[f](&c))
				return -1;
	}
	return 0;
}
