# The peers: adapters to other libraries, as Python files, and the venv that holds those libraries.
# SPDX-License-Identifier: Apache-2.0
nobase_dist_pkgdata_DATA += %D%/requirements.txt %D%/_ggml.py %D%/_ort.py %D%/_torch.py %D%/empty.py %D%/ggml.py %D%/ggml_f16.py %D%/jax.py %D%/numpy.py \
  %D%/onnxruntime.py %D%/onnxruntime_gqa.py %D%/onnxruntime_mha.py %D%/openvino.py %D%/extra/torch_flex.py %D%/torch_math.py %D%/torch_sdpa.py
EXTRA_DIST += %D%/onednn-3.2.txt %D%/onednn-3.13.txt %D%/install.sh %D%/build_with.sh %D%/_check.py %D%/_matrix.py %D%/known.txt %D%/sweep.txt %D%/sweep-long.txt %D%/check.t %D%/fair.t
TESTS += %D%/check.t %D%/fair.t

# Installed once, and again when the requirements change.
.PHONY: peers onednn-3.2 onednn-3.13 check-peers peer-matrix bench-peers bench-bridge
peers:
	@if test -z '$(PYTHON_PROGRAM)'; then echo "peers: this build embeds no Python (configure says why)" >&2; exit 1; \
	elif cmp -s $(srcdir)/%D%/requirements.txt .peers/requirements.txt; then echo "peers: installed in $(abs_builddir)/.peers"; \
	else $(SHELL) $(srcdir)/%D%/install.sh peers '$(PYTHON_PROGRAM)' $(srcdir)/%D%/requirements.txt .peers; fi

# A newer oneDNN than the system's, for the row onednn-graph: a folder to configure with.
onednn-3.2 onednn-3.13:
	@if test -z '$(PYTHON3)'; then echo "$@: there is no python3 (configure says why)" >&2; exit 1; \
	elif cmp -s $(srcdir)/%D%/$@.txt .$@/requirements.txt; then echo "$@: installed in $(abs_builddir)/.$@"; \
	else $(SHELL) $(srcdir)/%D%/install.sh $@ '$(PYTHON3)' $(srcdir)/%D%/$@.txt .$@; fi
	@echo "$@: next, $(srcdir)/configure --with-onednn=$(abs_builddir)/.$@ && make"

# The suites over all peers: as known.txt says, or red. CHECK_PEERS='--keep' takes the results of before, '--peer NAME' one peer. PEERS_ONEDNN='3.2'
# adds the row onednn-graph of that oneDNN, for which it is installed and another program built with it.
CHECK_PEERS =
PEERS_ONEDNN =
check-peers: all peers
	@also=; for v in $(PEERS_ONEDNN); do \
	  $(MAKE) --no-print-directory onednn-$$v && MAKE='$(MAKE)' $(SHELL) $(srcdir)/%D%/build_with.sh .onednn-$$v || exit 1; \
	  also="$$also --also .onednn-$$v/build/attnbench$(EXEEXT)"; \
	done; \
	ATTNBENCH=./attnbench$(EXEEXT) .peers/bin/python3 $(srcdir)/%D%/_check.py $(CHECK_PEERS) $$also out/peers
# The page of all results, written anew, with each oneDNN that has graphs.
MATRIX_ONEDNN = 3.2 3.13
peer-matrix:
	@$(MAKE) --no-print-directory check-peers PEERS_ONEDNN='$(MATRIX_ONEDNN)' CHECK_PEERS='$(CHECK_PEERS) --matrix $(srcdir)/docs/peer-findings/matrix.md'

# flash against the peers over sweep.txt, 8 minutes on two quiet processors: each point beside the best of them, and the goals missed; out/bench-peers.md
# has it too. Most of it is what libraries take to load: once for each row of each case, since there is one pass and none further (--disturbed 1).
# PEERS_SWEEP=sweep-long has seven times as many cases, in about half an hour; past 20 minutes it takes 3 samples of a point. PEERS_OPTIONS=--resume goes
# on with one that was interrupted, PEERS_OPTIONS='--workload ...' sweeps others too.
if BUILTIN_ONEDNN_GRAPH
peers_onednn = ,onednn-graph
endif
PEERS_IMPLS = flash,torch_sdpa,onnxruntime,onnxruntime_mha,onnxruntime_gqa,openvino,jax,ggml$(peers_onednn)
PEERS_GOALS = --goal 'prefill/*=1.1' --goal 'few-rows/*=2'
PEERS_SWEEP = sweep
PEERS_OPTIONS =
bench-peers: all peers
	@$(MKDIR_P) out
	@case $(PEERS_SWEEP) in sweep-long) long='--max-seconds 15 --budget 2400' ;; *) long='--max-seconds 3' ;; esac; set -x; \
	./attnbench$(EXEEXT) sweep --impl $(PEERS_IMPLS) --workload $(srcdir)/%D%/$(PEERS_SWEEP).txt --repetitions 5 --passes 1 --disturbed 1 $$long $(PEERS_OPTIONS) --out out/bench-peers.json >out/bench-peers.log || test $$? = 1
	./attnbench$(EXEEXT) compare --within flash $(PEERS_GOALS) --format md out/bench-peers.json >out/bench-peers.md || test $$? = 1
	@cat out/bench-peers.md
# What a call through the bridge costs: an empty function in Python beside one in C.
bench-bridge: all
	@$(MKDIR_P) out
	./attnbench$(EXEEXT) sweep --impl 'limits/empty,limits/python' --sq 1 --skv 16 --hq 1 --causal none --threads 1 --out out/bench-bridge.json
