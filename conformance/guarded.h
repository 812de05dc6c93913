/* Tensors whose memory ends right before, or begins right after, a page that may not be touched, or is aligned to one
 * element and no more.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_GUARDED_H
#define CONFORMANCE_GUARDED_H

#include <attnbench/attn.h>

enum guarded_side { GUARDED_END, GUARDED_BEGIN, GUARDED_UNALIGNED };

/* Moves every tensor of t into guarded memory of its own, contents and strides kept; the old memory is freed. 0: no memory.
 * The memory stays until the process ends. */
int guarded_move(struct attn_tensors *t, enum guarded_side side);

#endif
