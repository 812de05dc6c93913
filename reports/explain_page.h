/* What the page and the picture of an explanation share; needs jansson.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORTS_EXPLAIN_PAGE_H
#define REPORTS_EXPLAIN_PAGE_H

#include "reports/charts.h"
#include "reports/explain.h"

/* One figure a part, rendered where that can be. 0, or -1 where there is no memory. */
int explain_draw(const struct explanation *e, struct figures *figures);

/* Takes data. EXIT_OK, or a message was printed. */
int explain_write(const char *option, const char *path, char *data);

#endif
