/* The report as CSV in long form: every number of every point.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/formats.h"
#include "reports/output.h"

#include <inttypes.h>

static void put_fields(FILE *out, const char *const *fields)
{
	for (; *fields; fields++) {
		put_csv(out, *fields);
		putc(',', out);
	}
}

static void put_samples(FILE *out, const json_t *samples)
{
	char number[NUMBER_SIZE];
	size_t i;
	json_t *sample;
	json_array_foreach(samples, i, sample) fprintf(out, "%s%s", i ? " " : "", show_exact(json_number_value(sample), number));
}

static void put_point(FILE *out, const struct result_set *set, const struct point *p)
{
	char number[NUMBER_SIZE];
	put_fields(out, (const char *const[]){set->label, p->workload, p->impl, p->problem, NULL});
	for (int i = 0; i < SHAPE_FIELDS; i++)
		fprintf(out, "%" PRId64 ",", p->shape[i]);
	put_fields(out, (const char *const[]){p->dtype, p->causal, p->score, NULL});
	fprintf(out, "%d,%d,%s,", p->threads, p->limit, point_status_names[p->status]);
	put_fields(out, (const char *const[]){p->reason, p->kernel, p->roof, NULL});
	for (int i = 0; i < METRICS; i++)
		fprintf(out, "%s,", show_exact(p->value[i], number));
	put_samples(out, p->samples);
	fputs("\r\n", out);
}

char *format_csv(const struct report *r)
{
	struct text t;
	if (text_begin(&t))
		return NULL;
	fputs("set,workload,impl,problem,", t.out);
	put_fields(t.out, (const char *const[]){"b", "hq", "hkv", "sq", "skv", "d", "dv", "dtype", "causal", "score", "threads", "limit", "status", "reason",
	                                        "kernel", "roof", NULL});
	for (int i = 0; i < METRICS; i++)
		fprintf(t.out, "%s,", metric_names[i]);
	fputs("samples_ns\r\n", t.out);
	for (size_t s = 0; s < r->set_count; s++)
		for (size_t i = 0; i < r->sets[s].count; i++)
			put_point(t.out, &r->sets[s], &r->sets[s].points[i]);
	return text_end(&t);
}

char *format_checks_csv(const struct report *r)
{
	struct text t;
	char number[NUMBER_SIZE];
	size_t i;
	json_t *e;
	if (text_begin(&t))
		return NULL;
	fputs("file,impl,suite,case,problem,status,ratio,reason,reproduce\r\n", t.out);
	for (size_t n = 0; n < r->check_count; n++)
		json_array_foreach(r->checks[n].results, i, e)
		{
			put_fields(t.out, (const char *const[]){r->checks[n].label, text_of(e, "impl", ""), text_of(e, "suite", ""), text_of(e, "case", ""),
			                                        text_of(e, "problem", ""), text_of(e, "status", ""), show_exact(number_of(e, "ratio"), number),
			                                        text_of(e, "reason", ""), NULL});
			put_csv(t.out, text_of(e, "reproduce", ""));
			fputs("\r\n", t.out);
		}
	return text_end(&t);
}
