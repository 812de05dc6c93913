/* Features of the problem, and which implementation has them: found by asking each about a small problem.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_FEATURES_H
#define HARNESS_FEATURES_H

#include <attnbench/attn.h>

struct feature {
	const char *name, *summary, *key; /* key: of the small problem that has this feature alone */
};
extern const struct feature features[]; /* ended by a NULL name */
size_t features_count(void);

struct feature_answer {
	enum attn_status status; /* ATTN_OK: it has the feature */
	char why[256];           /* else: its reason */
};

/* Fills answers[features_count()] by the implementation's own query(), asked in a child. */
enum attn_status features_ask(const struct attn_impl *impl, struct feature_answer *answers);

#endif
