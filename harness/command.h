/* The commands of the program, and how all of them report errors.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_COMMAND_H
#define HARNESS_COMMAND_H

enum { EXIT_OK = 0, EXIT_CHECK_FAILED = 1, EXIT_USAGE = 2, EXIT_ENVIRONMENT = 3 };

/* argv[0] is "attnbench NAME". Returns the exit status. Options go through argp; commands never call exit themselves but
 * by argp (whose status for a wrong command line is EXIT_USAGE). */
int command_list(int argc, char **argv);
int command_check(int argc, char **argv);
int command_run(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_sweep(int argc, char **argv);
int command_report(int argc, char **argv);
int command_merge(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_info(int argc, char **argv);
int command_golden(int argc, char **argv);
int command_new_plugin(int argc, char **argv);

/* "attnbench: MESSAGE\n" on stderr; returns status, so that a command can end with it. */
int command_fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For commands whose --json was given: EXIT_OK, or a message was printed that this build can't (harness/command_json.h prints). */
int command_check_json(int wanted);

/* Path of a data file of the suite ("golden", "report/style.css", "workloads.txt"): from ATTNBENCH_DATA, the source tree
 * when run from the build tree, else where it was installed. The text is static until the next call. */
const char *data_path(const char *relative);
/* Whether the running program is the one in its build tree. */
int in_build_tree(void);

#endif
