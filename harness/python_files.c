/* Reads Python files in a child; finds the peers and the Python they are installed for.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "config.h"
#include "harness/python_files.h"
#include "harness/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *python_file_stem(const char *path)
{
	static char stem[256];
	const char *slash = strrchr(path, '/');
	snprintf(stem, sizeof stem, "%s", slash ? slash + 1 : path);
	char *end = strrchr(stem, '.');
	if (end)
		*end = 0;
	return stem;
}

const char *python_file_name(const char *path)
{
	static char name[65];
	char line[512];
	FILE *f = fopen(path, "r");
	*name = 0;
	while (f && !*name && fgets(line, sizeof line, f))
		sscanf(line, "name = \"%64[a-z0-9_/.-]\"", name);
	if (f)
		fclose(f);
	return *name ? name : python_file_stem(path);
}

#ifdef HAVE_PYTHON
#include "harness/sandbox.h"
#include "impls/python/python.h"

#include <dirent.h>
#include <limits.h>
#include <unistd.h>

/* The Python whose packages are used, and whether the peers' are among them. */
static struct {
	int known, has_peers;
	char program[PATH_MAX], helper[PATH_MAX];
	char why[512]; /* what is wrong with ATTNBENCH_PYTHON */
} python;

/* A venv's pyvenv.cfg tells its version; "": there is no such file, or no version in it. */
static void read_venv_version(const char *folder, char version[16])
{
	char path[PATH_MAX + 16], line[256];
	*version = 0;
	snprintf(path, sizeof path, "%s/pyvenv.cfg", folder);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "version = %15[0-9.]", version) == 1 || sscanf(line, "version_info = %15[0-9.]", version) == 1)
			break;
	if (f)
		fclose(f);
}

/* "3.11.7" is a 3.11. */
static int is_same_version(const char *version)
{
	size_t n = strlen(python_version());
	return !strncmp(version, python_version(), n) && (version[n] == '.' || !version[n]);
}

/* folder: a venv, or an interpreter in one. */
static int use_venv(const char *named)
{
	char folder[PATH_MAX], version[16];
	snprintf(folder, sizeof folder, "%s", named);
	snprintf(python.program, sizeof python.program, "%s/bin/python3", named);
	if (access(python.program, X_OK)) {
		snprintf(python.program, sizeof python.program, "%s", named);
		char *bin = strstr(folder, "/bin/");
		if (bin)
			*bin = 0;
	}
	if (access(python.program, X_OK) || !strchr(python.program, '/'))
		return snprintf(python.why, sizeof python.why, "%.300s: expected the folder of a venv, or the Python interpreter in it", named), 0;
	read_venv_version(folder, version);
	if (*version && !is_same_version(version))
		return snprintf(python.why, sizeof python.why, "%.300s is a venv of Python %s: expected %s, which this program embeds", named, version, python_version()), 0;
	return 1;
}

static void find_python(void)
{
	const char *named = getenv("ATTNBENCH_PYTHON");
	const char *peers = in_build_tree() ? ATTN_BUILDDIR "/.peers" : ATTN_PKGDATADIR "/.peers";
	if (python.known)
		return;
	python.known = 1;
	snprintf(python.helper, sizeof python.helper, "%s", data_path("impls/python/bridge.py"));
	if (named && *named)
		python.has_peers = use_venv(named);
	else if (!access(peers, F_OK))
		python.has_peers = use_venv(peers);
	python_setup(*python.program ? python.program : NULL, python.helper);
}

/* What children tell the parent. */
struct reading {
	const struct python_entry *entries;
	size_t first, count;
	struct reading_of {
		enum { READING_NOT_BEGUN, READING_BEGUN, READING_DONE, READING_FAILED } state;
		struct python_about about;
		char why[480];
	} of[];
};

static int read_abouts(void *context)
{
	struct reading *r = context;
	for (size_t i = r->first; i < r->count; i++) {
		r->of[i].state = READING_BEGUN;
		enum attn_status status = python_about_read(r->entries[i].path, &r->of[i].about, r->of[i].why, sizeof r->of[i].why);
		r->of[i].state = status == ATTN_OK ? READING_DONE : READING_FAILED;
	}
	return 0;
}

/* Reads all; a file that ends its child is left, and another child goes on behind it. */
static void read_all(struct reading *r)
{
	const struct sandbox_limits limits = {60, 0};
	for (r->first = 0; r->first < r->count;) {
		struct sandbox_outcome outcome = sandbox_run(read_abouts, r, &limits);
		while (r->first < r->count && r->of[r->first].state >= READING_DONE)
			r->first++;
		if (r->first == r->count)
			return;
		struct reading_of *died = &r->of[r->first++];
		if (outcome.end == SANDBOX_OK) /* not at its own end: then all are read */
			outcome.end = SANDBOX_EXITED;
		int n = died->state == READING_BEGUN ? snprintf(died->why, sizeof died->why, "while it was loaded: ") : 0;
		sandbox_describe(&outcome, died->why + n, sizeof died->why - (size_t)n);
		died->state = READING_FAILED;
	}
}

static void take(struct python_entry *e, const struct reading_of *of)
{
	char why[480];
	snprintf(why, sizeof why, "%s", of->why);
	if (of->state == READING_DONE)
		e->impl = python_impl_make(e->path, &of->about, why, sizeof why);
	if (!e->impl)
		snprintf(e->why, sizeof e->why, "%s", why);
}

void python_files_load(struct python_entry *entries, size_t count)
{
	size_t bytes = sizeof(struct reading) + count * sizeof(struct reading_of);
	find_python();
	struct reading *r = *python.why ? NULL : sandbox_share(bytes);
	if (r) {
		r->entries = entries;
		r->count = count;
		read_all(r);
	}
	for (size_t i = 0; i < count; i++)
		if (r)
			take(&entries[i], &r->of[i]);
		else
			snprintf(entries[i].why, sizeof entries[i].why, "%s", *python.why ? python.why : "no shared memory");
	sandbox_unshare(r, bytes);
}

static void off(struct python_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++)
		snprintf(entries[i].why, sizeof entries[i].why, "not installed: make peers");
}

static void switch_peers(struct python_entry *entries, size_t count)
{
	find_python();
	if (python.has_peers || *python.why)
		python_files_load(entries, count);
	else
		off(entries, count);
}
#else
#include <dirent.h>

void python_files_load(struct python_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++)
		snprintf(entries[i].why, sizeof entries[i].why, "this build embeds no Python: %s", WHY_PYTHON);
}

static void switch_peers(struct python_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++)
		snprintf(entries[i].why, sizeof entries[i].why, "not built: no Python: %s", WHY_PYTHON);
}
#endif

/* NAME.py; what several share is _NAME.py. */
static int is_peer(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);
	return n > 3 && entry->d_name[0] != '_' && !strcmp(entry->d_name + n - 3, ".py");
}

struct python_entry *python_files_peers(size_t *count)
{
	struct dirent **files;
	const char *wanted = getenv("ATTNBENCH_PEERS");
	char *folder = strdup(data_path("peers"));
	*count = 0;
	int n = folder && !(wanted && !strcmp(wanted, "no")) ? scandir(folder, &files, is_peer, alphasort) : -1;
	struct python_entry *entries = n > 0 ? calloc((size_t)n, sizeof *entries) : NULL;
	for (int i = 0; i < n; i++) {
		if (entries && asprintf(&entries[*count].path, "%s/%s", folder, files[i]->d_name) > 0)
			++*count;
		free(files[i]);
	}
	if (n >= 0)
		free(files);
	free(folder);
	if (entries)
		switch_peers(entries, *count);
	return entries;
}
