/* A plugin built with an attn.h of another ABI.
 * SPDX-License-Identifier: Apache-2.0 */
#include "conformance/plugins/broken.h"

static const struct attn_impl impl = BROKEN(ATTN_ABI + 41, "other-abi", broken_query, broken_plan, broken_run);
ATTN_PLUGIN(&impl);
