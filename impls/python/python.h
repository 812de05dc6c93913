/* Implementations written in Python: a file becomes a struct attn_impl, and CPython runs in the process that runs cases.
 *
 * The interpreter is started by the first query() of a process, which is a forked child, and never in the parent: CPython and
 * the libraries it loads start threads, which do not survive a fork. What a file says about itself (its name, its promises) is
 * therefore read in a child too, and handed to the parent as a struct python_about without pointers.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_PYTHON_PYTHON_H
#define IMPLS_PYTHON_PYTHON_H

#include <attnbench/attn.h>

enum { PYTHON_TILES = 7, PYTHON_DTYPES = 4, PYTHON_FILES = 32 };

struct python_about {
	char name[65], version[96], summary[160], licence[64], url[128];
	char limit[160]; /* empty: it computes attention */
	struct attn_policy policy;
	struct attn_numerics numerics[PYTHON_DTYPES]; /* f32, f64, bf16, f16 */
	int64_t tiles[PYTHON_TILES + 1];
};

/* Where things lie; called once, before all else. program: the interpreter whose packages are used (a venv's bin/python), NULL:
 * the one this program was built with. helper: bridge.py. Both must stay. */
void python_setup(const char *program, const char *helper);

/* "3.11": the version that is embedded. */
const char *python_version(void);

/* What a file says about itself. In a child only: it starts the interpreter and runs the file. */
enum attn_status python_about_read(const char *file, struct python_about *about, char *why, size_t size);

/* The implementation of a file; good until the program ends. Starts nothing. NULL and why: there are PYTHON_FILES already, or no
 * memory. */
const struct attn_impl *python_impl_make(const char *file, const struct python_about *about, char *why, size_t size);

#endif
