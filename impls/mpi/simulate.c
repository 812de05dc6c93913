/* attnbench-scale on a simulated cluster: SimGrid's SMPI in place of MPI, and in place of a local kernel one that lets as much
 * simulated time pass as blocks of that size took on a real machine (attnbench-scale --calibrate). Nothing is computed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/mpi/scale.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIZES = 64, SMALL = 1 << 16 };
static const double platform_speed = 1e9; /* of contrib/simgrid/platform.sh: a second is a second */

/* Seconds for one pair of row and key of one head, in blocks of n × n: all pairs, and those of a causal mask. */
static struct {
	int count;
	double n[SIZES], full[SIZES], causal[SIZES], merge; /* merge: seconds for a row */
} times;
static double copy_bandwidth; /* 0: messages cost no processor time */

static int read_times(const char *path, char *why, size_t size)
{
	char line[256];
	FILE *f = path ? fopen(path, "r") : NULL;
	if (!f)
		return snprintf(why, size, "--block-times %s: expected a file that attnbench-scale --calibrate wrote", path ? path : "is missing"), 0;
	for (times.count = 0; times.count < SIZES && fgets(line, sizeof line, f);) {
		int i = times.count;
		if (*line == '#' || sscanf(line, "merge %lf", &times.merge) == 1)
			continue;
		if (sscanf(line, "%lf %lf %lf", &times.n[i], &times.full[i], &times.causal[i]) != 3 || !(times.full[i] > 0) || !(times.causal[i] > 0)) {
			fclose(f);
			return snprintf(why, size, "--block-times %s: \"%.60s\": expected n and two numbers of seconds, or merge and one", path, line), 0;
		}
		times.count++;
	}
	fclose(f);
	if (!times.count || !(times.merge > 0))
		return snprintf(why, size, "--block-times %s: it has no line %s", path, times.count ? "\"merge SECONDS\"" : "of numbers"), 0;
	return 1;
}

/* Between two sizes on a line in log n; beyond the ends as at them. */
static double per_pair(double n, const double *column)
{
	int i = 0;
	while (i < times.count && times.n[i] < n)
		i++;
	if (i == 0 || i == times.count)
		return column[i == 0 ? 0 : times.count - 1];
	double part = log(n / times.n[i - 1]) / log(times.n[i] / times.n[i - 1]);
	return column[i - 1] + part * (column[i] - column[i - 1]);
}

/* Σ over rows i of min(keys, i + right + 1) - max(0, i - left), top-left aligned; < 0: no limit. */
static double pairs_of(const struct attn_problem *p)
{
	double rows = (double)p->len_q, keys = (double)p->len_kv, right = p->causal ? 0 : (double)p->window_right, left = (double)p->window_left;
	double pairs = rows * keys;
	if (right >= 0) {
		double rising = fmax(0, fmin(rows, keys - right - 1));
		pairs = rising * (rising - 1) / 2 + rising * (right + 1) + (rows - rising) * keys;
	}
	if (left >= 0 && rows - 1 > left) {
		double gone = rows - 1 - left;
		pairs -= gone * (gone + 1) / 2;
	}
	return pairs;
}

static void pass(double seconds)
{
	if (seconds > 0)
		smpi_execute_flops(seconds * platform_speed);
}

void scale_pass_merging(double rows)
{
	pass(rows * times.merge);
}

void mpi_pass_copying(double bytes)
{
	pass(copy_bandwidth > 0 ? bytes / copy_bandwidth : 0);
}

void scale_busy(double seconds)
{
	pass(seconds);
}

double scale_processor(void)
{
	return 0;
}

struct attn_plan {
	const struct attn_host *host;
	double seconds;
};

static struct attn_numerics numerics(const struct attn_problem *p)
{
	(void)p;
	return (struct attn_numerics){0, 0, 0};
}

static enum attn_status query(const struct attn_problem *p, char *why, size_t size)
{
	(void)p, (void)why, (void)size;
	return ATTN_OK;
}

static enum attn_status plan(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **made, char *why, size_t size)
{
	double pairs = p->align == ATTN_BOTTOM_RIGHT ? scale_pairs(p) / (double)(p->batch * p->heads_q) : pairs_of(p), n = sqrt((double)p->len_q * (double)p->len_kv);
	int is_limited = p->causal || p->window_left >= 0 || p->window_right >= 0;
	if (!(*made = malloc(sizeof **made)))
		return snprintf(why, size, "no memory"), ATTN_NO_MEMORY;
	(*made)->host = host;
	(*made)->seconds = pairs * (double)(p->batch * p->heads_q) * per_pair(n, is_limited ? times.causal : times.full);
	return ATTN_OK;
}

static enum attn_status run(struct attn_plan *p, const struct attn_tensors *t)
{
	(void)t;
	pass(p->seconds);
	return ATTN_OK;
}

static void destroy(struct attn_plan *p)
{
	free(p);
}

static const struct attn_impl simulated = {.abi = ATTN_ABI, .struct_size = sizeof(struct attn_impl), .name = "simulated", .numerics = numerics, .query = query, .plan = plan, .run = run, .destroy = destroy, .kinds = ATTN_KIND_SUMS};

const struct attn_impl *scale_local(const struct scale_options *o, char *why, size_t size)
{
	return times.count || read_times(o->block_times, why, size) ? &simulated : NULL;
}

void scale_simulate(const struct scale_options *o)
{
	copy_bandwidth = o->copy_bandwidth;
}

enum attn_status scale_open(const struct scale_options *o, struct attn_problem *p, char *why, size_t size)
{
	(void)p;
	if (o->file[SCALE_Q] || o->file[SCALE_K] || o->file[SCALE_V])
		return snprintf(why, size, "a simulation has no data: --q, --k and --v mean nothing"), ATTN_FAILED;
	return ATTN_OK;
}

/* Large memory of all simulated ranks is the same megabyte: messages have a size, and nothing in them is looked at. */
void *scale_take(size_t bytes)
{
	return bytes < SMALL ? malloc(bytes) : SMPI_SHARED_MALLOC(bytes);
}

void scale_give(void *memory)
{
	(void)memory; /* the process ends soon, and which of the two it was is not known */
}

int scale_calibrate(const struct scale_options *o)
{
	(void)o;
	fputs("attnbench-simulate: --calibrate belongs to attnbench-scale: a simulation measures nothing\n", stderr);
	return 2;
}
