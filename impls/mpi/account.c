/* What this rank takes for a job, as it counts it itself and as the system sees it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "harness/memory.h"
#include "impls/mpi/extras.h"
#include "impls/mpi/serve.h"

#include <malloc.h>

/* What earlier jobs left behind would hide what this one takes: freed memory goes back to the system, and rank 0 meets the arena's pages anew. */
static void clear(struct mpi_channel *channel)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
	if (channel)
		mpi_channel_unmap(channel);
}

void mpi_gauge_begin(struct mpi_gauge *g, struct mpi_channel *channel)
{
	clear(channel);
	*g = (struct mpi_gauge){.taken = SIZE_MAX};
	if (memory_reset_peak() == 0)
		g->peak = memory_peak(), g->files = memory_of_files(), g->shared = memory_shared();
}

static size_t less(size_t a, size_t b) { return a > b ? a - b : 0; }

/* The arena is the harness's, what else is shared with other processes MPI's. */
void mpi_gauge_read(struct mpi_gauge *g, size_t arena)
{
	if (g->is_read || !g->peak)
		return;
	size_t shared = less(memory_shared(), g->shared);
	g->taken = less(memory_peak(), g->peak + less(memory_of_files(), g->files) + shared);
	g->transport = less(shared, arena);
	g->is_read = 1;
}

struct attn_process mpi_account(const struct mpi_job *job, const struct mpi_request *r, const struct mpi_gauge *g)
{
	struct attn_process mine = {.peak_bytes = g->taken, .transport_bytes = g->transport};
	double extras = 0;
	if (!job)
		return mine;
	for (int i = 0; i < MPI_EXTRAS; i++)
		extras += (double)mpi_extra_bytes(&r->extra[i]);
	mine.announced_bytes = sizeof *job + job->bytes + mpi_extras_bytes(&job->extras);
	mine.sent_bytes = job->traffic.sent_bytes + (job->rank ? 0 : extras * (job->ranks - 1));
	mine.received_bytes = job->traffic.received_bytes + (job->rank ? extras : 0);
	mine.analytic_bytes = job->wire_bytes + mpi_handed_bytes(job) + (job->rank ? extras : 0);
	return mine;
}
