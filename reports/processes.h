/* The processes that worked for points of a sweep.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORTS_PROCESSES_H
#define REPORTS_PROCESSES_H

#include "reports/report.h"

struct page;

/* Whether a point of any set had some. */
int processes_are(const struct report *r);

void markdown_processes(FILE *out, const struct report *r);
void html_processes(struct page *g);

#endif
