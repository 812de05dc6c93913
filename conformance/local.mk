include %D%/real/local.mk
include %D%/cli/local.mk
include %D%/plugins/local.mk
include %D%/fuzz/local.mk
attnbench_SOURCES += %D%/check.c %D%/check_json.c %D%/check_json.h %D%/tap.c %D%/tap.h %D%/tap_text.c %D%/tap_text.h %D%/runner.c %D%/runner.h %D%/shrink.c %D%/shrink.h \
  %D%/trial.c %D%/trial.h %D%/case_list.c %D%/suite.h %D%/suites.c %D%/suites.h \
  %D%/suite_edge.c %D%/suite_edge.h %D%/suite_edge_keys.c %D%/suite_golden.c %D%/golden.c %D%/golden_report.c %D%/golden_report.h %D%/golden_store.c %D%/golden_store.h %D%/sums.c %D%/sums.h %D%/suite_examples.c %D%/examples.h %D%/suite_random.c %D%/suite_needle.c %D%/suite_memory.c %D%/suite_threads.c %D%/suite_rows.c %D%/rows_far.c %D%/rows_far.h \
  %D%/suite_real.c %D%/suite_property.c %D%/property.h %D%/property_plans.c %D%/property_views.c %D%/property_broadcast.c %D%/property_twists.c %D%/property_merge.c %D%/property_values.c %D%/property_families.c %D%/suite_policy.c %D%/row_alone.c %D%/row_alone.h %D%/guarded.c %D%/guarded.h \
  %D%/inputs.c %D%/inputs.h %D%/inputs_masks.c %D%/inputs_masks.h %D%/random.h \
  %D%/judge.c %D%/judge.h %D%/spread.c %D%/spread.h %D%/reference.c %D%/reference.h %D%/reference_layer.c %D%/reference_layer.h %D%/score_error.c %D%/score_error.h %D%/oracle.c %D%/oracle.h %D%/oracle_layer.c %D%/oracle_layer.h
# Attention tests of ONNX: readers of their protobuf files, which protoc-c makes from the messages' description.
attnbench_SOURCES += %D%/suite_onnx.c
EXTRA_DIST += %D%/onnx/attention.proto %D%/onnx/make_cases.py %D%/onnx/cases.txt %D%/onnx/requirements.txt %D%/onnx/README.md
onnx_sources = %D%/onnx.h %D%/onnx/proto.h %D%/onnx_tensor.c %D%/onnx_model.c %D%/onnx_case.c %D%/onnx_problem.c %D%/onnx_judge.c
onnx_made = %D%/onnx/attention.pb-c.c %D%/onnx/attention.pb-c.h
if HAVE_ONNX
attnbench_SOURCES += $(onnx_sources)
nodist_attnbench_SOURCES += $(onnx_made)
attnbench_CPPFLAGS += $(PROTOBUF_C_CFLAGS)
attnbench_LDADD += $(PROTOBUF_C_LIBS)
%D%/onnx/attention.pb-c.c: %D%/onnx/attention.proto
	$(AM_V_GEN)$(MKDIR_P) %D%/onnx && $(PROTOC_C) --proto_path=$(srcdir)/%D%/onnx --c_out=%D%/onnx $(srcdir)/%D%/onnx/attention.proto
%D%/onnx/attention.pb-c.h: %D%/onnx/attention.pb-c.c
%D%/attnbench-onnx_tensor.$(OBJEXT) %D%/attnbench-onnx_model.$(OBJEXT): %D%/onnx/attention.pb-c.h
CLEANFILES += $(onnx_made)
endif
attnbench_CPPFLAGS += $(MPFR_CFLAGS) $(LIBMD_CFLAGS)
attnbench_LDADD += $(MPFR_LIBS) $(LIBMD_LIBS) -lpthread $(JANSSON_LIBS)

# Implementations with one fault each, which the suite must find.
check_LTLIBRARIES += %D%/mutants/mutants.la
%C%_mutants_mutants_la_SOURCES = %D%/mutants/mutants.c %D%/mutants/faults.h %D%/mutants/rare.h %D%/mutants/row.h %D%/mutants/score.h \
  %D%/mutants/softmax.h %D%/mutants/outputs.h
check_LTLIBRARIES += %D%/mutants/layers.la
%C%_mutants_layers_la_SOURCES = %D%/mutants/layers.c
%C%_mutants_layers_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere $(AM_LDFLAGS)
%C%_mutants_mutants_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere $(AM_LDFLAGS)

# Implementations that are right though unusual, which it must pass.
check_LTLIBRARIES += %D%/unusual/unusual.la
%C%_unusual_unusual_la_SOURCES = %D%/unusual/unusual.c
%C%_unusual_unusual_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere $(AM_LDFLAGS)

# Implementations that end badly.
check_LTLIBRARIES += %D%/hostile/hostile.la
%C%_hostile_hostile_la_SOURCES = %D%/hostile/hostile.c
%C%_hostile_hostile_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere $(AM_LDFLAGS)
check_LTLIBRARIES += %D%/hostile/racy.la
%C%_hostile_racy_la_SOURCES = %D%/hostile/racy.c
%C%_hostile_racy_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere $(AM_LDFLAGS)

# The suite on every implementation, and on those that choose kernels by the instruction set under each.
conformance_tests = %D%/golden.t %D%/onnx/onnx.t %D%/hostile/hostile.t %D%/tsan.t %D%/mutants/mutants.t %D%/shrink.t %D%/killed.t \
  %D%/unusual/unusual.t %D%/unusual/base_two.t %D%/unusual/empty.t \
  %D%/checks/naive.t %D%/checks/blocked.t %D%/checks/blocked@avx2.t %D%/checks/blocked@scalar.t %D%/checks/blas.t %D%/checks/onednn.t \
  %D%/checks/flash.t %D%/checks/flash@avx512.t %D%/checks/flash@avx2.t %D%/checks/flash@scalar.t %D%/checks/flash-fast.t \
  %D%/checks/flash-fast@avx2.t %D%/checks/flash-fast@scalar.t
TESTS += $(conformance_tests)
EXTRA_DIST += $(conformance_tests) %D%/checks/check.sh

# Which suites catch which mutant, found anew: half an hour.
mutant-table: all $(check_LTLIBRARIES)
	@ATTNBENCH_DATA='$(abs_top_srcdir)' OMP_WAIT_POLICY=passive $(PYTHON3) $(srcdir)/%D%/mutants/table.py ./attnbench$(EXEEXT) \
	  %D%/mutants/.libs/mutants.so %D%/mutants/.libs/layers.so >mutants.md.new && mv mutants.md.new $(srcdir)/docs/mutants.md
# The suites at length: up to half an hour on two cores.
check-full: all
	@ATTNBENCH=./attnbench$(EXEEXT) ATTNBENCH_DATA='$(abs_top_srcdir)' top_srcdir='$(abs_top_srcdir)' OMP_WAIT_POLICY=passive LC_ALL=C \
	  $(SHELL) $(srcdir)/%D%/checks/full.sh
.PHONY: mutant-table check-full
EXTRA_DIST += %D%/mutants/table.py %D%/checks/full.sh %D%/tightness.py
