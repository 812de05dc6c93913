/* What `attnbench run` says about a run, and outputs as text.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/problem.h"
#include "harness/run.h"
#include "harness/tensor.h"

#ifdef HAVE_JANSSON
#include <jansson.h>
#endif
#include <math.h>

static const char *time_text(double seconds, char text[32])
{
	static const struct {
		double least, factor;
		const char *unit;
	} units[] = {{1, 1, "s"}, {1e-3, 1e3, "ms"}, {0, 1e6, "us"}};
	size_t i = 0;
	while (seconds < units[i].least)
		i++;
	snprintf(text, 32, "%.3g %s", seconds * units[i].factor, units[i].unit);
	return text;
}

void run_report_text(FILE *f, const struct run_subject *s)
{
	char key[ATTN_KEY_SIZE], plan[32], run[32];
	const struct attempt *a = s->attempt;
	const struct run_verdict *v = s->verdict;
	attn_problem_print(s->problem, key);
	fprintf(f, "implementation  %s\n", s->impl->name);
	fprintf(f, "problem         %s\n", key);
	fprintf(f, "kernel          %s\n", *a->kernel ? a->kernel : "(not said)");
	fprintf(f, "time            %s, after %s of planning; %d thread%s, one run\n", time_text(a->run_seconds, run), time_text(a->plan_seconds, plan), s->threads,
	        s->threads == 1 ? "" : "s");
	fprintf(f, "workspace       %zu bytes\n", a->workspace_bytes);
	if (!v->judged) {
		fprintf(f, "error ratio     not judged: %s\n", v->why);
		return;
	}
	fprintf(f, "error ratio     %.3g: %s; %lld elements", v->ratio, v->right ? "right (at most 1)" : "wrong (not at most 1)", (long long)v->elements);
	fprintf(f, v->rows < 0 ? "\n" : " of %lld rows drawn at random\n", (long long)v->rows);
	fprintf(f, v->right ? "worst element   %s\n" : "worst element   %s is %.9g: expected %.9g\n", v->where, fabs(v->got) >= 0 ? v->got : (double)NAN, v->expected);
}

#ifdef HAVE_JANSSON
static json_t *number(double x)
{
	return isfinite(x) ? json_real(x) : json_null();
}

int run_report_json(FILE *f, const struct run_subject *s)
{
	char key[ATTN_KEY_SIZE];
	const struct attempt *a = s->attempt;
	const struct run_verdict *v = s->verdict;
	attn_problem_print(s->problem, key);
	json_t *o = json_pack("{s:s, s:s, s:s, s:i, s:f, s:f, s:I}", "impl", s->impl->name, "problem", key, "kernel", a->kernel, "threads", s->threads, "plan_seconds",
	                      a->plan_seconds, "run_seconds", a->run_seconds, "workspace_bytes", (json_int_t)a->workspace_bytes);
	json_object_set_new(o, "status", json_string(!v->judged ? "not judged" : v->right ? "passed" : "failed"));
	json_object_set_new(o, "ratio", v->judged ? number(v->ratio) : json_null());
	json_object_set_new(o, "elements", json_integer(v->elements));
	json_object_set_new(o, v->judged ? "worst" : "reason", json_string(v->judged ? v->where : v->why));
	json_dumpf(o, f, JSON_INDENT(2));
	fputc('\n', f);
	json_decref(o);
	return 1;
}
#else
int run_report_json(FILE *f, const struct run_subject *s)
{
	(void)f;
	(void)s;
	return 0;
}
#endif

void run_print_tensor(FILE *f, const char *name, const struct attn_tensor *t)
{
	int digits = t->dtype == ATTN_F64 ? 17 : 9;
	for (int64_t b = 0; b < t->dim[0]; b++)
		for (int64_t h = 0; h < t->dim[1]; h++) {
			fprintf(f, "# %s[%lld,%lld]: %lld rows of %lld\n", name, (long long)b, (long long)h, (long long)t->dim[2], (long long)t->dim[3]);
			for (int64_t i = 0; i < t->dim[2]; i++)
				for (int64_t j = 0; j < t->dim[3]; j++)
					fprintf(f, "%.*g%c", digits, attn_tensor_get(t, b, h, i, j), j + 1 < t->dim[3] ? ' ' : '\n');
		}
}
