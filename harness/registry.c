/* The table of implementations at run time.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/registry.h"
#include "harness/command.h"
#include "harness/python_files.h"
#include "harness/ranks.h"
#include "impls/table.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct registry_entry *entries;
static size_t count;

static void add(const struct attn_impl *impl, const char *name, const char *origin)
{
	struct registry_entry *grown = realloc(entries, (count + 1) * sizeof *entries);
	if (!grown)
		return;
	entries = grown;
	entries[count++] = (struct registry_entry){impl, strdup(name), strdup(origin), NULL};
}

size_t registry_count(void) { return count; }
const struct registry_entry *registry_at(size_t i) { return &entries[i]; }

const struct attn_impl *registry_find(const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (entries[i].impl && !strcmp(entries[i].name, name))
			return entries[i].impl;
	return NULL;
}

enum attn_status registry_query(const struct attn_impl *impl, const struct attn_problem *p, char *why, size_t size)
{
	if (p->has & ATTN_HAS_PROJECTIONS && !(impl->kinds & ATTN_KIND_LAYER))
		return snprintf(why, size, "it does not do a layer's projections"), ATTN_REFUSED;
	if (p->wants & ATTN_WANTS_SUMS && !(impl->kinds & ATTN_KIND_SUMS))
		return snprintf(why, size, "it does not give the maximum and the sum of a row's softmax"), ATTN_REFUSED;
	return impl->query(p, why, size);
}

/* What is wrong with one implementation of a plugin's table; NULL: nothing. */
static const char *fault_of(const struct attn_impl *i, char *text, size_t size)
{
	size_t known = offsetof(struct attn_impl, limit);
	if (i->abi != ATTN_ABI) /* nothing else can be read then */
		return snprintf(text, size, "its ABI is %u: expected %u (the attn.h it was built with is another)", i->abi, ATTN_ABI), text;
	if (i->struct_size < known || i->struct_size > 4096)
		return snprintf(text, size, "its struct_size is %u: expected %zu to 4096", i->struct_size, known), text;
	if (!i->name || !*i->name || strlen(i->name) > 64 || strspn(i->name, "abcdefghijklmnopqrstuvwxyz0123456789_-/.") != strlen(i->name))
		return snprintf(text, size, "its name is \"%.64s\": expected 1 to 64 of a-z 0-9 _ - . /", i->name ? i->name : ""), text;
	if (!i->numerics || !i->query || !i->plan || !i->run || !i->destroy)
		return snprintf(text, size, "%s lacks one of the functions numerics, query, plan, run, destroy", i->name), text;
	if (registry_find(i->name))
		return snprintf(text, size, "there is an implementation \"%s\" already", i->name), text;
	return NULL;
}

/* An older plugin's table is shorter: the members it does not know are empty. */
static const struct attn_impl *widened(const struct attn_impl *i)
{
	struct attn_impl *whole = calloc(1, sizeof *whole);
	if (whole)
		memcpy(whole, i, i->struct_size < sizeof *whole ? i->struct_size : sizeof *whole);
	return whole;
}

/* The error that reading a file gives, a folder's too; 0: none. */
static int unreadable(const char *path)
{
	FILE *f = fopen(path, "r");
	if (!f)
		return errno;
	int error = getc(f) == EOF && ferror(f) ? errno : 0;
	fclose(f);
	return error;
}

/* python:FILE.py */
static enum attn_status load_python(const char *path, char *why, size_t size)
{
	char fault[256];
	struct python_entry e = {.path = (char *)(uintptr_t)path};
	int error = unreadable(path);
	if (error)
		return snprintf(why, size, "plugin python:%s: %s: expected a Python file", path, strerror(error)), ATTN_FAILED;
	python_files_load(&e, 1);
	if (!e.impl)
		return snprintf(why, size, "plugin python:%s: %s", path, e.why), ATTN_FAILED;
	if (fault_of(e.impl, fault, sizeof fault))
		return snprintf(why, size, "plugin python:%s: %s", path, fault), ATTN_FAILED;
	add(e.impl, e.impl->name, path);
	return ATTN_OK;
}

static enum attn_status load_shared_object(const char *path, char *why, size_t size)
{
	const struct attn_impl *const *(*table_of)(void);
	char fault[256], place[4096];

	snprintf(place, sizeof place, "%s%s", strchr(path, '/') ? "" : "./", path); /* a file, not a name to search for */
	void *library = dlopen(place, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return snprintf(why, size, "plugin %s: %s: expected a shared object", path, dlerror()), ATTN_FAILED;
	*(void **)&table_of = dlsym(library, "attn_plugin");
	if (!table_of) {
		snprintf(why, size, "plugin %s: it has no symbol attn_plugin: expected a shared object with an ATTN_PLUGIN line", path);
		dlclose(library);
		return ATTN_FAILED;
	}
	const struct attn_impl *const *table = table_of();
	if (!table || !*table)
		return snprintf(why, size, "plugin %s: attn_plugin() returned an empty table: expected at least one implementation", path), ATTN_FAILED;
	for (size_t i = 0; table[i]; i++)
		if (fault_of(table[i], fault, sizeof fault))
			return snprintf(why, size, "plugin %s: %s", path, fault), ATTN_FAILED;
	for (size_t i = 0; table[i]; i++) {
		const struct attn_impl *whole = widened(table[i]);
		if (!whole)
			return snprintf(why, size, "plugin %s: no memory", path), ATTN_NO_MEMORY;
		add(whole, whole->name, path);
	}
	return ATTN_OK;
}

enum attn_status registry_load(const char *path, char *why, size_t size)
{
	static const char python[] = "python:";
	size_t before = count;
	int is_python = !strncmp(path, python, sizeof python - 1);
	enum attn_status status = is_python ? load_python(path + sizeof python - 1, why, size) : load_shared_object(path, why, size);
	for (size_t i = before; i < count; i++)
		entries[i].plugin = strdup(path);
	return status;
}

static int is_shared_object(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);
	return n > 3 && !strcmp(entry->d_name + n - 3, ".so");
}

static void load_or_note(const char *path)
{
	char why[4352];
	const char *slash = strrchr(path, '/'), *end = strrchr(path, '.');
	int is_python = end && !strcmp(end, ".py");
	if ((is_python ? load_python : load_shared_object)(path, why, sizeof why) != ATTN_OK)
		add(NULL, slash ? slash + 1 : path, why);
}

static void load_folder(const char *folder)
{
	struct dirent **files;
	int n = scandir(folder, &files, is_shared_object, alphasort);
	for (int i = 0; i < n; i++) {
		char path[4096];
		snprintf(path, sizeof path, "%s/%s", folder, files[i]->d_name);
		load_or_note(path);
		free(files[i]);
	}
	if (n >= 0)
		free(files);
}

static void load_search_path(void)
{
	const char *search = getenv("ATTNBENCH_PLUGIN_PATH");
	char *copy = search ? strdup(search) : NULL, *rest = copy;
	for (char *one; copy && (one = strsep(&rest, ":"));) {
		DIR *folder = *one ? opendir(one) : NULL;
		if (folder) {
			closedir(folder);
			load_folder(one);
		} else if (*one) {
			load_or_note(one);
		}
	}
	free(copy);
}

/* A plugin of the same name goes before: the peer is left. */
static void add_peers(void)
{
	size_t n;
	struct python_entry *peers = python_files_peers(&n);
	for (size_t i = 0; i < n; i++) {
		if (!peers[i].impl)
			add(NULL, python_file_name(peers[i].path), peers[i].why);
		else if (!registry_find(peers[i].impl->name))
			add(peers[i].impl, peers[i].impl->name, "peer");
		free(peers[i].path);
	}
	free(peers);
}

/* Those that the ranks of mpirun compute. */
static void add_ranks(void)
{
	const char *why;
	const struct attn_impl *const *rows = ranks_rows(&why);
	for (size_t i = 0; rows && rows[i]; i++)
		add(rows[i], rows[i]->name, "built in");
	for (size_t i = 0; !rows && ranks_row_names[i]; i++)
		add(NULL, ranks_row_names[i], why);
}

void registry_init(void)
{
	for (size_t i = 0; impls_built_in[i]; i++)
		add(impls_built_in[i], impls_built_in[i]->name, "built in");
#ifndef HAVE_OPENBLAS
	add(NULL, "blas", "not built: " WHY_OPENBLAS);
#endif
#ifndef HAVE_ONEDNN
	add(NULL, "onednn", "not built: " WHY_ONEDNN);
#endif
	if (*WHY_ONEDNN_GRAPH)
		add(NULL, "onednn-graph", "not built: " WHY_ONEDNN_GRAPH);
	add_ranks();
	load_folder(in_build_tree() ? ATTN_BUILDDIR "/.libs" : ATTN_PLUGINDIR);
	load_search_path();
	add_peers();
}

static int is_chosen(const struct attn_impl *const *chosen, size_t n, const struct attn_impl *impl)
{
	for (size_t i = 0; i < n; i++)
		if (chosen[i] == impl)
			return 1;
	return 0;
}

/* Adds those that one word of a list names; how many it matched. */
static size_t choose(const struct attn_impl **chosen, size_t *n, const char *word)
{
	size_t matched = 0;
	for (size_t i = 0; i < count; i++) {
		const struct attn_impl *impl = entries[i].impl;
		if (!impl || (word ? fnmatch(word, entries[i].name, 0) : impl->limit != NULL))
			continue;
		matched++;
		if (!is_chosen(chosen, *n, impl))
			chosen[(*n)++] = impl;
	}
	return matched;
}

static const char *why_off(const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!entries[i].impl && !strcmp(entries[i].name, name))
			return entries[i].origin;
	return "there is none of that name (attnbench list impls)";
}

enum attn_status registry_select(const char *list, const struct attn_impl ***impls, char *why, size_t size)
{
	size_t n = 0;
	enum attn_status status = ATTN_OK;
	const struct attn_impl **chosen = calloc(count + 1, sizeof *chosen);
	char *copy = list ? strdup(list) : NULL, *rest = copy;

	if (!chosen || (list && !copy))
		status = ATTN_NO_MEMORY;
	else if (!list)
		choose(chosen, &n, NULL);
	for (char *one; status == ATTN_OK && copy && (one = strsep(&rest, ","));)
		if (!choose(chosen, &n, one)) {
			snprintf(why, size, "implementation \"%s\": %s", one, why_off(one));
			status = ATTN_FAILED;
		}
	free(copy);
	if (status == ATTN_OK)
		*impls = chosen;
	else
		free(chosen);
	return status;
}
