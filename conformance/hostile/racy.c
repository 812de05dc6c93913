/* The example kernel, right in every answer, but all plans count their runs in one place without a lock: only ThreadSanitizer
 * sees that.
 * SPDX-License-Identifier: Apache-2.0 */
#define ATTN_BUILT_IN /* the table is ours */
#include "examples/simple/simple.c"

static int64_t runs;

static enum attn_status racy_run(struct attn_plan *plan, const struct attn_tensors *t)
{
	runs++;
	return simple_run(plan, t);
}

__attribute__((visibility("default"))) const struct attn_impl *const *attn_plugin(void)
{
	static struct attn_impl racy;
	static const struct attn_impl *const table[] = {&racy, NULL};
	racy = attn_simple;
	racy.name = "hostile/racy";
	racy.run = racy_run;
	return table;
}
