/* The functions that list the cases of each suite, one file each (suite_NAME.c).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_SUITES_H
#define CONFORMANCE_SUITES_H

#include "conformance/suite.h"

void suite_golden(struct case_list *list, const struct suite_options *options);
void suite_examples(struct case_list *list, const struct suite_options *options);
void suite_edge(struct case_list *list, const struct suite_options *options);
void suite_needle(struct case_list *list, const struct suite_options *options);
void suite_memory(struct case_list *list, const struct suite_options *options);
void suite_threads(struct case_list *list, const struct suite_options *options);
void suite_rows(struct case_list *list, const struct suite_options *options);
void suite_property(struct case_list *list, const struct suite_options *options);
void suite_policy(struct case_list *list, const struct suite_options *options);
void suite_random(struct case_list *list, const struct suite_options *options);
void suite_onnx(struct case_list *list, const struct suite_options *options);
void suite_real(struct case_list *list, const struct suite_options *options);

#endif
