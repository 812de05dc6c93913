bin_PROGRAMS += attnbench
attnbench_CPPFLAGS = $(AM_CPPFLAGS) -DATTN_PLUGINDIR='"$(plugindir)"' -DATTN_PKGDATADIR='"$(pkgdatadir)"' \
  -DATTN_BUILDDIR='"$(abs_top_builddir)"' -DATTN_SRCDIR='"$(abs_top_srcdir)"' $(JANSSON_CFLAGS)
attnbench_CFLAGS = $(AM_CFLAGS)
attnbench_LDFLAGS = $(AM_LDFLAGS) $(OPENMP_CFLAGS)
attnbench_LDADD = impls/libimpls.la $(JANSSON_LIBS)
attnbench_SOURCES = %D%/main.c %D%/command.c %D%/command.h %D%/registry.c %D%/registry.h %D%/list.c \
  %D%/problem.c %D%/key.c %D%/problem.h %D%/tensor.c %D%/tensor.h %D%/host.c %D%/host.h %D%/sandbox.c %D%/sandbox.h \
  %D%/npy.c %D%/npy.h %D%/npy_header.c %D%/npy_header.h %D%/npy_write.c \
  %D%/options.c %D%/options.h %D%/load.c %D%/attempt.c %D%/attempt.h %D%/run.c %D%/run.h %D%/run_report.c %D%/run_judge.c
# info, and what sweep builds on
attnbench_SOURCES += %D%/range.c %D%/range.h %D%/stats.c %D%/stats.h %D%/memory.c %D%/memory.h %D%/workload.c %D%/workload.h \
  %D%/machine.c %D%/machine.h %D%/machine_build.c %D%/machine_cpu.c %D%/machine_system.c %D%/machine_libraries.c \
  %D%/machine_json.c %D%/machine_json.h %D%/roof.c %D%/roof.h %D%/roof_flops.c %D%/roof_read.c %D%/info.c
nobase_dist_pkgdata_DATA += %D%/workloads.txt
attnbench_LDADD += $(HWLOC_LIBS) $(LIBMD_LIBS) -lpthread
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
