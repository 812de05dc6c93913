/* A plugin with an empty table.
 * SPDX-License-Identifier: Apache-2.0 */
#include <attnbench/attn.h>

ATTN_PLUGIN(NULL);
