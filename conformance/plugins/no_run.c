/* A plugin whose implementation lacks a function.
 * SPDX-License-Identifier: Apache-2.0 */
#include "conformance/plugins/broken.h"

static const struct attn_impl impl = BROKEN(ATTN_ABI, "no-run", broken_query, broken_plan, NULL);
ATTN_PLUGIN(&impl);
