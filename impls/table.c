/* The one list of built-in implementations. A new one is one declaration and one line here.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/table.h"

extern const struct attn_impl attn_naive, attn_blocked, attn_blas, attn_onednn, attn_onednn_graph, attn_flash, attn_flash_fast, attn_limits_memcpy, attn_limits_gemms, attn_limits_empty;

const struct attn_impl *const impls_built_in[] = {
#ifdef BUILTIN_NAIVE
	&attn_naive,
#endif
#ifdef BUILTIN_BLOCKED
	&attn_blocked,
#endif
#ifdef BUILTIN_BLAS
	&attn_blas,
#endif
#ifdef BUILTIN_ONEDNN
	&attn_onednn,
#endif
#ifdef BUILTIN_ONEDNN_GRAPH
	&attn_onednn_graph,
#endif
#ifdef BUILTIN_FLASH
	&attn_flash,
	&attn_flash_fast,
#endif
#ifdef BUILTIN_LIMITS
	&attn_limits_memcpy,
	&attn_limits_gemms,
	&attn_limits_empty,
#endif
	NULL};
