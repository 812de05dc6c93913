/* Loads the MPI module under mpirun, and only there: it is a matter of milliseconds and of libraries that no other command needs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/ranks.h"
#include "harness/command.h"
#include "harness/registry.h"
#include "impls/mpi/door.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

const char *const ranks_row_names[] = {"ring", "ulysses", "split-kv", NULL};

static const struct mpi_door *door; /* NULL: not under mpirun */

/* The rank by what starters of MPI programs set, before MPI itself may be asked: Open MPI, PMIx, MPICH; -1: none did. */
static int rank_of_process(void)
{
	static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", NULL};
	for (int i = 0; names[i]; i++)
		if (getenv(names[i]) && *getenv(names[i]))
			return atoi(getenv(names[i]));
	return -1;
}

static uint64_t sum_text(uint64_t sum, const char *text)
{
	for (; *text; text++)
		sum = (sum ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return sum;
}

/* FNV-1a: tells files apart that differ by accident. */
static uint64_t sum_file(uint64_t sum, const char *path)
{
	unsigned char block[65536];
	FILE *f = fopen(path, "rb");
	size_t n;
	while (f && (n = fread(block, 1, sizeof block, f)) > 0)
		for (size_t i = 0; i < n; i++)
			sum = (sum ^ block[i]) * UINT64_C(0x100000001b3);
	if (f)
		fclose(f);
	return sum;
}

static const char *module_path(void)
{
	return in_build_tree() ? ATTN_BUILDDIR "/impls/mpi/.libs/attn_mpi.so" : ATTN_PLUGINDIR "/mpi/attn_mpi.so";
}

/* Names, versions, and files where they come from one. */
static uint64_t sum_table(void)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < registry_count(); i++) {
		const struct registry_entry *e = registry_at(i);
		if (!e->impl)
			continue;
		sum = sum_text(sum_text(sum, e->name), e->impl->version ? e->impl->version : "");
		if (strcmp(e->origin, "built in"))
			sum = sum_file(sum, e->origin);
	}
	return sum;
}

/* --local NAME is of all commands and known to none: it goes. */
static const char *take_local(int *argc, char **argv)
{
	const char *local = getenv("ATTNBENCH_MPI_LOCAL");
	int kept = 1;
	for (int i = 1; i < *argc; i++)
		if (!strncmp(argv[i], "--local=", 8))
			local = argv[i] + 8;
		else if (!strcmp(argv[i], "--local") && i + 1 < *argc)
			local = argv[++i];
		else
			argv[kept++] = argv[i];
	argv[kept] = NULL;
	*argc = kept;
	return local && *local ? local : "flash";
}

/* A rank that serves parses no options, but needs the same plugins. */
static int load_plugins(int argc, char **argv)
{
	char why[4608];
	for (int i = 1; i < argc; i++) {
		const char *path = !strncmp(argv[i], "--plugin=", 9) ? argv[i] + 9 : !strcmp(argv[i], "--plugin") && i + 1 < argc ? argv[i + 1] : NULL;
		if (path && registry_load(path, why, sizeof why) != ATTN_OK)
			return command_fail(EXIT_ENVIRONMENT, "%s", why);
	}
	return EXIT_OK;
}

static void fill_host(struct mpi_host *host, const char *local)
{
	const char *seconds = getenv("ATTNBENCH_MPI_TIMEOUT");
	*host = (struct mpi_host){.find = registry_find, .local = local, .seconds = seconds && atof(seconds) > 0 ? atof(seconds) : 300};
	snprintf(host->identity.program, sizeof host->identity.program, "%s", PACKAGE_STRING);
	snprintf(host->identity.local, sizeof host->identity.local, "%s", local);
	host->identity.abi = ATTN_ABI;
	host->identity.binary = sum_file(sum_file(UINT64_C(0xcbf29ce484222325), "/proc/self/exe"), module_path());
	host->identity.table = sum_table();
}

static int serve(struct mpi_channel *channel, pid_t harness, int argc, char **argv, const char *local)
{
	static struct mpi_host host;
	registry_init();
	int status = load_plugins(argc, argv);
	fill_host(&host, local);
	if (status && harness > 0)
		kill(harness, SIGKILL);
	return status ? status : door->serve(channel, harness, &host);
}

static void on_end(int signal_number)
{
	static const char text[] = "attnbench: stopped: the ranks of mpirun are gone\n";
	(void)signal_number;
	_exit(write(STDERR_FILENO, text, sizeof text - 1) > 0 ? EXIT_ENVIRONMENT : EXIT_ENVIRONMENT);
}

/* The harness is a process group of its own, so that what ends the ranks leaves it the time to say so. */
static int become_harness(struct mpi_channel *channel, const char *local)
{
	static struct mpi_host host;
	struct sigaction action = {.sa_handler = on_end};
	setpgid(0, 0);
	sigaction(SIGINT, &action, NULL);
	prctl(PR_SET_PDEATHSIG, SIGINT);
	setenv("OMP_PROC_BIND", "false", 0); /* else sweep would start itself anew to have its threads bound, and lose the engine */
	host = (struct mpi_host){.find = registry_find, .local = local};
	return door->join(channel, &host);
}

static const struct mpi_door *open_door(char *why, size_t size)
{
#ifdef HAVE_MPI
	const char *path = module_path();
	void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL); /* Open MPI's own modules look for its symbols */
	const struct mpi_door *d = library ? dlsym(library, "attn_mpi_door") : NULL;
	if (d && d->size == sizeof *d)
		return d;
	snprintf(why, size, "%s: %s", path, library ? "it is of another version" : dlerror());
#else
	snprintf(why, size, "this build has no MPI: " WHY_MPI);
#endif
	return NULL;
}

int ranks_enter(int *argc, char **argv, int *status)
{
	char why[512];
	int rank = rank_of_process();
	struct mpi_channel *channel = NULL;
	pid_t harness = 0;
	if (rank < 0)
		return 0;
	*status = EXIT_ENVIRONMENT;
	if (!(door = open_door(why, sizeof why)))
		return command_fail(EXIT_ENVIRONMENT, "started under mpirun, but %s", why), 1;
	const char *local = take_local(argc, argv);
	if (rank == 0) {
		if (!(channel = door->open()))
			return command_fail(EXIT_ENVIRONMENT, "no memory that the harness and rank 0 share"), 1;
		fflush(NULL);
		if ((harness = fork()) < 0)
			return command_fail(EXIT_ENVIRONMENT, "the harness could not be started beside rank 0"), 1;
		if (harness == 0)
			return become_harness(channel, local) != 0;
	}
	*status = serve(channel, harness, *argc, argv, local);
	return 1;
}

const struct attn_impl *const *ranks_rows(const char **why)
{
#ifdef HAVE_MPI
	*why = "start the command under mpirun (docs/cluster.md)";
#else
	*why = "not built: " WHY_MPI;
#endif
	return door ? door->rows() : NULL;
}
