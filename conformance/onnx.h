/* Cases of the ONNX backend tests: a folder with model.onnx, whose graph is one Attention node (and constants that feed it),
 * and folders test_data_set_N with input_I.pb and output_I.pb, each a TensorProto. Semantics: operator Attention, which the
 * opsets 23, 24 and 25 define.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_ONNX_H
#define CONFORMANCE_ONNX_H

#include <attnbench/attn.h>

enum onnx_input { ONNX_Q, ONNX_K, ONNX_V, ONNX_MASK, ONNX_PAST_KEY, ONNX_PAST_VALUE, ONNX_NONPAD_KV_SEQLEN, ONNX_INPUTS };
enum onnx_output { ONNX_Y, ONNX_PRESENT_KEY, ONNX_PRESENT_VALUE, ONNX_QK_MATMUL, ONNX_OUTPUTS };
extern const char *const onnx_input_names[ONNX_INPUTS], *const onnx_output_names[ONNX_OUTPUTS];

/* A tensor as stored: dim[4 - rank] and on are its own, those before are 1. data is NULL where it is absent. */
struct onnx_tensor {
	struct attn_tensor t;
	int rank;
};

/* The node's attributes; -1 and NaN where one is not given. */
struct onnx_attributes {
	int64_t q_num_heads, kv_num_heads, is_causal, qk_matmul_output_mode, softmax_precision, left_window_size, right_window_size;
	double scale, softcap;
};

/* Which files feed the inputs: the I of input_I.pb of each, or ONNX_ABSENT, and how many there are. */
enum { ONNX_ABSENT = -1 };
struct onnx_files {
	int of[ONNX_INPUTS], count;
};

/* A graph's input that has an initializer too may be given or left out: a data set has as many files as `every` counts, or as
 * `required` does. */
struct onnx_model {
	int64_t opset;
	struct onnx_attributes attributes;
	struct onnx_files every, required;
	int output_file[ONNX_OUTPUTS]; /* the I of output_I.pb, or ONNX_ABSENT */
	struct onnx_tensor constant[ONNX_INPUTS]; /* from an initializer or a Constant node */
};

struct onnx_case {
	struct onnx_model model;
	struct onnx_tensor input[ONNX_INPUTS], output[ONNX_OUTPUTS];
};

/* All below: ATTN_OK; ATTN_REFUSED with why for a model that is sound but not one Attention node that can be read here;
 * ATTN_FAILED with why where the content is not what it must be; ATTN_NO_MEMORY. Nothing stays allocated then. */

/* From the bytes of a file. The caller frees with onnx_tensor_free, onnx_model_free. */
enum attn_status onnx_tensor_decode(struct onnx_tensor *tensor, const unsigned char *bytes, size_t count, char *why, size_t size);
enum attn_status onnx_model_decode(struct onnx_model *model, const unsigned char *bytes, size_t count, char *why, size_t size);
void onnx_tensor_free(struct onnx_tensor *tensor);
void onnx_model_free(struct onnx_model *model);

/* The case of a test_data_set_N folder, whose model.onnx lies in the folder above; why names the file. Freed with onnx_case_free. */
enum attn_status onnx_case_read(struct onnx_case *c, const char *data_set, char *why, size_t size);
void onnx_case_free(struct onnx_case *c);

/* The problem that a case asks for; its shapes are proved consistent, those of the stored outputs too. */
enum attn_status onnx_problem_make(struct attn_problem *p, const struct onnx_case *c, char *why, size_t size);
/* Its inputs, and room for its outputs; freed with attn_tensors_free. */
enum attn_status onnx_tensors_make(struct attn_tensors *t, const struct attn_problem *p, const struct onnx_case *c);

/* A tensor of ONNX as [batch][head][row][column]: of rank 4 itself, of rank 3 with the heads within its rows. 0 where it is
 * neither. */
int onnx_view(const struct onnx_tensor *x, int64_t heads, struct attn_tensor *view);

struct trial;
/* Each stored output against what came out: within ONNX's tolerance, or 2 ulp of its dtype. Notes what is not. */
void onnx_judge_stored(struct trial *trial, const struct onnx_case *c, const struct attn_problem *p, const struct attn_tensors *t);

enum attn_status onnx_fail(char *why, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
