/* Ranks with different programs, plugins or local kernels would compute something else than what is asked, or talk past each other.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/mpi/serve.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct presented {
	struct mpi_identity id;
	char node[MPI_MAX_PROCESSOR_NAME];
};

static int differ_in_text(const struct presented *p, int rank, const char *what, const char *found, const char *expected)
{
	if (!strcmp(found, expected))
		return 0;
	fprintf(stderr, "attnbench: rank %d (%s): its %s is \"%s\": expected \"%s\", as on rank 0\n", rank, p->node, what, found, expected);
	return 1;
}

static int differ_in_sum(const struct presented *p, int rank, const char *what, uint64_t found, uint64_t expected)
{
	if (found == expected)
		return 0;
	fprintf(stderr, "attnbench: rank %d (%s): %s: sum %016" PRIx64 ", expected %016" PRIx64 ", as on rank 0\n", rank, p->node, what, found, expected);
	return 1;
}

/* The first difference of a rank is told; those after it follow from it as often as not. */
static int differs(const struct presented *p, int rank, const struct presented *first)
{
	return differ_in_sum(p, rank, "the ABI of its attn.h is another", p->id.abi, first->id.abi) || differ_in_text(p, rank, "program", p->id.program, first->id.program) ||
	       differ_in_sum(p, rank, "its program's file is another", p->id.binary, first->id.binary) ||
	       differ_in_sum(p, rank, "its implementations or plugins are others", p->id.table, first->id.table) ||
	       differ_in_text(p, rank, "local kernel", p->id.local, first->id.local);
}

int mpi_meet(const struct mpi_host *host)
{
	struct presented mine = {.id = host->identity}, *all;
	int rank, ranks, length, status = 0;
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &ranks);
	if (ranks > MPI_MOST_RANKS) {
		if (rank == 0)
			fprintf(stderr, "attnbench: there are %d ranks: expected at most %d\n", ranks, MPI_MOST_RANKS);
		return 3;
	}
	MPI_Get_processor_name(mine.node, &length);
	all = calloc((size_t)ranks, sizeof *all);
	if (!all)
		MPI_Abort(MPI_COMM_WORLD, 3);
	MPI_Allgather(&mine, (int)sizeof mine, MPI_BYTE, all, (int)sizeof mine, MPI_BYTE, MPI_COMM_WORLD);
	for (int r = 1; rank == 0 && r < ranks; r++)
		if (differs(&all[r], r, &all[0]))
			status = 3;
	free(all);
	if (rank == 0 && !status && !host->find(host->local)) {
		fprintf(stderr, "attnbench: the local kernel is \"%s\": expected the name of an implementation (attnbench list impls)\n", host->local);
		status = 3;
	}
	MPI_Bcast(&status, 1, MPI_INT, 0, MPI_COMM_WORLD);
	return status;
}
