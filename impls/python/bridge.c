/* A Python file as an implementation: refuse, prepare, bind, run and collect behind query, plan, run and collect.
 *
 * What bind returns is what run gets: a library's own views are made once, outside the timed part, as its users make them once. Tensors that were
 * not bound are so when run meets them. What run returns is brought to the outputs by collect, outside the timed part.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "config.h"
#include "impls/common/processors.h"
#include "impls/python/objects.h"
#include "impls/python/python.h"
#include "impls/python/slots.h"
#include "impls/python/views.h"

#include <stdio.h>
#include <string.h>

struct attn_plan {
	const struct attn_host *host;
	PyObject *functions, *state, *result;
	PyObject *run, *bind, *collect; /* of functions; None: there is none */
	struct views views;
	char kernel[160], failure[512];
};

static enum attn_status status_of_exception(void)
{
	return PyErr_ExceptionMatches(PyExc_MemoryError) ? ATTN_NO_MEMORY : ATTN_FAILED;
}

/* The file's functions, loaded once in a process. A new reference. */
static PyObject *functions_of(struct python_slot *slot)
{
	if (!slot->functions) {
		PyObject *path = PyUnicode_DecodeFSDefault(slot->file);
		slot->functions = path ? PyObject_CallOneArg(interpreter_function("implementation"), path) : NULL;
		Py_XDECREF(path);
	}
	return Py_XNewRef((PyObject *)slot->functions);
}

static enum attn_status ask(struct python_slot *slot, const struct attn_problem *p, char *why, size_t size)
{
	PyObject *functions = functions_of(slot), *problem = functions ? object_of_problem(p) : NULL;
	PyObject *reason = problem ? PyObject_CallFunctionObjArgs(interpreter_function("refuse"), functions, problem, NULL) : NULL;
	enum attn_status status = reason == Py_None ? ATTN_OK : reason ? ATTN_REFUSED : ATTN_FAILED;
	const char *text = status == ATTN_REFUSED ? PyUnicode_AsUTF8(reason) : NULL;
	if (text)
		snprintf(why, size, "%s", text);
	else if (status != ATTN_OK)
		interpreter_error(why, size);
	Py_XDECREF(reason);
	Py_XDECREF(problem);
	Py_XDECREF(functions);
	return status;
}

enum attn_status python_query(struct python_slot *slot, const struct attn_problem *p, char *why, size_t size)
{
	PyGILState_STATE state;
	if (!interpreter_enter(&state, why, size))
		return ATTN_FAILED;
	enum attn_status status = ask(slot, p, why, size);
	interpreter_leave(state);
	return status;
}

/* functions.NAME; None where the file has none. */
static PyObject *function(const struct attn_plan *plan, const char *name)
{
	return PyObject_GetAttrString(plan->functions, name);
}

static int prepare(struct attn_plan *plan, struct python_slot *slot, const struct attn_problem *p)
{
	plan->functions = functions_of(slot);
	PyObject *loaded = plan->functions ? PyObject_CallOneArg(interpreter_function("load"), plan->functions) : NULL;
	if (!loaded)
		return 0;
	Py_DECREF(loaded);
	plan->run = function(plan, "run");
	plan->bind = function(plan, "bind");
	plan->collect = function(plan, "collect");
	PyObject *prepare = function(plan, "prepare"), *problem = object_of_problem(p);
	if (prepare && problem)
		plan->state = prepare == Py_None ? Py_NewRef(problem) : PyObject_CallFunction(prepare, "Oi", problem, plan->host->threads);
	Py_XDECREF(problem);
	Py_XDECREF(prepare);
	return plan->run && plan->bind && plan->collect && plan->state;
}

static void release(struct attn_plan *plan)
{
	views_free(&plan->views);
	PyObject **const references[] = {&plan->result, &plan->collect, &plan->bind, &plan->run, &plan->state, &plan->functions};
	for (size_t i = 0; i < sizeof references / sizeof *references; i++)
		Py_CLEAR(*references[i]);
}

enum attn_status python_plan(struct python_slot *slot, const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size)
{
	PyGILState_STATE state;
	struct attn_plan *made = host->alloc(host, sizeof *made, 64);
	enum attn_status status = ATTN_OK;
	if (!made)
		return snprintf(why, size, "no memory for the plan"), ATTN_NO_MEMORY;
	memset(made, 0, sizeof *made);
	made->host = host;
	if (!interpreter_enter(&state, why, size)) {
		host->free(host, made);
		return ATTN_FAILED;
	}
	processors_keep_to(host->threads);
	if (!prepare(made, slot, p)) {
		status = status_of_exception();
		interpreter_error(why, size);
		release(made);
	}
	interpreter_leave(state);
	if (status == ATTN_OK)
		*plan = made;
	else
		host->free(host, made);
	return status;
}

/* Notes the pending exception. */
static enum attn_status failed(struct attn_plan *plan)
{
	enum attn_status status = status_of_exception();
	interpreter_error(plan->failure, sizeof plan->failure);
	return status;
}

/* What run gets for these tensors, made anew. NULL: *status says why not. */
static struct view *bind(struct attn_plan *plan, const struct attn_tensors *t, enum attn_status *status)
{
	Py_CLEAR(plan->result);
	struct view *view = views_add(&plan->views, t);
	if (!view) {
		snprintf(plan->failure, sizeof plan->failure, "no memory for views of the tensors");
		return *status = ATTN_NO_MEMORY, NULL;
	}
	view->tensors = object_of_tensors(t);
	if (view->tensors)
		view->bound = plan->bind == Py_None ? Py_NewRef(view->tensors) : PyObject_CallFunctionObjArgs(plan->bind, plan->state, view->tensors, NULL);
	if (view->bound)
		return view;
	return *status = failed(plan), NULL;
}

enum attn_status python_bind(struct attn_plan *plan, const struct attn_tensors *t)
{
	PyGILState_STATE state;
	enum attn_status status = ATTN_OK;
	if (!interpreter_enter(&state, plan->failure, sizeof plan->failure))
		return ATTN_FAILED;
	bind(plan, t, &status);
	interpreter_leave(state);
	return status;
}

enum attn_status python_run(struct attn_plan *plan, const struct attn_tensors *t)
{
	PyGILState_STATE state;
	enum attn_status status = ATTN_OK;
	if (!interpreter_enter(&state, plan->failure, sizeof plan->failure))
		return ATTN_FAILED;
	struct view *view = views_find(&plan->views, t);
	if (!view)
		view = bind(plan, t, &status);
	if (view) {
		PyObject *arguments[] = {plan->state, view->bound}, *before = plan->result;
		plan->result = PyObject_Vectorcall(plan->run, arguments, 2, NULL);
		Py_XDECREF(before);
		status = plan->result ? ATTN_OK : failed(plan);
	}
	interpreter_leave(state);
	return status;
}

enum attn_status python_collect(struct attn_plan *plan, const struct attn_tensors *t)
{
	PyGILState_STATE state;
	const struct view *view = views_last(&plan->views);
	(void)t; /* those of the run before */
	if (!plan->result || (plan->result == Py_None && plan->collect == Py_None))
		return ATTN_OK;
	if (!interpreter_enter(&state, plan->failure, sizeof plan->failure))
		return ATTN_FAILED;
	PyObject *done = PyObject_CallFunctionObjArgs(interpreter_function("collect"), plan->functions, plan->state, view->tensors, plan->result, NULL);
	enum attn_status status = done ? ATTN_OK : failed(plan);
	Py_XDECREF(done);
	interpreter_leave(state);
	return status;
}

void python_destroy(struct attn_plan *plan)
{
	PyGILState_STATE state;
	if (!plan)
		return;
	if (interpreter_enter(&state, plan->failure, sizeof plan->failure)) {
		release(plan);
		interpreter_leave(state);
	}
	plan->host->free(plan->host, plan);
}

/* Some libraries know only after a run. */
const char *python_describe(const struct attn_plan *constant)
{
	struct attn_plan *plan = (struct attn_plan *)(uintptr_t)constant;
	PyGILState_STATE state;
	if (!interpreter_enter(&state, plan->failure, sizeof plan->failure))
		return NULL;
	PyObject *kernel = function(plan, "kernel");
	PyObject *text = kernel && kernel != Py_None ? PyObject_CallOneArg(kernel, plan->state) : NULL;
	const char *words = text && PyUnicode_Check(text) ? PyUnicode_AsUTF8(text) : NULL;
	snprintf(plan->kernel, sizeof plan->kernel, "%s", words ? words : "");
	PyErr_Clear();
	Py_XDECREF(text);
	Py_XDECREF(kernel);
	interpreter_leave(state);
	return plan->kernel;
}

const char *python_failure(const struct attn_plan *plan) { return plan->failure; }
