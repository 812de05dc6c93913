/* Of the suite rows: tensors whose elements lie more than 2^31 elements apart.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_ROWS_FAR_H
#define CONFORMANCE_ROWS_FAR_H

#include "conformance/suite.h"

void rows_add_far_apart(struct case_list *list);

#endif
