/* The suite's structures as Python objects.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_PYTHON_OBJECTS_H
#define IMPLS_PYTHON_OBJECTS_H

#include "impls/python/interpreter.h"

#include <attnbench/attn.h>

/* All only while entered; a new reference, or NULL with a Python exception. */
PyObject *object_of_problem(const struct attn_problem *p);
PyObject *object_of_tensors(const struct attn_tensors *t);

#endif
