/* An explanation as JSON. What a row does not see is null.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/command.h"
#include "harness/problem.h"
#include "reports/explain.h"

#include <jansson.h>
#include <math.h>

static const char *const stage_names[STAGES] = {"product", "score", "softcap", "bias", "alibi", "masked", "exp", "weights"};

static json_t *number(double x)
{
	return isfinite(x) ? json_real(x) : json_null();
}

static json_t *matrix(const double *x, int64_t rows, int64_t columns, const unsigned char *key, int least)
{
	json_t *all = json_array();
	for (int64_t i = 0; i < rows; i++) {
		json_t *row = json_array();
		for (int64_t j = 0; j < columns; j++)
			json_array_append_new(row, key && key[i * columns + j] < least ? json_null() : number(x[i * columns + j]));
		json_array_append_new(all, row);
	}
	return all;
}

static json_t *range(const struct explain_range *r)
{
	return json_pack("{s:I, s:I, s:I}", "first", (json_int_t)r->first, "count", (json_int_t)r->count, "of", (json_int_t)r->all);
}

static json_t *part_of(const struct explanation *e, const struct explain_part *part)
{
	char title[160];
	json_t *steps = json_array(), *rows = json_array();
	for (int s = 0; s < STAGES; s++)
		if (e->shown[s])
			json_array_append_new(steps, json_pack("{s:s, s:s, s:o}", "step", stage_names[s], "title", explain_stage_title(e, (enum explain_stage)s, title), "values",
			                                       matrix(part->stage[s], e->rows.count, e->keys.count, part->key, s >= STAGE_MASKED ? KEY_SEEN : KEY_HIDDEN)));
	for (int64_t i = 0; i < e->rows.count; i++)
		json_array_append_new(rows, json_pack("{s:I, s:o, s:o, s:o}", "row", (json_int_t)(e->rows.first + i), "max", number(part->max[i]), "sum", number(part->sum[i]),
		                                      "sink_weight", number(part->sink[i])));
	return json_pack("{s:I, s:I, s:o, s:o, s:o}", "batch", (json_int_t)part->b, "head", (json_int_t)part->h, "steps", steps, "softmax", rows, "out",
	                 matrix(part->out, e->rows.count, e->columns.count, NULL, 0));
}

static json_t *terms_of(const struct judge_terms *t)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "weights", number(t->weights), "values", number(t->values), "sink", number(t->sink), "storing", number(t->storing), "sum", number(t->sum),
	                 "vanishing", number(t->vanishing), "rounding", number(t->rounding), "smallest", number(t->smallest));
}

static json_t *row_terms(const struct explain_divergence *d)
{
	json_t *all = json_array();
	for (size_t n = 0; n < d->term_count; n++) {
		const struct explain_term *t = &d->term[n];
		json_array_append_new(all, json_pack("{s:I, s:o, s:o, s:o, s:[o,o], s:[o,o]}", "key", (json_int_t)t->key, "score", number(t->score), "weight", number(t->weight),
		                                     "value", number(t->value), "scores", number(t->side_score[0]), number(t->side_score[1]), "weights",
		                                     number(t->side_weight[0]), number(t->side_weight[1])));
	}
	return all;
}

static json_t *divergence_of(const struct explain_side sides[2], const struct explain_divergence *d)
{
	json_t *o = json_pack("{s:s, s:s, s:b}", "impl", sides[0].name, "against", sides[1].name, "part_ways", d->found);
	json_object_set_new(o, "rows_searched", d->rows_searched < 0 ? json_null() : json_integer((json_int_t)d->rows_searched));
	if (!d->found)
		return o;
	json_object_set_new(o, "at", json_pack("[I,I,I,I]", (json_int_t)d->at[0], (json_int_t)d->at[1], (json_int_t)d->at[2], (json_int_t)d->at[3]));
	json_object_set_new(o, "exact", number(d->exact));
	json_object_set_new(o, "got", json_pack("[o,o]", number(d->got[0]), number(d->got[1])));
	json_object_set_new(o, "bound", json_pack("[o,o]", number(d->bound[0]), number(d->bound[1])));
	json_object_set_new(o, "bound_terms", json_pack("[o,o]", terms_of(&d->terms[0]), terms_of(&d->terms[1])));
	json_object_set_new(o, "wrong", d->wrong < 0 ? json_null() : json_string(sides[d->wrong].name));
	json_object_set_new(o, "as_if", *d->as_if ? json_string(d->as_if) : json_null());
	json_object_set_new(o, "wrong_before", *d->first_wrong ? json_string(d->first_wrong) : json_null());
	json_object_set_new(o, "keys_seen", json_integer((json_int_t)d->seen));
	json_object_set_new(o, "terms", row_terms(d));
	return o;
}

int explain_json(FILE *f, const struct explanation *e, const struct explain_side sides[2], const struct explain_divergence *d)
{
	char key[ATTN_KEY_SIZE];
	json_t *heads = json_array();
	attn_problem_print(e->p, key);
	for (size_t n = 0; n < e->part_count; n++)
		json_array_append_new(heads, part_of(e, &e->parts[n]));
	json_t *all = json_pack("{s:s?, s:s, s:o, s:o, s:o, s:o}", "example", e->name, "problem", key, "rows", range(&e->rows), "keys", range(&e->keys), "columns",
	                        range(&e->columns), "heads", heads);
	if (d)
		json_object_set_new(all, "divergence", divergence_of(sides, d));
	if (!all)
		return command_fail(EXIT_ENVIRONMENT, "no memory for JSON");
	json_dumpf(all, f, JSON_INDENT(1));
	fputc('\n', f);
	json_decref(all);
	return EXIT_OK;
}
