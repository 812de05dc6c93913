/* The faults: each a bug that a real kernel has had or may have, one line each.
 * X(class, name of the enumerator, name of the implementation, what is wrong)
 * Faults that show under some condition alone: rare.h.
 * SPDX-License-Identifier: Apache-2.0 */
#define MUTANT_FAULTS(X) \
	X("none", NONE, "none", "nothing: the kernel that the faults are planted in") \
	X("keys", LAST_KEY, "last-key", "the last key is dropped") \
	X("keys", LAST_KEY_OF_BLOCK, "last-key-of-block", "the last key is dropped when the length is a multiple of 32") \
	X("keys", KEY_TWICE, "key-twice", "the first key of every later block counts twice") \
	X("keys", D_LANES, "d-lanes", "the last columns of q·k beyond a multiple of 8 are ignored") \
	X("keys", DV_TAIL, "dv-tail", "columns of out beyond a multiple of 4 are not written") \
	X("keys", INDEX_16, "index-16", "a key's number is kept in 16 bits") \
	X("keys", ZERO_ROW, "zero-row", "row 2000 is left zero") \
	X("softmax", NO_RESCALE, "no-rescale", "sum and accumulator keep their old scale when the maximum grows") \
	X("softmax", NO_RESCALE_LATE, "no-rescale-late", "the same, after block 32 only") \
	X("softmax", RESCALE_SUM_ONLY, "rescale-sum-only", "the sum is rescaled, the accumulator is not") \
	X("softmax", NO_MAX, "no-max", "no maximum is subtracted") \
	X("softmax", MAX_OVER_HIDDEN, "max-over-hidden", "the maximum is taken over hidden keys too") \
	X("softmax", EXP_FLUSH, "exp-flush", "exp is 0 below -80") \
	X("softmax", EXP_CLAMP, "exp-clamp", "arguments of exp are clamped at -20") \
	X("softmax", NO_RESCALE_256, "no-rescale-256", "sum and accumulator keep their old scale when the maximum grows after block 256") \
	X("softmax", NO_RESCALE_2048, "no-rescale-2048", "the same after block 2048") \
	X("softmax", NO_RESCALE_HALF, "no-rescale-half", "bf16 and f16 inputs: sum and accumulator keep their old scale when the maximum grows after block 32") \
	X("softmax", STALE_MAX, "stale-max", "the maximum is that of the first 64 blocks") \
	X("softmax", FIRST_HIDDEN, "first-block-hidden", "exp(-inf - -inf) where a row's first block is hidden as a whole") \
	X("softmax", SCORE_CLIP, "score-clip", "scores are clipped at 60") \
	X("softmax", SKIP_SMALL, "skip-small", "keys of a weight below 1e-6 are left out") \
	X("scale", SCALE_IGNORED, "scale-ignored", "1/sqrt(d) whatever scale is asked for") \
	X("scale", SCALE_ZERO_DEFAULT, "scale-zero-default", "a scale of 0 is taken as none given") \
	X("scale", SCALE_FROM_DV, "scale-from-dv", "the scale is taken from the columns of v") \
	X("scale", SCALE_ABS, "scale-abs", "the sign of the scale is lost") \
	X("scale", SCALE_AFTER_SOFTCAP, "scale-after-softcap", "bf16 and f16 inputs: the scale comes after the softcap") \
	X("precision", SCALE_1E5, "scale-1e-5", "the scale is off by 1e-5") \
	X("precision", ACC_F16, "acc-f16", "the accumulator is f16") \
	X("precision", P_BF16, "p-bf16", "weights are rounded to bf16 before P·V") \
	X("precision", P_F16, "p-f16", "weights are rounded to f16 before P·V") \
	X("precision", QKV_BF16, "qkv-bf16", "q, k and v are rounded to bf16") \
	X("precision", EXP_1E4, "exp-1e-4", "exp is off by 1e-4") \
	X("precision", EXP_1E5, "exp-1e-5", "exp is off by 1e-5") \
	X("precision", EXP_AT_0, "exp-at-0", "exp(0) is off by 1e-5") \
	X("precision", EXP_NEAR_0, "exp-near-0", "exp is off by 1e-5 between -0.3 and 0") \
	X("precision", EXP_20, "exp-20", "exp is off by 1e-5 between -30 and -20") \
	X("precision", EXP_50, "exp-50", "exp is off by 1e-5 between -60 and -50") \
	X("softmax", EXP_75, "exp-75", "exp is off by 1e-5 between -80 and -70") \
	X("precision", Q_BF16, "q-bf16", "q is rounded to bf16") \
	X("precision", K_BF16, "k-bf16", "k is rounded to bf16") \
	X("precision", V_BF16, "v-bf16", "v is rounded to bf16") \
	X("precision", SCORE_BF16, "score-bf16", "bf16 inputs: scores are rounded to bf16") \
	X("precision", P_HALF, "p-half", "bf16 and f16 inputs: weights are rounded to the type of the inputs, though it declares otherwise") \
	X("outputs", TRUNCATED, "truncated-out", "bf16 outputs are cut off instead of rounded") \
	X("precision", HALF_SUBNORMAL_IN, "f16-subnormal-in", "f16 subnormal inputs are taken as 0") \
	X("precision", HALF_SUBNORMAL_OUT, "f16-subnormal-out", "f16 subnormal outputs become 0") \
	X("precision", DAZ, "denormals-are-zero", "f32 subnormal inputs are taken as 0") \
	X("precision", TANH, "tanh-1e-5", "tanh is off by 1e-5") \
	X("precision", ALIBI_BF16, "alibi-bf16", "what ALiBi adds is rounded to bf16") \
	X("masks", CAUSAL_PLUS, "causal-plus-one", "causal: one key too many is seen") \
	X("masks", CAUSAL_MINUS, "causal-minus-one", "causal: the row's own key is hidden") \
	X("masks", ALIGN, "top-left-for-bottom-right", "bottom-right is taken as top-left") \
	X("masks", WINDOW_LEFT, "window-left-off", "the window reaches one key too far left") \
	X("masks", WINDOW_RIGHT, "window-right-off", "the window ends one key early on the right") \
	X("masks", WINDOW_UNMASKED, "window-unmasked", "the window is ignored where there is no other mask") \
	X("masks", SENTINEL, "finite-sentinel", "hidden scores are -10000") \
	X("masks", MASK_BATCH0, "mask-batch0", "all batch entries take the first one's mask") \
	X("masks", MASK_HEAD0, "mask-head0", "all heads take the first one's mask") \
	X("masks", BIAS_BATCH0, "bias-batch0", "all batch entries take the first one's bias") \
	X("masks", MASK_ROW_STRIDE, "mask-row-stride", "rows of the mask are taken to follow one another") \
	X("masks", BIAS_ROW_STRIDE, "bias-row-stride", "rows of the bias are taken to follow one another") \
	X("masks", BIAS_LOWEST, "bias-lowest", "a bias of -1e9 or less hides the key") \
	X("masks", BLOCK_MASK_SWAPPED, "block-mask-swapped", "rows and keys of a block are swapped") \
	X("masks", CAUSAL_LENGTH, "causal-full-length", "bottom-right counts from the whole length, not from that of the batch entry") \
	X("masks", WINDOW_PACKED, "window-packed", "the window of packed sequences counts rows from the first sequence") \
	X("masks", WINDOW_WIDE, "window-wide", "the window is added to the position in 32 bits") \
	X("modifiers", SOFTCAP_AFTER_MASK, "softcap-after-mask", "a hidden key's -inf becomes -softcap") \
	X("modifiers", BIAS_BEFORE_SOFTCAP, "bias-before-softcap", "the bias is added before the softcap") \
	X("modifiers", PADDING_TANH, "padding-tanh", "keys that pad the last block enter the sum as -softcap") \
	X("modifiers", ALIBI_HEAD0, "alibi-head0", "all heads take the first head's slope") \
	X("modifiers", ALIBI_ROW, "alibi-row", "ALiBi's distance is counted from the row's number, not its position") \
	X("modifiers", SINK_TWICE, "sink-twice", "the sink enters the sum twice") \
	X("modifiers", SINK_DROPPED, "sink-dropped", "the sink is ignored") \
	X("modifiers", SINK_HEAD0, "sink-head0", "all heads take the first head's sink") \
	X("modifiers", ALIBI_SIGNED, "alibi-signed", "keys after the row get a bonus instead of a penalty") \
	X("modifiers", SINK_OVERFLOW, "sink-overflow", "the maximum leaves the sink out") \
	X("modifiers", SINK_ALONE, "sink-alone", "a row that sees no key is divided by its sink's weight taken as 0") \
	X("heads", GQA_TILED, "gqa-tiled", "query head h takes key head h modulo their number") \
	X("layout", STRIDE, "stride-ignored", "q, k and v are taken as contiguous") \
	X("layout", K_STRIDE_FOR_V, "k-stride-for-v", "v is read with the strides of k") \
	X("layout", OUT_STRIDE, "out-stride", "out is written with the strides of q where both are as wide") \
	X("layout", PAST_STRIDE, "past-stride", "cached keys are taken as contiguous") \
	X("layout", LSE_STRIDE, "lse-stride", "the logsumexp is taken as contiguous") \
	X("layout", INDEX_32, "index-32", "an element's offset is kept in 32 bits") \
	X("scores", COSINE_EPS, "cosine-eps", "1e-6 is added to the norms") \
	X("scores", COSINE_Q, "cosine-q", "q is not divided by its norm") \
	X("scores", GENERAL_T, "general-transposed", "W is transposed where it is square") \
	X("scores", ADDITIVE_HALF, "additive-half", "Wk is left out when the hidden width is odd") \
	X("scores", LOCATION_HEAD0, "location-head0", "all heads take the first head's vector") \
	X("outputs", LSE_BASE2, "lse-base2", "the logsumexp is in powers of two") \
	X("outputs", LSE_EMPTY, "lse-empty", "the logsumexp of a row without keys is +inf") \
	X("outputs", LSE_SLOT, "lse-slot", "the logsumexp of head h is written for head 0") \
	X("outputs", LSE_NO_SINK, "lse-no-sink", "the logsumexp leaves the sink out") \
	X("outputs", LSE_LAST, "lse-last", "the logsumexp of the last row is not written when rows are odd") \
	X("outputs", LSE_HALF, "lse-half", "bf16 and f16 inputs: the logsumexp is -inf") \
	X("outputs", SUMS_ROUNDED, "sums-rounded", "the maximum is the logsumexp in f32, and the sum is 1") \
	X("outputs", SUMS_NO_SINK, "sums-no-sink", "the sum leaves the sink out") \
	X("outputs", WEIGHTS_RAW, "weights-raw", "weights as output are not divided by their sum") \
	X("outputs", OUTSIDE, "outside", "weights and scores of keys beyond the length or of other sequences are not written") \
	X("outputs", WEIGHTS_HIDDEN, "weights-hidden", "weights of hidden keys are not written") \
	X("outputs", WEIGHTS_NO_SINK, "weights-no-sink", "weights as output are divided by the sum without the sink") \
	X("outputs", SCORES_STAGE, "scores-stage", "scores after the softcap are given where raw ones are asked for") \
	X("outputs", PRESENT_ORDER, "present-order", "new keys stand before the cached ones in present") \
	X("NaN", NAN_SWALLOWED, "nan-swallowed", "a NaN score counts as hidden when there are fewer than 16 keys") \
	X("NaN", HIDDEN_NAN, "hidden-nan", "hidden values are multiplied by a weight of 0") \
	X("NaN", EMPTY_NAN, "empty-nan", "a row without keys is divided by its sum of 0") \
	X("NaN", EMPTY_MEAN, "empty-mean", "a row without keys is the mean of all values") \
	X("NaN", MEAN_OF_HIDDEN, "mean-of-hidden", "a row without keys is the mean, as declared, but of the values that causal or a window hides, not of those that a bias does") \
	X("NaN", NAN_VALUE, "nan-value", "a NaN in a value counts as 0") \
	X("NaN", NAN_KEY, "nan-key", "a NaN score counts as hidden") \
	X("NaN", NAN_SINK, "nan-sink", "a NaN sink counts as none") \
	X("caches", KV_LEN_IGNORED, "kv-len-ignored", "the lengths of the keys are ignored") \
	X("caches", KV_LEN_BATCH0, "kv-len-batch0", "all batch entries take the first one's length") \
	X("caches", PACKED_EMPTY, "packed-empty", "a packed sequence without rows ends the run") \
	X("caches", VARLEN_START, "varlen-start", "packed sequences after the first start one key late") \
	X("caches", PAST_CAUSAL, "past-causal", "causal forgets the cached keys") \
	X("caches", PAGE_ORDER, "page-order", "pages are read in their order in memory") \
	X("caches", TABLE_BATCH0, "table-batch0", "all batch entries take the first one's block table") \
	X("caches", EMPTY_LENGTH, "empty-length", "rows of a batch entry of length 0 are not written") \
	X("caches", SPLIT_EMPTY, "split-empty", "keys come in four parts; a part that is hidden as a whole gives NaN") \
	X("threads", THREADS, "threads", "with more than two threads the last rows lose a key") \
	X("threads", NOT_BATCH_INVARIANT, "not-batch-invariant", "the order of the sum depends on the number of rows, though it declares otherwise") \
	X("threads", RACE, "race", "two threads share one accumulator") \
	X("memory", WRITE_PAST, "write-past", "one element past the end of out is written") \
	X("memory", READ_PAST, "read-past", "one key row past the end is read") \
	X("memory", READ_BEFORE, "read-before", "one element before q is read") \
	X("memory", WRITE_INPUT, "write-input", "q is scaled in place") \
	X("memory", WRITE_BEFORE, "write-before", "one element before out is written") \
	X("memory", WRITE_GAP, "write-gap", "memory between the rows of out is written") \
	X("memory", WRITE_LSE, "write-lse", "one element past the logsumexp is written") \
	X("memory", READ_MASK, "read-mask", "one element past the mask is read") \
	X("memory", WRITE_VIEW, "write-view", "the caller's struct attn_tensors is changed") \
	X("state", STATE, "state", "the second run of a plan adds to what the first left") \
	X("state", PACKED_ONCE, "packed-once", "a plan packs the keys of its first run and keeps them") \
	X("state", LENGTH_ONCE, "length-once", "a plan keeps the lengths of its first run") \
	X("state", CACHED_BY_ADDRESS, "cached-by-address", "values are kept from plan to plan by their address") \
	X("state", BORROWED, "borrowed-problem", "the plan keeps a pointer to the caller's problem") \
	X("state", DIRTY, "dirty-workspace", "the accumulator is taken to be zero when the plan is made") \
	X("state", UNSTAGED, "unstaged", "the last key's value is read from a workspace that nobody wrote; what is not finite there is read once more, where it should be") \
	X("state", ROUNDING, "rounding-mode", "the rounding mode is left changed") \
	X("state", FLUSH, "flush-to-zero", "flush-to-zero is left switched on") \
	X("state", LEAK, "leak", "destroy leaves the workspace")
