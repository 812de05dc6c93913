/* The command line of sweep.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_SWEEP_OPTIONS_H
#define HARNESS_SWEEP_OPTIONS_H

#include "harness/sweep.h"

/* 0, or an exit status after its message. argp itself ends the program for --help and unknown options. Plugins are loaded. */
int sweep_options_parse(int argc, char **argv, struct sweep_options *o);
void sweep_options_free(struct sweep_options *o);

#endif
