/* The table of suites.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/suites.h"

#include <stddef.h>

const struct suite suites[] = {
	{"golden", "stored cases of every feature, from the arbitrary-precision oracle", suite_golden},
	{"examples", "worked examples that can be checked by hand", suite_examples},
	{"edge", "lengths and widths around every tile, extreme scores, empty rows", suite_edge},
	{"needle", "one key carries the answer, at every block border, at long lengths", suite_needle},
	{"property", "laws: problems that must give the same outputs", suite_property},
	{"policy", "what an implementation declares of its manners, against what it does", suite_policy},
	{"memory", "guard pages, poisoned memory, NaN and infinity in hidden keys", suite_memory},
	{"threads", "any number of threads, repeats, two plans at once, batch invariance", suite_threads},
	{"rows", "long sequences, judged by rows", suite_rows},
	{"random", "seeded draws over the whole problem space", suite_random},
	{"onnx", "tests of ONNX's operator Attention: --onnx DIR, or a selection of them", suite_onnx},
	{"real", "Q, K, V captured from a real transformer", suite_real},
	{NULL, NULL, NULL}};
