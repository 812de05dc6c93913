/* The one list of built-in implementations. A new one is one declaration and one line here.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/table.h"

extern const struct attn_impl attn_naive;
extern const struct attn_impl attn_flash;

const struct attn_impl *const impls_built_in[] = {
#ifdef BUILTIN_NAIVE
	&attn_naive,
#endif
#ifdef BUILTIN_FLASH
	&attn_flash,
#endif
	NULL};
