/* Starts CPython, loads bridge.py, and turns exceptions into text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/python/interpreter.h"
#include "impls/python/python.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *program, *helper;
static pid_t owner;  /* the process in which the interpreter runs; 0: in none */
static int is_ours; /* it is this one */
static PyObject *functions; /* bridge.py's */

void python_setup(const char *program_, const char *helper_)
{
	program = program_;
	helper = helper_;
}

const char *python_version(void) { return Py_STRINGIFY(PY_MAJOR_VERSION) "." Py_STRINGIFY(PY_MINOR_VERSION); }

/* stdout is for results: what Python, or a library of it, prints goes to stderr. */
static void divert_stdout(void)
{
	fflush(stdout);
	dup2(STDERR_FILENO, STDOUT_FILENO);
}

static PyStatus initialize(void)
{
	PyConfig config;
	PyConfig_InitPythonConfig(&config);
	config.install_signal_handlers = 0; /* the limits of the sandbox are signals */
	config.parse_argv = 0;
	config.write_bytecode = 0;
	PyStatus status = PyConfig_SetBytesString(&config, &config.program_name, program ? program : PYTHON_PROGRAM);
	if (!PyStatus_Exception(status))
		status = Py_InitializeFromConfig(&config);
	PyConfig_Clear(&config);
	return status;
}

static int load_helper(char *why, size_t size)
{
	FILE *f = fopen(helper, "r");
	if (!f)
		return snprintf(why, size, "%s can't be read: the installation is not complete", helper), 0;
	functions = PyDict_New();
	if (functions)
		PyDict_SetItemString(functions, "__builtins__", PyEval_GetBuiltins());
	PyObject *name = functions ? PyUnicode_DecodeFSDefault(helper) : NULL;
	if (name)
		PyDict_SetItemString(functions, "__file__", name);
	Py_XDECREF(name);
	PyObject *done = functions ? PyRun_FileEx(f, helper, Py_file_input, functions, functions, 1) : NULL;
#ifndef ATTN_SANITIZERS /* they forbid it */
	if (done)
		Py_SETREF(done, PyObject_CallNoArgs(interpreter_function("isolate")));
#endif
	if (!done)
		interpreter_error(why, size);
	Py_XDECREF(done);
	return done != NULL;
}

static void left_by_fork(void) { is_ours = 0; }

static int start(char *why, size_t size)
{
	if (owner)
		return snprintf(why, size, "the Python interpreter runs in process %ld, which this one was forked from", (long)owner), 0;
	divert_stdout();
	PyStatus status = initialize();
	if (PyStatus_Exception(status))
		return snprintf(why, size, "Python %s of %s could not be started: %s", python_version(), program ? program : PYTHON_PROGRAM,
		                status.err_msg ? status.err_msg : "it asked for an exit"), 0;
	if (!load_helper(why, size))
		return 0;
	owner = getpid();
	is_ours = 1;
	pthread_atfork(NULL, NULL, left_by_fork);
	PyEval_SaveThread();
	return 1;
}

int interpreter_enter(PyGILState_STATE *state, char *why, size_t size)
{
	if (!is_ours && !start(why, size))
		return 0;
	*state = PyGILState_Ensure();
	return 1;
}

void interpreter_leave(PyGILState_STATE state)
{
	PyGILState_Release(state);
}

PyObject *interpreter_function(const char *name)
{
	return PyDict_GetItemString(functions, name);
}

/* bridge.py says it best; where even that fails, the exception's own words do. */
static PyObject *described(PyObject *type, PyObject *value, PyObject *traceback)
{
	PyObject *describe = functions ? interpreter_function("describe_error") : NULL, *text = NULL;
	if (describe)
		text = PyObject_CallFunctionObjArgs(describe, value ? value : Py_None, traceback ? traceback : Py_None, NULL);
	if (!text) {
		PyErr_Clear();
		text = PyObject_Str(value ? value : type);
	}
	return text;
}

void interpreter_error(char *why, size_t size)
{
	PyObject *type, *value, *traceback;
	PyErr_Fetch(&type, &value, &traceback);
	if (!type) {
		snprintf(why, size, "Python failed without an exception");
		return;
	}
	PyErr_NormalizeException(&type, &value, &traceback);
	PyObject *text = described(type, value, traceback);
	const char *words = text ? PyUnicode_AsUTF8(text) : NULL;
	snprintf(why, size, "%s", words && *words ? words : "an exception that can't be shown");
	PyErr_Clear();
	Py_XDECREF(text);
	Py_XDECREF(type);
	Py_XDECREF(value);
	Py_XDECREF(traceback);
}
