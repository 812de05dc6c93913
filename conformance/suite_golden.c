/* golden: stored cases. Inputs and expected values come from files, so that a fault in what draws inputs, or in the
 * reference, shows as well.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/golden_store.h"
#include "conformance/suites.h"
#include "conformance/trial.h"
#include "harness/command.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_golden(struct trial *trial)
{
	struct attn_tensors inputs, expected;
	struct golden g;
	char folder[4096], why[1024];

	snprintf(folder, sizeof folder, "%s", data_path("conformance/golden"));
	if (golden_read_case(folder, trial->c->name, &g, why, sizeof why) != ATTN_OK || golden_read(folder, &g, &inputs, &expected, why, sizeof why) != ATTN_OK) {
		trial_fail(trial, "%s", why);
		return;
	}
	if (trial_run(trial, &g.problem, &inputs))
		trial_judge(trial, &g.problem, &inputs, &expected);
	golden_free(&inputs, &expected);
}

static int is_case(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && strcmp(entry->d_name, "SHA256SUMS");
}

/* A stored case that cannot be read, or was changed, is no result of an implementation: nothing is run. Once is enough. */
static int is_readable(const char *folder, const struct golden *g, char *why, size_t size)
{
	struct attn_tensors inputs, expected;
	if (golden_read(folder, g, &inputs, &expected, why, size) != ATTN_OK)
		return 0;
	golden_free(&inputs, &expected);
	return 1;
}

void suite_golden(struct case_list *list, const struct suite_options *options)
{
	static int all_were_read;
	struct dirent **names;
	char folder[4096];
	struct golden g;

	(void)options;
	snprintf(folder, sizeof folder, "%s", data_path("conformance/golden"));
	int n = scandir(folder, &names, is_case, alphasort);
	if (n <= 0)
		snprintf(list->why, sizeof list->why, "%.400s: %s", folder, n < 0 ? strerror(errno) : "it holds no case");
	for (int i = 0; i < n; i++) {
		struct check_case *c = NULL;
		if (!list->why[0] && golden_read_case(folder, names[i]->d_name, &g, list->why, sizeof list->why) == ATTN_OK &&
		    (all_were_read || is_readable(folder, &g, list->why, sizeof list->why)))
			c = case_add_problem(list, &g.problem, "stored", g.seed);
		if (c) {
			case_rename(c, names[i]->d_name);
			c->test = test_golden;
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	all_were_read = !list->why[0];
}
