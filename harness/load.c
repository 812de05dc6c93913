/* .npy files to a problem and its input tensors, each checked against the others.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/command.h"
#include "harness/npy.h"
#include "harness/options.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <attnbench/view.h>
#include <stdio.h>
#include <stdlib.h>

/* What a tensor must be before it can take part. Letters of `shape`, for dimensions 0 to 3: 1; batch, heads, query rows,
 * keys (k: all, l: those of x_kv); d = columns of q, e = of k, x = hidden, y = x or e (va), v = of v; of a layer g = heads of keys,
 * m, n, o = columns of x_q, x_kv and out. `type`: bool, i64 (n), f32, wide (f32, or f64 with f64),
 * problem.
 * broadcast: NumPy's rules alone; else dimensions of 1 may also be left out anywhere. */
static const struct input {
	size_t offset;
	uint32_t has;
	char shape[5], type;
	int broadcast;
} inputs[INPUT_COUNT] = {
	[INPUT_Q] = {offsetof(struct attn_tensors, q), 0, "", 'p', 0},
	[INPUT_K] = {offsetof(struct attn_tensors, k), 0, "", 'p', 0},
	[INPUT_V] = {offsetof(struct attn_tensors, v), 0, "", 'p', 0},
	[INPUT_MASK] = {offsetof(struct attn_tensors, mask), ATTN_HAS_MASK, "bhqk", 'b', 1},
	[INPUT_BIAS] = {offsetof(struct attn_tensors, bias), ATTN_HAS_BIAS, "bhqk", 'w', 1},
	[INPUT_ALIBI] = {offsetof(struct attn_tensors, alibi), ATTN_HAS_ALIBI, "1h11", 'f', 0},
	[INPUT_SINKS] = {offsetof(struct attn_tensors, sinks), ATTN_HAS_SINKS, "1h11", 'f', 0},
	[INPUT_KV_LEN] = {offsetof(struct attn_tensors, kv_len), ATTN_HAS_KV_LEN, "b111", 'n', 0},
	[INPUT_GIVEN] = {offsetof(struct attn_tensors, given), 0, "bhqk", 'w', 1},
	[INPUT_W] = {offsetof(struct attn_tensors, w), 0, "1hde", 'p', 0},
	[INPUT_W_Q] = {offsetof(struct attn_tensors, w_q), 0, "1hdx", 'p', 0},
	[INPUT_W_K] = {offsetof(struct attn_tensors, w_k), 0, "1hex", 'p', 0},
	[INPUT_V_A] = {offsetof(struct attn_tensors, v_a), 0, "1h1y", 'p', 0},
	[INPUT_X_Q] = {offsetof(struct attn_tensors, x_q), ATTN_HAS_PROJECTIONS, "b1qm", 'p', 0},
	[INPUT_X_KV] = {offsetof(struct attn_tensors, x_kv), ATTN_HAS_PROJECTIONS, "b1ln", 'p', 0},
	[INPUT_PROJ_Q] = {offsetof(struct attn_tensors, proj_q), 0, "1hmd", 'p', 0},
	[INPUT_PROJ_K] = {offsetof(struct attn_tensors, proj_k), 0, "1gnd", 'p', 0},
	[INPUT_PROJ_V] = {offsetof(struct attn_tensors, proj_v), 0, "1gnv", 'p', 0},
	[INPUT_PROJ_O] = {offsetof(struct attn_tensors, proj_o), 0, "1hvo", 'p', 0},
	[INPUT_PROJ_BIAS_Q] = {offsetof(struct attn_tensors, proj_bias_q), ATTN_HAS_PROJECTION_BIAS, "1h1d", 'p', 0},
	[INPUT_PROJ_BIAS_K] = {offsetof(struct attn_tensors, proj_bias_k), ATTN_HAS_PROJECTION_BIAS, "1g1d", 'p', 0},
	[INPUT_PROJ_BIAS_V] = {offsetof(struct attn_tensors, proj_bias_v), ATTN_HAS_PROJECTION_BIAS, "1g1v", 'p', 0},
	[INPUT_PROJ_BIAS_O] = {offsetof(struct attn_tensors, proj_bias_o), ATTN_HAS_PROJECTION_BIAS, "111o", 'p', 0}};

struct file {
	const char *path;
	struct attn_tensor t;
	int rank;
	char shape[96]; /* "(12, 256, 32)": as the file has it */
};

struct loader {
	const struct problem_options *options;
	struct attn_problem *p;
	struct attn_tensors *t;
	struct file file[INPUT_COUNT];
};

static void print_shape(char *text, size_t size, const int64_t *dim, int rank)
{
	int n = snprintf(text, size, "(");
	for (int k = 4 - rank; k < 4; k++)
		n += snprintf(text + n, size - (size_t)n, k < 3 ? "%lld, " : rank == 1 ? "%lld," : "%lld", (long long)dim[k]);
	snprintf(text + n, size - (size_t)n, ")");
}

static int read_file(struct loader *l, int input)
{
	char why[4608];
	struct file *f = &l->file[input];
	f->path = l->options->file[input == INPUT_X_KV && !l->options->file[INPUT_X_KV] ? INPUT_X_Q : input];
	if (attn_npy_read(f->path, &f->t, &f->rank, why, sizeof why) != ATTN_OK)
		return command_fail(EXIT_ENVIRONMENT, "%s", why);
	print_shape(f->shape, sizeof f->shape, f->t.dim, f->rank);
	return EXIT_OK;
}

static int is_float(enum attn_dtype dtype) { return dtype == ATTN_F32 || dtype == ATTN_F64 || dtype == ATTN_F16; }

/* q, k and v must agree in dtype, and have 2 to 4 dimensions. */
static int check_qkv_file(const struct loader *l, int input)
{
	const struct file *f = &l->file[input], *v = &l->file[INPUT_V];
	if (!is_float(f->t.dtype))
		return command_fail(EXIT_ENVIRONMENT, "%s: its dtype is %s: expected f32, f64 or f16", f->path, attn_dtype_name(f->t.dtype));
	if (f->rank < 2)
		return command_fail(EXIT_ENVIRONMENT, "%s: its shape is %s of rank %d: expected rank 2 (rows, columns), 3 (heads, rows, columns) or 4 (batch, heads, rows, columns)",
		                    f->path, f->shape, f->rank);
	if (f->t.dtype != v->t.dtype)
		return command_fail(EXIT_ENVIRONMENT, "%s is %s and %s is %s: expected the same dtype", f->path, attn_dtype_name(f->t.dtype), v->path, attn_dtype_name(v->t.dtype));
	return EXIT_OK;
}

/* Dimension k of two files must be the same. */
static int check_same(const struct file *a, const struct file *b, int k, const char *what)
{
	if (a->t.dim[k] == b->t.dim[k])
		return EXIT_OK;
	return command_fail(EXIT_ENVIRONMENT, "%s %s and %s %s: %s %lld and %lld: expected the same number", a->path, a->shape, b->path, b->shape, what,
	                    (long long)a->t.dim[k], (long long)b->t.dim[k]);
}

/* With given scores q and k may be left out: zeros of one column stand for them. */
static int stand_in(struct loader *l, int input)
{
	struct file *f = &l->file[input], *other = &l->file[input == INPUT_Q ? INPUT_K : INPUT_Q];
	const int64_t *v = l->file[INPUT_V].t.dim, *g = l->file[INPUT_GIVEN].t.dim;
	int64_t columns = other->t.data ? other->t.dim[3] : 1;
	f->path = l->options->file[INPUT_GIVEN];
	f->rank = l->file[INPUT_V].rank;
	f->t = input == INPUT_K ? attn_tensor_new(l->file[INPUT_V].t.dtype, v[0], v[1], v[2], columns)
	                        : attn_tensor_new(l->file[INPUT_V].t.dtype, v[0], g[1] > v[1] ? g[1] : v[1], g[2], columns);
	if (!f->t.data)
		return command_fail(EXIT_ENVIRONMENT, "no memory for %s", problem_options_name(input));
	print_shape(f->shape, sizeof f->shape, f->t.dim, f->rank);
	return EXIT_OK;
}

static int check_qkv(const struct loader *l)
{
	const struct file *q = &l->file[INPUT_Q], *k = &l->file[INPUT_K], *v = &l->file[INPUT_V];
	int differ = l->p->score == ATTN_GENERAL || l->p->score == ATTN_ADDITIVE || l->p->score >= ATTN_LOCATION;
	int status = EXIT_OK;
	for (int input = INPUT_Q; !status && input <= INPUT_V; input++)
		status = check_qkv_file(l, input);
	if (!status)
		status = check_same(k, v, 2, "rows (keys and values)");
	if (!status)
		status = check_same(k, v, 1, "heads of keys and values");
	if (!status)
		status = check_same(q, k, 0, "batch");
	if (!status)
		status = check_same(k, v, 0, "batch");
	if (!status && !differ)
		status = check_same(q, k, 3, "columns");
	if (!status && (k->t.dim[1] < 1 || q->t.dim[1] % k->t.dim[1]))
		status = command_fail(EXIT_ENVIRONMENT, "%s %s and %s %s: heads %lld and %lld: those of the keys must divide those of the queries", q->path, q->shape,
		                      k->path, k->shape, (long long)q->t.dim[1], (long long)k->t.dim[1]);
	return status;
}

/* The shape of the problem; its scores must be countable, those beside a dimension of 0 included. */
static int set_shape(struct loader *l)
{
	const struct attn_tensor *q = &l->file[INPUT_Q].t, *k = &l->file[INPUT_K].t, *v = &l->file[INPUT_V].t;
	struct attn_problem *p = l->p;
	p->batch = q->dim[0], p->heads_q = q->dim[1], p->len_q = q->dim[2], p->dim_qk = q->dim[3];
	p->heads_kv = k->dim[1], p->len_kv = k->dim[2], p->dim_k = k->dim[3], p->dim_v = v->dim[3];
	p->dtype = q->dtype;
	p->dim_hidden = p->score == ATTN_ADDITIVE ? l->file[INPUT_W_Q].t.dim[3] : 0;
	double scores = 1;
	for (int n = 0; n < 4; n++) {
		int64_t dim = n < 3 ? q->dim[n] : p->len_kv;
		scores *= dim > 0 ? (double)dim : 1;
	}
	if (scores <= 0x1p47)
		return EXIT_OK;
	return command_fail(EXIT_ENVIRONMENT, "%s %s and %s %s: %g scores: expected at most 2^47", l->file[INPUT_Q].path, l->file[INPUT_Q].shape, l->file[INPUT_K].path,
	                    l->file[INPUT_K].shape, scores);
}

static int64_t expected_dim(const struct attn_problem *p, char letter)
{
	switch (letter) {
	case 'b': return p->batch;
	case 'h': return p->heads_q;
	case 'q': return p->len_q;
	case 'k': return p->len_kv;
	case 'd': return p->dim_qk;
	case 'e': return p->dim_k;
	case 'x': return p->dim_hidden;
	case 'g': return p->heads_kv;
	case 'l': return p->len_kv;
	case 'm': return p->dim_model;
	case 'n': return p->dim_model_kv;
	case 'o': return p->dim_out;
	case 'v': return p->dim_v;
	case 'y': return p->score == ATTN_ADDITIVE ? p->dim_hidden : p->dim_k;
	default: return 1;
	}
}

/* Whether the file's shape stretches to the expected one by NumPy's rules. */
static int broadcasts(const int64_t have[4], const int64_t want[4])
{
	for (int k = 0; k < 4; k++)
		if (have[k] != want[k] && have[k] != 1)
			return 0;
	return 1;
}

/* Whether they are the same but for dimensions of 1: then elements lie in the same order, and the shape can be replaced. */
static int same_but_ones(const int64_t have[4], const int64_t want[4])
{
	int a = 0, b = 0;
	for (;; a++, b++) {
		while (a < 4 && have[a] == 1)
			a++;
		while (b < 4 && want[b] == 1)
			b++;
		if (a == 4 || b == 4)
			return a == b;
		if (have[a] != want[b])
			return 0;
	}
}

static enum attn_dtype needed_dtype(const struct attn_problem *p, char type)
{
	switch (type) {
	case 'b': return ATTN_BOOL;
	case 'n': return ATTN_I64;
	case 'f': return ATTN_F32;
	case 'w': return p->dtype == ATTN_F64 ? ATTN_F64 : ATTN_F32;
	default: return p->dtype;
	}
}

static int check_dtype(const struct file *f, enum attn_dtype needed)
{
	const char *expected = needed == ATTN_BOOL ? "bool" : needed == ATTN_I64 ? "i64 or i32" : "f32, f64 or f16";
	if (f->t.dtype == needed || (is_float(needed) && is_float(f->t.dtype)))
		return EXIT_OK;
	return command_fail(EXIT_ENVIRONMENT, "%s: its dtype is %s: expected %s%s", f->path, attn_dtype_name(f->t.dtype), expected,
	                    needed == ATTN_BOOL && is_float(f->t.dtype) ? " (a float mask is --bias)" : "");
}

/* The file as the tensor the problem needs: of the expected shape and dtype. Mask and bias keep stride 0 where they are
 * broadcast, which *dims tells; others are written out. */
static struct attn_tensor fitted(const struct file *f, const int64_t want[4], enum attn_dtype dtype, uint32_t *dims)
{
	static const uint32_t bits[] = {ATTN_DIM_BATCH, ATTN_DIM_HEAD, ATTN_DIM_QUERY, ATTN_DIM_KEY};
	struct attn_tensor from = f->t, to;
	int64_t stride[4], step = 1, from_step = 1;
	for (int k = 3; k >= 0; k--) {
		int repeated = dims && f->t.dim[k] == 1;
		stride[k] = repeated ? 0 : step;
		step *= repeated || want[k] < 1 ? 1 : want[k];
		if (dims && !repeated)
			*dims |= bits[k];
	}
	int reshape = !broadcasts(f->t.dim, want);
	for (int k = 3; k >= 0; k--) {
		int64_t dim = reshape ? want[k] : f->t.dim[k];
		from.dim[k] = want[k];
		from.stride[k] = dim == 1 ? 0 : from_step;
		from_step *= dim > 0 ? dim : 1;
	}
	to = attn_tensor_new_strided(dtype, want, stride);
	if (to.data)
		attn_tensor_copy(&to, &from);
	return to;
}

/* The first finite number of the file that is not finite any more in the tensor: a bias of -1e300 would hide a key in f32. */
static int check_range(const struct file *f, const struct attn_tensor *t)
{
	if (!is_float(t->dtype) || attn_dtype_bytes(t->dtype) >= attn_dtype_bytes(f->t.dtype))
		return EXIT_OK;
	for (int64_t n = 0, count = attn_tensor_count(&f->t); n < count; n++) {
		struct attn_tensor flat = {f->t.data, f->t.dtype, {1, 1, 1, count}, {0, 0, 0, 1}};
		double x = attn_tensor_get(&flat, 0, 0, 0, n);
		double rounded = t->dtype == ATTN_F32 ? (double)(float)x : (double)attn_f16_to_f32(attn_f16_from_double(x));
		if (isfinite(x) && !isfinite(rounded))
			return command_fail(EXIT_ENVIRONMENT, "%s: its element %lld is %g: expected what fits %s", f->path, (long long)n, x, attn_dtype_name(t->dtype));
	}
	return EXIT_OK;
}

static int check_kv_len(const struct loader *l, const struct attn_tensor *t)
{
	for (int64_t b = 0; b < t->dim[0]; b++) {
		int64_t x = attn_at_i64(t, b, 0, 0, 0);
		if (x < 0 || x > l->p->len_kv)
			return command_fail(EXIT_ENVIRONMENT, "%s: its element %lld is %lld: expected 0 to %lld, the number of keys in %s", l->file[INPUT_KV_LEN].path,
			                    (long long)b, (long long)x, (long long)l->p->len_kv, l->file[INPUT_K].path);
	}
	return EXIT_OK;
}

static int fit(struct loader *l, int input)
{
	const struct input *spec = &inputs[input];
	struct file *f = &l->file[input];
	int layer = problem_options_layer(l->options);
	const struct file *q = &l->file[layer ? INPUT_X_Q : INPUT_Q], *k = &l->file[layer ? INPUT_X_KV : INPUT_K];
	struct attn_tensor *to = (struct attn_tensor *)((char *)l->t + spec->offset);
	uint32_t *dims = input == INPUT_MASK ? &l->p->mask_dims : input == INPUT_BIAS ? &l->p->bias_dims : NULL;
	enum attn_dtype dtype = needed_dtype(l->p, spec->type);
	int64_t want[4];
	char text[96];

	int status = check_dtype(f, dtype);
	if (status)
		return status;
	for (int d = 0; d < 4; d++)
		want[d] = expected_dim(l->p, spec->shape[d]);
	print_shape(text, sizeof text, want, 4);
	if (!broadcasts(f->t.dim, want) && (spec->broadcast || !same_but_ones(f->t.dim, want)))
		return command_fail(EXIT_ENVIRONMENT, "%s %s does not fit %s %s and %s %s: expected %s, or what broadcasts to it", f->path, f->shape, q->path, q->shape,
		                    k->path, k->shape, text);
	*to = fitted(f, want, dtype, dims);
	if (!to->data)
		return command_fail(EXIT_ENVIRONMENT, "%s: no memory for %s elements", f->path, text);
	l->p->has |= spec->has;
	status = check_range(f, to);
	return !status && input == INPUT_KV_LEN ? check_kv_len(l, to) : status;
}

/* q, k and v become the tensors as they are. */
static void take(struct loader *l, int input)
{
	*(struct attn_tensor *)((char *)l->t + inputs[input].offset) = l->file[input].t;
	l->file[input].t.data = NULL;
}

/* x of a layer: floats, (rows, columns), (batch, rows, columns) or, as the output of one head has it, (batch, 1, rows, columns). */
static int check_x(struct file *f)
{
	if (!is_float(f->t.dtype))
		return command_fail(EXIT_ENVIRONMENT, "%s: its dtype is %s: expected f32, f64 or f16", f->path, attn_dtype_name(f->t.dtype));
	if (f->rank < 2 || (f->rank == 4 && f->t.dim[1] != 1))
		return command_fail(EXIT_ENVIRONMENT, "%s: its shape is %s of rank %d: expected rank 2 (rows, columns), 3 (batch, rows, columns) or 4 (batch, 1, rows, columns)",
		                    f->path, f->shape, f->rank);
	if (f->rank == 3)
		f->t.dim[0] = f->t.dim[1], f->t.dim[1] = 1; /* the batch is where q has its heads */
	return EXIT_OK;
}

static int check_matrix(const struct file *f, const struct file *x)
{
	if (f->rank < 3 || f->t.dim[0] != 1)
		return command_fail(EXIT_ENVIRONMENT, "%s: its shape is %s of rank %d: expected rank 3 (heads, rows, columns)", f->path, f->shape, f->rank);
	if (f->t.dtype != x->t.dtype)
		return command_fail(EXIT_ENVIRONMENT, "%s is %s and %s is %s: expected the same dtype", f->path, attn_dtype_name(f->t.dtype), x->path, attn_dtype_name(x->t.dtype));
	return EXIT_OK;
}

/* The shape of a layer, from x and what its matrices alone say; that they fit is seen when each is fitted. */
static int set_layer(struct loader *l)
{
	const struct attn_tensor *x = &l->file[INPUT_X_Q].t, *kv = &l->file[INPUT_X_KV].t;
	const int64_t *q = l->file[INPUT_PROJ_Q].t.dim, *k = l->file[INPUT_PROJ_K].t.dim, *v = l->file[INPUT_PROJ_V].t.dim, *o = l->file[INPUT_PROJ_O].t.dim;
	struct attn_problem *p = l->p;
	int status = check_x(&l->file[INPUT_X_Q]);
	if (!status)
		status = check_x(&l->file[INPUT_X_KV]);
	for (int i = INPUT_PROJ_Q; !status && i <= INPUT_PROJ_O; i++)
		status = check_matrix(&l->file[i], &l->file[INPUT_X_Q]);
	if (!status)
		status = check_same(&l->file[INPUT_X_Q], &l->file[INPUT_X_KV], 0, "batch");
	if (!status)
		status = check_same(&l->file[INPUT_PROJ_K], &l->file[INPUT_PROJ_V], 1, "heads of keys and values");
	if (!status)
		status = check_same(&l->file[INPUT_PROJ_Q], &l->file[INPUT_PROJ_K], 3, "columns");
	if (!status && (k[1] < 1 || q[1] % k[1]))
		status = command_fail(EXIT_ENVIRONMENT, "%s %s and %s %s: heads %lld and %lld: those of the keys must divide those of the queries", l->file[INPUT_PROJ_Q].path,
		                      l->file[INPUT_PROJ_Q].shape, l->file[INPUT_PROJ_K].path, l->file[INPUT_PROJ_K].shape, (long long)q[1], (long long)k[1]);
	p->batch = x->dim[0], p->len_q = x->dim[2], p->len_kv = kv->dim[2];
	p->heads_q = q[1], p->heads_kv = k[1], p->dim_qk = p->dim_k = q[3], p->dim_v = v[3], p->dim_hidden = 0;
	p->dim_model = x->dim[3], p->dim_model_kv = kv->dim[3], p->dim_out = o[3];
	p->dtype = x->dtype;
	return status;
}

/* As matrices of all heads side by side, which is how implementations may read them. */
static struct attn_tensor side_by_side(const struct attn_tensor *t)
{
	int64_t row = t->dim[1] * t->dim[3], stride[4] = {row * t->dim[2], t->dim[3], row, 1};
	struct attn_tensor to = attn_tensor_new_strided(t->dtype, t->dim, stride);
	if (to.data)
		attn_tensor_copy(&to, t);
	return to;
}

static int arrange_layer(struct loader *l)
{
	struct attn_tensor *const matrices[] = {&l->t->proj_q, &l->t->proj_k, &l->t->proj_v};
	for (int i = 0; i < 3; i++) {
		struct attn_tensor to = side_by_side(matrices[i]);
		attn_tensor_free(matrices[i]);
		*matrices[i] = to;
		if (!to.data)
			return command_fail(EXIT_ENVIRONMENT, "%s: no memory for it", l->file[INPUT_PROJ_Q + i].path);
	}
	return EXIT_OK;
}

static int load_layer(struct loader *l)
{
	char why[512];
	int status = set_layer(l);
	for (int i = INPUT_V + 1; !status && i < INPUT_COUNT; i++)
		if (l->file[i].t.data)
			status = fit(l, i);
	if (!status)
		status = arrange_layer(l);
	if (status)
		return status;
	attn_problem_resolve(l->p);
	if (attn_problem_check(l->p, why, sizeof why) != ATTN_OK)
		return command_fail(EXIT_ENVIRONMENT, "%s %s, %s %s: %s", l->file[INPUT_X_Q].path, l->file[INPUT_X_Q].shape, l->file[INPUT_PROJ_Q].path, l->file[INPUT_PROJ_Q].shape, why);
	return EXIT_OK;
}

static int read_files(struct loader *l)
{
	int status = EXIT_OK;
	for (int i = 0; !status && i < INPUT_COUNT; i++)
		if (l->options->file[i] || (i == INPUT_X_KV && problem_options_layer(l->options)))
			status = read_file(l, i);
	return status;
}

static int load(struct loader *l)
{
	int status = read_files(l);
	char why[512];
	if (!status && problem_options_layer(l->options))
		return load_layer(l);
	for (int i = INPUT_Q; !status && i <= INPUT_K; i++)
		if (!l->options->file[i])
			status = stand_in(l, i);
	if (!status)
		status = check_qkv(l);
	if (!status)
		status = set_shape(l);
	for (int i = INPUT_V + 1; !status && i < INPUT_COUNT; i++)
		if (l->options->file[i])
			status = fit(l, i);
	if (status)
		return status;
	attn_problem_resolve(l->p);
	if (attn_problem_check(l->p, why, sizeof why) != ATTN_OK)
		return command_fail(EXIT_ENVIRONMENT, "%s %s, %s %s: %s", l->file[INPUT_Q].path, l->file[INPUT_Q].shape, l->file[INPUT_K].path, l->file[INPUT_K].shape, why);
	for (int i = INPUT_Q; i <= INPUT_V; i++)
		take(l, i);
	return EXIT_OK;
}

int problem_options_load(const struct problem_options *o, struct attn_problem *p, struct attn_tensors *t, int *rank)
{
	struct loader l = {.options = o, .p = p, .t = t};
	*p = o->problem;
	memset(t, 0, sizeof *t);
	t->struct_size = sizeof *t;
	int status = load(&l);
	*rank = l.file[problem_options_layer(o) ? INPUT_X_Q : INPUT_Q].rank;
	for (int i = 0; i < INPUT_COUNT; i++)
		attn_tensor_free(&l.file[i].t);
	if (status)
		attn_tensors_free(t);
	return status;
}
