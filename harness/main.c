/* attnbench COMMAND: picks the command.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/command.h"
#include "harness/ranks.h"
#include "harness/registry.h"
#include "impls/isa.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command {
	const char *name, *summary;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"golden", "the stored cases: verify them, or make them anew", command_golden},
	{"check", "conformance of implementations, as TAP or JSON", command_check},
	{"list", "what there is: implementations, suites, workloads, features", command_list},
	{"new-plugin", "write a working plugin to start from", command_new_plugin},
	{"run", "your own tensors through one implementation", command_run},
	{"explain", "attention step by step, and where two implementations part ways", command_explain},
	{"sweep", "time implementations over many problems, and measure their memory", command_sweep},
	{"info", "the machine, the libraries, measured roofs", command_info},
	{"compare", "regressions between two result sets, with statistics", command_compare},
	{"merge", "join the shards of a sweep", command_merge},
	{"report", "result sets and checks as HTML, Markdown and CSV", command_report},
	{NULL, NULL, NULL}};

/* --python VENV, wherever it stands: it has to be known before plugins are read. Returns what is left of argc; -1: it has no value. */
static int take_python(int argc, char **argv)
{
	static const char option[] = "--python";
	int kept = 1;
	for (int i = 1; i < argc; i++) {
		size_t n = strlen(option);
		if (strncmp(argv[i], option, n) || (argv[i][n] && argv[i][n] != '=')) {
			argv[kept++] = argv[i];
			continue;
		}
		const char *value = argv[i][n] ? argv[i] + n + 1 : i + 1 < argc ? argv[++i] : "";
		if (!*value)
			return -1;
		setenv("ATTNBENCH_PYTHON", value, 1);
	}
	argv[kept] = NULL;
	return kept;
}

static void print_help(void)
{
	puts("Usage: attnbench COMMAND [OPTION]...\n"
	     "Benchmark and conformance suite for attention.\n");
	for (const struct command *c = commands; c->name; c++)
		printf("  %-12s %s\n", c->name, c->summary);
	puts("\n  --python VENV  whose packages implementations in Python use, with every command\n"
	     "               (default: ATTNBENCH_PYTHON, else the venv of make peers)\n"
	     "  --help       show this, or a command's help after COMMAND\n"
	     "  --version    show the version\n"
	     "\n"
	     "Exit status: 0 all is well; 1 a check failed or a regression was found; 2 the command\n"
	     "line is wrong; 3 the environment does not let it run (file missing, no memory).");
}

/* ATTNBENCH_ISA is a cap, empty or not set: a misspelt one would be none, unseen. */
static int has_known_cap(void)
{
	const char *cap = getenv("ATTNBENCH_ISA");
	return !cap || !*cap || isa_named(cap) >= 0;
}

int main(int argc, char **argv)
{
	char name[64];
	int status;
	argp_err_exit_status = EXIT_USAGE;
	argp_program_version = PACKAGE_STRING;
	argc = take_python(argc, argv);
	if (argc < 0)
		return command_fail(EXIT_USAGE, "option --python has no value: expected the folder of a venv, or the Python interpreter in it");
	if (argc < 2)
		return command_fail(EXIT_USAGE, "no command: expected one of those that attnbench --help lists");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))
		return print_help(), EXIT_OK;
	if (!strcmp(argv[1], "--version"))
		return puts(PACKAGE_STRING), EXIT_OK;
	if (!has_known_cap())
		return command_fail(EXIT_USAGE, "ATTNBENCH_ISA is \"%s\": expected scalar, avx2, avx512 or avx512-bf16", getenv("ATTNBENCH_ISA"));
	for (const struct command *c = commands; c->name; c++)
		if (!strcmp(argv[1], c->name)) {
			if (ranks_enter(&argc, argv, &status))
				return status;
			snprintf(name, sizeof name, "attnbench %s", c->name);
			argv[1] = name;
			registry_init();
			return c->run(argc - 1, argv + 1);
		}
	return command_fail(EXIT_USAGE, "unknown command \"%s\": expected one of those that attnbench --help lists", argv[1]);
}
