/* The key: a problem as text, and back. One table of fields serves both ways.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/problem.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text {
	char *at, *end;
};

static void __attribute__((format(printf, 2, 3))) put(struct text *t, const char *format, ...)
{
	__builtin_va_list arguments;
	__builtin_va_start(arguments, format);
	int n = vsnprintf(t->at, (size_t)(t->end - t->at), format, arguments);
	__builtin_va_end(arguments);
	t->at += n < t->end - t->at ? n : t->end - t->at - 1;
}

static void put_int(struct text *t, const char *name, int64_t x, int64_t omitted)
{
	if (x != omitted)
		put(t, "/%s:%lld", name, (long long)x);
}

/* The shortest decimal that reads back as x. */
static void put_float(struct text *t, const char *name, double x)
{
	char digits[40];
	if (fabs(x) < 1e15 && x == nearbyint(x) && !(x == 0 && signbit(x))) {
		put(t, "/%s:%.0f", name, x);
		return;
	}
	for (int precision = 1; precision <= 17; precision++) {
		snprintf(digits, sizeof digits, "%.*g", precision, x);
		if (strtod(digits, NULL) == x)
			break;
	}
	put(t, "/%s:%s", name, digits);
}

static const struct {
	char letter;
	uint32_t bit;
} dim_letters[] = {{'b', ATTN_DIM_BATCH}, {'h', ATTN_DIM_HEAD}, {'q', ATTN_DIM_QUERY}, {'k', ATTN_DIM_KEY}};

static void put_dims(struct text *t, const char *name, uint32_t dims)
{
	put(t, "/%s:", name);
	for (size_t i = 0; i < 4; i++)
		if (dims & dim_letters[i].bit)
			put(t, "%c", dim_letters[i].letter);
	if (!dims)
		put(t, "1");
}

static void put_window(struct text *t, const struct attn_problem *p)
{
	if (p->window_left < 0 && p->window_right < 0)
		return;
	put(t, p->window_left < 0 ? "/window:-," : "/window:%lld,", (long long)p->window_left);
	put(t, p->window_right < 0 ? "-" : "%lld", (long long)p->window_right);
}

static const struct flag {
	const char *name;
	uint32_t bit;
} has_flags[] = {{"alibi", ATTN_HAS_ALIBI}, {"sinks", ATTN_HAS_SINKS}, {"kvlen", ATTN_HAS_KV_LEN}, {"varlen", ATTN_HAS_CU_SEQLENS}, {"projbias", ATTN_HAS_PROJECTION_BIAS}, {NULL, 0}},
  wants_flags[] = {{"weights", ATTN_WANTS_WEIGHTS}, {"lse", ATTN_WANTS_LOGSUMEXP}, {"present", ATTN_WANTS_PRESENT}, {"sums", ATTN_WANTS_SUMS}, {NULL, 0}};

static void put_flags(struct text *t, const struct flag *flags, uint32_t bits)
{
	for (; flags->name; flags++)
		if (bits & flags->bit)
			put(t, "/%s", flags->name);
}

static const char *const layout_names[] = {"bhsd", "bshd", "packed", NULL};
static const char *const stage_names[] = {"raw", "softcap", "masked", NULL};
static const char *const align_names[] = {"tl", "br", NULL};

static void put_strides(struct text *t, const char *name, const int64_t s[4])
{
	put(t, "/%s:%lld,%lld,%lld,%lld", name, (long long)s[0], (long long)s[1], (long long)s[2], (long long)s[3]);
}

static void put_layout(struct text *t, const struct attn_problem *p)
{
	enum attn_layout layout = attn_problem_layout(p);
	if (layout == ATTN_LAYOUT_BHSD)
		return;
	if (layout != ATTN_LAYOUT_STRIDED) {
		put(t, "/layout:%s", layout_names[layout]);
		return;
	}
	put_strides(t, "qs", p->stride_q);
	put_strides(t, "ks", p->stride_k);
	put_strides(t, "vs", p->stride_v);
	put_strides(t, "os", p->stride_out);
}

void attn_problem_print(const struct attn_problem *p, char key[ATTN_KEY_SIZE])
{
	struct text text = {key, key + ATTN_KEY_SIZE}, *t = &text;

	put(t, "b:%lld/hq:%lld", (long long)p->batch, (long long)p->heads_q);
	put_int(t, "hkv", p->heads_kv, p->heads_q);
	put(t, "/sq:%lld/skv:%lld/d:%lld", (long long)p->len_q, (long long)p->len_kv, (long long)p->dim_qk);
	put_int(t, "dk", p->dim_k, p->dim_qk);
	put_int(t, "dv", p->dim_v, p->dim_qk);
	put_int(t, "model", p->dim_model, 0);
	put_int(t, "modelkv", p->dim_model_kv, p->dim_model);
	put_int(t, "modelout", p->dim_out, p->dim_model);
	if (p->dtype != ATTN_F32)
		put(t, "/%s", attn_dtype_name(p->dtype));
	if (p->softmax_dtype != ATTN_NONE)
		put(t, "/softmax:%s", attn_dtype_name(p->softmax_dtype));
	if (p->score != ATTN_SCALED_DOT)
		put(t, "/score:%s", attn_score_name(p->score));
	put_int(t, "hidden", p->dim_hidden, p->score == ATTN_ADDITIVE ? p->dim_qk : 0);
	if (p->scale != attn_problem_default_scale(p) || (p->scale == 0 && signbit(p->scale)))
		put_float(t, "scale", p->scale);
	if (p->causal)
		put(t, "/causal:%s", align_names[p->align]);
	else if (p->align != ATTN_TOP_LEFT)
		put(t, "/align:%s", align_names[p->align]);
	put_window(t, p);
	if (p->softcap != 0)
		put_float(t, "softcap", p->softcap);
	if (p->has & ATTN_HAS_MASK)
		put_dims(t, "mask", p->mask_dims);
	if (p->has & ATTN_HAS_BIAS)
		put_dims(t, "bias", p->bias_dims);
	if (p->has & ATTN_HAS_BLOCK_MASK)
		put(t, "/blockmask:%lld,%lld", (long long)p->block_q, (long long)p->block_kv);
	put_flags(t, has_flags, p->has);
	if (p->has & ATTN_HAS_PAST)
		put(t, "/past:%lld", (long long)p->past_len);
	if (p->has & ATTN_HAS_BLOCK_TABLE)
		put(t, "/page:%lld", (long long)p->page_size);
	put_layout(t, p);
	put_flags(t, wants_flags, p->wants);
	if (p->wants & ATTN_WANTS_SCORES)
		put(t, "/scores:%s", stage_names[p->score_stage]);
}

/* One field while it is parsed: value is NULL where the field is a bare word. */
struct field {
	const char *name, *value;
	struct attn_problem *p;
	int layout, strided;
};

static int parse_int(const char *text, int64_t *x)
{
	char *end;
	errno = 0;
	long long read = text && *text ? strtoll(text, &end, 10) : 0;
	if (!text || !*text || *end || errno)
		return 0;
	*x = read;
	return 1;
}

static int parse_ints(const char *text, int64_t *x, int n)
{
	char copy[128], *rest = copy;
	if (!text || strlen(text) >= sizeof copy)
		return 0;
	strcpy(copy, text);
	for (int i = 0; i < n; i++) {
		char *one = strsep(&rest, ",");
		if (!one || !(!strcmp(one, "-") ? (x[i] = -1, 1) : parse_int(one, &x[i])))
			return 0;
	}
	return rest == NULL;
}

static int parse_float(const char *text, double *x)
{
	char *end;
	if (!text || !*text)
		return 0;
	*x = strtod(text, &end);
	return !*end && !isnan(*x);
}

static int parse_name(const char *text, const char *const *names, int *x)
{
	for (int i = 0; text && names[i]; i++)
		if (!strcmp(text, names[i]))
			return *x = i, 1;
	return 0;
}

static int parse_dims(const char *text, uint32_t *dims)
{
	*dims = 0;
	if (!text || !*text)
		return 0;
	if (!strcmp(text, "1"))
		return 1;
	size_t at = 0;
	for (; *text; text++) {
		while (at < 4 && dim_letters[at].letter != *text)
			at++;
		if (at == 4)
			return 0;
		*dims |= dim_letters[at++].bit;
	}
	return 1;
}

static int parse_flag(const struct field *f, const struct flag *flags, uint32_t *bits)
{
	for (; flags->name; flags++)
		if (!f->value && !strcmp(f->name, flags->name))
			return *bits |= flags->bit, 1;
	return 0;
}

static const char *parse_shape_field(struct field *f)
{
	struct {
		const char *name;
		int64_t *x;
	} ints[] = {{"b", &f->p->batch},   {"hq", &f->p->heads_q}, {"hkv", &f->p->heads_kv}, {"sq", &f->p->len_q},         {"skv", &f->p->len_kv},
	            {"d", &f->p->dim_qk}, {"dk", &f->p->dim_k},   {"dv", &f->p->dim_v},     {"hidden", &f->p->dim_hidden},
	            {"model", &f->p->dim_model}, {"modelkv", &f->p->dim_model_kv}, {"modelout", &f->p->dim_out}};
	if (!strcmp(f->name, "model"))
		f->p->has |= ATTN_HAS_PROJECTIONS;
	for (size_t i = 0; i < sizeof ints / sizeof *ints; i++)
		if (!strcmp(f->name, ints[i].name))
			return parse_int(f->value, ints[i].x) && *ints[i].x >= 0 ? "" : "a whole number of 0 or more";
	return NULL;
}

static const char *parse_stride_field(struct field *f)
{
	struct {
		const char *name;
		int64_t *s;
	} fields[] = {{"qs", f->p->stride_q}, {"ks", f->p->stride_k}, {"vs", f->p->stride_v}, {"os", f->p->stride_out}};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (!strcmp(f->name, fields[i].name)) {
			f->strided |= 1 << i;
			return parse_ints(f->value, fields[i].s, 4) ? "" : "four strides, comma-separated";
		}
	return NULL;
}

static const char *parse_float_field(struct field *f)
{
	if (!strcmp(f->name, "scale"))
		return parse_float(f->value, &f->p->scale) ? "" : "a number";
	if (!strcmp(f->name, "softcap"))
		return parse_float(f->value, &f->p->softcap) ? "" : "a number";
	return NULL;
}

static const char *parse_mask_field(struct field *f)
{
	struct attn_problem *p = f->p;
	int64_t pair[2];
	int is_mask = !strcmp(f->name, "mask");
	if (is_mask || !strcmp(f->name, "bias")) {
		p->has |= is_mask ? ATTN_HAS_MASK : ATTN_HAS_BIAS;
		return parse_dims(f->value, is_mask ? &p->mask_dims : &p->bias_dims) ? "" : "letters of bhqk in this order, or 1";
	}
	if (!strcmp(f->name, "window"))
		return parse_ints(f->value, pair, 2) ? p->window_left = pair[0], p->window_right = pair[1], "" : "LEFT,RIGHT, each a number or -";
	if (!strcmp(f->name, "blockmask")) {
		p->has |= ATTN_HAS_BLOCK_MASK;
		return parse_ints(f->value, pair, 2) ? p->block_q = pair[0], p->block_kv = pair[1], "" : "ROWS,KEYS of a block";
	}
	if (!strcmp(f->name, "past"))
		return p->has |= ATTN_HAS_PAST, parse_int(f->value, &p->past_len) ? "" : "a whole number";
	if (!strcmp(f->name, "page"))
		return p->has |= ATTN_HAS_BLOCK_TABLE, parse_int(f->value, &p->page_size) ? "" : "a whole number";
	return NULL;
}

static const char *parse_name_field(struct field *f)
{
	struct attn_problem *p = f->p;
	int x = 0;
	int causal = !strcmp(f->name, "causal");
	if (causal || !strcmp(f->name, "align")) {
		if (!parse_name(f->value, align_names, &x))
			return "tl or br";
		p->causal |= causal;
		p->align = (enum attn_align)x;
		return "";
	}
	if (!strcmp(f->name, "score"))
		return f->value && (x = attn_score_parse(f->value)) >= 0 ? p->score = (enum attn_score)x, "" : "a score (attnbench list features)";
	if (!strcmp(f->name, "softmax"))
		return f->value && (x = attn_dtype_parse(f->value)) > 0 ? p->softmax_dtype = (enum attn_dtype)x, "" : "f32, f64, bf16 or f16";
	if (!strcmp(f->name, "layout"))
		return parse_name(f->value, layout_names, &f->layout) ? "" : "bhsd, bshd or packed";
	if (!strcmp(f->name, "scores")) {
		p->wants |= ATTN_WANTS_SCORES;
		return parse_name(f->value, stage_names, &x) ? p->score_stage = (enum attn_score_stage)x, "" : "raw, softcap or masked";
	}
	if (!f->value && (x = attn_dtype_parse(f->name)) > 0)
		return p->dtype = (enum attn_dtype)x, "";
	return parse_flag(f, has_flags, &p->has) || parse_flag(f, wants_flags, &p->wants) ? "" : NULL;
}

/* Each answers NULL: not my field; "": done; else what was expected. */
static const char *(*const parsers[])(struct field *) = {parse_shape_field, parse_stride_field, parse_float_field, parse_mask_field, parse_name_field};

enum attn_status attn_problem_parse(const char *key, struct attn_problem *p, char *why, size_t size)
{
	char copy[ATTN_KEY_SIZE], *rest = copy;
	struct field f = {NULL, NULL, p, ATTN_LAYOUT_BHSD, 0};

	if (strlen(key) >= sizeof copy)
		return snprintf(why, size, "the key has %zu characters: expected fewer than %d", strlen(key), ATTN_KEY_SIZE), ATTN_FAILED;
	strcpy(copy, key);
	attn_problem_init(p);
	for (char *one; (one = strsep(&rest, "/"));) {
		const char *expected = NULL;
		char *colon = strchr(one, ':');
		f.name = one, f.value = colon ? colon + 1 : NULL;
		if (colon)
			*colon = 0;
		for (size_t i = 0; !expected && i < sizeof parsers / sizeof *parsers; i++)
			expected = parsers[i](&f);
		if (!expected)
			return snprintf(why, size, "key \"%s\": there is no field \"%s\"", key, one), ATTN_FAILED;
		if (*expected)
			return snprintf(why, size, "key \"%s\": field %s is \"%s\": expected %s", key, one, f.value ? f.value : "", expected), ATTN_FAILED;
	}
	if (f.strided && f.strided != 15)
		return snprintf(why, size, "key \"%s\": expected all of qs, ks, vs and os, or none", key), ATTN_FAILED;
	attn_problem_resolve(p);
	if (!f.strided)
		attn_problem_set_layout(p, (enum attn_layout)f.layout);
	return attn_problem_check(p, why, size);
}
