/* From options to cases: the plain sweep over shapes, and workloads.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/command.h"
#include "harness/registry.h"
#include "harness/sweep.h"
#include "harness/sweep_cache.h"
#include "harness/sweep_work.h"
#include "harness/workload.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *sweep_status_name(enum sweep_status status)
{
	static const char *const names[] = {"pending", "ok", "refused", "failed", "crashed", "timeout", "skipped"};
	return names[status];
}

size_t sweep_count(const struct sweep *s, enum sweep_status status)
{
	size_t n = 0;
	for (size_t k = 0; k < s->n_cases * s->n_impls; k++)
		n += s->points[k].status == status;
	return n;
}

/* One case; those of other shards are counted only. 0, or -1: no memory. */
static int add_case(struct sweep *s, const struct attn_problem *p, const char *workload, int threads, size_t *index)
{
	const struct sweep_options *o = &s->options;
	size_t at = (*index)++;
	if (o->shards > 0 && at % (size_t)o->shards != (size_t)o->shard - 1)
		return 0;
	struct sweep_case *grown = realloc(s->cases, (s->n_cases + 1) * sizeof *grown);
	if (!grown)
		return -1;
	s->cases = grown;
	struct sweep_case *c = &grown[s->n_cases++];
	memset(c, 0, sizeof *c);
	c->problem = *p;
	c->threads = threads;
	c->cold = o->cache == SWEEP_CACHE_COLD || (o->cache == SWEEP_CACHE_BY_PROBLEM && sweep_is_decode(p));
	c->index = at;
	snprintf(c->workload, sizeof c->workload, "%s", workload);
	attn_problem_print(p, c->key);
	c->flops = sweep_flops(p, sweep_pairs(p, NULL));
	c->bytes = sweep_bytes(p);
	return 0;
}

static int add_threads(struct sweep *s, const struct attn_problem *p, const char *workload, size_t *index)
{
	for (size_t t = 0; t < s->options.threads.n; t++)
		if (add_case(s, p, workload, (int)s->options.threads.values[t], index))
			return command_fail(EXIT_ENVIRONMENT, "sweep: no memory for the list of cases");
	return EXIT_OK;
}

/* An odometer over the lists of the plain sweep, the last one fastest. */
enum { AXIS_BATCH, AXIS_HEADS_Q, AXIS_HEADS_KV, AXIS_DIM_QK, AXIS_DIM_V, AXIS_DTYPE, AXIS_CAUSAL, AXIS_LEN_KV, AXIS_LEN_Q, AXES };

static void axis_sizes(const struct sweep_options *o, size_t n[AXES])
{
	n[AXIS_BATCH] = o->batch.n, n[AXIS_HEADS_Q] = o->heads_q.n, n[AXIS_HEADS_KV] = o->heads_kv.n;
	n[AXIS_DIM_QK] = o->dim_qk.n, n[AXIS_DIM_V] = o->dim_v.n, n[AXIS_DTYPE] = o->n_dtypes, n[AXIS_CAUSAL] = o->n_causal;
	n[AXIS_LEN_KV] = o->len_kv.n, n[AXIS_LEN_Q] = o->len_q.n;
}

static void problem_at(const struct sweep_options *o, const size_t at[AXES], struct attn_problem *p)
{
	int causal = o->causal[at[AXIS_CAUSAL]];
	attn_problem_init(p);
	p->batch = o->batch.values[at[AXIS_BATCH]];
	p->heads_q = o->heads_q.values[at[AXIS_HEADS_Q]];
	p->heads_kv = o->heads_kv.values[at[AXIS_HEADS_KV]];
	p->len_q = o->len_q.values[at[AXIS_LEN_Q]];
	p->len_kv = o->len_kv.values[at[AXIS_LEN_KV]];
	p->dim_qk = o->dim_qk.values[at[AXIS_DIM_QK]];
	p->dim_v = o->dim_v.values[at[AXIS_DIM_V]];
	p->dtype = (enum attn_dtype)o->dtypes[at[AXIS_DTYPE]];
	p->causal = causal > 0;
	p->align = causal == 2 ? ATTN_BOTTOM_RIGHT : ATTN_TOP_LEFT;
	attn_problem_resolve(p);
}

static int plan_shapes(struct sweep *s, size_t *index)
{
	size_t n[AXES], at[AXES] = {0};
	char why[256];
	axis_sizes(&s->options, n);
	s->has_shapes = 1;
	for (int axis = 0; axis >= 0;) {
		struct attn_problem p;
		problem_at(&s->options, at, &p);
		if (attn_problem_check(&p, why, sizeof why) != ATTN_OK)
			return command_fail(EXIT_USAGE, "sweep: %s", why);
		int status = add_threads(s, &p, "length", index);
		if (status)
			return status;
		for (axis = AXES - 1; axis >= 0 && ++at[axis] == n[axis]; axis--)
			at[axis] = 0;
	}
	return EXIT_OK;
}

/* A workload, in each dtype that was asked for (its own where none was). */
static int plan_workload(struct sweep *s, const struct workload *w, size_t *index)
{
	const struct sweep_options *o = &s->options;
	for (size_t i = 0; i < o->n_dtypes; i++) {
		struct attn_problem p = w->problem;
		if (o->dtype_given)
			p.dtype = (enum attn_dtype)o->dtypes[i];
		int status = add_threads(s, &p, w->name, index);
		if (status || !(o->dtype_given))
			return status;
	}
	return EXIT_OK;
}

/* One word of --workload: "length", a name, or a file. */
static int plan_word(struct sweep *s, const char *asked, const struct workload_list *known, size_t *index)
{
	struct workload_list own = {NULL, 0};
	char why[2048];
	int status = EXIT_OK;
	size_t before = *index;
	if (!strcmp(asked, "length"))
		return plan_shapes(s, index);
	for (size_t i = 0; status == EXIT_OK && i < known->n; i++)
		if (workload_matches(&known->entries[i], asked))
			status = plan_workload(s, &known->entries[i], index);
	if (status || *index > before)
		return status;
	if (!strchr(asked, '/') && !strchr(asked, '.'))
		return command_fail(EXIT_USAGE, "sweep: --workload \"%s\": there is none of that name (attnbench list workloads), and no such file", asked);
	if (workload_read(asked, &own, why, sizeof why))
		return command_fail(EXIT_ENVIRONMENT, "sweep: %s", why);
	for (size_t i = 0; status == EXIT_OK && i < own.n; i++)
		status = plan_workload(s, &own.entries[i], index);
	workload_free(&own);
	return status;
}

static int plan_workloads(struct sweep *s, size_t *index)
{
	struct workload_list known = {NULL, 0};
	char why[2048], *copy = strdup(s->options.workloads), *rest = copy;
	int status = EXIT_OK;
	if (!copy || workload_read(workload_default_path(), &known, why, sizeof why))
		status = command_fail(EXIT_ENVIRONMENT, "sweep: %s", copy ? why : "no memory");
	for (char *one; status == EXIT_OK && (one = strsep(&rest, ","));)
		status = plan_word(s, one, &known, index);
	workload_free(&known);
	free(copy);
	return status;
}

double sweep_roof(const struct sweep *s, const struct sweep_case *c, const char **name)
{
	const char *level = c->cold ? "dram" : roof_level(c->bytes, c->threads);
	double peak = roof_peak(&s->roofs, attn_dtype_name(c->problem.dtype), c->threads);
	double fed = (c->bytes > 0 ? c->flops / c->bytes : 0) * roof_bandwidth(&s->roofs, level, c->threads);
	*name = peak < fed ? "compute" : level;
	return fmin(peak, fed);
}

static int plan_points(struct sweep *s)
{
	s->points = calloc(s->n_cases * s->n_impls + 1, sizeof *s->points);
	if (!s->points)
		return command_fail(EXIT_ENVIRONMENT, "sweep: no memory for %zu points", s->n_cases * s->n_impls);
	for (size_t c = 0; c < s->n_cases; c++)
		for (size_t i = 0; i < s->n_impls; i++) {
			struct sweep_point *p = sweep_point_at(s, c, i);
			p->impl = s->impls[i];
			p->of = &s->cases[c];
			p->error_ratio = NAN;
		}
	return EXIT_OK;
}

int sweep_plan(struct sweep *s)
{
	const struct sweep_options *o = &s->options;
	char why[512];
	size_t index = 0;
	int status = EXIT_OK;

	if (registry_select(o->impls ? o->impls : "*", &s->impls, why, sizeof why) != ATTN_OK)
		return command_fail(EXIT_USAGE, "sweep: --impl: %s", why);
	while (s->impls[s->n_impls])
		s->n_impls++;
	if (o->workloads)
		status = plan_workloads(s, &index);
	if (status == EXIT_OK && (!o->workloads || (o->shape_given && !s->has_shapes)))
		status = plan_shapes(s, &index);
	s->all_cases = index;
	return status ? status : plan_points(s);
}

void sweep_free(struct sweep *s)
{
	for (size_t i = 0; s->points && i < s->n_cases * s->n_impls; i++) {
		free(s->points[i].samples_ns);
		free(s->points[i].waited);
		free(s->points[i].pace_ns);
	}
	free(s->points);
	free(s->cases);
	free(s->impls);
	free(s->canary_ns);
	free(s->canary_waited);
	free(s->canary_pace_ns);
	facts_free(&s->facts);
}
