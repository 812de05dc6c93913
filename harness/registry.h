/* The table of implementations: built in, found in plugin folders, and named on the command line.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_REGISTRY_H
#define HARNESS_REGISTRY_H

#include <attnbench/attn.h>

struct registry_entry {
	const struct attn_impl *impl; /* NULL: it is off, and `origin` says why */
	const char *name;
	const char *origin; /* "built in", "peer", the plugin's path, or the reason it is off */
	const char *plugin; /* the option --plugin that brings it in; NULL: it is there without one */
};

/* Fills the table from what is built in, from the modules of this build or installation, and from
 * ATTNBENCH_PLUGIN_PATH (a list of folders and files). A plugin found in a folder that can't be loaded becomes an entry
 * that is off. */
void registry_init(void);

/* Adds the implementations of a plugin that the user named: a shared object, or python:FILE.py. On ATTN_FAILED why says file, what was expected, what was found. */
enum attn_status registry_load(const char *path, char *why, size_t size);

size_t registry_count(void);
const struct registry_entry *registry_at(size_t i);
const struct attn_impl *registry_find(const char *name); /* NULL: none of that name is on */

/* impl->query, but for problems of a kind that it does not know of, which are refused for it. In a child only: it is foreign code. */
enum attn_status registry_query(const struct attn_impl *impl, const struct attn_problem *p, char *why, size_t size);

/* Picks by a comma-separated list of names or globs; NULL: all that are on, limits left
 * out unless named. The array is the caller's to free, ended by NULL. On ATTN_FAILED why names the unknown one. */
enum attn_status registry_select(const char *list, const struct attn_impl ***impls, char *why, size_t size);

#endif
