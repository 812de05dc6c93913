/* What implementations declare of their manners, beside what the suite policy saw.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/html.h"
#include "reports/output.h"

#include <string.h>

static const struct manner {
	const char *name, *head;
} manners[] = {{"empty_row", "row that sees no key"},
               {"nan_propagates", "NaN reaches the output"},
               {"batch_invariant", "same bits alone and in a batch"},
               {"thread_invariant", "same bits for every number of threads"}};
enum { MANNERS = sizeof manners / sizeof *manners };

static const char *declared_as(const json_t *value)
{
	return json_is_string(value) ? json_string_value(value) : json_is_true(value) ? "yes" : json_is_false(value) ? "no" : NULL;
}

/* A promise that is kept is right, one that is not wrong; what is not promised is neither. */
static void put_manner(FILE *out, const char *declared, const char *observed)
{
	int promised = declared && strcmp(declared, "no"), broken = observed && promised && strcmp(declared, observed);
	fprintf(out, "<td class=\"%s\">", broken ? "failed" : observed && promised ? "passed" : "none");
	if (!observed)
		fputs("not looked at", out);
	else
		fputs(broken ? "✗ " : promised ? "✓ " : "", out), put_html(out, observed);
	fputs("<small>declared: ", out);
	put_html(out, declared ? declared : "nothing");
	fputs("</small></td>", out);
}

static void put_policies(struct page *g, const struct check_set *set, const json_t *policy)
{
	const char *impl;
	json_t *of;
	FILE *out = g->out;
	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Policy\">\n<table class=\"matrix\">\n<caption><span>Policy, declared against observed", out);
	if (g->r->check_count > 1) {
		fputs(", ", out);
		put_html(out, set->label);
	}
	fputs(". ✗: a promise that is not kept. To do more than was promised is no fault.</span></caption>\n<thead><tr><th scope=\"col\">implementation</th>", out);
	for (size_t i = 0; i < MANNERS; i++)
		put_element(out, "th", "scope=\"col\"", manners[i].head);
	fputs("</tr></thead>\n<tbody>\n", out);
	json_object_foreach((json_t *)(uintptr_t)policy, impl, of)
	{
		fputs("<tr>", out);
		put_element(out, "th", "scope=\"row\"", impl);
		for (size_t i = 0; i < MANNERS; i++)
			put_manner(out, declared_as(json_object_get(json_object_get(of, "declared"), manners[i].name)),
			           declared_as(json_object_get(json_object_get(of, "observed"), manners[i].name)));
		fputs("</tr>\n", out);
	}
	fputs("</tbody>\n</table>\n</div>\n", out);
}

void html_policies(struct page *g)
{
	for (size_t i = 0; i < g->r->check_count; i++) {
		const json_t *policy = json_object_get(g->r->checks[i].root, "policy");
		if (json_object_size(policy))
			put_policies(g, &g->r->checks[i], policy);
	}
}
