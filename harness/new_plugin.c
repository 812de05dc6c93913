/* attnbench new-plugin: a copy of examples/simple under another name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/command.h"
#include "harness/command_json.h"
#include "harness/registry.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_NAME = 32, MOST_PATH = 4096, MOST_TEMPLATE = 1 << 20 };

/* The word that stands for the plugin's name, in file names and in what they hold. */
static const char placeholder[] = "simple";
static const char *const templates[] = {"simple.c", "Makefile", "README.md"};
enum { TEMPLATES = sizeof templates / sizeof *templates };

struct new_plugin {
	const char *name, *folder;
	int json;
};

enum { KEY_DIR = 0x2000, KEY_JSON };
static const struct argp_option options[] = {
	{"dir", KEY_DIR, "DIR", 0, "the folder to make [NAME]", 0},
	{"json", KEY_JSON, NULL, 0, "say as JSON what was written: name, folder, files, next", 0},
	{0}};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct new_plugin *n = state->input;
	switch (key) {
	case KEY_DIR:
		n->folder = text;
		return 0;
	case KEY_JSON:
		n->json = 1;
		return 0;
	case ARGP_KEY_ARG:
		if (n->name)
			argp_error(state, "unexpected argument \"%s\": expected one NAME", text);
		n->name = text;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no name: expected one, of a-z 0-9 _");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The name becomes part of C identifiers and of file names. */
static int check_name(const char *name)
{
	size_t n = strlen(name);
	if (n < 1 || n > MOST_NAME || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != n || *name < 'a')
		return command_fail(EXIT_USAGE, "the name is \"%s\": expected 1 to %d of a-z 0-9 _, a letter first", name, MOST_NAME);
	if (registry_find(name))
		return command_fail(EXIT_USAGE, "the name is \"%s\": there is an implementation of that name", name);
	return EXIT_OK;
}

static void put_named(FILE *f, const char *text, const char *name)
{
	for (const char *at; (at = strstr(text, placeholder)); text = at + strlen(placeholder))
		fprintf(f, "%.*s%s", (int)(at - text), text, name);
	fputs(text, f);
}

/* The whole of a template; NULL after a message. */
static char *read_template(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = f ? calloc(1, MOST_TEMPLATE) : NULL;
	size_t n = text ? fread(text, 1, MOST_TEMPLATE - 1, f) : 0;
	if (n == 0) {
		command_fail(EXIT_ENVIRONMENT, "%s: can't be read: %s: expected a template of the installation (ATTNBENCH_DATA)", path, strerror(errno));
		free(text);
		text = NULL;
	}
	if (f)
		fclose(f);
	return text;
}

static void named_path(char path[MOST_PATH], const char *folder, const char *template, const char *name)
{
	int is_source = !strncmp(template, placeholder, strlen(placeholder));
	snprintf(path, MOST_PATH, "%s/%s%s", folder, is_source ? name : "", is_source ? template + strlen(placeholder) : template);
}

static int write_file(const char *folder, const char *template, const char *name)
{
	char relative[64], path[MOST_PATH];
	snprintf(relative, sizeof relative, "examples/%s/%s", placeholder, template);
	char *text = read_template(data_path(relative));
	if (!text)
		return EXIT_ENVIRONMENT;
	named_path(path, folder, template, name);
	FILE *f = fopen(path, "w");
	if (f)
		put_named(f, text, name);
	free(text);
	int failed = !f || ferror(f), error = errno;
	if (f && fclose(f))
		failed = 1, error = errno;
	return failed ? command_fail(EXIT_ENVIRONMENT, "%s: can't be written: %s", path, strerror(error)) : EXIT_OK;
}

/* Takes back a folder that did not become whole. */
static void remove_folder(const char *folder, const char *name)
{
	for (int i = 0; i < TEMPLATES; i++) {
		char path[MOST_PATH];
		named_path(path, folder, templates[i], name);
		unlink(path);
	}
	rmdir(folder);
}

#ifdef HAVE_JANSSON
static int print_json(const char *folder, const char *name)
{
	char path[MOST_PATH];
	json_t *files = json_array(), *next = command_json_text(folder);
	for (int i = 0; i < TEMPLATES; i++) {
		named_path(path, folder, templates[i], name);
		json_array_append_new(files, command_json_text(path));
	}
	json_t *all = json_pack("{ss so so}", "name", name, "folder", next, "files", files);
	json_object_set_new(all, "next", json_sprintf("cd %s && make check", json_string_value(next)));
	return command_print_json(all);
}
#else
static int print_json(const char *folder, const char *name) { return (void)folder, (void)name, EXIT_ENVIRONMENT; }
#endif

int command_new_plugin(int argc, char **argv)
{
	static const struct argp argp = {options, parse, "NAME",
	                                 "Write a working out-of-tree plugin: NAME.c, a correct simple attention to start from; a Makefile that needs attnbench.pc alone; a README.", NULL,
	                                 NULL, NULL};
	struct new_plugin n = {NULL, NULL, 0};
	argp_parse(&argp, argc, argv, 0, NULL, &n);
	int status = check_name(n.name);
	if (!status)
		status = command_check_json(n.json);
	if (status)
		return status;
	const char *folder = n.folder ? n.folder : n.name;
	if (mkdir(folder, 0777))
		return command_fail(EXIT_ENVIRONMENT, "folder %s: can't be made: %s: expected a name that is free", folder, strerror(errno));
	for (int i = 0; !status && i < TEMPLATES; i++)
		status = write_file(folder, templates[i], n.name);
	if (status) {
		remove_folder(folder, n.name);
		return status;
	}
	if (n.json)
		return print_json(folder, n.name);
	printf("%s: a plugin that works. Next: cd %s && make check\n", folder, folder);
	return EXIT_OK;
}
