/* Python files in the table of implementations: those named by the user, and the peers, which are adapters to libraries.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_PYTHON_FILES_H
#define HARNESS_PYTHON_FILES_H

#include <attnbench/attn.h>

/* One file. impl is NULL where it is off, and why says the reason. */
struct python_entry {
	char *path;
	const struct attn_impl *impl;
	char why[512];
};

/* Fills impl or why of each; what the files say about themselves is read in a child, where they can do no harm. */
void python_files_load(struct python_entry *entries, size_t count);

/* The peers of the suite (peers/NAME.py); on where `make peers` has installed what they need, which `why` says otherwise.
 * ATTNBENCH_PEERS=no: none. The array is the caller's; 0 entries: NULL. */
struct python_entry *python_files_peers(size_t *count);

/* path without its folder and .py; static until the next call. */
const char *python_file_stem(const char *path);

/* The name that the file gives itself in a line name = "…", else its stem: what it is called where it could not be loaded. Static until the next call. */
const char *python_file_name(const char *path);

#endif
