/* Faults that hide in a corner: a row loses the last key it sees, where the condition holds and nowhere else. r is the row.
 * X(name of the enumerator, name of the implementation, condition)
 * SPDX-License-Identifier: Apache-2.0 */
#define AND_HAS(id) (r->p->has & ATTN_HAS_##id)
#define GROUP (r->p->heads_q / r->p->heads_kv)
#define IS_WINDOWED (r->p->window_left >= 0 || r->p->window_right >= 0)
#define ADDRESS(member) ((uintptr_t)r->t->member.data)
#define MUTANT_CORNERS(X) \
	X(DV_WIDER, "dv-wider", r->p->dim_v > r->p->dim_qk) \
	X(DV_NARROWER, "dv-narrower", r->p->dim_v < r->p->dim_qk) \
	X(D_OVER_256, "d-over-256", r->p->dim_qk > 256) \
	X(D_128_LONG, "d-128-over-64-keys", r->p->dim_qk == 128 && r->len_kv > 64) \
	X(D_256_ROWS, "d-256-over-8-rows", r->p->dim_qk == 256 && r->len_q > 8) \
	X(D_96_CAUSAL, "d-96-causal", r->p->dim_qk == 96 && r->p->causal) \
	X(DV_OVER_576, "dv-over-576", r->p->dim_v > 576) \
	X(GROUP_3, "group-of-3", GROUP == 3) \
	X(GROUP_7, "group-of-7", GROUP == 7) \
	X(GROUP_16, "group-over-16", GROUP > 16) \
	X(GROUP_8_LONG, "group-of-8-many-keys", GROUP == 8 && r->len_kv > 64) \
	X(HEAD_32, "head-32", r->h >= 32) \
	X(HEAD_128, "head-128", r->h >= 128) \
	X(BATCH_4, "batch-4", r->b >= 4 && r->p->heads_q > 1) \
	X(BATCH_64, "batch-64", r->b >= 64) \
	X(KEYS_4096, "keys-over-4096", r->len_kv > 4096) \
	X(KEYS_65536, "keys-over-65536", r->len_kv > 65536) \
	X(KEYS_128, "keys-multiple-of-128", r->len_kv % 128 == 0 && r->len_q > 1) \
	X(KEYS_128_PLUS, "keys-128n-plus-1", r->len_kv % 128 == 1 && r->len_kv > 1 && r->len_q > 8) \
	X(KEYS_512, "keys-multiple-of-512", r->len_kv % 512 == 0 && r->len_q > 1) \
	X(KEYS_512_PLUS, "keys-512n-plus-1", r->len_kv % 512 == 1 && r->len_kv > 1) \
	X(KEYS_1024_LESS, "keys-1024n-less-1", r->len_kv % 1024 == 1023) \
	X(KEYS_96, "keys-multiple-of-96", r->len_kv % 96 == 0) \
	X(KEYS_48_PLUS, "keys-48n-plus-1", r->len_kv % 48 == 1 && r->len_kv > 1) \
	X(ROWS_128, "rows-multiple-of-128", r->len_q % 128 == 0 && r->i == r->len_q - 1) \
	X(ROWS_256_PLUS, "rows-256n-plus-1", r->len_q % 256 == 1 && r->len_q > 1 && r->i == r->len_q - 1) \
	X(ROWS_1024, "rows-multiple-of-1024", r->len_q % 1024 == 0 && r->i == r->len_q - 1) \
	X(ROW_5000, "row-5000", r->i == 5000) \
	X(ROW_32768, "row-over-32767", r->i > 32767) \
	X(BLOCK_2D, "row-over-1100-key-over-1100", r->i > 1100 && r->span.end > 1100) \
	X(MORE_ROWS, "row-over-keys", r->i >= r->len_kv && !r->p->causal) \
	X(SCALE_OVER_1, "scale-over-1", r->p->scale > 1) \
	X(SOFTCAP_BIAS, "softcap-and-bias", r->p->softcap > 0 && AND_HAS(BIAS)) \
	X(SOFTCAP_CAUSAL, "softcap-and-causal", r->p->softcap > 0 && r->p->causal) \
	X(SOFTCAP_ALIBI, "softcap-and-alibi", r->p->softcap > 0 && AND_HAS(ALIBI)) \
	X(SOFTCAP_SINKS, "softcap-and-sinks", r->p->softcap > 0 && AND_HAS(SINKS)) \
	X(BIAS_ALIBI, "bias-and-alibi", AND_HAS(BIAS) && AND_HAS(ALIBI)) \
	X(BIAS_CAUSAL, "bias-and-causal", AND_HAS(BIAS) && r->p->causal) \
	X(BIAS_MASK_CAUSAL, "bias-mask-and-causal", AND_HAS(BIAS) && AND_HAS(MASK) && r->p->causal) \
	X(BIAS_WINDOW, "bias-and-window", AND_HAS(BIAS) && IS_WINDOWED) \
	X(MASK_WINDOW, "mask-and-window", AND_HAS(MASK) && IS_WINDOWED) \
	X(MASK_GROUPS, "mask-and-groups", AND_HAS(MASK) && GROUP > 1 && r->p->mask_dims & ATTN_DIM_HEAD) \
	X(MASK_BQ, "mask-per-batch-entry", AND_HAS(MASK) && r->b > 0 && (r->p->mask_dims & 7) == ATTN_DIM_BATCH) \
	X(MASK_BROADCAST_KEYS, "mask-per-row", AND_HAS(MASK) && r->p->mask_dims == (ATTN_DIM_BATCH | ATTN_DIM_QUERY)) \
	X(BIAS_BROADCAST, "bias-per-batch-and-row", AND_HAS(BIAS) && r->p->bias_dims == (ATTN_DIM_BATCH | ATTN_DIM_QUERY | ATTN_DIM_KEY)) \
	X(BIAS_BATCH_HEAD, "bias-per-batch-and-head", AND_HAS(BIAS) && r->p->bias_dims == (ATTN_DIM_BATCH | ATTN_DIM_HEAD | ATTN_DIM_KEY)) \
	X(WINDOW_GROUPS, "window-and-groups", IS_WINDOWED && GROUP > 1) \
	X(WINDOW_0, "window-of-the-row-alone", r->p->window_left == 0) \
	X(WINDOW_BOTH_BR, "window-both-sides-bottom-right", r->p->window_left >= 0 && r->p->window_right >= 0 && r->p->align == ATTN_BOTTOM_RIGHT) \
	X(WINDOW_LONG, "window-over-256-keys", IS_WINDOWED && r->len_kv > 256 && r->span.first > 128) \
	X(DECODE_WINDOW, "decode-with-window", r->len_q == 1 && IS_WINDOWED && r->len_kv > 8) \
	X(CAUSAL_BR_MORE_ROWS, "causal-bottom-right-more-rows", r->p->causal && r->p->align == ATTN_BOTTOM_RIGHT && r->len_q > r->len_kv) \
	X(CAUSAL_DIAGONAL, "causal-over-64-rows-off-the-diagonal", r->p->causal && r->len_q > 64 && r->len_kv > r->len_q + 8) \
	X(SINKS_WINDOW, "sinks-and-window", AND_HAS(SINKS) && IS_WINDOWED) \
	X(SINKS_DECODE, "sinks-and-decode", AND_HAS(SINKS) && r->len_q == 1) \
	X(SINKS_LENGTH, "sinks-and-lengths", AND_HAS(SINKS) && AND_HAS(KV_LEN)) \
	X(ALIBI_BR, "alibi-causal-bottom-right", AND_HAS(ALIBI) && r->p->align == ATTN_BOTTOM_RIGHT && r->p->causal) \
	X(ALIBI_DECODE, "alibi-and-decode", AND_HAS(ALIBI) && r->len_q == 1) \
	X(LENGTH_1, "length-1-more-rows", AND_HAS(KV_LEN) && r->len_kv == 2) \
	X(LENGTH_BLOCK, "length-multiple-of-32", AND_HAS(KV_LEN) && r->len_kv % 32 == 0) \
	X(LENGTH_MASK, "lengths-and-mask", AND_HAS(KV_LEN) && AND_HAS(MASK)) \
	X(LENGTH_GROUPS_DECODE, "lengths-groups-and-decode", AND_HAS(KV_LEN) && GROUP > 1 && r->len_q == 1) \
	X(PAGE_WINDOW, "pages-and-window", AND_HAS(BLOCK_TABLE) && IS_WINDOWED) \
	X(PAGE_ODD, "pages-no-power-of-two", AND_HAS(BLOCK_TABLE) && (r->p->page_size & (r->p->page_size - 1))) \
	X(PAGE_LONG, "pages-over-16", AND_HAS(BLOCK_TABLE) && r->len_kv > 16 * r->p->page_size) \
	X(PAST_WINDOW, "cache-and-window", AND_HAS(PAST) && IS_WINDOWED) \
	X(PAST_MASK, "cache-and-mask", AND_HAS(PAST) && AND_HAS(MASK)) \
	X(PAST_BIAS, "cache-and-bias", AND_HAS(PAST) && AND_HAS(BIAS)) \
	X(PAST_ALIBI, "cache-and-alibi", AND_HAS(PAST) && AND_HAS(ALIBI)) \
	X(PAST_LENGTH, "cache-and-lengths", AND_HAS(PAST) && AND_HAS(KV_LEN)) \
	X(PACKED_GROUPS, "packed-and-groups", AND_HAS(CU_SEQLENS) && GROUP > 1) \
	X(PACKED_WINDOW, "packed-and-window", AND_HAS(CU_SEQLENS) && IS_WINDOWED && r->q0 > 0) \
	X(PACKED_MASK, "packed-and-mask", AND_HAS(CU_SEQLENS) && AND_HAS(MASK) && r->q0 > 0) \
	X(PACKED_ALIBI, "packed-and-alibi", AND_HAS(CU_SEQLENS) && AND_HAS(ALIBI)) \
	X(BLOCK_MASK_CAUSAL, "block-mask-and-causal", AND_HAS(BLOCK_MASK) && r->p->causal) \
	X(BF16_GROUPS, "bf16-and-groups", r->p->dtype == ATTN_BF16 && GROUP > 1 && r->p->causal) \
	X(BF16_MASK, "bf16-and-mask", r->p->dtype == ATTN_BF16 && AND_HAS(MASK)) \
	X(BF16_SOFTCAP, "bf16-and-softcap", r->p->dtype == ATTN_BF16 && r->p->softcap > 0) \
	X(BF16_ALIBI, "bf16-and-alibi", r->p->dtype == ATTN_BF16 && AND_HAS(ALIBI)) \
	X(BF16_BIAS, "bf16-and-bias", r->p->dtype == ATTN_BF16 && AND_HAS(BIAS)) \
	X(BF16_LONG, "bf16-over-256-keys", r->p->dtype == ATTN_BF16 && r->len_kv > 256) \
	X(HALF_BLOCK, "16-bits-over-32-rows-over-64-columns", r->p->dtype != ATTN_F32 && r->len_q > 32 && r->len_kv > 32 && r->p->dim_qk > 64) \
	X(HALF_BLOCK_DV, "16-bits-over-32-rows-dv-differs", r->p->dtype != ATTN_F32 && r->len_q > 32 && r->len_kv > 32 && r->p->dim_qk % 8 == 0 && r->p->dim_v != r->p->dim_qk) \
	X(ROWS_4096_BYTES, "keys-4096-bytes-apart", r->p->dtype == ATTN_F32 && r->len_q > 32 && r->len_kv > 32 && r->p->stride_k[2] == 1024) \
	X(F16_ODD, "f16-odd-columns", r->p->dtype == ATTN_F16 && r->p->dim_qk % 8) \
	X(Q_ALIGNMENT, "q-off-64-bytes", ADDRESS(q) % 64 != 0) \
	X(K_ALIGNMENT, "k-off-16-bytes", ADDRESS(k) % 16 == 4) \
	X(V_ALIGNMENT, "v-off-32-bytes", ADDRESS(v) % 32 != 0 && r->p->dim_v % 8 == 0) \
	X(OUT_ALIGNMENT, "out-off-16-bytes", ADDRESS(out) % 16 != 0 && r->p->dim_v % 4 == 0) \
	X(Q_COLUMNS, "q-strided-columns", r->p->stride_q[3] != 1 && r->p->stride_k[3] == 1) \
	X(V_COLUMNS, "v-strided-columns", r->p->stride_v[3] != 1 && r->p->stride_k[3] == 1) \
	X(OUT_COLUMNS, "out-strided-columns", r->p->stride_out[3] != 1 && r->p->stride_q[3] == 1) \
	X(OUT_ROWS, "out-strided-rows", r->p->stride_out[2] > r->p->stride_q[2]) \
	X(SHARED_HEADS, "heads-share-keys", r->p->heads_kv > 1 && r->p->stride_k[1] == 0 && r->len_kv % 32 == 1) \
	X(SHARED_BATCH, "batch-shares-keys", r->p->batch > 1 && r->p->stride_k[0] == 0 && r->p->stride_k[1] != 0) \
	X(THREADS_3, "threads-3", r->plan->host->threads == 3) \
	X(THREADS_7, "threads-over-6", r->plan->host->threads > 6) \
	X(RUN_1, "second-run", r->plan->runs == 1) \
	X(RUN_11, "twelfth-run", r->plan->runs == 11)
