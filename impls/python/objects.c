/* struct attn_problem and struct attn_tensors as the dictionaries that bridge.py makes its objects of.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/python/objects.h"

#include <stddef.h>

static const char *const dtypes[] = {"none", "f32", "f64", "bf16", "f16", "bool", "i64"};
static const int widths[] = {0, 4, 8, 2, 2, 1, 8};
static const char *const scores[] = {"scaled-dot", "dot", "cosine", "general", "additive", "location", "given-scores", "given-weights"};
static const char *const stages[] = {"raw", "softcap", "masked"};

struct flag {
	const char *name;
	uint32_t bit;
};

static const struct flag has_flags[] = {
	{"mask", ATTN_HAS_MASK}, {"bias", ATTN_HAS_BIAS}, {"alibi", ATTN_HAS_ALIBI}, {"sinks", ATTN_HAS_SINKS}, {"kv_len", ATTN_HAS_KV_LEN},
	{"cu_seqlens", ATTN_HAS_CU_SEQLENS}, {"past", ATTN_HAS_PAST}, {"block_table", ATTN_HAS_BLOCK_TABLE}, {"block_mask", ATTN_HAS_BLOCK_MASK}, {NULL, 0}};
static const struct flag wants_flags[] = {
	{"weights", ATTN_WANTS_WEIGHTS}, {"logsumexp", ATTN_WANTS_LOGSUMEXP}, {"scores", ATTN_WANTS_SCORES}, {"present", ATTN_WANTS_PRESENT}, {NULL, 0}};
static const struct flag dim_flags[] = {{"b", ATTN_DIM_BATCH}, {"h", ATTN_DIM_HEAD}, {"q", ATTN_DIM_QUERY}, {"k", ATTN_DIM_KEY}, {NULL, 0}};

#define INTEGER(field) {#field, offsetof(struct attn_problem, field)}
static const struct {
	const char *name;
	size_t offset;
} integers[] = {INTEGER(batch), INTEGER(heads_q), INTEGER(heads_kv), INTEGER(len_q), INTEGER(len_kv), INTEGER(dim_qk), INTEGER(dim_v), INTEGER(dim_k),
                INTEGER(window_left), INTEGER(window_right), INTEGER(past_len), INTEGER(page_size), INTEGER(block_q), INTEGER(block_kv), INTEGER(dim_hidden)};
#define STRIDES(field) {#field, offsetof(struct attn_problem, field)}
static const struct {
	const char *name;
	size_t offset;
} strides[] = {STRIDES(stride_q), STRIDES(stride_k), STRIDES(stride_v), STRIDES(stride_out)};

/* Takes the reference to value. */
static int put(PyObject *dict, const char *name, PyObject *value)
{
	int failed = !value || PyDict_SetItemString(dict, name, value);
	Py_XDECREF(value);
	return !failed;
}

static PyObject *set_of(const struct flag *flags, uint32_t bits)
{
	PyObject *set = PyFrozenSet_New(NULL);
	for (; set && flags->name; flags++) {
		PyObject *name = flags->bit & bits ? PyUnicode_FromString(flags->name) : NULL;
		if (name && PySet_Add(set, name))
			Py_CLEAR(set);
		Py_XDECREF(name);
	}
	return set;
}

static PyObject *four(const int64_t x[4])
{
	return Py_BuildValue("(LLLL)", (long long)x[0], (long long)x[1], (long long)x[2], (long long)x[3]);
}

static int put_numbers(PyObject *dict, const struct attn_problem *p)
{
	int done = 1;
	for (size_t i = 0; done && i < sizeof integers / sizeof *integers; i++)
		done = put(dict, integers[i].name, PyLong_FromLongLong(*(const int64_t *)((const char *)p + integers[i].offset)));
	for (size_t i = 0; done && i < sizeof strides / sizeof *strides; i++)
		done = put(dict, strides[i].name, four((const int64_t *)((const char *)p + strides[i].offset)));
	return done && put(dict, "scale", PyFloat_FromDouble(p->scale)) && put(dict, "softcap", PyFloat_FromDouble(p->softcap));
}

static int put_words(PyObject *dict, const struct attn_problem *p)
{
	return put(dict, "dtype", PyUnicode_FromString(dtypes[p->dtype])) &&
	       put(dict, "softmax_dtype", p->softmax_dtype ? PyUnicode_FromString(dtypes[p->softmax_dtype]) : Py_NewRef(Py_None)) &&
	       put(dict, "score", PyUnicode_FromString(scores[p->score])) && put(dict, "score_stage", PyUnicode_FromString(stages[p->score_stage])) &&
	       put(dict, "causal", PyBool_FromLong(p->causal)) &&
	       put(dict, "align", PyUnicode_FromString(p->align == ATTN_BOTTOM_RIGHT ? "bottom-right" : "top-left")) &&
	       put(dict, "has", set_of(has_flags, p->has)) && put(dict, "wants", set_of(wants_flags, p->wants)) &&
	       put(dict, "mask_dims", set_of(dim_flags, p->mask_dims)) && put(dict, "bias_dims", set_of(dim_flags, p->bias_dims));
}

static PyObject *made_by(const char *function, PyObject *dict)
{
	PyObject *made = PyObject_CallOneArg(interpreter_function(function), dict);
	Py_DECREF(dict);
	return made;
}

PyObject *object_of_problem(const struct attn_problem *p)
{
	PyObject *dict = PyDict_New();
	if (dict && put_numbers(dict, p) && put_words(dict, p))
		return made_by("make_problem", dict);
	Py_XDECREF(dict);
	return NULL;
}

#define TENSOR(field, is_output) {#field, offsetof(struct attn_tensors, field), is_output}
static const struct {
	const char *name;
	size_t offset;
	int is_output;
} tensors[] = {TENSOR(q, 0), TENSOR(k, 0), TENSOR(v, 0), TENSOR(mask, 0), TENSOR(bias, 0), TENSOR(alibi, 0), TENSOR(sinks, 0), TENSOR(kv_len, 0),
               TENSOR(cu_seqlens_q, 0), TENSOR(cu_seqlens_kv, 0), TENSOR(past_k, 0), TENSOR(past_v, 0), TENSOR(block_table, 0), TENSOR(block_mask, 0),
               TENSOR(given, 0), TENSOR(w, 0), TENSOR(w_q, 0), TENSOR(w_k, 0), TENSOR(v_a, 0), TENSOR(out, 1), TENSOR(weights, 1), TENSOR(scores, 1),
               TENSOR(logsumexp, 1), TENSOR(present_k, 1), TENSOR(present_v, 1)};

/* (address, dtype, shape, strides in bytes, whether it may be written); None where it is absent. */
static PyObject *description(const struct attn_tensor *t, int is_output)
{
	int64_t bytes[4];
	if (!t->data)
		return Py_NewRef(Py_None);
	for (int i = 0; i < 4; i++)
		bytes[i] = t->stride[i] * widths[t->dtype];
	return Py_BuildValue("(KsNNO)", (unsigned long long)(uintptr_t)t->data, dtypes[t->dtype], four(t->dim), four(bytes), is_output ? Py_True : Py_False);
}

PyObject *object_of_tensors(const struct attn_tensors *t)
{
	PyObject *dict = PyDict_New();
	int done = dict != NULL;
	for (size_t i = 0; done && i < sizeof tensors / sizeof *tensors; i++)
		done = put(dict, tensors[i].name, description((const struct attn_tensor *)(const void *)((const char *)t + tensors[i].offset), tensors[i].is_output));
	if (done)
		return made_by("make_tensors", dict);
	Py_XDECREF(dict);
	return NULL;
}
