/* Parts of the suite edge.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_SUITE_EDGE_H
#define CONFORMANCE_SUITE_EDGE_H

#include "conformance/suite.h"

/* Rows that see one key, none, or only finite sentinels. lengths: tiles to go round, ended by 0. */
void suite_edge_keys(struct case_list *list, const int64_t *lengths);

#endif
