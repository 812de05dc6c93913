/* Where two implementations part ways, as text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/explain.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const struct {
	size_t offset;
	const char *text;
} terms[] = {{offsetof(struct judge_terms, weights), "scores and exponentials change the weights"},
             {offsetof(struct judge_terms, values), "errors that the values have already"},
             {offsetof(struct judge_terms, sink), "the same of the sink"},
             {offsetof(struct judge_terms, storing), "weights rounded before the product with V"},
             {offsetof(struct judge_terms, sum), "the sum over the keys"},
             {offsetof(struct judge_terms, vanishing), "weights that may underflow"},
             {offsetof(struct judge_terms, rounding), "the output's own rounding"},
             {offsetof(struct judge_terms, smallest), "products that may underflow"}};
enum { TERMS = sizeof terms / sizeof *terms };

static double term_value(const struct judge_terms *t, size_t n)
{
	double x;
	memcpy(&x, (const char *)t + terms[n].offset, sizeof x);
	return x;
}

static void put_index(FILE *f, const int64_t at[4])
{
	fprintf(f, "out[%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 "]", at[0], at[1], at[2], at[3]);
}

/* Every term of the bound of one side, and of a side that is beyond it, how many times as large as each term its error is. */
static void put_bound(FILE *f, const struct explain_side *side, const struct explain_divergence *d, int n)
{
	double error = fabs(d->got[n] - d->exact), largest = 0;
	for (size_t k = 0; k < TERMS; k++)
		largest = fmax(largest, term_value(&d->terms[n], k));
	fprintf(f, "\nbound of %s: %.3g; its error is %.3g", side->name, d->bound[n], error);
	if (d->bound[n] > 0)
		fprintf(f, ", %.3g times as much", error / d->bound[n]);
	putc('\n', f);
	for (size_t k = 0; k < TERMS; k++) {
		double x = term_value(&d->terms[n], k);
		if (!(x > 0))
			continue;
		fprintf(f, "  %9.3g  %s%s", x, terms[k].text, x == largest ? " (the largest)" : "");
		if (d->wrong == n && isfinite(error))
			fprintf(f, ": broken, %.2g ×", error / x);
		putc('\n', f);
	}
}

/* A number, or nothing where it was not given. */
static void put_cell(FILE *f, double x)
{
	if (isnan(x))
		fprintf(f, " %8s", "");
	else
		fprintf(f, " %8.3g", x);
}

static void put_terms(FILE *f, const struct explain_side sides[2], const struct explain_divergence *d)
{
	int given[4] = {sides[0].gave_scores, sides[1].gave_scores, sides[0].gave_weights, sides[1].gave_weights};
	fprintf(f, "\nits row sees %" PRId64 " of %" PRId64 " keys; max %.6g, logsumexp %.6g", d->seen, d->keys, d->max, d->logsumexp);
	if (d->sink_weight > 0)
		fprintf(f, ", weight of the sink %.4g", d->sink_weight);
	fprintf(f, "\n%s (exact%s)\n%7s %8s %8s %8s %8s", (int64_t)d->term_count < d->seen ? "the largest terms of its sum" : "the terms of its sum",
	        given[0] || given[1] || given[2] || given[3] ? "; e, a: what each computed" : "", "key", "score", "weight", "value", "w·v");
	for (int n = 0; n < 4; n++)
		if (given[n])
			fprintf(f, " %c %-6.6s", n < 2 ? 'e' : 'a', sides[n % 2].name);
	putc('\n', f);
	for (size_t k = 0; k < d->term_count; k++) {
		const struct explain_term *t = &d->term[k];
		fprintf(f, "%7" PRId64, t->key);
		put_cell(f, t->score), put_cell(f, t->weight), put_cell(f, t->value), put_cell(f, t->weight * t->value);
		for (int n = 0; n < 4; n++)
			if (given[n])
				put_cell(f, n < 2 ? t->side_score[n] : t->side_weight[n - 2]);
		putc('\n', f);
	}
}

void explain_text_divergence(FILE *f, const struct explain_side sides[2], const struct explain_divergence *d)
{
	if (!d->found) {
		fprintf(f, "\n%s and %s agree:\nno element of the output differs by more than both may err", sides[0].name, sides[1].name);
		if (d->rows_searched >= 0)
			fprintf(f, " in the first %" PRId64 " rows; the others were not looked at", d->rows_searched);
		fputs(".\n", f);
		return;
	}
	fprintf(f, "\n%s and %s part ways at ", sides[0].name, sides[1].name);
	put_index(f, d->at);
	if (d->more)
		fprintf(f, " (and %" PRId64 " more of its row)", d->more);
	fprintf(f, "\n  %-16s %.9g\n", "exact", d->exact);
	for (int n = 0; n < 2; n++)
		if (sides[n].impl)
			fprintf(f, "  %-16s %.9g%s\n", sides[n].name, d->got[n], d->wrong == n ? "  beyond its bound" : "");
	put_terms(f, sides, d);
	for (int n = 0; n < 2; n++)
		if (sides[n].impl)
			put_bound(f, &sides[n], d, n);
	if (*d->as_if)
		fprintf(f, "\nthe row of %s is as if %s\n", sides[d->wrong].name, d->as_if);
	if (*d->first_wrong)
		fprintf(f, "%s%s is wrong before that: %s is the worst of that step\n", *d->as_if ? "" : "\n", sides[d->wrong].name, d->first_wrong);
	else if (d->wrong >= 0 && sides[d->wrong].gave_weights)
		fprintf(f, "%sthe weights that %s gives are right: it goes wrong after them, or only when they are not asked for\n", *d->as_if ? "" : "\n", sides[d->wrong].name);
}
