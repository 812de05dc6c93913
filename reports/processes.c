/* What the processes of a point took and moved: of rows that the ranks of MPI compute. Announced beside measured, the formula beside what arrived.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/processes.h"
#include "reports/html.h"
#include "reports/output.h"
#include "reports/rank_table.h"

#include <math.h>

enum { COLUMNS = 9 };
static const char *const heads[COLUMNS] = {"implementation", "problem", "ranks", "announced", "measured", "beyond", "sent", "received", "by the formula"};
static const char *const title = "What the ranks take and send";
static const char legend[] = "Memory is of all processes together: announced by them, resident in them, and how much in them is not announced (! where it is much in one). "
                                  "Bytes in one call are those of the busiest rank; ✗ marks where a rank received others than the formula says.";
static const struct rank_table table = {"Ranks", legend, heads, COLUMNS};

static double most(const json_t *list)
{
	size_t i;
	json_t *x;
	double m = (double)NAN;
	json_array_foreach(list, i, x) m = fmax(m, json_number_value(x));
	return m;
}

static void fill_row(const struct point *p, const json_t *entry, char cell[COLUMNS][RANK_CELL])
{
	char number[NUMBER_SIZE];
	const json_t *all = json_object_get(entry, "processes"), *received = json_object_get(all, "received_bytes"), *analytic = json_object_get(all, "analytic_bytes");
	snprintf(cell[0], RANK_CELL, "%s", p->impl);
	snprintf(cell[1], RANK_CELL, "%s", p->problem);
	snprintf(cell[2], RANK_CELL, "%.0f", number_of(all, "count"));
	snprintf(cell[3], RANK_CELL, "%s", show_bytes(p->value[WORKSPACE_BYTES], number));
	snprintf(cell[4], RANK_CELL, "%s", show_bytes(p->value[PEAK_BYTES], number));
	snprintf(cell[5], RANK_CELL, "%s%s", show_bytes(number_of(entry, "unannounced_bytes"), number), json_is_true(json_object_get(entry, "announces_too_little")) ? " !" : "");
	snprintf(cell[6], RANK_CELL, "%s", show_bytes(most(json_object_get(all, "sent_bytes")), number));
	snprintf(cell[7], RANK_CELL, "%s%s", show_bytes(most(received), number), json_equal(received, analytic) ? "" : " ✗");
	snprintf(cell[8], RANK_CELL, "%s", show_bytes(most(analytic), number));
}

/* Each row to put(out, &table, cell); how many there were. put NULL: only counts. */
static size_t each(const struct report *r, FILE *out, void (*put)(FILE *, const struct rank_table *, char cell[][RANK_CELL]))
{
	size_t n = 0;
	for (size_t s = 0; s < r->set_count; s++)
		for (size_t i = 0; i < r->sets[s].count; i++) {
			const struct point *p = &r->sets[s].points[i];
			char cell[COLUMNS][RANK_CELL];
			if (p->status != POINT_OK || !json_is_object(json_object_get(p->entry, "processes")))
				continue;
			n++;
			if (!put)
				continue;
			fill_row(p, p->entry, cell);
			put(out, &table, cell);
		}
	return n;
}

int processes_are(const struct report *r)
{
	return each(r, NULL, NULL) > 0;
}

void markdown_processes(FILE *out, const struct report *r)
{
	if (!processes_are(r))
		return;
	fprintf(out, "\n## %s\n\n%s\n\n", title, legend);
	markdown_rank_head(out, &table);
	each(r, out, markdown_rank_row);
}

void html_processes(struct page *g)
{
	html_rank_head(g->out, &table);
	each(g->r, g->out, html_rank_row);
	html_rank_end(g->out);
}
