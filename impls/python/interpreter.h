/* The interpreter of this process: started once, entered and left by each call.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_PYTHON_INTERPRETER_H
#define IMPLS_PYTHON_INTERPRETER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Takes the interpreter for the calling thread, and starts it where it is not yet. 0 and why: it could not be started. */
int interpreter_enter(PyGILState_STATE *state, char *why, size_t size);
void interpreter_leave(PyGILState_STATE state);

/* A function of bridge.py. Borrowed, only while entered. */
PyObject *interpreter_function(const char *name);

/* The pending exception as one line for a person: what, and where in the user's file. It is cleared. */
void interpreter_error(char *why, size_t size);

#endif
