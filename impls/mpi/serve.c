/* A rank's life. Rank 0 is the engine: it takes requests of the harness's children from shared memory and tells them to all.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/mpi/rows.h"
#include "impls/mpi/serve.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct server {
	struct mpi_channel *channel; /* of rank 0 */
	const struct mpi_host *host;
	pid_t harness;
	int rank, ranks, harness_status;
	struct mpi_job *job; /* the last one, kept while the problem stays the same */
	struct mpi_request of; /* what it was made for */
	struct mpi_gauge gauge; /* of this process since it was made */
};

static void drop(struct server *s)
{
	if (!s->job)
		return;
	mpi_job_free(s->job);
	mpi_extras_free(&s->job->extras);
	free(s->job);
	s->job = NULL;
}

/* The inputs besides q, k and v reach every rank with the request. Of a plan, which has none yet, the lengths are the longest. */
static int receive_extras(const struct server *s, struct mpi_request *r, struct attn_tensors *extras)
{
	if (r->op == MPI_OP_PLAN && r->p.has & ATTN_HAS_KV_LEN)
		r->extra[MPI_KV_LEN] = (struct mpi_extra){0, {r->p.batch, 1, 1, 1}, ATTN_I64};
	if (!mpi_extras_receive(extras, r->extra, r->op == MPI_OP_RUN && s->channel ? s->channel->arena : NULL, MPI_COMM_WORLD))
		return 0;
	for (int64_t b = 0; r->op == MPI_OP_PLAN && extras->kv_len.data && b < r->p.batch; b++)
		((int64_t *)extras->kv_len.data)[b] = mpi_keys(&r->p);
	return !mpi_methods[r->method]->has_partial || mpi_extras_widen(extras);
}

/* All ranks learn the worst status and the text of the lowest rank that has it. */
static enum attn_status agree(const struct server *s, enum attn_status status, char *why, size_t size)
{
	struct {
		int status, rank;
	} mine = {(int)status, s->rank}, worst;
	char text[MPI_WHY] = "";
	MPI_Request request;
	MPI_Iallreduce(&mine, &worst, 1, MPI_2INT, MPI_MAXLOC, MPI_COMM_WORLD, &request);
	mpi_finish(request);
	if (worst.status == ATTN_OK)
		return ATTN_OK;
	if (s->rank == worst.rank)
		snprintf(text, sizeof text, "%s", why);
	MPI_Ibcast(text, sizeof text, MPI_CHAR, worst.rank, MPI_COMM_WORLD, &request);
	mpi_finish(request);
	snprintf(why, size, "rank %d of %d: %s", worst.rank, s->ranks, *text ? text : "its local kernel failed and gave no reason");
	return (enum attn_status)worst.status;
}

/* The same problem by the same method: but for the keys' lengths, what a plan depends on. */
static int is_same(const struct server *s, const struct mpi_request *r)
{
	const struct mpi_request *of = &s->of;
	return s->job && of->method == r->method && of->threads == r->threads && !memcmp(&of->p, &r->p, sizeof r->p);
}

static int is_kept(const struct server *s, const struct mpi_request *r, const struct attn_tensors *extras)
{
	if (!is_same(s, r))
		return 0;
	return !extras->kv_len.data || !memcmp(extras->kv_len.data, s->job->extras.kv_len.data, (size_t)r->p.batch * sizeof(int64_t));
}

/* Before anything is taken for a request: of another problem nothing stays, of the same one its job. */
static void make_room(struct server *s, const struct mpi_request *r)
{
	if (!is_same(s, r))
		drop(s);
	if (s->job)
		mpi_extras_free_masks(&s->job->extras);
	else
		mpi_gauge_begin(&s->gauge, s->channel);
}

/* The job for a request, the kept one or a new one; extras are its from now on. */
static enum attn_status make_job(struct server *s, const struct mpi_request *r, const struct attn_tensors *extras, char *why, size_t size)
{
	int is_new = !is_kept(s, r, extras);
	if (is_new) {
		drop(s);
		s->job = calloc(1, sizeof *s->job);
	}
	if (!s->job)
		return ATTN_NO_MEMORY;
	if (is_new)
		*s->job = (struct mpi_job){.comm = MPI_COMM_WORLD, .method = mpi_methods[r->method], .p = r->p, .take = malloc, .give = free,
		                           .local = {.impl = s->host->find(s->host->local), .threads = r->threads}};
	mpi_extras_free(&s->job->extras);
	s->job->extras = *extras;
	s->job->kv_len = extras->kv_len.data, s->job->sinks = extras->sinks.data;
	s->of = *r;
	if (!is_new)
		return ATTN_OK;
	s->job->wire_bytes = s->job->method->wire_bytes(&r->p, s->ranks, s->rank);
	return mpi_job_plan(s->job, why, size);
}

static enum attn_status prepare(struct server *s, struct mpi_request *r, char *why, size_t size)
{
	struct attn_tensors extras;
	make_room(s, r);
	int is_received = receive_extras(s, r, &extras);
	snprintf(why, size, "no memory for a job or its masks");
	enum attn_status status = is_received ? make_job(s, r, &extras, why, size) : ATTN_NO_MEMORY;
	if (!is_received || !s->job)
		mpi_extras_free(&extras);
	status = agree(s, status, why, size);
	if (status != ATTN_OK)
		drop(s);
	return status;
}

static void name_of(const struct mpi_request *r, char *text, size_t size)
{
	const struct attn_problem *p = &r->p;
	snprintf(text, size, "%s of b:%lld/hq:%lld/hkv:%lld/sq:%lld/skv:%lld/d:%lld/dv:%lld", mpi_methods[r->method]->name, (long long)p->batch, (long long)p->heads_q,
	         (long long)p->heads_kv, (long long)p->len_q, (long long)p->len_kv, (long long)p->dim_qk, (long long)p->dim_v);
}

/* What each rank has taken and moved. */
static void tell_accounts(const struct server *s, const struct mpi_request *r, struct mpi_reply *reply)
{
	struct attn_process mine = mpi_account(s->job, r, &s->gauge), *all = s->channel ? s->channel->process : NULL;
	MPI_Request request;
	MPI_Igather(&mine, (int)sizeof mine, MPI_BYTE, all, (int)sizeof mine, MPI_BYTE, 0, MPI_COMM_WORLD, &request);
	mpi_finish(request);
	for (int rank = 0; all && rank < s->ranks; rank++)
		reply->bytes = all[rank].announced_bytes > reply->bytes ? all[rank].announced_bytes : reply->bytes;
}

/* In the arena, which rank 0 alone has. */
static char *place(const struct server *s, size_t at)
{
	return s->channel ? s->channel->arena + at : NULL;
}

/* The shares out, the run, the answer back. */
static enum attn_status run(struct server *s, const struct mpi_request *r, char *why, size_t size)
{
	struct mpi_job *job = s->job;
	job->traffic = (struct mpi_traffic){0};
	mpi_scatter(job, place(s, r->q), place(s, r->k), place(s, r->v));
	const struct mpi_traffic handed = job->traffic;
	why[0] = 0;
	enum attn_status status = agree(s, mpi_job_run(job), why, size);
	if (status == ATTN_OK)
		mpi_gather(job, place(s, r->out), place(s, r->logsumexp));
	job->traffic.sent_bytes += handed.sent_bytes, job->traffic.received_bytes += handed.received_bytes;
	mpi_gauge_read(&s->gauge, s->channel ? r->arena_bytes : 0);
	return status;
}

static void work(struct server *s, struct mpi_request *r, struct mpi_reply *reply)
{
	char name[192];
	*reply = (struct mpi_reply){.status = ATTN_OK};
	name_of(r, name, sizeof name);
	mpi_watch_begin(name, s->host->seconds);
	reply->status = prepare(s, r, reply->why, sizeof reply->why);
	if (reply->status == ATTN_OK && r->op == MPI_OP_RUN)
		reply->status = run(s, r, reply->why, sizeof reply->why);
	tell_accounts(s, r, reply);
	mpi_watch_end();
}

/* A rank without work must not take a core from those that have some: it polls often at first, then sleeps between. */
static void receive(struct mpi_request *r)
{
	enum { OFTEN = 2000, MICROSECONDS = 300 };
	MPI_Request request;
	int done = 0;
	MPI_Ibcast(r, (int)sizeof *r, MPI_BYTE, 0, MPI_COMM_WORLD, &request);
	for (int n = 0; MPI_Test(&request, &done, MPI_STATUS_IGNORE), !done; n++)
		if (n < OFTEN)
			sched_yield();
		else
			usleep(MICROSECONDS);
}

/* Whether the harness has ended, and how. */
static int harness_is_over(struct server *s)
{
	int status;
	if (waitpid(s->harness, &status, WNOHANG) != s->harness)
		return 0;
	if (WIFSIGNALED(status))
		fprintf(stderr, "attnbench: the harness was killed by signal %d\n", WTERMSIG(status));
	s->harness_status = WIFEXITED(status) ? WEXITSTATUS(status) : 3;
	return 1;
}

static void engine_loop(struct server *s)
{
	struct mpi_channel *c = s->channel;
	struct mpi_request r;
	uint32_t asked = 0;
	for (;;) {
		while (atomic_load(&c->asked) == asked && !harness_is_over(s))
			mpi_channel_sleep(&c->asked, asked, 50);
		if (s->harness_status >= 0)
			break;
		asked = atomic_load(&c->asked);
		r = c->request;
		receive(&r);
		work(s, &r, &c->reply);
		mpi_channel_set(&c->answered, asked);
	}
	r = (struct mpi_request){.op = MPI_OP_QUIT};
	receive(&r);
}

static void rank_loop(struct server *s)
{
	struct mpi_request r;
	struct mpi_reply reply;
	for (receive(&r); r.op != MPI_OP_QUIT; receive(&r))
		work(s, &r, &reply);
}

int mpi_serve(struct mpi_channel *channel, pid_t harness, const struct mpi_host *host)
{
	struct server s = {.channel = channel, .host = host, .harness = harness, .harness_status = -1};
	int given;
	MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &given);
	MPI_Comm_rank(MPI_COMM_WORLD, &s.rank);
	MPI_Comm_size(MPI_COMM_WORLD, &s.ranks);
	mpi_watch_start(channel, harness);
	int status = mpi_meet(host);
	if (channel) {
		channel->ranks = s.ranks;
		mpi_channel_set(&channel->state, status ? MPI_OVER : MPI_READY);
	}
	if (!status && channel)
		engine_loop(&s);
	else if (!status)
		rank_loop(&s);
	drop(&s);
	MPI_Finalize();
	return status ? status : channel ? s.harness_status : 0;
}

/* The one symbol that the program looks for. */
extern const struct mpi_door attn_mpi_door;
__attribute__((visibility("default"))) const struct mpi_door attn_mpi_door = {sizeof(struct mpi_door), mpi_channel_open, mpi_join, mpi_rows, mpi_serve};
