# libFuzzer on the readers of .npy files, keys and ONNX tests: make fuzz, or one of them; needs clang. What it finds goes into the
# corpus, which make check replays.
FUZZ_SECONDS = 60
fuzz_npy_sources = %D%/npy.c harness/npy.c harness/npy_header.c harness/tensor.c harness/problem.c
fuzz_key_sources = %D%/key.c harness/key.c harness/problem.c
fuzz_onnx_sources = %D%/onnx.c conformance/onnx_tensor.c conformance/onnx_model.c conformance/onnx_case.c conformance/onnx_problem.c harness/tensor.c harness/problem.c
fuzz_targets = fuzz-npy fuzz-key
if HAVE_ONNX
fuzz_targets += fuzz-onnx
endif
fuzz: $(fuzz_targets)
fuzz-onnx: conformance/onnx/attention.pb-c.c
fuzz-npy fuzz-key fuzz-onnx:
	@$(MKDIR_P) %D%
	case $@ in \
	fuzz-npy) sources='$(fuzz_npy_sources)' corpus=harness/tests/npy longest=400 libs= ;; \
	fuzz-key) sources='$(fuzz_key_sources)' corpus=%D%/key longest=400 libs= ;; \
	fuzz-onnx) sources='$(fuzz_onnx_sources) $(onnx_made)' corpus=%D%/onnx longest=8000 libs='$(PROTOBUF_C_LIBS)' ;; esac; \
	files=; for f in $$sources; do case $$f in *.h) ;; *) if test -e $$f; then files="$$files $$f"; else files="$$files $(srcdir)/$$f"; fi ;; esac; done; \
	found=`mktemp -d` && \
	clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined $(DEFS) -I. $(AM_CPPFLAGS) $(PROTOBUF_C_CFLAGS) -o %D%/$@ $$files $$libs -lm && \
	%D%/$@ -max_total_time=$(FUZZ_SECONDS) -max_len=$$longest -artifact_prefix=%D%/ -print_final_stats=1 "$$found" $(srcdir)/$$corpus && rm -r "$$found"
.PHONY: fuzz fuzz-npy fuzz-key fuzz-onnx
CLEANFILES += %D%/fuzz-npy %D%/fuzz-key %D%/fuzz-onnx
EXTRA_DIST += %D%/key %D%/onnx

fuzz_replays = %D%/replay_npy %D%/replay_key
%C%_replay_npy_SOURCES = %D%/replay.c $(fuzz_npy_sources)
%C%_replay_npy_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"harness/tests/npy"'
%C%_replay_key_SOURCES = %D%/replay.c $(fuzz_key_sources)
%C%_replay_key_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%D%/key"'
if HAVE_ONNX
fuzz_replays += %D%/replay_onnx
%C%_replay_onnx_SOURCES = %D%/replay.c $(fuzz_onnx_sources)
nodist_%C%_replay_onnx_SOURCES = $(onnx_made)
%C%_replay_onnx_CPPFLAGS = $(AM_CPPFLAGS) $(PROTOBUF_C_CFLAGS) -DFUZZ_CORPUS='"%D%/onnx"'
%C%_replay_onnx_LDADD = $(PROTOBUF_C_LIBS)
endif
check_PROGRAMS += $(fuzz_replays)
TESTS += $(fuzz_replays)
