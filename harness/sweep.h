/* The sweep: many problems timed over many implementations. The parent plans, asks and writes; it never computes. It goes over all
 * cases several times (passes), so that no point's samples all fall into one slow moment of the machine. For each case of a pass it
 * forks one worker per implementation and asks them in random order for one repetition each.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_SWEEP_H
#define HARNESS_SWEEP_H

#include "harness/counters.h"
#include "harness/machine.h"
#include "harness/problem.h"
#include "harness/range.h"
#include "harness/roof.h"
#include "harness/stats.h"

#include <attnbench/attn.h>
#include <stddef.h>

enum sweep_status { SWEEP_PENDING, SWEEP_OK, SWEEP_REFUSED, SWEEP_FAILED, SWEEP_CRASHED, SWEEP_TIMEOUT, SWEEP_SKIPPED, SWEEP_STATUSES };
const char *sweep_status_name(enum sweep_status status);

enum sweep_cache { SWEEP_CACHE_BY_PROBLEM, SWEEP_CACHE_WARM, SWEEP_CACHE_COLD }; /* by problem: cold for decoding */

enum { SWEEP_REASON_SIZE = 256, SWEEP_KERNEL_SIZE = 64, SWEEP_CAUSAL_KINDS = 3, SWEEP_MOST_PASSES = 64, SWEEP_FEWEST_IN_PASS = 3 };

/* What the command line says. Lists that were not given are empty until sweep_options_default fills them. */
struct sweep_options {
	const char *impls, *workloads, *out;
	const char *counters; /* hardware events, by libpfm's names */
	struct range batch, heads_q, heads_kv, len_q, len_kv, dim_qk, dim_v, threads;
	int dtypes[8];
	size_t n_dtypes;
	int causal[SWEEP_CAUSAL_KINDS]; /* 0 none, 1 top-left, 2 bottom-right */
	size_t n_causal;
	enum sweep_cache cache;
	int quick, resume, dry_run, json, shape_given, dtype_given;
	long shard, shards;      /* this is shard 1..shards */
	unsigned long long seed;
	double max_seconds;      /* a point that would take longer is skipped */
	double budget;           /* all of it is to take no more seconds; 0: any number */
	int is_late;             /* passes were left out for that */
	double min_seconds;      /* one repetition takes at least this long */
	double timeout;          /* a worker that does not answer for longer hangs; 0: by --max-seconds */
	double ci;               /* repeat until the interval's half-width is below this fraction of the median; 0: a fixed number */
	size_t repetitions, least_repetitions, most_repetitions;
	size_t passes;           /* over all cases; more where samples were disturbed, and with --ci */
	size_t disturbed_more;   /* so many times the repetitions where samples were disturbed, at most */
	int64_t rows;            /* query rows judged of each point */
	const char *command;     /* the whole command line, for the record */
};

/* One problem at one number of threads. */
struct sweep_case {
	struct attn_problem problem;
	char key[ATTN_KEY_SIZE], workload[64];
	int threads;
	int cold;            /* inputs come from memory: sweep_cache.h */
	size_t index;        /* in the order of the command line, over all shards */
	double flops, bytes; /* of one call */
	size_t passes;       /* that measured it; the two below are means over them */
	double canary_ns;    /* what the canary took meanwhile, undisturbed; 0: unknown */
	double others_percent; /* of the processors' time that other programs, and other guests, worked meanwhile */
};

/* What the processes that work for an implementation besides the one that calls it took and moved: each of the first. */
enum { SWEEP_MOST_PROCESSES = 64 };
struct sweep_processes {
	int n; /* of them all; 0: there are none */
	size_t shared_bytes;
	struct attn_process each[SWEEP_MOST_PROCESSES];
};

/* One implementation on one case. */
struct sweep_point {
	const struct attn_impl *impl;
	const struct sweep_case *of;
	enum sweep_status status;
	char reason[SWEEP_REASON_SIZE], kernel[SWEEP_KERNEL_SIZE];
	double *samples_ns; /* as measured, in order */
	double *waited;     /* of each: share of its time that threads waited for a processor; NaN: unknown */
	double *pace_ns;    /* of each: what a fixed piece of work took on its processor right before or after it, whichever was more: sweep_pace.h */
	size_t n, wanted;   /* wanted: by the planned passes */
	size_t in_pass[SWEEP_MOST_PASSES], passes; /* samples of each pass, in order; n in all */
	double call_s;      /* seconds of the first call, which may have been the only one; 0: none ended */
	double cpu_ns;      /* per call, of all threads: the mean over the passes of their medians */
	unsigned long long iterations;
	int n_counters;
	char counter_names[COUNTERS_MOST][COUNTER_NAME_SIZE];
	double counters[COUNTERS_MOST], calls; /* per call, over all samples; how many calls that were */
	size_t workspace_bytes, peak_extra_bytes, unannounced_bytes; /* of all processes together */
	int has_peak, announces_too_little; /* one of them takes more than it announced, and more than stacks and the start of a library explain */
	struct sweep_processes processes;
	double error_ratio; /* NaN: not judged */
};

struct sweep {
	struct sweep_options options;
	const struct attn_impl **impls;
	size_t n_impls;
	struct sweep_case *cases;
	size_t n_cases, all_cases; /* of this shard, of all */
	int has_shapes;            /* the plain sweep is among them */
	struct sweep_point *points; /* [n_cases][n_impls] */
	double *canary_ns, *canary_waited, *canary_pace_ns;
	size_t n_canary;
	unsigned long long canary_iterations; /* of a repetition; 0: not known yet */
	double calm_ns;             /* the longest pace of a processor that nothing slowed; 0: unknown */
	struct fact_list facts;
	struct roofs roofs;
	struct machine_load before;
	char utc[32];               /* when it began */
};

static inline struct sweep_point *sweep_point_at(const struct sweep *s, size_t c, size_t i)
{
	return &s->points[c * s->n_impls + i];
}

/* How many points ended, or not yet, with that status. */
size_t sweep_count(const struct sweep *s, enum sweep_status status);

/* From the options: cases and points. 0, or an exit status after its message. */
int sweep_plan(struct sweep *s);
void sweep_free(struct sweep *s);

/* Measures what is pending, calling save(s) after each case. */
void sweep_run(struct sweep *s, void (*save)(const struct sweep *s));

/* Seconds that one call will take, by the best rate the implementation showed so far; < 0: it showed none. */
double sweep_estimate_call(const struct sweep *s, size_t c, size_t i);
/* In how many passes so many repetitions are planned. A point is done when it had these, or ended without a time. */
size_t sweep_passes_of(const struct sweep *s, size_t repetitions);
int sweep_is_done(const struct sweep *s, const struct sweep_point *p);
size_t sweep_undone(const struct sweep *s);

/* Seconds that a point takes whose calls take that long, at `repetitions` of them. */
double sweep_estimate_point(const struct sweep *s, double call_seconds, size_t repetitions);
/* Seconds until all pending points are done, weighted by FLOPs; < 0: nothing is known yet. */
double sweep_estimate_rest(const struct sweep *s);
/* Seconds of the whole sweep before anything was measured, for calls at a usual rate of each thread. */
#define SWEEP_USUAL_FLOPS 2e10
double sweep_estimate_blind(const struct sweep *s);
/* Where calls take no time, and where each point takes all that --max-seconds lets it. */
double sweep_estimate_least(const struct sweep *s);
double sweep_estimate_most(const struct sweep *s);
/* How many repetitions fit --max-seconds: 0 when not even the least number does. */
size_t sweep_affordable(const struct sweep *s, double call_seconds);

/* FLOP/s that the machine could reach on a case: the peak of its dtype, or where that is lower what the memory that holds the problem feeds
 * at its arithmetic intensity (Williams, Waterman & Patterson 2009). *name: "compute", or the level of memory. 0: not measured. */
double sweep_roof(const struct sweep *s, const struct sweep_case *c, const char **name);

/* The table on stdout. */
void sweep_print(const struct sweep *s);

#endif
