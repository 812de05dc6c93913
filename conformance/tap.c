/* TAP 14 with YAML diagnostics.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/tap.h"
#include "conformance/tap_text.h"
#include "harness/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tap_begin(size_t points)
{
	puts(getenv("HARNESS_ACTIVE") ? "TAP version 13" : "TAP version 14");
	printf("1..%zu\n", points);
}

static void print_judgement(const struct judge_result *r)
{
	printf("      ratio: %.4g\n      ratio_worst_case: %.4g\n      ulp: %.4g\n      elements: %lld\n", r->ratio, r->worst_case, r->ulp, (long long)r->elements);
	if (!(r->ratio <= 0.5))
		printf("      worst: \"%s[%lld,%lld,%lld,%lld]\"\n      expected: %.17g\n      got: %.17g\n      bound: %.4g\n", r->output, (long long)r->at[0],
		       (long long)r->at[1], (long long)r->at[2], (long long)r->at[3], r->expected, r->got, r->bound);
	if (!(r->ratio <= 0.5) && r->ratio <= 1)
		puts("      marginal: true");
}

static void print_shrunk(const struct runner_group *group)
{
	char again[4096];
	reproducer_shrunk(group, group->shrunk->name, again, sizeof again);
	tap_put_yaml("shrunk", group->shrunk->name, "/");
	printf("%*sshrunk_attempts: %d\n", TAP_YAML, "", group->shrunk->attempts);
	tap_put_yaml("shrunk_reason", group->shrunk->reason, "/");
	tap_put_yaml("shrunk_reproduce", again, "");
}

static void print_case(const struct runner_group *group, size_t i)
{
	const struct check_case *c = &group->list.cases[i];
	const struct attempt *a = &group->attempts[i];
	char again[4096];
	int skipped = a->status == ATTEMPT_SKIPPED, failed = a->status != ATTEMPT_PASSED && !skipped;

	int cut = tap_put_point(&(struct tap_point){TAP_SUBTEST, failed, i + 1, c->name, skipped ? a->reason : NULL});
	if (skipped)
		return;
	puts("      ---");
	if (cut)
		tap_put_yaml("case", c->name, "/");
	if (failed) {
		reproducer(group, c, again, sizeof again);
		printf("      status: %s\n", attempt_status_name(a->status));
		tap_put_yaml("reason", a->reason, "/");
		tap_put_yaml("reproduce", again, "");
		printf("      seed: %llu\n", (unsigned long long)c->seed);
	}
	if (a->is_judged)
		print_judgement(&a->judged);
	if (failed && group->shrunk->is_smaller && group->shrunk->of == i)
		print_shrunk(group);
	puts("      ...");
}

struct tally {
	size_t passed, failed, skipped;
	double worst;
};

static struct tally count(const struct runner_group *group)
{
	struct tally t = {0, 0, 0, 0};
	for (size_t i = 0; i < group->list.count; i++) {
		const struct attempt *a = &group->attempts[i];
		t.passed += a->status == ATTEMPT_PASSED;
		t.skipped += a->status == ATTEMPT_SKIPPED;
		t.failed += a->status != ATTEMPT_PASSED && a->status != ATTEMPT_SKIPPED;
		if (a->status == ATTEMPT_PASSED && a->is_judged && a->judged.ratio > t.worst)
			t.worst = a->judged.ratio;
	}
	return t;
}

void tap_group(const struct runner_group *group, size_t number)
{
	struct tally t = count(group);
	char name[256], why[512];
	printf("# Subtest: %s %s\n", group->impl->name, group->suite->name);
	for (size_t i = 0; i < group->list.count; i++)
		print_case(group, i);
	printf("    1..%zu\n", group->list.count);
	printf("    # %zu passed, %zu failed, %zu refused; worst ratio %.3g\n", t.passed, t.failed, t.skipped, t.worst);
	snprintf(name, sizeof name, "%s %s", group->impl->name, group->suite->name);
	snprintf(why, sizeof why, "every case refused%s%s", group->list.count ? ": " : "", group->list.count ? group->attempts[0].reason : "");
	tap_put_point(&(struct tap_point){0, t.failed > 0, number, name, !t.failed && !t.passed ? why : NULL});
	fflush(stdout);
}

/* The plugin that the user named for it; NULL: it was there without. */
static const char *plugin_of(const struct attn_impl *impl)
{
	for (size_t i = 0; i < registry_count(); i++)
		if (registry_at(i)->impl == impl)
			return registry_at(i)->plugin;
	return NULL;
}

/* The command up to the case. */
static size_t reproducer_begin(const struct runner_group *group, char *text, size_t size)
{
	const char *folders = getenv("ATTNBENCH_PLUGIN_PATH"), *plugin = plugin_of(group->impl), *onnx = group->options->onnx;
	int n = snprintf(text, size, "%s%s%sattnbench check --impl '%s'%s%s%s%s%s%s", folders ? "ATTNBENCH_PLUGIN_PATH=" : "", folders ? folders : "", folders ? " " : "",
	                 group->impl->name, plugin ? " --plugin '" : "", plugin ? plugin : "", plugin ? "'" : "", onnx ? " --onnx '" : "", onnx ? onnx : "", onnx ? "'" : "");
	return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

void reproducer(const struct runner_group *group, const struct check_case *c, char *text, size_t size)
{
	size_t n = reproducer_begin(group, text, size);
	char count[40] = "";
	if (group->options->one) {
		reproducer_shrunk(group, c->name, text, size);
		return;
	}
	if (group->options->count > 0)
		snprintf(count, sizeof count, " --count %lld", (long long)group->options->count);
	snprintf(text + n, size - n, " --suite %s --filter '%s' --seed %llu%s%s --threads %d", group->suite->name, c->name, (unsigned long long)group->options->seed, count,
	         group->options->deep ? " --deep" : "", group->threads);
}

void reproducer_shrunk(const struct runner_group *group, const char *name, char *text, size_t size)
{
	size_t n = reproducer_begin(group, text, size);
	snprintf(text + n, size - n, " --case '%s' --threads %d", name, group->threads);
}
