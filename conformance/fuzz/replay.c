/* Gives a fuzz target every file of its corpus, as TAP: what make fuzz found once is tried at every make check, by any
 * compiler. The corpus is FUZZ_CORPUS below $top_srcdir.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { LARGEST = 1 << 20 };

static int is_visible(const struct dirent *entry) { return entry->d_name[0] != '.'; }

static int replay(const char *path)
{
	uint8_t *bytes = malloc(LARGEST);
	FILE *f = fopen(path, "rb");
	int opened = bytes && f;
	if (opened)
		LLVMFuzzerTestOneInput(bytes, fread(bytes, 1, LARGEST, f));
	if (f)
		fclose(f);
	free(bytes);
	return opened;
}

int main(void)
{
	const char *source = getenv("top_srcdir");
	char folder[2048], path[4096];
	struct dirent **names;
	snprintf(folder, sizeof folder, "%s/%s", source ? source : ".", FUZZ_CORPUS);
	int n = scandir(folder, &names, is_visible, alphasort), failed = n < 1;
	printf("1..%d\n", n < 1 ? 1 : n);
	if (failed)
		printf("not ok 1 - %s holds files\n", folder);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
		int opened = replay(path);
		printf("%sok %d - %s\n", opened ? "" : "not ", i + 1, names[i]->d_name);
		fflush(stdout);
		failed |= !opened;
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return failed;
}
