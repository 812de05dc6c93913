bin_PROGRAMS += attnbench
attnbench_CPPFLAGS = $(AM_CPPFLAGS) -DATTN_PLUGINDIR='"$(plugindir)"' -DATTN_PKGDATADIR='"$(pkgdatadir)"' \
  -DATTN_BUILDDIR='"$(abs_top_builddir)"' -DATTN_SRCDIR='"$(abs_top_srcdir)"' $(JANSSON_CFLAGS) $(LIBPFM_CFLAGS)
attnbench_CFLAGS = $(AM_CFLAGS)
attnbench_LDFLAGS = $(AM_LDFLAGS) $(OPENMP_CFLAGS) $(LIBRARY_RPATHS)
nodist_attnbench_SOURCES =
attnbench_LDADD = impls/libimpls.la $(JANSSON_LIBS)
if HAVE_PYTHON
attnbench_LDADD += impls/python/libpython.la
endif
attnbench_SOURCES = %D%/main.c %D%/command.c %D%/command.h %D%/command_json.c %D%/command_json.h %D%/wrap.c %D%/wrap.h %D%/registry.c %D%/registry.h %D%/ranks.c %D%/ranks.h %D%/python_files.c %D%/python_files.h %D%/list.c \
  %D%/problem.c %D%/key.c %D%/problem.h %D%/sizes.h %D%/tensor.c %D%/tensor.h %D%/host.c %D%/host.h %D%/invoke.h %D%/sandbox.c %D%/sandbox.h \
  %D%/npy.c %D%/npy.h %D%/npy_header.c %D%/npy_header.h %D%/npy_write.c \
  %D%/options.c %D%/options.h %D%/load.c %D%/attempt.c %D%/attempt.h %D%/run.c %D%/run.h %D%/run_report.c %D%/run_judge.c \
  %D%/list.h %D%/list_impls.c %D%/features.c %D%/features.h %D%/list_workloads.c %D%/new_plugin.c
# sweep and info
attnbench_SOURCES += %D%/range.c %D%/range.h %D%/stats.c %D%/stats.h %D%/stats_compare.c %D%/stats_compare.h %D%/stats_low.c %D%/memory.c %D%/memory.h %D%/workload.c %D%/workload.h \
  %D%/machine.c %D%/machine.h %D%/machine_build.c %D%/machine_cpu.c %D%/machine_system.c %D%/machine_libraries.c \
  %D%/machine_json.c %D%/machine_json.h %D%/counters.c %D%/counters.h %D%/roof.c %D%/roof.h %D%/roof_flops.c %D%/roof_read.c %D%/info.c \
  %D%/gbench.h %D%/sweep.c %D%/sweep.h %D%/sweep_options.c %D%/sweep_options.h %D%/merge.c %D%/compare.c %D%/compare.h %D%/compare_sets.c %D%/compare_print.c \
  %D%/compare_within.c %D%/compare_within.h %D%/compare_goals.c \
  %D%/sweep_set.c %D%/sweep_set.h %D%/sweep_processes.c %D%/sweep_growth.c
sweep_sources = %D%/sweep_plan.c %D%/sweep_work.c %D%/sweep_work.h %D%/sweep_run.c %D%/sweep_round.c %D%/sweep_round.h %D%/sweep_worker.c %D%/sweep_worker.h \
  %D%/sweep_pass.c %D%/sweep_pass.h %D%/sweep_pace.c %D%/sweep_pace.h %D%/sweep_pool.c %D%/sweep_bind.c %D%/sweep_bind.h \
  %D%/sweep_check.c %D%/sweep_canary.c %D%/sweep_estimate.c %D%/sweep_progress.c %D%/sweep_progress.h %D%/sweep_print.c \
  %D%/sweep_cache.c %D%/sweep_cache.h \
  %D%/sweep_entry.c %D%/sweep_context.c %D%/sweep_warnings.c %D%/sweep_resume.c %D%/sweep_json.c %D%/sweep_json.h
nobase_dist_pkgdata_DATA += %D%/workloads.txt
if HAVE_BENCHMARK
if HAVE_JANSSON
attnbench_SOURCES += $(sweep_sources)
endif
# The one file in C++ is a library of its own, so that the program is linked by the C++ compiler only where there is one.
noinst_LTLIBRARIES += %D%/libgbench.la
%C%_libgbench_la_SOURCES = %D%/gbench.cc
%C%_libgbench_la_CPPFLAGS = $(AM_CPPFLAGS) $(BENCHMARK_CFLAGS)
%C%_libgbench_la_CXXFLAGS = -Wall -Wextra $(WERROR_CFLAGS) $(SANITIZE_FLAGS)
attnbench_LDADD += %D%/libgbench.la $(BENCHMARK_LIBS)
attnbench_LINK = $(LIBTOOL) $(AM_V_lt) --tag=CXX $(AM_LIBTOOLFLAGS) $(LIBTOOLFLAGS) --mode=link $(CXX) $(CXXFLAGS) $(attnbench_LDFLAGS) $(LDFLAGS) -o $@
else
attnbench_LINK = $(LIBTOOL) $(AM_V_lt) --tag=CC $(AM_LIBTOOLFLAGS) $(LIBTOOLFLAGS) --mode=link $(CCLD) $(attnbench_CFLAGS) $(CFLAGS) $(attnbench_LDFLAGS) $(LDFLAGS) -o $@
endif
attnbench_LDADD += $(HWLOC_LIBS) $(LIBMD_LIBS) $(LIBPFM_LIBS) -lpthread
# The commit that is built: remade at each make, touched only when it changes.
harness/commit.h: commit-is-checked
	@$(MKDIR_P) harness; commit=; \
	if test -e $(top_srcdir)/.git; then commit=`git -C $(top_srcdir) describe --always --abbrev=12 --dirty 2>/dev/null`; fi; \
	echo "#define ATTN_COMMIT \"$${commit:-not available}\"" >$@.new; \
	if cmp -s $@.new $@; then rm -f $@.new; else mv -f $@.new $@; fi
commit-is-checked:
.PHONY: commit-is-checked
harness/attnbench-machine_build.$(OBJEXT): harness/commit.h
CLEANFILES += harness/commit.h

# Tests of sweep: a plugin that goes wrong in every way.
TESTS += %D%/sweep.t
EXTRA_DIST += %D%/test_stats_goldens.py %D%/sweep.t
check_LTLIBRARIES += %D%/test_sweep_plugin.la
%C%_test_sweep_plugin_la_SOURCES = %D%/test_sweep_plugin.c
%C%_test_sweep_plugin_la_CPPFLAGS = -I$(top_srcdir)/include
%C%_test_sweep_plugin_la_CFLAGS = $(AM_CFLAGS) $(OPENMP_CFLAGS)
%C%_test_sweep_plugin_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere $(AM_LDFLAGS) $(OPENMP_CFLAGS)
if HAVE_CMOCKA
check_PROGRAMS += %D%/test_range %D%/test_stats %D%/test_sweep_work
TESTS += %D%/test_range %D%/test_stats %D%/test_sweep_work
%C%_test_range_SOURCES = %D%/test_range.c %D%/range.c
%C%_test_range_LDADD = $(CMOCKA_LIBS)
%C%_test_stats_SOURCES = %D%/test_stats.c %D%/test_stats_goldens.h %D%/stats.c %D%/stats_compare.c %D%/stats_low.c
%C%_test_stats_LDADD = $(CMOCKA_LIBS)
%C%_test_sweep_work_SOURCES = %D%/test_sweep_work.c %D%/sweep_work.c %D%/problem.c %D%/key.c %D%/tensor.c
%C%_test_sweep_work_LDADD = $(CMOCKA_LIBS)
if HAVE_JANSSON
check_PROGRAMS += %D%/test_compare %D%/test_warnings
TESTS += %D%/test_compare %D%/test_warnings
%C%_test_warnings_SOURCES = %D%/test_warnings.c %D%/sweep_warnings.c %D%/machine.c %D%/machine_system.c %D%/memory.c
%C%_test_warnings_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_test_warnings_LDADD = $(CMOCKA_LIBS) $(JANSSON_LIBS)
%C%_test_compare_SOURCES = %D%/test_compare.c %D%/compare_sets.c %D%/stats.c %D%/stats_compare.c %D%/stats_low.c
%C%_test_compare_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_test_compare_LDADD = $(CMOCKA_LIBS) $(JANSSON_LIBS)
endif
endif

# Unit tests.
EXTRA_DIST += %D%/tests/npy
if HAVE_CMOCKA
unit_tests = %D%/test_npy %D%/test_key
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
%C%_test_npy_SOURCES = %D%/test_npy.c %D%/npy.c %D%/npy_header.c %D%/npy_write.c %D%/tensor.c %D%/problem.c
%C%_test_npy_LDADD = $(CMOCKA_LIBS)
%C%_test_key_SOURCES = %D%/test_key.c %D%/key.c %D%/problem.c
%C%_test_key_LDADD = $(CMOCKA_LIBS)
endif
