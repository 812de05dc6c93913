/* The implementations that are built in.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_TABLE_H
#define IMPLS_TABLE_H
#include <attnbench/attn.h>
extern const struct attn_impl *const impls_built_in[]; /* ended by NULL */
#endif
