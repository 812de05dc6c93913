/* Rows that no kernel can beat: timed, never checked.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_LIMITS_LIMITS_H
#define IMPLS_LIMITS_LIMITS_H

#include <attnbench/attn.h>

extern const struct attn_impl attn_limits_memcpy, attn_limits_gemms, attn_limits_empty;

/* No promise: what they compute is no attention. */
struct attn_numerics limits_numerics(const struct attn_problem *p);

#endif
