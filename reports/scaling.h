/* Sets of attnbench-scale: one problem over more and more ranks.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORTS_SCALING_H
#define REPORTS_SCALING_H

#include "reports/report.h"

struct page;

/* Whether a file is such a set; adds it: 0, or an exit status after a message. It takes root. */
int scaling_is(const json_t *root);
int scaling_add(struct report *r, const char *path, json_t *root);
void scaling_free(struct report *r);

void markdown_scaling(FILE *out, const struct report *r);
void html_scaling(struct page *g);

#endif
