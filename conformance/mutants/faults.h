/* The faults: each a bug that a real kernel has had or may have, one line each.
 * X(name of the enumerator, name of the implementation, what is wrong)
 * SPDX-License-Identifier: Apache-2.0 */
#define MUTANT_FAULTS(X) \
	X(NONE, "none", "nothing: the kernel that the faults are planted in") \
	X(LAST_KEY, "last-key", "the last key is dropped") \
	X(LAST_KEY_OF_BLOCK, "last-key-of-block", "the last key is dropped when the length is a multiple of 32") \
	X(KEY_TWICE, "key-twice", "the first key of every later block counts twice") \
	X(NO_RESCALE, "no-rescale", "sum and accumulator keep their old scale when the maximum grows") \
	X(NO_RESCALE_LATE, "no-rescale-late", "the same, after block 32 only") \
	X(RESCALE_SUM_ONLY, "rescale-sum-only", "the sum is rescaled, the accumulator is not") \
	X(NO_MAX, "no-max", "no maximum is subtracted") \
	X(MAX_OVER_HIDDEN, "max-over-hidden", "the maximum is taken over hidden keys too") \
	X(SCALE_IGNORED, "scale-ignored", "1/sqrt(d) whatever scale is asked for") \
	X(SCALE_ZERO_DEFAULT, "scale-zero-default", "a scale of 0 is taken as none given") \
	X(SCALE_FROM_DV, "scale-from-dv", "the scale is taken from the columns of v") \
	X(SCALE_1E5, "scale-1e-5", "the scale is off by 1e-5") \
	X(CAUSAL_PLUS, "causal-plus-one", "causal: one key too many is seen") \
	X(CAUSAL_MINUS, "causal-minus-one", "causal: the row's own key is hidden") \
	X(ALIGN, "top-left-for-bottom-right", "bottom-right is taken as top-left") \
	X(WINDOW_LEFT, "window-left-off", "the window reaches one key too far left") \
	X(WINDOW_RIGHT, "window-right-off", "the window ends one key early on the right") \
	X(WINDOW_UNMASKED, "window-unmasked", "the window is ignored where there is no other mask") \
	X(SOFTCAP_AFTER_MASK, "softcap-after-mask", "a hidden key's -inf becomes -softcap") \
	X(BIAS_BEFORE_SOFTCAP, "bias-before-softcap", "the bias is added before the softcap") \
	X(SENTINEL, "finite-sentinel", "hidden scores are -10000") \
	X(PADDING_TANH, "padding-tanh", "keys that pad the last block enter the sum as -softcap") \
	X(GQA_TILED, "gqa-tiled", "query head h takes key head h modulo their number") \
	X(ALIBI_HEAD0, "alibi-head0", "all heads take the first head's slope") \
	X(ALIBI_ROW, "alibi-row", "ALiBi's distance is counted from the row's number, not its position") \
	X(SINK_TWICE, "sink-twice", "the sink enters the sum twice") \
	X(SINK_DROPPED, "sink-dropped", "the sink is ignored") \
	X(SINK_HEAD0, "sink-head0", "all heads take the first head's sink") \
	X(ACC_F16, "acc-f16", "the accumulator is f16") \
	X(P_BF16, "p-bf16", "weights are rounded to bf16 before P·V") \
	X(P_F16, "p-f16", "weights are rounded to f16 before P·V") \
	X(QKV_BF16, "qkv-bf16", "q, k and v are rounded to bf16") \
	X(EXP_1E4, "exp-1e-4", "exp is off by 1e-4") \
	X(EXP_1E5, "exp-1e-5", "exp is off by 1e-5") \
	X(EXP_FLUSH, "exp-flush", "exp is 0 below -80") \
	X(EXP_CLAMP, "exp-clamp", "arguments of exp are clamped at -20") \
	X(D_LANES, "d-lanes", "the last columns of q·k beyond a multiple of 8 are ignored") \
	X(DV_TAIL, "dv-tail", "columns of out beyond a multiple of 4 are not written") \
	X(STRIDE, "stride-ignored", "q, k and v are taken as contiguous") \
	X(MASK_BATCH0, "mask-batch0", "all batch entries take the first one's mask") \
	X(MASK_HEAD0, "mask-head0", "all heads take the first one's mask") \
	X(BIAS_BATCH0, "bias-batch0", "all batch entries take the first one's bias") \
	X(NAN_SWALLOWED, "nan-swallowed", "a NaN score counts as hidden when there are fewer than 16 keys") \
	X(HIDDEN_NAN, "hidden-nan", "hidden values are multiplied by a weight of 0") \
	X(EMPTY_NAN, "empty-nan", "a row without keys is divided by its sum of 0") \
	X(EMPTY_MEAN, "empty-mean", "a row without keys is the mean of all values") \
	X(LSE_BASE2, "lse-base2", "the logsumexp is in powers of two") \
	X(LSE_EMPTY, "lse-empty", "the logsumexp of a row without keys is +inf") \
	X(LSE_SLOT, "lse-slot", "the logsumexp of head h is written for head 0") \
	X(KV_LEN_IGNORED, "kv-len-ignored", "the lengths of the keys are ignored") \
	X(KV_LEN_BATCH0, "kv-len-batch0", "all batch entries take the first one's length") \
	X(VARLEN_START, "varlen-start", "packed sequences after the first start one key late") \
	X(PAST_CAUSAL, "past-causal", "causal forgets the cached keys") \
	X(PAGE_ORDER, "page-order", "pages are read in their order in memory") \
	X(INDEX_16, "index-16", "a key's number is kept in 16 bits") \
	X(THREADS, "threads", "with more than two threads the last rows lose a key") \
	X(ZERO_ROW, "zero-row", "row 2000 is left zero") \
	X(WRITE_PAST, "write-past", "one element past the end of out is written") \
	X(READ_PAST, "read-past", "one key row past the end is read") \
	X(READ_BEFORE, "read-before", "one element before q is read") \
	X(STATE, "state", "the second run of a plan adds to what the first left") \
	X(WRITE_INPUT, "write-input", "q is scaled in place") \
	X(NOT_BATCH_INVARIANT, "not-batch-invariant", "the order of the sum depends on the number of rows, though it declares otherwise")
