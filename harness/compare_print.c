/* A comparison as text, Markdown and JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/compare.h"
#include "harness/wrap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t count(const struct comparison *c, enum verdict v)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++)
		n += c->pairs[i].verdict == v;
	return n;
}

/* Goes on below itself on a terminal. */
static void put_line(const char *begin, const char *what, const char *text)
{
	printf("%s%s", begin, what);
	wrap_put(stdout, text, &(struct wrap){wrap_columns(stdout), (int)(strlen(begin) + strlen(what)), (int)strlen(begin) + 2, "", "/"});
}

static void print_head(const struct comparison *c, const char *bullet)
{
	char floor[128];
	for (size_t i = 0; i < c->n_differences; i++)
		put_line(bullet, "not comparable: ", c->differences[i]);
	if (c->canary > 0)
		printf("%sthe canary, the same work in both runs, took %.3f times as long\n", bullet, c->canary);
	snprintf(floor, sizeof floor, "differences up to %.1f %% are not counted, more where other work disturbed a point", 100 * c->floor);
	put_line(bullet, "", floor);
}

static void print_totals(const struct comparison *c)
{
	const char *separator = "";
	for (enum verdict v = 0; v < VERDICTS; v++)
		if (count(c, v)) {
			printf("%s%zu %s", separator, count(c, v), verdict_name(v));
			separator = ", ";
		}
	puts(c->n ? "" : "no points");
}

/* What matters comes first. */
static const enum verdict order[VERDICTS] = {VERDICT_BROKEN, VERDICT_SLOWER, VERDICT_FASTER, VERDICT_UNKNOWN, VERDICT_VANISHED, VERDICT_APPEARED, VERDICT_SAME};

void compare_print_text(const struct comparison *c)
{
	char times[256];
	print_head(c, "");
	for (size_t k = 0; k < VERDICTS; k++) {
		if (!count(c, order[k]))
			continue;
		printf("\n%s\n", verdict_name(order[k]));
		for (size_t i = 0; i < c->n; i++) {
			const struct pair *x = &c->pairs[i];
			if (x->verdict != order[k])
				continue;
			put_line("  ", "", x->name);
			if (x->timed) {
				snprintf(times, sizeof times, "%.4g -> %.4g us  x%.3f [%.3f, %.3f]  p %.2g  floor %.1f %%", x->base_ns * 1e-3, x->new_ns * 1e-3, x->ratio.ratio,
				         x->ratio.low, x->ratio.high, x->p, 100 * x->floor);
				put_line("    ", "", times);
			}
			if (x->low_ratio.ratio > 0 && (x->by_low || x->verdict == VERDICT_UNKNOWN)) {
				snprintf(times, sizeof times, "least disturbed: x%.3f [%.3f, %.3f]  p %.2g  floor %.1f %%", x->low_ratio.ratio, x->low_ratio.low, x->low_ratio.high, x->low_p,
				         100 * c->low_floor);
				put_line("    ", "", times);
			}
			if (*x->reason)
				put_line("    ", "", x->reason);
		}
	}
	puts("");
	print_totals(c);
}

void compare_print_markdown(const struct comparison *c)
{
	print_head(c, "- ");
	puts("\n| point | base us | new us | ratio | interval | p | verdict |\n| --- | --: | --: | --: | --- | --: | --- |");
	for (size_t k = 0; k < VERDICTS; k++)
		for (size_t i = 0; i < c->n; i++) {
			const struct pair *x = &c->pairs[i];
			if (x->verdict != order[k])
				continue;
			const struct stats_ratio *r = x->by_low ? &x->low_ratio : &x->ratio;
			if (x->timed)
				printf("| `%s` | %.4g | %.4g | %.3f | %.3f–%.3f | %.2g | %s%s |\n", x->name, x->base_ns * 1e-3, x->new_ns * 1e-3, r->ratio, r->low, r->high,
				       x->by_low ? x->low_p : x->p, verdict_name(x->verdict), x->by_low ? " (least disturbed)" : "");
			else
				printf("| `%s` | | | | | | %s%s%s |\n", x->name, verdict_name(x->verdict), *x->reason ? ": " : "", x->reason);
		}
	puts("");
	print_totals(c);
}

#ifdef HAVE_JANSSON
static json_t *pair_json(const struct pair *x)
{
	json_t *e = json_pack("{ss ss ss}", "name", x->name, "verdict", verdict_name(x->verdict), "reason", x->reason);
	if (x->timed)
		json_object_update_new(e, json_pack("{sf sf sf s[ff] sf sf}", "base_ns", x->base_ns, "new_ns", x->new_ns, "ratio", x->ratio.ratio, "interval", x->ratio.low,
			x->ratio.high, "p", x->p, "floor", x->floor));
	if (x->low_ratio.ratio > 0)
		json_object_set_new(e, "least_disturbed", json_pack("{sf s[fo] sf sb}", "ratio", x->low_ratio.ratio, "interval", x->low_ratio.low,
			isfinite(x->low_ratio.high) ? json_real(x->low_ratio.high) : json_null(), "p", x->low_p, "decided", x->by_low));
	return e;
}

int compare_print_json(const struct comparison *c)
{
	json_t *pairs = json_array(), *differences = json_array(), *summary = json_object();
	for (size_t i = 0; i < c->n; i++)
		json_array_append_new(pairs, pair_json(&c->pairs[i]));
	for (size_t i = 0; i < c->n_differences; i++)
		json_array_append_new(differences, json_string(c->differences[i]));
	for (enum verdict v = 0; v < VERDICTS; v++)
		json_object_set_new(summary, verdict_name(v), json_integer((json_int_t)count(c, v)));
	json_t *all = json_pack("{so sf sf so so}", "summary", summary, "floor", c->floor, "canary", c->canary, "not_comparable", differences, "pairs", pairs);
	int failed = !all || json_dumpf(all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(10));
	puts("");
	json_decref(all);
	return failed;
}
#else
int compare_print_json(const struct comparison *c)
{
	(void)c;
	return 1;
}
#endif
