/* What attnbench-scale found: a line for each problem on stdout, and all of it as JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/mpi/scale.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const double mib = 1048576;

static double most(const double *x, int n)
{
	double m = 0;
	for (int i = 0; i < n; i++)
		m = x[i] > m ? x[i] : m;
	return m;
}

void scale_print(const struct scale_options *o, const struct scale_result *r)
{
	const struct attn_problem *p = &r->p;
	printf("%s, %d rank%s of %d thread%s, b:%" PRId64 "/hq:%" PRId64 "/hkv:%" PRId64 "/sq:%" PRId64 "/skv:%" PRId64 "/d:%" PRId64 "%s", r->method->name, r->ranks, r->ranks == 1 ? "" : "s",
	       o->threads, o->threads == 1 ? "" : "s", p->batch, p->heads_q, p->heads_kv, p->len_q, p->len_kv, p->dim_qk, p->causal ? "/causal:br" : "");
	if (p->window_left >= 0)
		printf("/window:%" PRId64 ",-", p->window_left);
	printf("\n  time %.6g s, %.4g GFLOP/s, waiting for others %.3g %%\n", r->median, 1e-9 * r->flops / r->median, r->median > 0 ? 100 * r->wait / r->median : 0);
	printf("  received by the busiest rank %.6g MiB, by the formula %.6g MiB\n", r->received / mib, r->analytic / mib);
	printf("  held by a rank at most %.6g MiB", r->held / mib);
	if (most(r->peak, r->ranks) > 0) {
		printf("; peak resident of each, MiB:");
		for (int i = 0; i < r->ranks; i++)
			printf(" %.1f", r->peak[i] / mib);
	}
	printf("\n  k and v of the whole sequence %.6g MiB\n", (double)(p->batch * p->heads_kv * p->len_kv * (p->dim_qk + p->dim_v)) * (double)mpi_bytes(p->dtype) / mib);
	if (!isnan(r->ratio))
		printf("  worst of %d rows: error %.3g of its bound: %s\n", r->rows, r->ratio, r->ratio <= 1 ? "right" : "WRONG");
	fflush(stdout);
}

static void put_number(FILE *out, const char *name, double x)
{
	if (isfinite(x))
		fprintf(out, "      \"%s\": %.17g,\n", name, x);
	else
		fprintf(out, "      \"%s\": null,\n", name);
}

static void put_list(FILE *out, const char *name, const double *x, int n, double factor)
{
	fprintf(out, "      \"%s\": [", name);
	for (int i = 0; i < n; i++)
		fprintf(out, "%s%.17g", i ? ", " : "", x[i] * factor);
	fputs("]", out);
}

static void put_entry(FILE *out, const struct scale_options *o, const struct scale_result *r)
{
	static const char *const dtypes[] = {[ATTN_F32] = "f32", [ATTN_BF16] = "bf16", [ATTN_F16] = "f16"};
	const struct attn_problem *p = &r->p;
	fprintf(out, "    {\n      \"method\": \"%s\", \"local\": \"%s\", \"ranks\": %d, \"threads\": %d, \"simulated\": %s,\n", r->method->name, o->local, r->ranks, o->threads,
	        o->block_times ? "true" : "false");
	fprintf(out, "      \"shape\": {\"b\": %" PRId64 ", \"hq\": %" PRId64 ", \"hkv\": %" PRId64 ", \"sq\": %" PRId64 ", \"skv\": %" PRId64 ", \"d\": %" PRId64 ", \"dv\": %" PRId64
	             ", \"dtype\": \"%s\", \"causal\": %s, \"window\": %" PRId64 "},\n",
	        p->batch, p->heads_q, p->heads_kv, p->len_q, p->len_kv, p->dim_qk, p->dim_v, dtypes[p->dtype], p->causal ? "true" : "false", p->window_left);
	put_number(out, "median_ns", 1e9 * r->median);
	put_number(out, "flops", r->flops);
	put_number(out, "wait_ns", 1e9 * r->wait);
	put_number(out, "compute_ns", 1e9 * r->compute);
	put_number(out, "received_bytes", r->received);
	put_number(out, "analytic_bytes", r->analytic);
	put_number(out, "held_bytes", r->held);
	put_number(out, "error_ratio", r->ratio);
	fprintf(out, "      \"rows_judged\": %d,\n", r->rows);
	put_list(out, "peak_bytes", r->peak, r->ranks, 1);
	fputs(",\n", out);
	if (r->processor[0] > 0) {
		put_list(out, "processor_ns", r->processor, o->repetitions, 1e9);
		fputs(",\n", out);
	}
	put_list(out, "samples_ns", r->seconds, o->repetitions, 1e9);
	fputs("\n    }", out);
}

/* The file appears whole or not at all. */
int scale_write(const struct scale_options *o, const struct scale_result *results, int count)
{
	char temporary[4096], date[32], node[MPI_MAX_PROCESSOR_NAME];
	time_t now = time(NULL);
	int length;
	snprintf(temporary, sizeof temporary, "%s.%ld.tmp", o->out, (long)getpid());
	FILE *out = fopen(temporary, "w");
	if (!out)
		return fprintf(stderr, "attnbench-scale: --out %s: %s\n", o->out, strerror(errno)), 3;
	strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
	MPI_Get_processor_name(node, &length);
	fprintf(out, "{\n  \"context\": {\"attnbench\": \"%s\", \"date\": \"%s\", \"node\": \"%s\"},\n  \"scaling\": [\n", PACKAGE_STRING, date, node);
	for (int i = 0; i < count; i++) {
		put_entry(out, o, &results[i]);
		fputs(i + 1 < count ? ",\n" : "\n", out);
	}
	fputs("  ]\n}\n", out);
	int bad = ferror(out) != 0;
	if (fclose(out) || bad || rename(temporary, o->out)) {
		fprintf(stderr, "attnbench-scale: --out %s: %s\n", o->out, strerror(errno));
		unlink(temporary);
		return 3;
	}
	return 0;
}
