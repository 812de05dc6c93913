/* The interface between attnbench and an implementation of attention.
 * An implementation includes this header alone and links to nothing of the suite.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ATTNBENCH_ATTN_H
#define ATTNBENCH_ATTN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Structures grow at the end only, and the first member of each that may grow is its size as its writer knew it.
 * ATTN_ABI changes only when that is not enough. */
#define ATTN_ABI 1u

enum attn_status {
	ATTN_OK,
	ATTN_REFUSED,   /* it does not do this problem: a normal answer, with a reason */
	ATTN_NO_MEMORY,
	ATTN_FAILED
};

enum attn_dtype {
	ATTN_NONE,
	ATTN_F32,
	ATTN_F64,
	ATTN_BF16,      /* the upper half of an f32 */
	ATTN_F16,       /* IEEE 754 binary16 */
	ATTN_BOOL,      /* one byte, 0 or 1 */
	ATTN_I64
};

/* How a query row q and a key row k become one score e (W, Wq, Wk, va: learned, one per query head). */
enum attn_score {
	ATTN_SCALED_DOT,    /* scale · q·k                     Vaswani et al. 2017, §3.2.1 */
	ATTN_DOT,           /* q·k                             Luong et al. 2015, §3.1 "dot" */
	ATTN_COSINE,        /* scale · q·k / (‖q‖ ‖k‖) */
	ATTN_GENERAL,       /* qᵀ W k                          Luong et al. 2015, §3.1 "general" */
	ATTN_ADDITIVE,      /* vaᵀ tanh(Wqᵀ q + Wkᵀ k)         Bahdanau et al. 2014, appendix A.1.2 */
	ATTN_LOCATION,      /* vaᵀ k (the query plays no part)  attention pooling */
	ATTN_GIVEN_SCORES,  /* the tensor `given` holds e */
	ATTN_GIVEN_WEIGHTS  /* the tensor `given` holds the weights themselves: no softmax */
};

/* Which key the query row i stands at: key i + past_len, or so that the last query row stands at the last key.
 * Causal masks, windows and ALiBi count from there. */
enum attn_align { ATTN_TOP_LEFT, ATTN_BOTTOM_RIGHT };

/* attn_problem.has: optional inputs that come with the problem. */
enum {
	ATTN_HAS_MASK        = 1 << 0, /* bool: a key may be seen where it is 1 */
	ATTN_HAS_BIAS        = 1 << 1, /* float, added to the score after scale and softcap; -inf hides the key */
	ATTN_HAS_ALIBI       = 1 << 2, /* slope m per query head: the score gets -m · |position of the row - key| */
	ATTN_HAS_SINKS       = 1 << 3, /* a logit per query head that takes part in the softmax's sum only */
	ATTN_HAS_KV_LEN      = 1 << 4, /* number of valid keys per batch entry */
	ATTN_HAS_CU_SEQLENS  = 1 << 5, /* sequences of different lengths packed along len_q and len_kv */
	ATTN_HAS_PAST        = 1 << 6, /* past_len cached keys and values stand before k and v */
	ATTN_HAS_BLOCK_TABLE = 1 << 7, /* k and v are pages; block_table says which */
	ATTN_HAS_BLOCK_MASK  = 1 << 8, /* bool per block of block_q × block_kv */
	ATTN_HAS_PROJECTIONS = 1 << 9, /* the multi-head layer: x_q and x_kv in place of q, k and v; out is projected too */
	ATTN_HAS_PROJECTION_BIAS = 1 << 10 /* each of its four projections adds a bias */
};

/* attn_problem.wants: optional outputs. */
enum {
	ATTN_WANTS_WEIGHTS   = 1 << 0,
	ATTN_WANTS_LOGSUMEXP = 1 << 1,
	ATTN_WANTS_SCORES    = 1 << 2, /* at the stage `score_stage` */
	ATTN_WANTS_PRESENT   = 1 << 3, /* past and new keys and values, joined */
	ATTN_WANTS_SUMS      = 1 << 4  /* the logsumexp in two parts, which merge without loss */
};

/* Stages of a score at which the output `scores` can be taken. */
enum attn_score_stage { ATTN_STAGE_RAW, ATTN_STAGE_SOFTCAP, ATTN_STAGE_MASKED };

/* mask_dims, bias_dims: the dimensions along which the mask is not broadcast. */
enum { ATTN_DIM_BATCH = 1, ATTN_DIM_HEAD = 2, ATTN_DIM_QUERY = 4, ATTN_DIM_KEY = 8 };

/* A view of memory that the host owns. Index [batch][head][row][column]; strides in elements, 0 repeats one element.
 * data is NULL where the tensor is absent. No alignment beyond that of one element may be assumed. */
struct attn_tensor {
	void *data;
	enum attn_dtype dtype;
	int64_t dim[4], stride[4];
};

/* Everything that fixes the work, nothing that is data.
 *
 * For each batch entry b, query head h (its key head is h / (heads_q / heads_kv)) and query row i:
 *     s_j = softcap(score(q_i, k_j)) + bias_j - slope · |pos_i - j|      softcap(x) = c · tanh(x / c)
 *     out_i = Σ_j exp(s_j) v_j / (Σ_j exp(s_j) + exp(sink))              over the keys j that row i may see.
 * A row that may see no key is 0, and its logsumexp that of the sink alone, -inf without one. A sink of inf takes all the weight; one of NaN makes rows
 * that see keys NaN. What a hidden key or value holds, NaN and Inf included, never reaches an output.
 * The multi-head layer (ATTN_HAS_PROJECTIONS; Vaswani et al. 2017, §3.2.2) makes its rows itself and joins its heads:
 *     q_h = x_q·proj_q_h (+ bias), k_g = x_kv·proj_k_g, v_g = x_kv·proj_v_g;   out_i = Σ_h (head h's output of row i)·proj_o_h (+ bias). */
struct attn_problem {
	uint32_t struct_size;
	int64_t batch, heads_q, heads_kv; /* heads_kv divides heads_q */
	int64_t len_q, len_kv;            /* rows of q; rows of k and v, past ones not counted */
	int64_t dim_qk, dim_v;            /* columns of q and k; of v and out */
	enum attn_dtype dtype;            /* of q, k, v and out */
	enum attn_dtype softmax_dtype;    /* the least precision of the softmax; ATTN_NONE: the implementation's choice */
	enum attn_score score;
	double scale;                     /* already resolved: 0 is a scale of zero */
	int causal;                       /* keys after the row's position are hidden */
	enum attn_align align;
	int64_t window_left, window_right; /* keys that may be seen before and after the row's position; < 0: all */
	double softcap;                   /* 0: none */
	uint32_t has, wants;              /* ATTN_HAS_*, ATTN_WANTS_* */
	uint32_t mask_dims, bias_dims;    /* ATTN_DIM_* */
	enum attn_score_stage score_stage;
	int64_t past_len;                 /* with ATTN_HAS_PAST */
	int64_t page_size;                /* with ATTN_HAS_BLOCK_TABLE: rows in a page */
	int64_t block_q, block_kv;        /* with ATTN_HAS_BLOCK_MASK: rows and keys in a block */
	int64_t dim_k;                    /* columns of k where they differ from q's (general, additive); else dim_qk */
	int64_t dim_hidden;               /* additive: columns of Wq and Wk */
	/* Where the elements of q, k, v and out lie, in elements: a plan may choose its kernel by it. */
	int64_t stride_q[4], stride_k[4], stride_v[4], stride_out[4];
	int64_t dim_model, dim_model_kv, dim_out; /* with ATTN_HAS_PROJECTIONS: columns of x_q, x_kv and out; else 0 */
};

/* The data of one run. Those a problem does not have or want are absent. Inputs are never written. Shapes:
 *   q [batch][heads_q][len_q][dim_qk]   k [batch][heads_kv][len_kv][dim_k]   v [batch][heads_kv][len_kv][dim_v]
 *   out [batch][heads_q][len_q][dim_v]
 *   mask (bool), bias (f32, or f64 when dtype is f64), given (likewise), weights, scores
 *                 [batch][heads_q][len_q][past_len + len_kv]; stride 0 along broadcast dimensions
 *   alibi, sinks (f32)  [1][heads_q][1][1];   kv_len (i64) [batch][1][1][1], past ones counted
 *   cu_seqlens_q, cu_seqlens_kv (i64)  [1][1][1][number of sequences + 1], from 0, rising; batch is 1 then
 *   past_k, past_v  [batch][heads_kv][past_len][dim];  present_k, present_v  [batch][heads_kv][past_len + len_kv][dim]
 *   block_table (i64)  [batch][1][1][pages per entry]; k and v are then [pages][heads_kv][page_size][dim], and key j of
 *                 entry b is row j % page_size of page block_table[b][j / page_size]; entries of unused pages are -1
 *   block_mask (bool)  [batch][heads_q][⌈len_q / block_q⌉][⌈(past_len + len_kv) / block_kv⌉], strides may be 0
 *   w [1][heads_q][dim_qk][dim_k], w_q [1][heads_q][dim_qk][dim_hidden], w_k [1][heads_q][dim_k][dim_hidden],
 *   v_a [1][heads_q][1][dim_hidden] (additive) or [1][heads_q][1][dim_k] (location), all of the problem's dtype
 *   with ATTN_HAS_PROJECTIONS q, k and v are absent, out is [batch][1][len_q][dim_out], and there are, of the problem's dtype,
 *                 x_q [batch][1][len_q][dim_model], x_kv [batch][1][len_kv][dim_model_kv],
 *                 proj_q [1][heads_q][dim_model][dim_qk], proj_k [1][heads_kv][dim_model_kv][dim_k],
 *                 proj_v [1][heads_kv][dim_model_kv][dim_v], proj_o [1][heads_q][dim_v][dim_out] (by their strides each is
 *                 one matrix, the heads side by side, those of proj_o one below the other), and the biases
 *                 proj_bias_q, _k, _v [1][heads][1][columns], proj_bias_o [1][1][1][dim_out]
 *   logsumexp (f32, or f64 when dtype is f64)  [batch][heads_q][len_q][1]
 *   row_max, row_sum (f64)  [batch][heads_q][len_q][1]: row_sum = Σ_j exp(s_j - row_max), the sink counted. row_max is the row's largest
 *                 score, or any other number near it that the implementation subtracts; where that score is infinite, it, and row_sum the
 *                 number of keys (and sinks) that have it. A row that may see no key and has no sink: -inf and 0. Rows of the same queries
 *                 over disjoint keys merge by them, whatever the size of the scores: their logsumexp rounds log(row_sum) away where it is large.
 *   weights and scores are of the same type as logsumexp; at keys beyond kv_len or of another sequence than the row's a
 *   weight is 0 and a score, at every stage, -inf. */
struct attn_tensors {
	uint32_t struct_size;
	struct attn_tensor q, k, v;
	struct attn_tensor mask, bias, alibi, sinks, kv_len, cu_seqlens_q, cu_seqlens_kv;
	struct attn_tensor past_k, past_v, block_table, block_mask, given;
	struct attn_tensor w, w_q, w_k, v_a;
	struct attn_tensor out, weights, scores, logsumexp, present_k, present_v;
	struct attn_tensor x_q, x_kv, proj_q, proj_k, proj_v, proj_o, proj_bias_q, proj_bias_k, proj_bias_v, proj_bias_o;
	struct attn_tensor row_max, row_sum;
};

/* What the host gives. A plan takes all its memory from here, so that the host can count, poison and limit it; what a
 * library takes for itself is measured from outside. The host outlives every plan made with it. */
struct attn_host {
	uint32_t struct_size;
	int threads; /* how many the implementation may use, the caller's included: 1 or more */
	/* bytes of memory with the alignment given (a power of two), or NULL. */
	void *(*alloc)(const struct attn_host *host, size_t bytes, size_t align);
	void (*free)(const struct attn_host *host, void *memory); /* NULL is allowed */
};

/* The arithmetic an implementation promises, as unit roundoffs (f32: 2^-24, bf16: 2^-8, f16: 2^-11). The criterion of
 * the suite is built from them. */
struct attn_numerics {
	double u_score;      /* products and sums of q·k, and all that makes the score */
	double u_weights;    /* the weights as they enter the product with v */
	double u_accumulate; /* the sums of that product and of the softmax */
};

/* What it promises about its manners. The suite checks each; a wrong promise is a failure, a different one is shown. */
enum attn_empty_row { ATTN_EMPTY_ZERO, ATTN_EMPTY_NAN, ATTN_EMPTY_MEAN }; /* mean: of the values of all keys, whatever hides them */
struct attn_policy {
	enum attn_empty_row empty_row; /* the value of a row that may see no key */
	int nan_propagates;            /* a NaN in a query row, or in a key or value it sees, reaches the row's output */
	int batch_invariant;           /* a row has the same bits alone and in a batch */
	int thread_invariant;          /* the same bits for every number of threads */
};

struct attn_plan; /* each implementation's own */

/* One of the processes that work for a plan beside the caller's. */
struct attn_process {
	size_t announced_bytes; /* memory of its own that it has taken for the plan, its part of the tensors included */
	size_t peak_bytes;      /* the same as the system saw it: resident beyond what it had before the plan, code aside; SIZE_MAX: unknown */
	size_t transport_bytes; /* beside it, memory in which processes meet (queues and buffers of a library for messages), as the system saw it */
	/* Of the last run: what it sent to other processes and received from them, counted where it left and arrived; what it had to receive by
	 * the formula of the implementation. */
	double sent_bytes, received_bytes, analytic_bytes;
};

/* What a plan has taken and moved where its host does not see it. The caller fills struct_size in, the implementation the rest. */
struct attn_account {
	uint32_t struct_size;
	int processes;
	const struct attn_process *process; /* [processes], until the plan's next run */
	size_t shared_bytes; /* memory that the caller's process has in common with one of them, and that counts as the caller's */
};

struct attn_impl {
	uint32_t abi;         /* ATTN_ABI */
	uint32_t struct_size; /* sizeof(struct attn_impl) */
	const char *name;     /* [a-z0-9_-]+, and '/' for a family: "limits/memcpy" */
	const char *version, *summary, *licence, *url;
	struct attn_policy policy;
	/* Lengths where its code path changes (vectors, tiles, blocks), ended by 0; NULL: none. The edge suite tests around
	 * each. */
	const int64_t *tiles;
	/* What it promises for a problem it does not refuse. */
	struct attn_numerics (*numerics)(const struct attn_problem *problem);
	/* ATTN_OK, or ATTN_REFUSED with the reason in why: one line for a person. Allocates nothing. */
	enum attn_status (*query)(const struct attn_problem *problem, char *why, size_t size);
	/* All that is not repeated. On ATTN_OK *plan is the caller's, until destroy. Else *plan is untouched, and why says
	 * what went wrong. The problem is copied where it is needed later. */
	enum attn_status (*plan)(const struct attn_problem *problem, const struct attn_host *host, struct attn_plan **plan,
	                         char *why, size_t size);
	/* Computes the outputs. Timed: allocates nothing that the plan could have. Two plans may run at once from two
	 * threads; one plan runs once at a time. */
	enum attn_status (*run)(struct attn_plan *plan, const struct attn_tensors *tensors);
	void (*destroy)(struct attn_plan *plan); /* NULL is allowed */
	/* Which kernel the plan chose ("avx512 6x4", "openblas SkylakeX"); lives as long as the plan. May be NULL. */
	const char *(*describe)(const struct attn_plan *plan);
	/* A row that computes something else than attention, as a limit of what a kernel could reach: timed, never
	 * checked. NULL: an implementation. Otherwise what it computes, and why no kernel can beat it. */
	const char *limit;
	/* Bytes beyond inputs and outputs that the mathematics of this implementation needs: NULL, or the analytic value to
	 * set beside the measured one. */
	size_t (*analytic_bytes)(const struct attn_problem *problem, int threads);
	/* ATTN_KIND_*: kinds of problem besides rows of q, k and v, and outputs, that it knows of. The host refuses the others for it, and
	 * query() is never asked. */
	uint32_t kinds;
	/* Brings what the last run computed into the outputs of its tensors, for an implementation whose run leaves it in memory of a
	 * library's own. Called after each run whose outputs are looked at; not timed. NULL: run writes the outputs. */
	enum attn_status (*collect)(struct attn_plan *plan, const struct attn_tensors *tensors);
	/* Why the last bind, run or collect failed: one line, which lives as long as the plan. May be NULL. */
	const char *(*failure)(const struct attn_plan *plan);
	/* Says that run may be given these tensors next, at addresses or with inputs that it has not seen: for an implementation that hands them to
	 * a library in a form of its own, which users of that library keep from call to call. Any number may be bound. Not timed. NULL: run
	 * needs nothing of the kind. Where it fails, run is not called. */
	enum attn_status (*bind)(struct attn_plan *plan, const struct attn_tensors *tensors);
	/* For an implementation whose work is done by processes besides the caller's: what they and the memory between them come to, after a run.
	 * NULL: there are none. */
	void (*account)(const struct attn_plan *plan, struct attn_account *account);
};

enum {
	ATTN_KIND_LAYER = 1 << 0, /* ATTN_HAS_PROJECTIONS */
	ATTN_KIND_SUMS  = 1 << 1  /* ATTN_WANTS_SUMS */
};

/* The one symbol of a plugin: its table of implementations, ended by NULL. */
const struct attn_impl *const *attn_plugin(void);

/* One line at the end of a plugin's file. With ATTN_BUILT_IN defined the file is part of a program that names the table
 * itself, and the line defines nothing. */
#ifdef ATTN_BUILT_IN
#define ATTN_PLUGIN(...) struct attn_impl
#else
#if defined(__GNUC__)
#define ATTN_EXPORT __attribute__((visibility("default")))
#else
#define ATTN_EXPORT
#endif
#define ATTN_PLUGIN(...)                                                           \
	ATTN_EXPORT const struct attn_impl *const *attn_plugin(void)               \
	{                                                                          \
		static const struct attn_impl *const table[] = {__VA_ARGS__, NULL}; \
		return table;                                                      \
	}                                                                          \
	struct attn_impl
#endif

#ifdef __cplusplus
}
#endif
#endif
