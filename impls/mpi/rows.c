/* The rows of the table: in the harness's children, each hands its tensors to the engine and takes the answer back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/mpi/rows.h"
#include "impls/mpi/channel.h"
#include "impls/mpi/job.h"

#include <stdio.h>

static struct mpi_channel *channel;
static const struct mpi_host *host_program;

struct attn_plan {
	const struct attn_host *host;
	struct attn_problem p;
	int method, threads;
	size_t bytes, shared;          /* of the busiest rank; of the arena */
	struct attn_process *process;  /* [ranks] */
	char about[96];
};

static const char *const too_large = "the tensors are larger than half of this machine's memory";
static const char *const gone = "the ranks of mpirun are gone: one has ended, and said why on stderr";

static const struct attn_impl *local_kernel(void)
{
	return host_program ? host_program->find(host_program->local) : NULL;
}

static enum attn_status query(int method, const struct attn_problem *p, char *why, size_t size)
{
	char text[MPI_WHY];
	const struct attn_impl *local = local_kernel();
	const char *reason = local ? mpi_refusal(p, mpi_methods[method], local, channel->ranks, text, sizeof text) : "the local kernel is not in the table";
	if (reason)
		snprintf(why, size, "%s", reason);
	return reason ? ATTN_REFUSED : ATTN_OK;
}

/* Pieces of the arena, each at the beginning of a cache line. */
static size_t place(size_t *at, int64_t count, size_t bytes)
{
	size_t here = (*at + 63) / 64 * 64;
	*at = here + (size_t)count * bytes;
	return here;
}

/* The request for a problem, t: a run's tensors; 0: the arena is too small. */
static int make_request(struct mpi_request *r, const struct attn_plan *plan, const struct attn_tensors *t)
{
	const struct attn_problem *p = &plan->p;
	size_t at = 0, e = mpi_bytes(p->dtype);
	int64_t rows = p->batch * p->heads_q * p->len_q, keys = p->batch * p->heads_kv * mpi_keys(p);
	*r = (struct mpi_request){.op = t ? MPI_OP_RUN : MPI_OP_PLAN, .method = plan->method, .threads = plan->threads, .p = *p};
	memset(r->p.stride_q, 0, sizeof r->p.stride_q);
	memset(r->p.stride_k, 0, sizeof r->p.stride_k);
	memset(r->p.stride_v, 0, sizeof r->p.stride_v);
	memset(r->p.stride_out, 0, sizeof r->p.stride_out);
	r->q = place(&at, rows * p->dim_qk, e);
	r->k = place(&at, keys * p->dim_k, e);
	r->v = place(&at, keys * p->dim_v, e);
	r->out = place(&at, rows * p->dim_v, e);
	r->logsumexp = place(&at, rows, sizeof(double));
	for (int i = 0; t && i < MPI_EXTRAS; i++) {
		r->extra[i] = mpi_extra_of(mpi_extra_at(t, i));
		r->extra[i].at = place(&at, 1, mpi_extra_bytes(&r->extra[i]));
	}
	r->arena_bytes = at;
	return at <= channel->arena_bytes;
}

static enum attn_status ask_plan(struct attn_plan *plan, char *why, size_t size)
{
	enum attn_status status = ATTN_FAILED;
	if (mpi_channel_enter(channel))
		return snprintf(why, size, "%s", gone), ATTN_FAILED;
	if (make_request(&channel->request, plan, NULL)) {
		mpi_channel_ask(channel);
		status = channel->reply.status;
		plan->bytes = channel->reply.bytes;
		snprintf(why, size, "%s", channel->reply.why);
	} else {
		status = ATTN_NO_MEMORY;
		snprintf(why, size, "%s: %zu bytes", too_large, channel->arena_bytes);
	}
	mpi_channel_leave(channel);
	return status;
}

static enum attn_status make_plan(int method, const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size)
{
	size_t accounts = (size_t)channel->ranks * sizeof *channel->process;
	struct attn_plan *made = host->alloc(host, sizeof *made + accounts, 64);
	if (!made)
		return snprintf(why, size, "no memory for the plan"), ATTN_NO_MEMORY;
	*made = (struct attn_plan){.host = host, .p = *p, .method = method, .threads = host->threads, .process = memset(made + 1, 0, accounts)};
	snprintf(made->about, sizeof made->about, "%d ranks, %s on each", channel->ranks, host_program->local);
	enum attn_status status = ask_plan(made, why, size);
	if (status == ATTN_OK)
		*plan = made;
	else
		host->free(host, made);
	return status;
}

/* Rows of t into contiguous memory, `all` rows for each head from row `first` on; or back. */
static void move_rows(const struct attn_tensor *t, char *memory, int64_t all, int64_t first, int is_back)
{
	size_t e = mpi_bytes(t->dtype), row = (size_t)t->dim[3] * e;
	for (int64_t b = 0; t->data && b < t->dim[0]; b++)
		for (int64_t h = 0; h < t->dim[1]; h++)
			for (int64_t i = 0; i < t->dim[2]; i++) {
				char *at = memory + (size_t)((b * t->dim[1] + h) * all + first + i) * row;
				for (int64_t c = 0; c < (t->stride[3] == 1 ? 1 : t->dim[3]); c++) {
					char *element = attn_at(t, b, h, i, c);
					size_t bytes = t->stride[3] == 1 ? row : e;
					memcpy(is_back ? element : at + (size_t)c * e, is_back ? at + (size_t)c * e : element, bytes);
				}
			}
}

static void hand_over(const struct mpi_request *r, const struct attn_tensors *t)
{
	const struct attn_problem *p = &r->p;
	int64_t keys = mpi_keys(p), past = keys - p->len_kv;
	move_rows(&t->q, channel->arena + r->q, p->len_q, 0, 0);
	if (past > 0) {
		move_rows(&t->past_k, channel->arena + r->k, keys, 0, 0);
		move_rows(&t->past_v, channel->arena + r->v, keys, 0, 0);
	}
	move_rows(&t->k, channel->arena + r->k, keys, past, 0);
	move_rows(&t->v, channel->arena + r->v, keys, past, 0);
	for (int i = 0; i < MPI_EXTRAS; i++)
		mpi_extra_pack(&r->extra[i], mpi_extra_at(t, i), channel->arena + r->extra[i].at);
}

static void take_back(const struct mpi_request *r, const struct attn_tensors *t)
{
	move_rows(&t->out, channel->arena + r->out, r->p.len_q, 0, 1);
	move_rows(&t->logsumexp, channel->arena + r->logsumexp, r->p.len_q, 0, 1);
	move_rows(&t->present_k, channel->arena + r->k, mpi_keys(&r->p), 0, 1);
	move_rows(&t->present_v, channel->arena + r->v, mpi_keys(&r->p), 0, 1);
}

static enum attn_status run(struct attn_plan *plan, const struct attn_tensors *t)
{
	if (mpi_channel_enter(channel))
		return ATTN_FAILED;
	enum attn_status status = ATTN_NO_MEMORY;
	const char *why = too_large;
	if (make_request(&channel->request, plan, t)) {
		struct mpi_request r = channel->request;
		hand_over(&r, t);
		mpi_channel_ask(channel);
		status = channel->reply.status;
		why = channel->reply.why;
		if (status == ATTN_OK)
			take_back(&r, t);
		plan->shared = r.arena_bytes;
		memcpy(plan->process, channel->process, (size_t)channel->ranks * sizeof *plan->process);
	}
	if (status != ATTN_OK)
		fprintf(stderr, "attnbench: %s: %s\n", mpi_methods[plan->method]->name, why);
	mpi_channel_leave(channel);
	return status;
}

static void destroy(struct attn_plan *plan)
{
	enum { LARGE = 1 << 26 };
	if (!plan)
		return;
	if (plan->bytes > LARGE && mpi_channel_enter(channel) == 0) {
		mpi_channel_trim(channel);
		mpi_channel_leave(channel);
	}
	plan->host->free(plan->host, plan);
}

static void account(const struct attn_plan *plan, struct attn_account *a)
{
	a->processes = channel->ranks;
	a->process = plan->process;
	a->shared_bytes = plan->shared;
}

static const char *describe(const struct attn_plan *plan)
{
	return plan->about;
}

/* Those of the local kernel for what it gets. */
static struct attn_numerics numerics(int method, const struct attn_problem *p)
{
	struct attn_problem block = *p;
	block.dtype = mpi_local_dtype(p, mpi_methods[method]);
	return local_kernel()->numerics(&block);
}

/* A table's functions have no context: one set for each method. */
#define METHOD(n)                                                                                                                                  \
	static struct attn_numerics numerics_##n(const struct attn_problem *p) { return numerics(n, p); }                                          \
	static enum attn_status query_##n(const struct attn_problem *p, char *why, size_t size) { return query(n, p, why, size); }                  \
	static enum attn_status plan_##n(const struct attn_problem *p, const struct attn_host *h, struct attn_plan **plan, char *why, size_t size) \
	{                                                                                                                                            \
		return make_plan(n, p, h, plan, why, size);                                                                                          \
	}
METHOD(0)
METHOD(1)
METHOD(2)

enum { METHODS = 3, TILES = 6 };
static struct attn_impl impls[METHODS];
static int64_t tiles[TILES + 1];

/* Lengths around which shares change: the ranks, twice as many (zigzag), and where the local kernel's own tiles meet shares. */
static void set_tiles(const struct attn_impl *local)
{
	int n = 0;
	tiles[n++] = channel->ranks;
	tiles[n++] = 2 * channel->ranks;
	for (int i = 0; n < TILES && local->tiles && local->tiles[i]; i++)
		tiles[n++] = local->tiles[i];
	tiles[n] = 0;
}

const struct attn_impl *const *mpi_rows(void)
{
	static const struct attn_impl *table[METHODS + 1];
	static enum attn_status (*const queries[])(const struct attn_problem *, char *, size_t) = {query_0, query_1, query_2};
	static enum attn_status (*const plans[])(const struct attn_problem *, const struct attn_host *, struct attn_plan **, char *, size_t) = {plan_0, plan_1, plan_2};
	static struct attn_numerics (*const all_numerics[])(const struct attn_problem *) = {numerics_0, numerics_1, numerics_2};
	const struct attn_impl *local = local_kernel();
	if (local)
		set_tiles(local);
	for (int i = 0; i < METHODS && mpi_methods[i]; i++) {
		impls[i] = (struct attn_impl){.abi = ATTN_ABI, .struct_size = sizeof(struct attn_impl), .name = mpi_methods[i]->name, .version = "1",
		                              .summary = mpi_methods[i]->summary, .licence = "Apache-2.0",
		                              .policy = {ATTN_EMPTY_ZERO, .nan_propagates = 1, .thread_invariant = local && local->policy.thread_invariant},
		                              .tiles = tiles, .numerics = all_numerics[i], .query = queries[i], .plan = plans[i], .run = run, .destroy = destroy, .describe = describe, .account = account};
		table[i] = &impls[i];
	}
	return table;
}

int mpi_join(struct mpi_channel *c, const struct mpi_host *host)
{
	channel = c;
	host_program = host;
	while (atomic_load(&c->state) == MPI_STARTING)
		mpi_channel_sleep(&c->state, MPI_STARTING, 1000);
	return atomic_load(&c->state) == MPI_READY ? 0 : -1;
}
