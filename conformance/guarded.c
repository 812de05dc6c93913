/* Guard pages by mmap and mprotect.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/guarded.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* `bytes` of memory with a forbidden page on either side, flush with the one that side says, or one element from the first. */
static void *guarded_alloc(size_t bytes, size_t element, enum guarded_side side)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), inside = (bytes + element + page - 1) / page * page;
	char *all = mmap(NULL, inside + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED || mprotect(all, page, PROT_NONE) || mprotect(all + page + inside, page, PROT_NONE))
		return NULL;
	return side == GUARDED_END ? all + page + inside - bytes : all + page + (side == GUARDED_UNALIGNED ? element : 0);
}

int guarded_move(struct attn_tensors *t, enum guarded_side side)
{
	for (const struct attn_tensor_field *f = attn_tensor_fields; f->name; f++) {
		struct attn_tensor *one = attn_tensors_at(t, f);
		if (!one->data)
			continue;
		size_t bytes = (size_t)attn_tensor_extent(one) * attn_dtype_bytes(one->dtype);
		void *moved = guarded_alloc(bytes, attn_dtype_bytes(one->dtype), side);
		if (!moved)
			return 0;
		memcpy(moved, one->data, bytes);
		free(one->data);
		one->data = moved;
	}
	return 1;
}
