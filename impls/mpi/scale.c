/* attnbench-scale: times the methods on problems whose inputs no rank has as a whole.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/mpi/scale.h"
#ifndef ATTN_SIMULATED
#include "harness/memory.h"
#endif

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 64 }; /* problems of one call */

struct scale_run {
	struct scale_options o;
	int rank, ranks, count;
	struct scale_result results[MOST];
};

static int complain(const struct scale_run *s, const char *why)
{
	if (s->rank == 0)
		fprintf(stderr, "attnbench-scale: %s\n", why);
	return 3;
}

/* Pairs of row and key that see each other. */
double scale_pairs(const struct attn_problem *p)
{
	double pairs = 0;
	for (int64_t i = 0; i < p->len_q; i++) {
		struct attn_span span = attn_span_of(p, p->len_q, p->len_kv, i);
		pairs += (double)(span.end - span.first);
	}
	return pairs * (double)(p->batch * p->heads_q);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

double scale_median(const double *x, int n)
{
	double *sorted = malloc((size_t)n * sizeof *sorted), m;
	if (!sorted)
		return NAN;
	memcpy(sorted, x, (size_t)n * sizeof *x);
	qsort(sorted, (size_t)n, sizeof *sorted, by_value);
	m = n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
	free(sorted);
	return m;
}

/* The worst status of all ranks; its text is that of the lowest that has it. */
static int agree(const struct scale_run *s, enum attn_status status, char *why)
{
	struct {
		int status, rank;
	} mine = {(int)status, s->rank}, worst;
	char text[MPI_WHY + 32];
	MPI_Allreduce(&mine, &worst, 1, MPI_2INT, MPI_MAXLOC, MPI_COMM_WORLD);
	if (worst.status == ATTN_OK)
		return 0;
	snprintf(text, sizeof text, "rank %d of %d: %.480s", s->rank, s->ranks, why);
	MPI_Bcast(text, sizeof text, MPI_CHAR, worst.rank, MPI_COMM_WORLD);
	return complain(s, text);
}

/* One run takes as long as its slowest rank. */
static int time_runs(const struct scale_run *s, struct mpi_job *job, struct scale_result *r)
{
	double wait = 0, compute = 0, total = 0;
	char why[MPI_WHY] = "the local kernel failed";
	for (int i = job->is_simulated ? 0 : -1; i < s->o.repetitions; i++) { /* the first run is not timed */
		MPI_Barrier(MPI_COMM_WORLD);
		double processor = scale_processor();
		enum attn_status status = mpi_job_run(job);
		processor = scale_processor() - processor;
		if (agree(s, status, why))
			return 3;
		double mine[] = {job->traffic.total, job->traffic.wait, job->traffic.compute, job->traffic.received_bytes, (double)job->bytes}, most[5];
		MPI_Allreduce(mine, most, 5, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
		r->received = most[3], r->held = most[4];
		if (i < 0)
			continue;
		MPI_Allreduce(&processor, &r->processor[i], 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
		r->seconds[i] = most[0];
		total += most[0], wait += most[1], compute += most[2];
	}
	r->median = scale_median(r->seconds, s->o.repetitions);
	r->wait = total > 0 ? wait / total * r->median : 0; /* shares of all runs, of the median's length */
	r->compute = total > 0 ? compute / total * r->median : 0;
	return 0;
}

#ifdef ATTN_SIMULATED
static int prepare(const struct scale_run *s, struct mpi_job *job)
{
	(void)s;
	job->is_simulated = 1;
	job->pass_merging = scale_pass_merging;
	return 0;
}

static void finish(const struct scale_run *s, struct mpi_job *job, struct scale_result *r)
{
	(void)s;
	r->ratio = (double)NAN;
	mpi_job_free(job);
}
#else
static int prepare(const struct scale_run *s, struct mpi_job *job)
{
	char why[MPI_WHY];
	scale_fill(&s->o, job);
	return scale_failed(why, sizeof why) == ATTN_OK ? 0 : complain(s, why);
}

static void finish(const struct scale_run *s, struct mpi_job *job, struct scale_result *r)
{
	double peak = (double)memory_peak();
	MPI_Gather(&peak, 1, MPI_DOUBLE, r->peak, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
	struct scale_sample *sample = scale_collect(&s->o, job);
	mpi_job_free(job);
	r->ratio = scale_judge(&s->o, &r->p, sample);
}
#endif

static int run_one(struct scale_run *s, const struct mpi_method *method, const struct attn_problem *p)
{
	char why[MPI_WHY] = "", text[MPI_WHY];
	const struct attn_impl *local = scale_local(&s->o, why, sizeof why);
	const char *reason = local ? mpi_refusal(p, method, local, s->ranks, text, sizeof text) : why;
	if (s->count == MOST)
		reason = "more problems than one call may have";
	if (reason) {
		char told[MPI_WHY];
		snprintf(told, sizeof told, "%s: %.400s", method->name, reason);
		return complain(s, told);
	}
	struct scale_result *r = &s->results[s->count];
	struct mpi_job job = {.comm = MPI_COMM_WORLD, .method = method, .p = *p, .take = scale_take, .give = scale_give, .local = {.impl = local, .threads = s->o.threads}};
	*r = (struct scale_result){.method = method, .p = *p, .ranks = s->ranks, .rows = s->o.rows, .seconds = calloc((size_t)s->o.repetitions, sizeof(double)),
	                           .processor = calloc((size_t)s->o.repetitions, sizeof(double)), .peak = calloc((size_t)s->ranks, sizeof(double)), .ratio = (double)NAN};
	if (!r->seconds || !r->processor || !r->peak)
		return complain(s, "no memory");
	int status = agree(s, mpi_job_plan(&job, why, sizeof why), why);
	if (!status)
		status = prepare(s, &job);
	if (!status)
		status = time_runs(s, &job, r);
	if (status) {
		mpi_job_free(&job);
		return status;
	}
	finish(s, &job, r);
	s->count++;
	if (s->rank)
		return 0;
	r->analytic = mpi_busiest_bytes(method, p, s->ranks); /* goes through all ranks, and that on each would be much work on many */
	r->flops = 2 * scale_pairs(p) * (double)(p->dim_qk + p->dim_v);
	scale_print(&s->o, r);
	return 0;
}

static int run_lengths(struct scale_run *s, const struct mpi_method *method)
{
	char *copy = strdup(s->o.lengths), *rest = copy;
	int status = copy ? 0 : 3;
	for (char *one; !status && rest && (one = strsep(&rest, ","));) {
		struct attn_problem p = s->o.p;
		char why[MPI_WHY], *end;
		p.len_q = strtoll(one, &end, 10);
		if (*end || end == one || p.len_q < 1) {
			snprintf(why, sizeof why, "--sq has \"%.40s\": expected whole numbers of 1 or more, joined by commas", one);
			complain(s, why);
			status = 2;
			break;
		}
		p.len_kv = p.len_kv < 0 ? p.len_q : p.len_kv;
		status = scale_open(&s->o, &p, why, sizeof why) == ATTN_OK ? 0 : complain(s, why);
		if (!status)
			status = run_one(s, method, &p);
	}
	free(copy);
	return status;
}

static int run_all(struct scale_run *s)
{
	char *copy = strdup(s->o.methods), *rest = copy, why[MPI_WHY];
	int status = copy ? 0 : 3;
	for (char *one; !status && rest && (one = strsep(&rest, ","));) {
		const struct mpi_method *method = mpi_method_find(one);
		if (method) {
			status = run_lengths(s, method);
			continue;
		}
		snprintf(why, sizeof why, "--method has \"%.40s\": expected ring, ulysses or split-kv, joined by commas", one);
		complain(s, why);
		status = 2;
	}
	free(copy);
	return status;
}

/* 1: an output was wrong. */
static int verdict(const struct scale_run *s)
{
	for (int i = 0; i < s->count; i++)
		if (s->o.rows > 0 && !isnan(s->results[i].ratio) && !(s->results[i].ratio <= 1))
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	struct scale_run *s = calloc(1, sizeof *s);
	int given, status = s ? scale_parse(&s->o, argc, argv) : 3;
	if (status)
		return status;
	MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &given);
	MPI_Comm_rank(MPI_COMM_WORLD, &s->rank);
	MPI_Comm_size(MPI_COMM_WORLD, &s->ranks);
#ifdef ATTN_SIMULATED
	scale_simulate(&s->o);
#endif
	if (s->o.is_ping)
		status = scale_ping(&s->o);
	else if (s->o.is_calibration)
		status = scale_calibrate(&s->o);
	else
		status = run_all(s);
	if (!status && s->rank == 0 && s->o.out && s->count)
		status = scale_write(&s->o, s->results, s->count);
	if (!status && s->rank == 0)
		status = verdict(s);
	for (int i = 0; i < s->count; i++) {
		free(s->results[i].seconds);
		free(s->results[i].processor);
		free(s->results[i].peak);
	}
	free(s);
	MPI_Finalize();
	return status;
}
