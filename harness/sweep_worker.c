/* The child's side of a sweep: one plan, made once; repetitions timed by Google Benchmark on request.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/gbench.h"
#include "harness/host.h"
#include "harness/invoke.h"
#include "harness/memory.h"
#include "harness/registry.h"
#include "harness/sweep_bind.h"
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

/* Copies [from, end) of the inputs, so that no timed call meets one for the first time. */
static enum attn_status bind_copies(struct serving *s, size_t from, size_t end)
{
	const struct sweep_rotation *r = s->job->rotation;
	enum attn_status status = ATTN_OK;
	for (size_t i = from; i < r->n && i < end && status == ATTN_OK; i++)
		status = invoke_bind(s->job->impl, s->plan, &r->copies[i]);
	return status;
}

/* The process before a case: what an implementation loads with its first question (an interpreter, a library) is no memory of the case. */
struct baseline {
	size_t peak, files; /* peak 0: not every kernel resets VmHWM through clear_refs */
};

static struct baseline take_baseline(const struct serving *s)
{
	char why[SWEEP_REASON_SIZE];
	if (registry_query(s->job->impl, s->job->problem, why, sizeof why) != ATTN_OK)
		return (struct baseline){0, 0}; /* the plan says why */
	poison_outputs(s->job->tensors);
	return memory_reset_peak() ? (struct baseline){0, 0} : (struct baseline){memory_peak(), memory_of_files()};
}

static size_t less(size_t a, size_t b) { return a > b ? a - b : 0; }

/* Of the processes beside this one. */
static void add_processes(const struct attn_account *a, struct worker_memory *m)
{
	for (int i = 0; i < a->processes; i++) {
		size_t unannounced = less(a->process[i].peak_bytes, a->process[i].announced_bytes);
		m->known &= a->process[i].peak_bytes != SIZE_MAX;
		m->peak_bytes += a->process[i].peak_bytes;
		m->unannounced_bytes += unannounced;
		m->unannounced_most = unannounced > m->unannounced_most ? unannounced : m->unannounced_most;
	}
	if (!m->known)
		*m = (struct worker_memory){.known = 0};
}

/* Of plan, bind and one run. */
static struct worker_memory memory_since(const struct baseline *before, size_t plan_bytes, const struct attn_account *elsewhere)
{
	size_t after = memory_peak(), announced = plan_bytes + elsewhere->shared_bytes + memory_of_files() - before->files;
	size_t more = less(after, before->peak), unannounced = less(more, announced);
	struct worker_memory m = {more, unannounced, unannounced, before->peak != 0};
	add_processes(elsewhere, &m);
	return m;
}

static void keep_processes(struct sweep_processes *kept, const struct attn_account *a)
{
	kept->n = a->processes;
	kept->shared_bytes = a->shared_bytes;
	for (int i = 0; i < a->processes && i < SWEEP_MOST_PROCESSES; i++)
		kept->each[i] = a->process[i];
}

/* The first call is of the tensors themselves: what it takes is the case's memory. */
static void prepare(struct serving *s, struct worker_reply *reply)
{
	struct timespec from, to;
	const struct baseline before = take_baseline(s);
	reply->status = make_plan(s, reply->reason, sizeof reply->reason);
	if (reply->status != SWEEP_OK)
		return;
	enum attn_status status = bind_copies(s, 0, 1);
	clock_gettime(CLOCK_MONOTONIC, &from);
	if (status == ATTN_OK)
		status = s->job->impl->run(s->plan, s->job->rotation->copies);
	clock_gettime(CLOCK_MONOTONIC, &to);
	bind_first_thread();
	reply->ns = 1e9 * (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec);
	const struct attn_account elsewhere = invoke_account(s->job->impl, s->plan);
	reply->memory = memory_since(&before, s->host.peak_bytes, &elsewhere);
	keep_processes(&reply->processes, &elsewhere);
	collect_and_judge(s, status, reply);
	status = reply->status == SWEEP_OK ? bind_copies(s, 1, s->job->rotation->n) : ATTN_OK;
	if (status != ATTN_OK)
		run_failed(s, status, " while it was bound", reply);
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
	reply->workspace_bytes = s->host.peak_bytes + invoke_announced_elsewhere(impl, s->plan);
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
