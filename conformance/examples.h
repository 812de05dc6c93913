/* The worked examples of the suite `examples`, for who wants to see them worked out (attnbench explain --example NAME).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_EXAMPLES_H
#define CONFORMANCE_EXAMPLES_H

#include <attnbench/attn.h>

/* NULL beyond the last. */
const char *example_name(size_t i);
const char *example_summary(size_t i); /* one line: what it shows */
const char *example_key(size_t i);

/* Allocates the tensors of the example's problem p and fills the inputs; the caller frees with attn_tensors_free. p may differ from the
 * key in what changes no shape: scale, causal, window, softcap. */
enum attn_status example_inputs(size_t i, const struct attn_problem *p, struct attn_tensors *t);

#endif
