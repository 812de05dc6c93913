# The peers: adapters to other libraries, as Python files, and the venv that holds those libraries.
# SPDX-License-Identifier: Apache-2.0
nobase_dist_pkgdata_DATA += %D%/requirements.txt %D%/_ggml.py %D%/_ort.py %D%/_torch.py %D%/empty.py %D%/ggml.py %D%/ggml_f16.py %D%/jax.py %D%/numpy.py \
  %D%/onnxruntime.py %D%/onnxruntime_gqa.py %D%/onnxruntime_mha.py %D%/openvino.py %D%/extra/torch_flex.py %D%/torch_math.py %D%/torch_sdpa.py
EXTRA_DIST += %D%/check.sh

# Installed once, and again when the requirements change.
.PHONY: peers check-peers
peers:
	@if test -z '$(PYTHON_PROGRAM)'; then echo "peers: this build embeds no Python (configure says why)" >&2; exit 1; fi
	@if cmp -s $(srcdir)/%D%/requirements.txt .peers/requirements.txt; then echo "peers: installed in $(abs_builddir)/.peers"; else \
	  rm -rf .peers.new .peers/requirements.txt && echo "peers: installing into $(abs_builddir)/.peers (this takes minutes, and 2 GB)" && \
	  if ! test -x .peers/bin/python3; then '$(PYTHON_PROGRAM)' -m venv .peers || { rm -rf .peers; echo "peers: $(PYTHON_PROGRAM) -m venv failed (Debian: python3-venv)" >&2; exit 1; }; fi && \
	  .peers/bin/python3 -m pip install --quiet --disable-pip-version-check -r $(srcdir)/%D%/requirements.txt && cp $(srcdir)/%D%/requirements.txt .peers/; fi

# The suites over all peers. Failures are findings (docs/peer-findings), not errors.
check-peers: all peers
	@$(MKDIR_P) out
	ATTNBENCH=./attnbench$(EXEEXT) $(SHELL) $(srcdir)/%D%/check.sh out
