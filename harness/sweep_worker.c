/* The child's side of a sweep: one plan, made once; repetitions timed by Google Benchmark on request.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/gbench.h"
#include "harness/host.h"
#include "harness/invoke.h"
#include "harness/memory.h"
#include "harness/registry.h"
#include "harness/sandbox.h"
#include "harness/sweep_pace.h"
#include "harness/sweep_worker.h"
#include "harness/tensor.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

struct serving {
	const struct worker_job *job;
	struct counting_host host;
	struct attn_plan *plan;
	struct counters counters;
	double ratio;
	struct {
		double waited_ns, counted[COUNTERS_MOST];
		long sleeps;
	} begin, end; /* of the repetition's timed calls */
};

static int call_run(void *context)
{
	struct serving *s = context;
	return (int)s->job->impl->run(s->plan, rotation_next(s->job->rotation));
}

/* NaN in every output, so that an element that is not written is seen. */
static void poison_outputs(struct attn_tensors *t)
{
	for (const struct attn_tensor_field *f = attn_tensor_fields; f->name; f++) {
		struct attn_tensor *one = attn_tensors_at(t, f);
		if (f->is_output && one->data)
			memset(one->data, 0xff, (size_t)attn_tensor_extent(one) * attn_dtype_bytes(one->dtype));
	}
}

static const char *status_text(enum attn_status status)
{
	static const char *const texts[] = {"answered", "refused", "found no memory", "failed"};
	return (unsigned)status < 4 ? texts[status] : "answered a status that there is not";
}

/* Query and plan. The host has no more memory to give than the system: a plan too large is an answer, not a killed run. */
static enum sweep_status make_plan(struct serving *s, char *reason, size_t size)
{
	const struct attn_impl *impl = s->job->impl;
	char why[SWEEP_REASON_SIZE - 48] = "";
	enum attn_status status = registry_query(impl, s->job->problem, why, sizeof why);
	if (status == ATTN_OK) {
		counting_host_init(&s->host, s->job->threads);
		s->host.limit = memory_available();
		status = impl->plan(s->job->problem, &s->host.host, &s->plan, why, sizeof why);
	}
	if (status == ATTN_OK)
		return SWEEP_OK;
	if (status == ATTN_REFUSED)
		snprintf(reason, size, "%s", why);
	else
		snprintf(reason, size, "plan %s: %s", status_text(status), *why ? why : "it gave no reason");
	return status == ATTN_REFUSED ? SWEEP_REFUSED : SWEEP_FAILED;
}

/* Judges what lies in the outputs; the worst of all judgements stays, and a NaN is the worst. */
static void judge_outputs(struct serving *s, struct worker_reply *reply)
{
	if (s->job->impl->limit)
		return;
	double ratio = sweep_judge(s->job);
	if (!(ratio <= s->ratio))
		s->ratio = ratio;
	reply->ratio = s->ratio;
	if (s->ratio <= 1)
		return;
	reply->status = SWEEP_FAILED;
	snprintf(reply->reason, sizeof reply->reason, "wrong answer: error %.3g times its bound", s->ratio);
}

static void run_failed(struct serving *s, enum attn_status status, const char *when, struct worker_reply *reply)
{
	const char *said = invoke_failure(s->job->impl, s->plan);
	reply->status = SWEEP_FAILED;
	snprintf(reply->reason, sizeof reply->reason, "run %s%s%s%s", status_text(status), when, *said ? ": " : "", said);
}

/* After a run that ended with status. */
static void collect_and_judge(struct serving *s, enum attn_status status, struct worker_reply *reply)
{
	if (status == ATTN_OK)
		status = invoke_collect(s->job->impl, s->plan, s->job->tensors);
	if (status == ATTN_OK)
		judge_outputs(s, reply);
	else
		run_failed(s, status, "", reply);
}

/* All copies of the inputs, so that no timed call meets one for the first time. */
static enum attn_status bind_all(struct serving *s)
{
	const struct sweep_rotation *r = s->job->rotation;
	enum attn_status status = ATTN_OK;
	for (size_t i = 0; i < r->n && status == ATTN_OK; i++)
		status = invoke_bind(s->job->impl, s->plan, &r->copies[i]);
	return status;
}

static void prepare(struct serving *s, struct worker_reply *reply)
{
	struct timespec from, to;
	reply->status = make_plan(s, reply->reason, sizeof reply->reason);
	if (reply->status != SWEEP_OK)
		return;
	poison_outputs(s->job->tensors);
	int status = (int)bind_all(s);
	clock_gettime(CLOCK_MONOTONIC, &from);
	if (status == ATTN_OK)
		status = call_run(s);
	clock_gettime(CLOCK_MONOTONIC, &to);
	reply->ns = 1e9 * (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec);
	collect_and_judge(s, (enum attn_status)status, reply);
}

/* How often the process gave its processor up by itself. */
static long sleeps(void)
{
	struct rusage usage;
	return getrusage(RUSAGE_SELF, &usage) ? -1 : usage.ru_nvcsw;
}

static void at_begin(void *context)
{
	struct serving *s = context;
	s->begin.sleeps = sleeps();
	s->begin.waited_ns = machine_waited_ns();
	counters_read(&s->counters, s->begin.counted);
}

static void at_end(void *context)
{
	struct serving *s = context;
	counters_read(&s->counters, s->end.counted);
	s->end.waited_ns = machine_waited_ns();
	s->end.sleeps = sleeps();
}

/* The share of the repetition that its threads waited for a processor. One thread that never slept waited whenever it did not run, which its clocks
 * tell exactly; of others the system tells, the moments around the timed calls included. NaN: it does not. */
static double waited(const struct serving *s, const struct gbench_time *time)
{
	if (s->job->threads == 1 && s->begin.sleeps >= 0 && s->end.sleeps == s->begin.sleeps)
		return fmax(0, 1 - time->cpu_ns / time->real_ns);
	if (s->begin.waited_ns < 0)
		return NAN;
	return (s->end.waited_ns - s->begin.waited_ns) / (time->real_ns * (double)time->iterations);
}

static void measure(struct serving *s, const struct worker_request *request, struct worker_reply *reply)
{
	struct gbench_time time = {0, 0, 0};
	const struct gbench_work work = {call_run, at_begin, at_end, s};
	if (request->warm_up)
		call_run(s);
	reply->pace_ns = pace_ns();
	int status = gbench_measure(&work, request->min_seconds, request->iterations, &time);
	for (int i = 0; i < s->counters.n; i++)
		reply->counters[i] = s->end.counted[i] - s->begin.counted[i];
	reply->n_counters = s->counters.n;
	memcpy(reply->counter_names, s->counters.names, sizeof reply->counter_names);
	reply->waited = waited(s, &time);
	reply->pace_ns = fmax(reply->pace_ns, pace_ns());
	reply->ns = time.real_ns;
	reply->cpu_ns = time.cpu_ns;
	reply->iterations = time.iterations;
	if (status)
		run_failed(s, (enum attn_status)status, " while it was timed", reply);
	else
		reply->status = SWEEP_OK;
}

static void finish(struct serving *s, struct worker_reply *reply)
{
	const struct attn_impl *impl = s->job->impl;
	const char *kernel = impl->describe ? impl->describe(s->plan) : NULL;
	reply->status = SWEEP_OK;
	reply->workspace_bytes = s->host.peak_bytes;
	snprintf(reply->kernel, sizeof reply->kernel, "%s", kernel ? kernel : "");
	collect_and_judge(s, ATTN_OK, reply);
}

void worker_serve(int fd, const struct worker_job *job)
{
	struct serving s = {.job = job, .ratio = 0};
	struct worker_request request;
	counters_open(&s.counters, job->counters); /* before any thread is made: they inherit */
	for (;;) {
		ssize_t n = recv(fd, &request, sizeof request, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n != sizeof request)
			return;
		struct worker_reply reply = {.status = SWEEP_FAILED, .ratio = NAN};
		if (request.op == WORKER_PREPARE)
			prepare(&s, &reply);
		else if (request.op == WORKER_MEASURE)
			measure(&s, &request, &reply);
		else
			finish(&s, &reply);
		if (send(fd, &reply, sizeof reply, MSG_NOSIGNAL) != sizeof reply)
			return;
	}
}

struct peak {
	const struct worker_job *job;
	struct worker_memory memory;
	int known;
	char why[SWEEP_REASON_SIZE];
};

/* In a child of its own. Inputs are resident already (the parent wrote them); outputs are touched before the baseline. */
static int run_for_peak(void *context)
{
	struct peak *shared = context;
	const struct worker_job *job = shared->job;
	struct serving s = {.job = job};
	/* What an implementation loads with its first question (an interpreter, a library) is no memory of a case. */
	if (registry_query(job->impl, job->problem, shared->why, sizeof shared->why) != ATTN_OK)
		return 0;
	poison_outputs(job->tensors);
	if (memory_reset_peak()) {
		snprintf(shared->why, sizeof shared->why, "this kernel does not reset VmHWM through clear_refs");
		return 0;
	}
	size_t before = memory_peak(), files = memory_of_files();
	if (make_plan(&s, shared->why, sizeof shared->why) != SWEEP_OK)
		return 0;
	const struct attn_tensors *tensors = rotation_next(job->rotation);
	int status = (int)invoke_bind(job->impl, s.plan, tensors);
	if (status == ATTN_OK)
		status = (int)job->impl->run(s.plan, tensors);
	size_t after = memory_peak(), announced = s.host.peak_bytes + memory_of_files() - files;
	shared->memory.peak_bytes = after > before ? after - before : 0;
	shared->memory.unannounced_bytes = shared->memory.peak_bytes > announced ? shared->memory.peak_bytes - announced : 0;
	shared->known = status == ATTN_OK && before > 0;
	return 0;
}

int worker_memory(const struct worker_job *job, double seconds, struct worker_memory *memory, char *why, size_t size)
{
	struct sandbox_limits limits = {seconds, 0};
	struct peak *shared = sandbox_share(sizeof *shared);
	if (!shared)
		return snprintf(why, size, "no shared memory"), -1;
	shared->job = job;
	struct sandbox_outcome outcome = sandbox_run(run_for_peak, shared, &limits);
	int known = outcome.end == SANDBOX_OK && shared->known;
	*memory = shared->memory;
	if (outcome.end != SANDBOX_OK)
		sandbox_describe(&outcome, why, size);
	else if (!known)
		snprintf(why, size, "%s", *shared->why ? shared->why : "the run failed");
	sandbox_unshare(shared, sizeof *shared);
	return known ? 0 : -1;
}
