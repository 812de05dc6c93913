/* The table of suites.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/suites.h"

#include <stddef.h>

const struct suite suites[] = {
	{"golden", "stored cases of every feature, from the arbitrary-precision oracle", suite_golden, 0},
	{"examples", "worked examples that can be checked by hand", suite_examples, 0},
	{"edge", "lengths and widths around every tile, extreme scores, empty rows", suite_edge, 0},
	{"needle", "one key carries the answer, at every block border, at long lengths", suite_needle, 0},
	{"property", "laws: problems that must give the same outputs", suite_property, 0},
	{"policy", "what an implementation declares of its manners, against what it does", suite_policy, 0},
	{"memory", "guard pages, poisoned memory, NaN and infinity in hidden keys", suite_memory, 0},
	{"threads", "any number of threads, repeats, two plans at once, batch invariance", suite_threads, 0},
	{"rows", "long sequences, judged by rows", suite_rows, 0},
	{"random", "seeded draws over the whole problem space", suite_random, 1},
	{"onnx", "tests of ONNX's operator Attention: --onnx DIR, or a selection of them", suite_onnx, 0},
	{"real", "Q, K, V captured from a real transformer", suite_real, 0},
	{NULL, NULL, NULL, 0}};
