# SPDX-License-Identifier: Apache-2.0
dist_doc_DATA += README.md CHANGELOG.md %D%/accuracy.md %D%/architecture.md %D%/bugs-covered.md %D%/cluster.md %D%/fairness.md %D%/faq.md %D%/json.md \
  %D%/measurements.md %D%/mutants.md %D%/peer-speed.md %D%/peer-speed-avx2.md %D%/performance.md %D%/plugins.md %D%/reading-a-report.md %D%/scaling.md %D%/tutorial.md \
  %D%/report.png %D%/scaling-block-times.txt %D%/scaling-bytes.svg %D%/scaling-efficiency.svg %D%/scaling-waiting.svg
TESTS += %D%/tutorial.t
EXTRA_DIST += %D%/tutorial.t %D%/README.md
nobase_dist_doc_DATA = $(peer_findings)
peer_findings = %D%/peer-findings/README.md %D%/peer-findings/matrix.md %D%/peer-findings/ggml_overflow.py %D%/peer-findings/ggml_padding_nan.py \
  %D%/peer-findings/ggml_precision.py %D%/peer-findings/jax_empty_row.py %D%/peer-findings/jax_f16.py %D%/peer-findings/jax_f64.py \
  %D%/peer-findings/jax_hidden_mean.py %D%/peer-findings/jax_masked_nan.py %D%/peer-findings/jax_overflow.py %D%/peer-findings/jax_padding_nan.py \
  %D%/peer-findings/jax_plus_infinity.py %D%/peer-findings/jax_subnormal.py %D%/peer-findings/numpy_masked_nan.py \
  %D%/peer-findings/numpy_overflow.py %D%/peer-findings/onednn_bf16_abort.py %D%/peer-findings/onednn_empty_row.py \
  %D%/peer-findings/onednn_masked_nan.py %D%/peer-findings/onednn_overflow.py %D%/peer-findings/onednn_plus_infinity.py \
  %D%/peer-findings/onnxruntime_f64_scale.py %D%/peer-findings/onnxruntime_lowest_bias.py \
  %D%/peer-findings/onnxruntime_mask_broadcast.py %D%/peer-findings/onnxruntime_masked_nan.py %D%/peer-findings/onnxruntime_masked_scores.py \
  %D%/peer-findings/onnxruntime_overflow.py %D%/peer-findings/onnxruntime_padding_nan.py %D%/peer-findings/onnxruntime_plus_infinity.py \
  %D%/peer-findings/onnxruntime_scale.py %D%/peer-findings/openvino_empty_row.py %D%/peer-findings/openvino_masked_nan.py \
  %D%/peer-findings/openvino_overflow.py %D%/peer-findings/openvino_plus_infinity.py %D%/peer-findings/torch_causal_scale.py \
  %D%/peer-findings/torch_masked_nan.py %D%/peer-findings/torch_nan_query.py %D%/peer-findings/torch_overflow.py \
  %D%/peer-findings/torch_plus_infinity.py %D%/peer-findings/torch_scale.py
