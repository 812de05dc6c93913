/* Facts about this program, and the variables of the environment that change results.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/commit.h"
#include "harness/command.h"
#include "harness/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_LIBMD
#include <sys/types.h>
#include <sha256.h>
#endif

extern char **environ;

/* The checksum of the goldens' own list of checksums stands for them all. */
static void add_golden(struct fact_list *list)
{
#ifdef HAVE_LIBMD
	char digest[SHA256_DIGEST_STRING_LENGTH] = "";
	char path[4096];
	snprintf(path, sizeof path, "%s", data_path("conformance/golden/SHA256SUMS"));
	fact_add(list, "attnbench", "golden_sha256", SHA256File(path, digest));
#else
	fact_add(list, "attnbench", "golden_sha256", "not available: no libmd");
#endif
}

void facts_of_build(struct fact_list *list)
{
	fact_add(list, "attnbench", "version", PACKAGE_VERSION);
	fact_add(list, "attnbench", "commit", ATTN_COMMIT);
	fact_add(list, "attnbench", "configure", *ATTN_CONFIGURE_ARGS ? ATTN_CONFIGURE_ARGS : "no arguments");
	fact_add(list, "attnbench", "compiler", ATTN_CC " " __VERSION__);
	fact_add(list, "attnbench", "cflags", ATTN_BUILD_CFLAGS);
#ifdef __OPTIMIZE__
	fact_add(list, "attnbench", "optimised", "yes");
#else
	fact_add(list, "attnbench", "optimised", "no");
#endif
#ifdef ATTN_SANITIZERS
	fact_add(list, "attnbench", "sanitizers", ATTN_SANITIZERS);
#else
	fact_add(list, "attnbench", "sanitizers", "none");
#endif
	add_golden(list);
}

/* Said even where they are not set. */
static const char *const always[] = {"OMP_NUM_THREADS", "OMP_PROC_BIND", "OMP_PLACES", "OMP_WAIT_POLICY", "OPENBLAS_NUM_THREADS", "OPENBLAS_CORETYPE",
	"ONEDNN_MAX_CPU_ISA", "MKL_NUM_THREADS", "ATTNBENCH_ISA", "ATTNBENCH_PLUGIN_PATH", "LD_PRELOAD", "LD_LIBRARY_PATH", "MALLOC_ARENA_MAX", "GLIBC_TUNABLES", NULL};
static const char *const families[] = {"OMP_", "GOMP_", "KMP_", "LIBOMP_", "OPENBLAS_", "DNNL_", "ONEDNN_", "MKL_", "BLIS_", "GOTO_", "ATTNBENCH_", "MALLOC_", "TBB_", NULL};

static int is_in(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(name, *names))
			return 1;
	return 0;
}

void facts_of_environment(struct fact_list *list)
{
	for (size_t i = 0; always[i]; i++)
		fact_add(list, "environment", always[i], getenv(always[i]) ? getenv(always[i]) : "not set");
	for (char **variable = environ; *variable; variable++) {
		char name[40];
		size_t n = strcspn(*variable, "=");
		snprintf(name, sizeof name, "%.*s", (int)n, *variable);
		for (size_t k = 0; families[k]; k++)
			if (!strncmp(name, families[k], strlen(families[k])) && !is_in(name, always))
				fact_add(list, "environment", name, *variable + n + ((*variable)[n] == '='));
	}
}
