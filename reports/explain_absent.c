/* explain where jansson is missing: text alone. The command refuses the others before it comes here.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/command.h"
#include "reports/explain.h"

static int refuse(const char *what)
{
	return command_fail(EXIT_ENVIRONMENT, "option --%s: this build has no jansson: %s", what, WHY_JANSSON);
}

int explain_json(FILE *f, const struct explanation *e, const struct explain_side sides[2], const struct explain_divergence *d)
{
	(void)f, (void)e, (void)sides, (void)d;
	return refuse("json");
}

int explain_html(const char *path, const struct explanation *e, const struct explain_side sides[2], const struct explain_divergence *d)
{
	(void)path, (void)e, (void)sides, (void)d;
	return refuse("html");
}

int explain_svg(const char *path, const struct explanation *e)
{
	(void)path, (void)e;
	return refuse("svg");
}
