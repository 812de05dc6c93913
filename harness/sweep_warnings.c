/* Conditions under which times mean less.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sweep_set.h"

#include <stdio.h>
#include <string.h>

static void __attribute__((format(printf, 2, 3))) warn(json_t *all, const char *format, ...)
{
	char line[256];
	__builtin_va_list arguments;
	__builtin_va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	__builtin_va_end(arguments);
	json_array_append_new(all, json_string(line));
}

json_t *set_warnings(const struct sweep *s, const struct machine_load *after)
{
	json_t *all = json_array();
	const char *governor = fact_find(&s->facts, "machine", "governor"), *sanitizers = fact_find(&s->facts, "attnbench", "sanitizers"),
	           *optimised = fact_find(&s->facts, "attnbench", "optimised");
	int cpus = machine_cpus();
	double steal = machine_steal_percent(&s->before, after), others = machine_others_percent(&s->before, after);

	if (s->before.average[0] > 0.2 * cpus)
		warn(all, "load average %.1f on %d processor%s before the run: other work disturbed it", s->before.average[0], cpus, cpus == 1 ? "" : "s");
	if (others > 5)
		warn(all, "other programs worked %.0f %% of the processors' time during the run", others);
	if (steal > 1)
		warn(all, "the hypervisor gave %.1f %% of the processors' time to others (steal)", steal);
	if (governor && !strcmp(governor, "powersave"))
		warn(all, "the frequency governor is powersave");
	if (sanitizers && strcmp(sanitizers, "none"))
		warn(all, "built with sanitizers (%s): the times mean nothing", sanitizers);
	if (optimised && strcmp(optimised, "yes"))
		warn(all, "built without optimisation: a debug build's times mean nothing");
	for (size_t i = 0; i < s->options.threads.n; i++)
		if (s->options.threads.values[i] > cpus)
			warn(all, "%d threads on %d processor%s", (int)s->options.threads.values[i], cpus, cpus == 1 ? "" : "s");
	return all;
}
