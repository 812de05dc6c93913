/* The formats a report is written in. Each function returns the text of a file (the caller's), or NULL for lack of memory.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORTS_FORMATS_H
#define REPORTS_FORMATS_H

#include "reports/charts.h"
#include "reports/report.h"

char *format_csv(const struct report *r);        /* one line a point, all numbers */
char *format_checks_csv(const struct report *r); /* one line a conformance case */
char *format_markdown(const struct report *r);
char *format_html(const struct report *r, const struct figures *figures);
/* The verdict for a terminal, 80 columns. */
void print_verdict(const struct report *r, FILE *out);
/* The same for programs: {"verdicts", "rankings"}. NULL: no memory. */
json_t *verdict_json(const struct report *r);

#endif
