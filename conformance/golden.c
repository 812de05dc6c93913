/* attnbench golden --verify|--update: the stored cases, recomputed by the oracle.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/golden_report.h"
#include "conformance/golden_store.h"
#include "conformance/judge.h"
#include "conformance/sums.h"
#include "harness/command.h"
#include "harness/tensor.h"

#include <argp.h>
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct golden_options {
	int verify, update, json;
};

enum { KEY_JSON = 0x2000 };
static const struct argp_option option_table[] = {
	{"verify", 'v', NULL, 0, "compute every golden anew and compare, byte for byte; compare both oracles", 0},
	{"update", 'u', NULL, 0, "compute every golden anew and replace the stored ones", 0},
	{"json", KEY_JSON, NULL, 0, "the result as JSON: action, status, folder, goldens, files; with --verify also oracles_ratio and differences", 0},
	{NULL, 0, NULL, 0, NULL, 0}};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct golden_options *o = state->input;
	if (key == 'v')
		o->verify = 1;
	else if (key == 'u')
		o->update = 1;
	else if (key == KEY_JSON)
		o->json = 1;
	else if (key == ARGP_KEY_ARG)
		argp_error(state, "unexpected argument \"%s\"", argument);
	else if (key == ARGP_KEY_END && o->verify + o->update != 1)
		argp_error(state, "expected --verify or --update");
	else if (key != ARGP_KEY_END)
		return ARGP_ERR_UNKNOWN;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int not_dot(const struct dirent *entry) { return entry->d_name[0] != '.'; }

/* Calls visit(folder, relative, context) for every file two levels deep, in order; 0 where one said so. */
static int for_each_file(const char *folder, int (*visit)(const char *folder, const char *relative, void *context), void *context)
{
	struct dirent **cases, **files;
	int good = 1, n = scandir(folder, &cases, not_dot, alphasort);
	for (int i = 0; i < n; i++) {
		char path[4096], relative[600];
		snprintf(path, sizeof path, "%s/%s", folder, cases[i]->d_name);
		int m = scandir(path, &files, not_dot, alphasort);
		for (int k = 0; k < m; k++) {
			snprintf(relative, sizeof relative, "%s/%s", cases[i]->d_name, files[k]->d_name);
			good = good && visit(folder, relative, context);
			free(files[k]);
		}
		if (m >= 0)
			free(files);
		free(cases[i]);
	}
	if (n >= 0)
		free(cases);
	return good && n >= 0;
}

struct sums_file {
	FILE *f;
	char why[1024];
};

static int add_sum(const char *folder, const char *relative, void *context)
{
	struct sums_file *sums = context;
	char path[4096], sum[SUM_SIZE];
	snprintf(path, sizeof path, "%s/%s", folder, relative);
	return sum_file(path, sum, sums->why, sizeof sums->why) == ATTN_OK && fprintf(sums->f, "%s  %s\n", sum, relative) > 0;
}

static int write_sums(const char *folder, char *why, size_t size)
{
	char path[4096], finished[4096];
	struct sums_file sums = {NULL, ""};
	snprintf(path, sizeof path, "%s/.sums", folder);
	snprintf(finished, sizeof finished, "%s/SHA256SUMS", folder);
	sums.f = fopen(path, "w");
	int good = sums.f && for_each_file(folder, add_sum, &sums);
	if (sums.f)
		good &= !fclose(sums.f);
	if (!good || rename(path, finished))
		return snprintf(why, size, "%s: %s", finished, sums.why[0] ? sums.why : strerror(errno)), 0;
	return 1;
}

/* All goldens of the list, in a new folder. */
static int make_all(const char *folder, const struct golden *list, size_t count)
{
	char why[1024];
	if (mkdir(folder, 0777))
		return command_fail(EXIT_ENVIRONMENT, "%s: %s", folder, strerror(errno));
	for (size_t i = 0; i < count; i++)
		if (golden_write(folder, &list[i], why, sizeof why) != ATTN_OK)
			return command_fail(EXIT_ENVIRONMENT, "golden %s: %s", list[i].name, why);
	if (!write_sums(folder, why, sizeof why))
		return command_fail(EXIT_ENVIRONMENT, "%s", why);
	return EXIT_OK;
}

static int count_file(const char *folder, const char *relative, void *context)
{
	(void)folder, (void)relative;
	return ++*(size_t *)context > 0;
}

static int update(struct golden_report *r, const struct golden *list)
{
	const char *stored = r->folder;
	char fresh[4096], old[4096];
	snprintf(fresh, sizeof fresh, "%s.new", stored);
	snprintf(old, sizeof old, "%s.old", stored);
	remove_tree(fresh);
	int status = make_all(fresh, list, r->goldens);
	if (status == EXIT_OK && ((rename(stored, old) && errno != ENOENT) || rename(fresh, stored)))
		status = command_fail(EXIT_ENVIRONMENT, "%s: %s", stored, strerror(errno));
	remove_tree(status == EXIT_OK ? old : fresh);
	if (status == EXIT_OK)
		for_each_file(stored, count_file, &r->files);
	return golden_report_end(r, status);
}

struct comparison {
	struct golden_report *report;
	const char *other;
	size_t files;
	int differ;
	const char *what;
};

static int same_bytes(const char *a, const char *b)
{
	FILE *f = fopen(a, "rb"), *g = fopen(b, "rb");
	int x = f && g ? 0 : EOF, y = f && g ? 0 : 1;
	while (x == y && x != EOF)
		x = getc(f), y = getc(g);
	if (f)
		fclose(f);
	if (g)
		fclose(g);
	return x == y;
}

/* A file of the fresh ones that the stored lack: those that both have are compared once. */
static int find_file(const char *folder, const char *relative, void *context)
{
	struct comparison *c = context;
	char path[4096];
	(void)folder;
	snprintf(path, sizeof path, "%s/%s", c->other, relative);
	if (access(path, F_OK))
		c->differ = !!golden_report_difference(c->report, relative, "%s", c->what);
	return 1;
}

static int compare_file(const char *folder, const char *relative, void *context)
{
	struct comparison *c = context;
	char a[4096], b[4096];
	snprintf(a, sizeof a, "%s/%s", folder, relative);
	snprintf(b, sizeof b, "%s/%s", c->other, relative);
	c->files++;
	if (!same_bytes(a, b))
		c->differ = !!golden_report_difference(c->report, relative, "%s", c->what);
	return 1;
}

/* The long-double reference on the same inputs: what it finds as ratio, were the oracle's values an f64 implementation's. */
static int compare_oracles(struct golden_report *report, const struct golden *g)
{
	static const struct attn_numerics f64 = {0x1p-53, 0x1p-53, 0x1p-53};
	struct attn_tensors inputs, expected;
	struct judge_result r;
	char why[1024];
	if (golden_compute(g, &inputs, &expected, why, sizeof why) != ATTN_OK)
		return command_fail(EXIT_ENVIRONMENT, "golden %s: %s", g->name, why);
	enum attn_status status = judge(&g->problem, &expected, &f64, -1, 1, &r);
	golden_free(&inputs, &expected);
	if (status != ATTN_OK)
		return command_fail(EXIT_ENVIRONMENT, "golden %s: no memory for the reference", g->name);
	if (!(r.ratio <= 1))
		return golden_report_difference(report, g->name, "the oracles differ at %s[%lld,%lld,%lld,%lld]: MPFR %.17g, long double %.17g", r.output, (long long)r.at[0],
		                                (long long)r.at[1], (long long)r.at[2], (long long)r.at[3], r.got, r.expected);
	report->largest = r.ratio > report->largest ? r.ratio : report->largest;
	return EXIT_OK;
}

static int check_sum(const char *folder, const char *relative, void *context)
{
	struct sums_file *sums = context;
	return sum_verify(folder, relative, sums->why, sizeof sums->why) == ATTN_OK;
}

/* What is stored must be readable and what it was when it was made, before it is compared with anything. */
static int read_all(const char *stored, const struct golden *list, size_t count)
{
	struct sums_file sums = {NULL, ""};
	for (size_t i = 0; i < count; i++) {
		struct attn_tensors inputs, expected;
		struct golden g;
		if (golden_read_case(stored, list[i].name, &g, sums.why, sizeof sums.why) != ATTN_OK ||
		    golden_read(stored, &g, &inputs, &expected, sums.why, sizeof sums.why) != ATTN_OK)
			return command_fail(EXIT_ENVIRONMENT, "golden %s: %s", list[i].name, sums.why);
		golden_free(&inputs, &expected);
	}
	if (!for_each_file(stored, check_sum, &sums))
		return command_fail(EXIT_ENVIRONMENT, "%s", sums.why[0] ? sums.why : strerror(errno));
	return EXIT_OK;
}

/* The folder of fresh ones against that of the stored. EXIT_CHECK_FAILED after a message for each file that differs. */
static int compare_folders(struct golden_report *r, const char *fresh)
{
	struct comparison forth = {r, fresh, 0, 0, "the stored file is not what the oracle computes"}, back = {r, r->folder, 0, 0, "there is no such stored file"};
	char sums[4096], fresh_sums[128];
	if (!for_each_file(r->folder, compare_file, &forth) || !for_each_file(fresh, find_file, &back))
		return command_fail(EXIT_ENVIRONMENT, "%s: %s", r->folder, strerror(errno));
	r->files = forth.files;
	snprintf(sums, sizeof sums, "%s/SHA256SUMS", r->folder);
	snprintf(fresh_sums, sizeof fresh_sums, "%s/SHA256SUMS", fresh);
	if (forth.differ || back.differ)
		return EXIT_CHECK_FAILED;
	return same_bytes(sums, fresh_sums) ? EXIT_OK : golden_report_difference(r, "SHA256SUMS", "it is not the list of the checksums of the stored files");
}

static int verify(struct golden_report *r, const struct golden *list)
{
	char temporary[] = "/tmp/attnbench-golden-XXXXXX", fresh[64];
	int status = read_all(r->folder, list, r->goldens);
	if (status != EXIT_OK)
		return status;
	if (!mkdtemp(temporary))
		return command_fail(EXIT_ENVIRONMENT, "%s: %s", temporary, strerror(errno));
	snprintf(fresh, sizeof fresh, "%s/golden", temporary);
	status = make_all(fresh, list, r->goldens);
	if (status == EXIT_OK)
		status = compare_folders(r, fresh);
	for (size_t i = 0; status == EXIT_OK && i < r->goldens; i++)
		status = compare_oracles(r, &list[i]);
	remove_tree(temporary);
	return golden_report_end(r, status);
}

int command_golden(int argc, char **argv)
{
	struct golden_options o = {0, 0, 0};
	const struct argp parser = {option_table, parse_option, NULL, "The stored cases: inputs and the outputs of the arbitrary-precision oracle.", NULL, NULL, NULL};
	struct golden *list;
	char why[1024], stored[4096];
	struct golden_report r = {.folder = stored, .largest = -1};

	argp_parse(&parser, argc, argv, 0, NULL, &o);
	int status = command_check_json(o.json);
	if (status)
		return status;
	snprintf(stored, sizeof stored, "%s", data_path("conformance/golden"));
	if (golden_list(data_path("conformance/goldens.txt"), &list, &r.goldens, why, sizeof why) != ATTN_OK)
		return command_fail(EXIT_ENVIRONMENT, "%s", why);
	r.json = o.json, r.action = o.update ? "update" : "verify";
	status = (o.update ? update : verify)(&r, list);
	free(list);
	return status;
}
