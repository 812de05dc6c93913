/* Mutants of the multi-head layer: naive's kernel, right in itself, that is handed one tensor wrongly.
 * SPDX-License-Identifier: Apache-2.0 */
#include <attnbench/attn.h>

#undef ATTN_PLUGIN /* the table is the one at the end of this file */
#define ATTN_PLUGIN(...) struct attn_impl
#include "impls/naive/naive.c"

/* X(name of the enumerator, name of the implementation, what is wrong) */
#define LAYER_FAULTS(X) \
	X(NONE, "layer-none", "nothing: the layer that the faults are planted in") \
	X(NO_BIAS_Q, "layer-no-bias-q", "the queries' projection forgets its bias") \
	X(NO_BIAS_K, "layer-no-bias-k", "the keys' projection forgets its bias: softmax hides it, logsumexp does not") \
	X(NO_BIAS_V, "layer-no-bias-v", "the values' projection forgets its bias") \
	X(NO_BIAS_O, "layer-no-bias-o", "the last projection forgets its bias") \
	X(KEYS_OF_Q, "layer-keys-of-x-q", "keys are made of the queries' rows") \
	X(K_AND_V, "layer-k-and-v-exchanged", "keys and values take each other's projection") \
	X(JOIN_TURNED, "layer-heads-reversed", "heads are joined in reverse order") \
	X(JOIN_MIXED, "layer-heads-interleaved", "heads are joined column by column, not one after the other") \
	X(QUERY_TRANSPOSED, "layer-transposed", "a square matrix is taken as [out][in]") \
	X(HEADS_MIXED, "layer-columns-interleaved", "column c of head h is taken at c·heads + h") \
	X(SCALE_OF_MODEL, "layer-scale-of-model", "the scale is 1/sqrt(model), not of the head's columns") \
	X(LAST_HEAD, "layer-last-head", "all heads but the last are left out of the output")

enum layer_fault {
#define ENUMERATOR(id, name, what) FAULT_##id,
	LAYER_FAULTS(ENUMERATOR)
#undef ENUMERATOR
};

static void join_turned(struct attn_tensor *w)
{
	w->data = attn_at(w, 0, w->dim[1] - 1, 0, 0);
	w->stride[1] = -w->stride[1];
}

/* Row h·dv + c of the matrix is taken at c·heads + h. */
static void join_mixed(struct attn_tensor *w)
{
	w->stride[1] = w->dim[3];
	w->stride[2] = w->dim[1] * w->dim[3];
}

static void transposed(struct attn_tensor *w)
{
	if (w->dim[1] * w->dim[3] != w->dim[2])
		return;
	w->stride[1] = w->dim[3] * w->dim[2];
	w->stride[2] = 1;
	w->stride[3] = w->dim[2];
}

static void columns_mixed(struct attn_tensor *w)
{
	w->stride[1] = 1;
	w->stride[3] = w->dim[1];
}

static int same_shape(const struct attn_tensor *a, const struct attn_tensor *b)
{
	return !memcmp(a->dim, b->dim, sizeof a->dim);
}

static void exchange(struct attn_tensor *a, struct attn_tensor *b)
{
	struct attn_tensor kept = *a;
	if (same_shape(a, b))
		*a = *b, *b = kept;
}

static enum attn_status layer_run(struct attn_plan *plan, const struct attn_tensors *t, enum layer_fault fault)
{
	struct attn_tensors wrong = *t;
	switch (fault) {
	case FAULT_NO_BIAS_Q: wrong.proj_bias_q.data = NULL; break;
	case FAULT_NO_BIAS_V: wrong.proj_bias_v.data = NULL; break;
	case FAULT_NO_BIAS_K: wrong.proj_bias_k.data = NULL; break;
	case FAULT_NO_BIAS_O: wrong.proj_bias_o.data = NULL; break;
	case FAULT_KEYS_OF_Q: wrong.x_kv = same_shape(&t->x_kv, &t->x_q) ? t->x_q : t->x_kv; break;
	case FAULT_K_AND_V: exchange(&wrong.proj_k, &wrong.proj_v); break;
	case FAULT_JOIN_TURNED: join_turned(&wrong.proj_o); break;
	case FAULT_JOIN_MIXED: join_mixed(&wrong.proj_o); break;
	case FAULT_QUERY_TRANSPOSED: transposed(&wrong.proj_q); break;
	case FAULT_HEADS_MIXED: columns_mixed(&wrong.proj_q); break;
	case FAULT_SCALE_OF_MODEL: plan->problem.scale = 1 / sqrt((double)plan->problem.dim_model); break;
	case FAULT_LAST_HEAD: wrong.proj_o.data = attn_at(&t->proj_o, 0, t->proj_o.dim[1] - 1, 0, 0), wrong.proj_o.stride[1] = 0; break;
	case FAULT_NONE: break;
	}
	return naive_run(plan, &wrong);
}

static enum attn_status layer_query(const struct attn_problem *p, char *why, size_t size)
{
	if (!(p->has & ATTN_HAS_PROJECTIONS))
		return snprintf(why, size, "it does layers only"), ATTN_REFUSED;
	return ATTN_OK;
}

#define IMPLEMENTATION(id, label, what)                                                                        \
	static enum attn_status run_##id(struct attn_plan *plan, const struct attn_tensors *t)                 \
	{                                                                                                      \
		return layer_run(plan, t, FAULT_##id);                                                         \
	}                                                                                                      \
	static const struct attn_impl layer_##id = {                                                           \
		.abi = ATTN_ABI,                                                                               \
		.struct_size = sizeof(struct attn_impl),                                                       \
		.name = "mutant/" label,                                                                       \
		.version = "1",                                                                                \
		.summary = "layer: " what,                                                                     \
		.licence = "Apache-2.0",                                                                       \
		.policy = {ATTN_EMPTY_ZERO, .nan_propagates = 1, .batch_invariant = 1, .thread_invariant = 1}, \
		.numerics = naive_numerics,                                                                    \
		.query = layer_query,                                                                          \
		.plan = naive_plan,                                                                            \
		.run = run_##id,                                                                               \
		.destroy = plan_destroy,                                                                      \
		.kinds = ATTN_KIND_LAYER,                                                                      \
	};
LAYER_FAULTS(IMPLEMENTATION)

#define ADDRESS(id, label, what) &layer_##id,
ATTN_EXPORT const struct attn_impl *const *attn_plugin(void)
{
	static const struct attn_impl *const table[] = {LAYER_FAULTS(ADDRESS) NULL};
	return table;
}
