/* The harness's side of the channel: see door.h for what each does.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MPI_ROWS_H
#define MPI_ROWS_H
#include "impls/mpi/door.h"
const struct attn_impl *const *mpi_rows(void);
int mpi_join(struct mpi_channel *channel, const struct mpi_host *host);
#endif
