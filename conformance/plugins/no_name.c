/* A plugin whose implementation has a name that no key or file could hold.
 * SPDX-License-Identifier: Apache-2.0 */
#include "conformance/plugins/broken.h"

static const struct attn_impl impl = BROKEN(ATTN_ABI, "My Kernel!", broken_query, broken_plan, broken_run);
ATTN_PLUGIN(&impl);
