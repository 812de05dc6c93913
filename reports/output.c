/* Files that appear together or not at all: each is written beside its place, then all are renamed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/output.h"
#include "harness/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int output_add(struct output *o, const char *name, char *data)
{
	struct output_file *files = data ? realloc(o->files, (o->count + 1) * sizeof *files) : NULL;
	char *copy = files ? strdup(name) : NULL;
	if (files)
		o->files = files;
	if (!copy)
		return free(data), -1;
	o->files[o->count++] = (struct output_file){copy, data, NULL};
	return 0;
}

static char *join(const char *folder, const char *name, const char *end)
{
	char *path = NULL;
	return asprintf(&path, "%s/%s%s", folder, name, end) < 0 ? NULL : path;
}

/* Every folder on the way to a file's path. */
static int make_folders(const struct output *o, char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		int bad = *path && mkdir(path, 0777) && errno != EEXIST;
		if (bad)
			return command_fail(EXIT_ENVIRONMENT, "--%s: %s: cannot make this folder: %s", o->option, path, strerror(errno));
		*slash = '/';
	}
	return 0;
}

static int write_all(int fd, const char *data)
{
	size_t left = strlen(data);
	while (left) {
		ssize_t n = write(fd, data, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n, left -= (size_t)n;
	}
	return 0;
}

/* A folder in a file's place would stop the renaming half way. */
static int check_place(const struct output *o, const struct output_file *f)
{
	struct stat there;
	char *path = join(o->folder, f->name, "");
	int in_the_way = path && !stat(path, &there) && S_ISDIR(there.st_mode);
	free(path);
	return in_the_way ? command_fail(EXIT_ENVIRONMENT, "--%s: %s/%s: cannot be replaced: it is a folder", o->option, o->folder, f->name) : 0;
}

/* A temporary beside the file's place that has its content. */
static int write_beside(const struct output *o, struct output_file *f)
{
	char *path = join(o->folder, f->name, ".XXXXXX");
	if (!path)
		return command_fail(EXIT_ENVIRONMENT, "no memory for the name of a file");
	int status = make_folders(o, path);
	if (status)
		return free(path), status;
	int fd = mkstemp(path);
	if (fd < 0) {
		status = command_fail(EXIT_ENVIRONMENT, "--%s: %s/%s: cannot be written: %s", o->option, o->folder, f->name, strerror(errno));
		return free(path), status;
	}
	f->temporary = path;
	mode_t mask = umask(0);
	umask(mask);
	int bad = write_all(fd, f->data) || fchmod(fd, 0666 & ~mask);
	if (close(fd) || bad)
		return command_fail(EXIT_ENVIRONMENT, "--%s: %s/%s: cannot be written: %s", o->option, o->folder, f->name, strerror(errno));
	return 0;
}

static int move_into_place(const struct output *o, struct output_file *f)
{
	char *path = join(o->folder, f->name, "");
	int status = !path                       ? command_fail(EXIT_ENVIRONMENT, "no memory for the name of a file")
	             : rename(f->temporary, path) ? command_fail(EXIT_ENVIRONMENT, "--%s: %s: cannot be replaced: %s", o->option, path, strerror(errno))
	                                          : 0;
	free(path);
	if (!status) {
		free(f->temporary);
		f->temporary = NULL;
	}
	return status;
}

int output_write(struct output *o)
{
	int status = 0;
	for (size_t i = 0; i < o->count && !status; i++)
		status = check_place(o, &o->files[i]);
	for (size_t i = 0; i < o->count && !status; i++)
		status = write_beside(o, &o->files[i]);
	for (size_t i = 0; i < o->count && !status; i++)
		status = move_into_place(o, &o->files[i]);
	for (size_t i = 0; i < o->count; i++)
		if (o->files[i].temporary)
			unlink(o->files[i].temporary);
	return status;
}

void output_free(struct output *o)
{
	for (size_t i = 0; i < o->count; i++) {
		free(o->files[i].name);
		free(o->files[i].data);
		free(o->files[i].temporary);
	}
	free(o->files);
}
