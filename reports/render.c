/* Has the figures rendered: finds a Python that has vl-convert, gives it the specifications, reads the SVGs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/charts.h"
#include "harness/command.h"
#include "reports/output.h"
#include "reports/verdict.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Runs a program with its output in a file, or nowhere. Its exit status, or -1 where it could not be run. */
static int run(const char *const *arguments, const char *log)
{
	posix_spawn_file_actions_t actions;
	pid_t child;
	int status;
	if (posix_spawn_file_actions_init(&actions))
		return -1;
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, log ? log : "/dev/null", O_WRONLY | (log ? O_TRUNC : 0), 0);
	posix_spawn_file_actions_adddup2(&actions, 1, 2);
	int bad = posix_spawnp(&child, arguments[0], &actions, NULL, (char **)(uintptr_t)arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (bad)
		return -1;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The Python that has vl_convert: the one ATTNBENCH_PYTHON names and no other, else the build tree's, else PATH's. NULL: none. */
static const char *find_python(void)
{
	static const char *const usual[] = {ATTN_BUILDDIR "/.venv/bin/python3", "python3", NULL};
	const char *named = getenv("ATTNBENCH_PYTHON"), *const given[] = {named, NULL};
	for (const char *const *p = named && *named ? given : usual; *p; p++)
		if (!run((const char *[]){*p, "-c", "import vl_convert", NULL}, NULL))
			return *p;
	return NULL;
}

static int go_without(struct figures *figures, const char *why)
{
	figures->why_not = strdup(why);
	return figures->why_not ? 0 : -1;
}

/* What is to be seen, for who does not see it: the caption and the panel's verdict. */
static void put_description(const struct figures *figures, const struct figure *f, FILE *out)
{
	struct text t;
	put_rich_plain(out, f->caption);
	if (!f->panel || text_begin(&t))
		return;
	verdict_of_panel(figures->r, f->panel, t.out);
	char *verdict = text_end(&t);
	putc(' ', out);
	put_rich_plain(out, verdict ? verdict : "");
	free(verdict);
}

static json_t *specs_of(const struct figures *figures)
{
	json_t *specs = json_object();
	for (size_t i = 0; i < figures->count; i++) {
		struct text t;
		if (text_begin(&t))
			break;
		put_description(figures, &figures->items[i], t.out);
		char *plain = text_end(&t);
		json_object_set_new(specs, figures->items[i].name,
		                    json_pack("{s:O,s:s,s:s}", "spec", figures->items[i].spec, "title", figures->items[i].title, "desc", plain ? plain : ""));
		free(plain);
	}
	return specs;
}

static int take_svgs(struct figures *figures, const json_t *result)
{
	const json_t *svgs = json_object_get(result, "svgs");
	for (size_t i = 0; i < figures->count; i++) {
		const char *svg = text_of(svgs, figures->items[i].name, NULL);
		figures->items[i].svg = svg ? strdup(svg) : NULL;
	}
	figures->renderer = strdup(text_of(result, "renderer", "vl-convert"));
	return figures->renderer ? 0 : -1;
}

/* The last line that the renderer wrote, for the reason. */
static int take_reason(struct figures *figures, const char *log)
{
	char line[512] = "", last[512] = "no message";
	FILE *file = fopen(log, "r");
	while (file && fgets(line, sizeof line, file))
		if (line[strspn(line, " \n")])
			snprintf(last, sizeof last, "%s", line);
	if (file)
		fclose(file);
	last[strcspn(last, "\n")] = 0;
	return asprintf(&figures->why_not, "the renderer failed: %s", last) < 0 ? -1 : 0;
}

static int render_in(struct figures *figures, const char *python, const char *folder)
{
	char *names[3] = {NULL, NULL, NULL};
	static const char *const ends[3] = {"specs.json", "svgs.json", "log"};
	int status = -1;
	json_t *specs = specs_of(figures), *result = NULL;
	for (int i = 0; i < 3; i++)
		if (asprintf(&names[i], "%s/%s", folder, ends[i]) < 0)
			names[i] = NULL;
	if (specs && names[0] && names[1] && names[2] && !json_dump_file(specs, names[0], JSON_COMPACT)) {
		int log = open(names[2], O_CREAT | O_WRONLY, 0600);
		if (log >= 0)
			close(log);
		int failed = run((const char *[]){python, data_path("reports/render_charts.py"), names[0], names[1], NULL}, names[2]);
		result = failed ? NULL : json_load_file(names[1], 0, NULL);
		status = result ? take_svgs(figures, result) : take_reason(figures, names[2]);
	}
	for (int i = 0; i < 3; i++) {
		if (names[i])
			unlink(names[i]);
		free(names[i]);
	}
	json_decref(specs);
	json_decref(result);
	return status;
}

int figures_render(struct figures *figures)
{
	char folder[4096];
	const char *temporary = getenv("TMPDIR"), *python = figures->count ? find_python() : NULL;
	if (!figures->count)
		return go_without(figures, "there is nothing to draw");
	if (!python)
		return go_without(figures, getenv("ATTNBENCH_PYTHON") ? "ATTNBENCH_PYTHON names no Python with the module vl_convert"
		                                                      : "no Python with the module vl_convert was found");
	snprintf(folder, sizeof folder, "%s/attnbench-XXXXXX", temporary && *temporary ? temporary : "/tmp");
	if (!mkdtemp(folder))
		return go_without(figures, "no temporary folder could be made");
	int status = render_in(figures, python, folder);
	rmdir(folder);
	return status;
}
