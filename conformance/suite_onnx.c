/* onnx: the backend tests of ONNX's operator Attention, from the folder given or from the project's own selection
 * (conformance/onnx). Their expected values come from another project; each output is judged by them and by the bound.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/suites.h"
#include "conformance/trial.h"

#ifdef HAVE_ONNX
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "conformance/onnx.h"
#include "harness/command.h"
#include "harness/problem.h"
#include "harness/tensor.h"

/* Folder of all cases; a case's name says the rest. Set where the cases are listed, before children are forked. */
static char root[2048];

enum { PATH_SIZE = 4000, DEPTH = 4 };

static int is_there(const char *folder, const char *name)
{
	char path[PATH_SIZE + 300];
	struct stat s;
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return stat(path, &s) == 0;
}

static int is_data_set(const struct dirent *entry) { return !strncmp(entry->d_name, "test_data_set_", 14); }
static int is_visible(const struct dirent *entry) { return entry->d_name[0] != '.'; }

static void test_onnx(struct trial *trial)
{
	struct attn_problem p;
	struct attn_tensors t;
	struct onnx_case c;
	char data_set[PATH_SIZE], why[1024];

	snprintf(data_set, sizeof data_set, "%s/%s", root, trial->c->name);
	enum attn_status status = onnx_case_read(&c, data_set, why, sizeof why);
	if (status != ATTN_OK) {
		status == ATTN_REFUSED ? trial_skip(trial, "it is not a test of Attention alone: %s", why) : trial_fail(trial, "%s", why);
		return;
	}
	if (onnx_problem_make(&p, &c, why, sizeof why) != ATTN_OK)
		trial_fail(trial, "%s: %s", data_set, why);
	else if (onnx_tensors_make(&t, &p, &c) != ATTN_OK)
		trial_fail(trial, "no memory");
	else {
		if (trial_run(trial, &p, &t)) {
			onnx_judge_stored(trial, &c, &p, &t);
			trial_judge(trial, &p, &t, NULL);
		}
		attn_tensors_free(&t);
	}
	onnx_case_free(&c);
}

static void add_case(struct case_list *list, const struct attn_problem *p, const char *name)
{
	struct check_case *one = case_add_problem(list, p, "stored", 0);
	if (one) {
		case_rename(one, name);
		one->test = test_onnx;
	}
}

/* What the folders are found to hold. */
struct finds {
	struct case_list *list;
	size_t attention, other; /* data sets of Attention; of other models, which are cases that are skipped */
	char why_other[512];     /* of the first */
};

/* A model of other operators stays in the list, under its name, to be skipped with the reason. */
static void add_other(struct finds *finds, const char *name, const char *why)
{
	struct attn_problem none;
	attn_problem_init(&none);
	attn_problem_resolve(&none);
	add_case(finds->list, &none, name);
	if (!finds->other++)
		snprintf(finds->why_other, sizeof finds->why_other, "%s", why);
}

static void add_data_set(struct finds *finds, const char *name)
{
	struct attn_problem p;
	struct onnx_case c;
	char data_set[PATH_SIZE], why[400];

	snprintf(data_set, sizeof data_set, "%s/%s", root, name);
	enum attn_status status = onnx_case_read(&c, data_set, why, sizeof why);
	if (status == ATTN_REFUSED)
		add_other(finds, name, why);
	else if (status != ATTN_OK)
		snprintf(finds->list->why, sizeof finds->list->why, "%s", why);
	if (status != ATTN_OK)
		return;
	if (onnx_problem_make(&p, &c, why, sizeof why) != ATTN_OK)
		snprintf(finds->list->why, sizeof finds->list->why, "%s: %s", data_set, why);
	else
		add_case(finds->list, &p, name), finds->attention++;
	onnx_case_free(&c);
}

/* A folder with model.onnx: one case for each data set. */
static void add_folder(struct finds *finds, const char *name)
{
	char folder[PATH_SIZE], data_set[PATH_SIZE], *why = finds->list->why;
	struct dirent **names;
	snprintf(folder, sizeof folder, "%s/%s", root, name);
	int n = scandir(folder, &names, is_data_set, alphasort);
	if (n < 0 || !is_there(folder, "model.onnx"))
		snprintf(why, sizeof finds->list->why, "%s/model.onnx: %s", folder, strerror(errno));
	if (n == 0 && !why[0]) {
		snprintf(data_set, sizeof data_set, "%s/test_data_set_0", name);
		add_data_set(finds, data_set);
		if (why[0]) /* the model is one to be tested */
			snprintf(why, sizeof finds->list->why, "%s: it holds no folder test_data_set_0", folder);
	}
	for (int i = 0; i < n; i++) {
		snprintf(data_set, sizeof data_set, "%s/%s", name, names[i]->d_name);
		if (!why[0])
			add_data_set(finds, data_set);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static int is_folder(const char *name)
{
	char path[PATH_SIZE];
	struct stat s;
	snprintf(path, sizeof path, "%s/%s", root, name);
	return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

static int is_test(const char *folder) { return is_there(folder, "model.onnx") || is_there(folder, "test_data_set_0"); }

/* The tests below root/inner, at any depth down to `levels` folders; inner is "" or ends with '/'. */
static void add_all(struct finds *finds, const char *inner, int levels)
{
	char path[PATH_SIZE], name[PATH_SIZE];
	struct dirent **names;
	snprintf(path, sizeof path, "%s/%s", root, inner);
	int n = scandir(path, &names, is_visible, alphasort);
	if (n < 0)
		snprintf(finds->list->why, sizeof finds->list->why, "%.400s: %s", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof name, "%s%s", inner, names[i]->d_name);
		snprintf(path, sizeof path, "%s/%s", root, name);
		if (!finds->list->why[0] && is_folder(name)) {
			if (is_test(path))
				add_folder(finds, name);
			else if (levels > 1 && snprintf(name, sizeof name, "%s%s/", inner, names[i]->d_name) < PATH_SIZE / 2)
				add_all(finds, name, levels - 1);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static void expect_some(const struct finds *finds)
{
	struct case_list *list = finds->list;
	if (list->why[0] || finds->attention)
		return;
	if (finds->other)
		snprintf(list->why, sizeof list->why, "%.400s: none of its %zu ONNX tests is one of Attention alone; %.400s", root, finds->other, finds->why_other);
	else
		snprintf(list->why, sizeof list->why, "%.400s: it holds no ONNX test, which is a folder with model.onnx and test_data_set_0", root);
}

void suite_onnx(struct case_list *list, const struct suite_options *options)
{
	const char *given = options->onnx ? options->onnx : data_path("conformance/onnx/cases");
	char absolute[4096 + 1];
	if (!realpath(given, absolute) || strlen(absolute) >= sizeof root) {
		snprintf(list->why, sizeof list->why, "%.400s: %s", given, strerror(errno));
		return;
	}
	strcpy(root, absolute);
	struct finds finds = {.list = list};
	char *last = strrchr(root, '/');
	if (is_test(root)) {
		*last = 0;
		add_folder(&finds, last + 1);
	} else {
		add_all(&finds, "", DEPTH);
	}
	expect_some(&finds);
}

#else

#include <stdio.h>

static void test_nothing(struct trial *trial) { trial_skip(trial, "this build does not read ONNX: " WHY_ONNX); }

void suite_onnx(struct case_list *list, const struct suite_options *options)
{
	struct check_case *c;
	if (options->onnx)
		snprintf(list->why, sizeof list->why, "--onnx %.200s: this build does not read ONNX: " WHY_ONNX, options->onnx);
	else if ((c = case_add(list, "b:1/hq:1/sq:1/d:1", "stored", 0)))
		c->test = test_nothing;
}

#endif
