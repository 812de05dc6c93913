/* Where two implementations part ways: the first element of out that differs by more than both may err, with the terms of its sum
 * and of its bound. One of the two may be the reference.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/command.h"
#include "harness/problem.h"
#include "harness/run.h"
#include "harness/sandbox.h"
#include "harness/tensor.h"
#include "reports/explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ASKED_MOST = 1 << 26 }; /* elements of weights that are asked for */

struct search {
	const struct attn_problem *p;
	const struct attn_tensors *t;
	const struct explain_side *sides;
	struct explain_divergence *d; /* shared */
	struct judge_row *row[2];     /* NULL for the reference */
	double *got, *bound;          /* scratch: a row of the output */
};

static double output_of(const struct explain_side *side, struct reference_place at, int64_t c, double exact)
{
	return side->impl ? attn_tensor_get(&side->t.out, at.b, at.h, at.i, c) : exact;
}

/* Do a and b differ by more than the bound? NaN and infinities agree with themselves alone. */
static int apart(double a, double b, double bound)
{
	if (a == b || (isnan(a) && isnan(b)))
		return 0;
	return !(fabs(a - b) <= bound);
}

/* The element c of a made row. 1: the sides part ways there, and d says how. */
static int look(const struct search *s, struct reference_place at, int64_t c, struct explain_divergence *d)
{
	double own[2] = {0, 0}; /* what each side should give: they differ in rows that see no key alone */
	for (int n = 0; n < 2; n++) {
		memset(&d->terms[n], 0, sizeof d->terms[n]);
		if (s->row[n])
			own[n] = judge_row_output(s->row[n], c, &d->terms[n]);
		d->bound[n] = judge_terms_sum(&d->terms[n]);
	}
	d->exact = own[s->row[0] ? 0 : 1];
	d->wrong = -1;
	for (int n = 1; n >= 0; n--) {
		double right = s->row[n] ? own[n] : d->exact;
		d->got[n] = output_of(&s->sides[n], at, c, right);
		if (apart(d->got[n], right, d->bound[n]))
			d->wrong = n;
	}
	return apart(d->got[0], d->got[1], d->bound[0] + d->bound[1]);
}

static const struct reference_row *make_row(const struct search *s, struct reference_place at)
{
	const struct reference_row *row = NULL;
	for (int n = 1; n >= 0; n--)
		if (s->row[n])
			row = judge_row_make(s->row[n], at);
	return row;
}

static double given_or_nan(int given, const struct attn_tensor *t, struct reference_place at, int64_t key)
{
	return given && t->data ? attn_tensor_get(t, at.b, at.h, at.i, key) : (double)NAN;
}

static void put_term(const struct search *s, const struct reference_row *row, int64_t j, struct explain_term *term)
{
	struct reference_place at = {s->d->at[0], s->d->at[1], s->d->at[2]};
	*term = (struct explain_term){row->first_key + j, (double)row->score[j], (double)row->weight[j], (double)reference_value(row, s->t, j, s->d->at[3]), {0}, {0}};
	for (int n = 0; n < 2; n++) {
		const struct explain_side *side = &s->sides[n];
		term->side_score[n] = given_or_nan(side->gave_scores, &side->t.scores, at, term->key);
		term->side_weight[n] = given_or_nan(side->gave_weights, &side->t.weights, at, term->key);
	}
}

/* The largest terms of the row, in the order of the keys. */
static void put_terms(const struct search *s, const struct reference_row *row)
{
	struct explain_divergence *d = s->d;
	for (int64_t j = 0; j < row->keys; j++) {
		struct explain_term term;
		size_t least = 0;
		if (!row->value[j])
			continue;
		put_term(s, row, j, &term);
		if (d->term_count < TERMS_MOST) {
			d->term[d->term_count++] = term;
			continue;
		}
		for (size_t n = 1; n < TERMS_MOST; n++)
			if (fabs(d->term[n].weight * d->term[n].value) < fabs(d->term[least].weight * d->term[least].value))
				least = n;
		if (fabs(term.weight * term.value) <= fabs(d->term[least].weight * d->term[least].value))
			continue;
		memmove(&d->term[least], &d->term[least + 1], (TERMS_MOST - 1 - least) * sizeof term);
		d->term[TERMS_MOST - 1] = term;
	}
}

/* The stage before the output that is already wrong on that side, by the judge. */
static void find_stage(const struct search *s, int side)
{
	const struct explain_side *wrong = &s->sides[side];
	const struct attn_tensor nothing = {0};
	struct judge_rules rules = {wrong->attempt.numerics, wrong->impl->policy, NULL};
	struct judge_result r;
	for (int scores = 1; scores >= 0; scores--) {
		struct attn_tensors t = wrong->t;
		struct attn_problem p = *s->p;
		if (!(scores ? wrong->gave_scores : wrong->gave_weights))
			continue;
		t.out.dim[3] = 0, t.logsumexp = nothing;
		*(scores ? &t.weights : &t.scores) = nothing;
		p.dim_v = 0, p.score_stage = ATTN_STAGE_MASKED;
		if (judge_by(&rules, &p, &t, s->d->rows_searched, 1, &r) == ATTN_OK && r.elements && !(r.ratio <= 1)) {
			snprintf(s->d->first_wrong, sizeof s->d->first_wrong, "%s[%lld,%lld,%lld,%lld]", r.output, (long long)r.at[0], (long long)r.at[1], (long long)r.at[2],
			         (long long)r.at[3]);
			return;
		}
	}
}

/* All that is said about the row where the sides part ways. */
static void describe(struct search *s, const struct reference_row *row, struct reference_place at)
{
	struct explain_divergence *d = s->d, other;
	d->max = (double)row->max, d->logsumexp = (double)row->logsumexp, d->sink_weight = (double)row->sink_weight;
	d->keys = row->keys, d->seen = row->seen;
	put_terms(s, row);
	int side = d->wrong >= 0 ? d->wrong : 0;
	for (int64_t c = 0; c < s->p->dim_v; c++) {
		d->more += look(s, at, c, &other) && c > d->at[3];
		s->got[c] = other.got[side], s->bound[c] = other.bound[side];
	}
	if (d->wrong < 0 || !s->sides[side].impl)
		return;
	explain_guess(s->p, s->t, at, s->got, s->bound, d->as_if, sizeof d->as_if);
	find_stage(s, side);
}

static void find(struct search *s)
{
	const struct attn_problem *p = s->p;
	int64_t all = p->batch * p->heads_q * p->len_q, rows = s->d->rows_searched < 0 ? all : s->d->rows_searched;
	for (int64_t n = 0; n < rows; n++) {
		struct reference_place at = {n / p->len_q / p->heads_q, n / p->len_q % p->heads_q, n % p->len_q};
		const struct reference_row *row = make_row(s, at);
		for (int64_t c = 0; row && c < p->dim_v; c++) {
			if (!look(s, at, c, s->d))
				continue;
			s->d->found = 1;
			memcpy(s->d->at, (int64_t[]){at.b, at.h, at.i, c}, sizeof s->d->at);
			describe(s, row, at);
			return;
		}
	}
}

static int work(void *context)
{
	struct search *s = context;
	int ok = 1;
	for (int n = 0; n < 2; n++)
		if (s->sides[n].impl) {
			struct judge_rules rules = {s->sides[n].attempt.numerics, s->sides[n].impl->policy, NULL};
			s->row[n] = judge_row_new(&rules, s->p, s->t);
			ok &= s->row[n] != NULL;
		}
	s->got = calloc(2 * (size_t)s->p->dim_v + 1, sizeof *s->got);
	s->bound = s->got ? s->got + s->p->dim_v : NULL;
	if (ok && s->got)
		find(s);
	free(s->got);
	judge_row_free(s->row[0]);
	judge_row_free(s->row[1]);
	return ok && s->bound ? 0 : EXIT_ENVIRONMENT;
}

/* Runs a side; then asks it for weights and scores too, which it may refuse. */
static int run_side(struct explain_side *side, const struct attn_problem *p, const struct attn_tensors *t, int threads, double seconds)
{
	static const uint32_t asks[] = {ATTN_WANTS_WEIGHTS | ATTN_WANTS_SCORES, ATTN_WANTS_WEIGHTS};
	struct attn_problem asked = *p;
	struct attempt attempt;
	side->t = *t;
	if (attempt_alloc_outputs(&side->t, p) != ATTN_OK)
		return command_fail(EXIT_ENVIRONMENT, "no memory for the output of %s", side->name);
	attempt_make(side->impl, p, &side->t, threads, seconds, &side->attempt);
	int status = run_outcome(side->impl, &side->attempt);
	if (status || p->batch * p->heads_q * p->len_q * attn_problem_keys(p) > ASKED_MOST)
		return status;
	for (size_t n = 0; n < sizeof asks / sizeof *asks && !side->gave_weights; n++) {
		struct attn_tensors more = *t;
		asked.wants = asks[n], asked.score_stage = ATTN_STAGE_MASKED;
		if (attempt_alloc_outputs(&more, &asked) != ATTN_OK)
			return EXIT_OK;
		attempt_make(side->impl, &asked, &more, threads, seconds, &attempt);
		if (attempt.status == ATTN_OK) {
			side->gave_weights = 1, side->gave_scores = asks[n] & ATTN_WANTS_SCORES ? 1 : 0;
			side->t.weights = more.weights, side->t.scores = more.scores;
			memset(&more.weights, 0, sizeof more.weights);
			memset(&more.scores, 0, sizeof more.scores);
		}
		attempt_free_outputs(&more);
	}
	return EXIT_OK;
}

int explain_compare(struct explain_side sides[2], const struct attn_problem *p, const struct attn_tensors *t, int threads, double seconds,
                    struct explain_divergence *d)
{
	struct attn_tensors inputs = *t;
	struct explain_divergence *shared = sandbox_share(sizeof *shared);
	char how[128];
	int status = shared ? EXIT_OK : command_fail(EXIT_ENVIRONMENT, "no memory");
	memset(&inputs.out, 0, sizeof inputs.out);
	for (int n = 0; n < 2 && !status; n++)
		if (sides[n].impl)
			status = run_side(&sides[n], p, &inputs, threads, seconds);
	if (!status) {
		/* the reference looks at the output's dtype for its rounding */
		inputs.out = (sides[0].impl ? &sides[0] : &sides[1])->t.out;
		struct search s = {p, &inputs, sides, shared, {NULL, NULL}, NULL, NULL};
		shared->rows_searched = run_rows_to_judge(p);
		shared->wrong = -1;
		struct sandbox_outcome outcome = sandbox_run(work, &s, NULL);
		sandbox_describe(&outcome, how, sizeof how);
		*d = *shared;
		if (outcome.end != SANDBOX_OK)
			status = command_fail(EXIT_ENVIRONMENT, "the reference %s", outcome.code == EXIT_ENVIRONMENT ? "has no memory" : how);
	}
	for (int n = 0; n < 2; n++)
		if (sides[n].impl)
			attempt_free_outputs(&sides[n].t);
	sandbox_unshare(shared, sizeof *shared);
	return status;
}
