/* Strong scaling (one problem, more ranks) and weak scaling (as many keys for each rank), with what was sent and held, and from
 * which length on several ranks beat one.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/scaling.h"
#include "harness/command.h"
#include "reports/html.h"
#include "reports/output.h"
#include "reports/rank_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int scaling_is(const json_t *root)
{
	return json_is_array(json_object_get(root, "scaling")) && json_is_object(json_object_get(root, "context"));
}

int scaling_add(struct report *r, const char *path, json_t *root)
{
	size_t i;
	json_t *entry;
	json_array_foreach(json_object_get(root, "scaling"), i, entry) for (const char *const *m = (const char *const[]){"ranks", "median_ns", "flops", NULL}; *m; m++)
	{
		if (number_of(entry, *m) > 0 && json_is_object(json_object_get(entry, "shape")) && *text_of(entry, "method", ""))
			continue;
		json_decref(root);
		return command_fail(EXIT_ENVIRONMENT, "%s: scaling[%zu]: expected a \"method\", a \"shape\" and a positive number \"%s\"", path, i, *m);
	}
	json_t **grown = realloc(r->scalings, (r->scaling_count + 1) * sizeof *grown);
	if (!grown) {
		json_decref(root);
		return command_fail(EXIT_ENVIRONMENT, "%s: no memory", path);
	}
	r->scalings = grown;
	r->scalings[r->scaling_count++] = root;
	return 0;
}

void scaling_free(struct report *r)
{
	for (size_t i = 0; i < r->scaling_count; i++)
		json_decref(r->scalings[i]);
	free(r->scalings);
}

static double largest(const json_t *array)
{
	size_t i;
	json_t *x;
	double most = 0;
	json_array_foreach(array, i, x) most = fmax(most, json_number_value(x));
	return most > 0 ? most : (double)NAN;
}

static struct scaled scaled_of(const json_t *e)
{
	const json_t *s = json_object_get(e, "shape");
	struct scaled x = {.entry = e, .method = text_of(e, "method", ""), .ranks = (int)number_of(e, "ranks"), .simulated = json_is_true(json_object_get(e, "simulated"))};
	char rest[96], window[32] = "";
	if (number_of(s, "window") >= 0)
		snprintf(window, sizeof window, "/window:%.0f,-", number_of(s, "window"));
	snprintf(rest, sizeof rest, "d:%.0f/%s%s%s", number_of(s, "d"), text_of(s, "dtype", "?"), json_is_true(json_object_get(s, "causal")) ? "/causal:br" : "", window);
	x.length = (int64_t)number_of(s, "skv");
	snprintf(x.shape, sizeof x.shape, "b:%.0f/hq:%.0f/hkv:%.0f/sq:%.0f/skv:%.0f/%.80s", number_of(s, "b"), number_of(s, "hq"), number_of(s, "hkv"), number_of(s, "sq"), number_of(s, "skv"), rest);
	snprintf(x.per_rank, sizeof x.per_rank, "%.0f keys a rank, b:%.0f/hq:%.0f/hkv:%.0f/%.80s", floor((double)x.length / x.ranks), number_of(s, "b"), number_of(s, "hq"), number_of(s, "hkv"), rest);
	x.median = number_of(e, "median_ns"), x.flops = number_of(e, "flops"), x.wait = number_of(e, "wait_ns");
	x.received = number_of(e, "received_bytes"), x.analytic = number_of(e, "analytic_bytes"), x.ratio = number_of(e, "error_ratio");
	x.peak = largest(json_object_get(e, "peak_bytes"));
	x.peak = isnan(x.peak) ? number_of(e, "held_bytes") : x.peak;
	return x;
}

static int by_name(const void *a, const void *b)
{
	const struct scaled *x = a, *y = b;
	int c = x->simulated - y->simulated;
	c = c ? c : strcmp(x->method, y->method);
	c = c ? c : (x->length > y->length) - (x->length < y->length);
	c = c ? c : strcmp(x->shape, y->shape);
	return c ? c : x->ranks - y->ranks;
}

struct scaled_list scaling_list(const struct report *r)
{
	struct scaled_list l = {NULL, 0};
	size_t all = 0, n;
	json_t *e;
	for (size_t i = 0; i < r->scaling_count; i++)
		all += json_array_size(json_object_get(r->scalings[i], "scaling"));
	l.items = calloc(all + 1, sizeof *l.items);
	for (size_t i = 0; l.items && i < r->scaling_count; i++)
		json_array_foreach(json_object_get(r->scalings[i], "scaling"), n, e) l.items[l.count++] = scaled_of(e);
	if (l.items)
		qsort(l.items, l.count, sizeof *l.items, by_name);
	return l;
}

/* A wrong output has no speed. */
int scaling_is_right(const struct scaled *x) { return isnan(x->ratio) || x->ratio <= 1; }

/* One rank with the same problem, or with as many keys; of its own method if it was run. */
static const struct scaled *single(const struct scaled_list *l, const struct scaled *of, int is_weak)
{
	const struct scaled *found = NULL;
	for (size_t i = 0; i < l->count; i++) {
		const struct scaled *x = &l->items[i];
		if (x->ranks != 1 || x->simulated != of->simulated || !scaling_is_right(x) || strcmp(is_weak ? x->per_rank : x->shape, is_weak ? of->per_rank : of->shape))
			continue;
		if (!found || !strcmp(x->method, of->method))
			found = x;
	}
	return found;
}

/* For one problem t₁ / (n t_n). */
static double efficiency(const struct scaled *x, const struct scaled *one)
{
	return one ? x->flops / x->median / x->ranks / (one->flops / one->median) : (double)NAN;
}

double scaling_efficiency(const struct scaled_list *l, const struct scaled *x)
{
	return efficiency(x, single(l, x, 0));
}

enum { COLUMNS = 10 };
static const char *const heads[COLUMNS] = {"method", "problem", "ranks", "time", "over one rank", "efficiency", "waiting", "received", "by the formula", "memory of a rank"};

static void fill_row(const struct scaled_list *l, const struct scaled *x, int is_weak, char cell[COLUMNS][RANK_CELL])
{
	char number[NUMBER_SIZE];
	const struct scaled *one = single(l, x, is_weak);
	snprintf(cell[0], RANK_CELL, "%s%s", x->method, x->simulated ? ", simulated" : "");
	snprintf(cell[1], RANK_CELL, "%s", x->shape);
	snprintf(cell[2], RANK_CELL, "%d", x->ranks);
	snprintf(cell[3], RANK_CELL, "%s%s", show_time(x->median, number), scaling_is_right(x) ? "" : " ✗ wrong");
	snprintf(cell[4], RANK_CELL, one && scaling_is_right(x) ? "%.2f ×" : "–", one ? one->median / x->median : 0);
	snprintf(cell[5], RANK_CELL, "%s", scaling_is_right(x) ? show_percent(efficiency(x, one), number) : "–");
	snprintf(cell[6], RANK_CELL, "%s", show_percent(x->wait / x->median, number));
	snprintf(cell[7], RANK_CELL, "%s", show_bytes(x->received, number));
	snprintf(cell[8], RANK_CELL, "%s", show_bytes(x->analytic, number));
	snprintf(cell[9], RANK_CELL, "%s", show_bytes(x->peak, number));
}

/* Strong: all. Weak: those with a rank alone that has as many keys, where the length differs. */
static int belongs(const struct scaled_list *l, const struct scaled *x, int is_weak)
{
	if (!is_weak)
		return 1;
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].ranks != x->ranks && l->items[i].simulated == x->simulated && !strcmp(l->items[i].per_rank, x->per_rank) && !strcmp(l->items[i].method, x->method))
			return single(l, x, 1) != NULL;
	return 0;
}

static size_t rows_in(const struct scaled_list *l, int is_weak)
{
	size_t n = 0;
	for (size_t i = 0; i < l->count; i++)
		n += (size_t)belongs(l, &l->items[i], is_weak);
	return n;
}

/* The least length from which on n ranks are faster than one at every length that was run; -1: none. */
static int64_t crossover(const struct scaled_list *l, const struct scaled *of, size_t *compared)
{
	int64_t from = -1;
	*compared = 0;
	for (size_t i = 0; i < l->count; i++) { /* lengths rise within a method */
		const struct scaled *x = &l->items[i], *one = single(l, x, 0);
		if (x->ranks != of->ranks || x->simulated != of->simulated || strcmp(x->method, of->method) || !one)
			continue;
		++*compared;
		if (!scaling_is_right(x) || !(x->median < one->median))
			from = -1;
		else if (from < 0)
			from = x->length;
	}
	return from;
}

static int is_first(const struct scaled_list *l, const struct scaled *x)
{
	for (const struct scaled *y = l->items; y < x; y++)
		if (y->ranks == x->ranks && y->simulated == x->simulated && !strcmp(y->method, x->method))
			return 0;
	return 1;
}

/* One sentence for each method and number of ranks. */
static void put_crossovers(FILE *out, const struct scaled_list *l, const char *begin, const char *end)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct scaled *x = &l->items[i];
		size_t compared;
		if (x->ranks < 2 || !is_first(l, x))
			continue;
		int64_t from = crossover(l, x, &compared);
		if (!compared)
			continue;
		fprintf(out, "%s%s over %d ranks%s ", begin, x->method, x->ranks, x->simulated ? ", simulated," : "");
		if (from < 0)
			fputs("does not beat one rank at the longest length that was run.", out);
		else
			fprintf(out, "beats one rank from %lld keys on.", (long long)from);
		fputs(end, out);
	}
}

static const char *const titles[] = {"Strong scaling: one problem over more ranks", "Weak scaling: as many keys for each rank"};
static const char legend[] = "Time is that of the slowest rank, median of the runs; inputs lie where they are used. Efficiency is the throughput of each rank over that of a rank alone. "
                                  "Waiting, bytes received and memory are those of the busiest rank.";
static const struct rank_table table = {"Scaling", legend, heads, COLUMNS};

void markdown_scaling(FILE *out, const struct report *r)
{
	struct scaled_list l = scaling_list(r);
	for (int weak = 0; weak < 2 && l.count; weak++) {
		if (!rows_in(&l, weak))
			continue;
		fprintf(out, "\n## %s\n\n", titles[weak]);
		if (!weak)
			put_crossovers(out, &l, "- ", "\n");
		fprintf(out, "\n%s\n\n", weak ? "" : legend);
		markdown_rank_head(out, &table);
		for (size_t i = 0; i < l.count; i++) {
			char cell[COLUMNS][RANK_CELL];
			if (!belongs(&l, &l.items[i], weak))
				continue;
			fill_row(&l, &l.items[i], weak, cell);
			markdown_rank_row(out, &table, cell);
		}
	}
	free(l.items);
}

static void put_table(struct page *g, const struct scaled_list *l, int weak)
{
	html_rank_head(g->out, &table);
	for (size_t i = 0; i < l->count; i++) {
		char cell[COLUMNS][RANK_CELL];
		if (!belongs(l, &l->items[i], weak))
			continue;
		fill_row(l, &l->items[i], weak, cell);
		html_rank_row(g->out, &table, cell);
	}
	html_rank_end(g->out);
}

void html_scaling(struct page *g)
{
	struct scaled_list l = scaling_list(g->r);
	for (int weak = 0; weak < 2; weak++) {
		if (!rows_in(&l, weak))
			continue;
		put_element(g->out, "h3", "", titles[weak]);
		if (!weak)
			put_crossovers(g->out, &l, "<p class=\"verdict\">", "</p>\n");
		put_table(g, &l, weak);
		if (!weak) {
			fputs("<div class=\"figures\">\n", g->out);
			html_figures(g, FIGURE_SCALING, NULL);
			fputs("</div>\n", g->out);
		}
	}
	free(l.items);
}
