/* What a Python file says about itself.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/python/interpreter.h"
#include "impls/python/python.h"

#include <stdio.h>
#include <string.h>

static int read_tiles(PyObject *tiles, int64_t *to)
{
	Py_ssize_t n = PyTuple_Size(tiles);
	for (Py_ssize_t i = 0; i < n && i < PYTHON_TILES; i++)
		to[i] = PyLong_AsLongLong(PyTuple_GetItem(tiles, i));
	return !PyErr_Occurred();
}

static int read_tuple(PyObject *tuple, struct python_about *a)
{
	const char *name, *version, *summary, *licence, *url, *limit;
	PyObject *tiles;
	int empty_row;
	double u[PYTHON_DTYPES * 3];
	if (!PyArg_ParseTuple(tuple, "ssssssiiii(dddddddddddd)O!", &name, &version, &summary, &licence, &url, &limit, &empty_row, &a->policy.nan_propagates,
	                      &a->policy.batch_invariant, &a->policy.thread_invariant, &u[0], &u[1], &u[2], &u[3], &u[4], &u[5], &u[6], &u[7], &u[8], &u[9],
	                      &u[10], &u[11], &PyTuple_Type, &tiles))
		return 0;
	snprintf(a->name, sizeof a->name, "%s", name);
	snprintf(a->version, sizeof a->version, "%s", version);
	snprintf(a->summary, sizeof a->summary, "%s", summary);
	snprintf(a->licence, sizeof a->licence, "%s", licence);
	snprintf(a->url, sizeof a->url, "%s", url);
	snprintf(a->limit, sizeof a->limit, "%s", limit);
	a->policy.empty_row = (enum attn_empty_row)empty_row;
	for (int i = 0; i < PYTHON_DTYPES; i++)
		a->numerics[i] = (struct attn_numerics){u[3 * i], u[3 * i + 1], u[3 * i + 2]};
	return read_tiles(tiles, a->tiles);
}

enum attn_status python_about_read(const char *file, struct python_about *about, char *why, size_t size)
{
	PyGILState_STATE state;
	memset(about, 0, sizeof *about);
	if (!interpreter_enter(&state, why, size))
		return ATTN_FAILED;
	PyObject *path = PyUnicode_DecodeFSDefault(file), *tuple = NULL;
	if (path)
		tuple = PyObject_CallOneArg(interpreter_function("about"), path);
	int done = tuple && read_tuple(tuple, about);
	if (!done)
		interpreter_error(why, size);
	Py_XDECREF(tuple);
	Py_XDECREF(path);
	interpreter_leave(state);
	return done ? ATTN_OK : ATTN_FAILED;
}
