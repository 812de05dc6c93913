/* The parts of the suite property that have files of their own; each adds its cases.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_PROPERTY_H
#define CONFORMANCE_PROPERTY_H

#include "conformance/suite.h"

void property_add_plans(struct case_list *list);    /* one plan, other inputs */
void property_add_views(struct case_list *list);    /* tensors that are parts of larger ones */
void property_add_twists(struct case_list *list);   /* inputs with one thing changed: lengths, sinks, masks of one key */
void property_add_broadcast(struct case_list *list); /* masks of every shape */
void property_add_merge(struct case_list *list);    /* halves merged by their logsumexp */
void property_add_values(struct case_list *list);   /* what the output is in the values: linear, convex */
void property_add_families(struct case_list *list); /* inputs that see faults of arithmetic */

#endif
