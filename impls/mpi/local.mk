# Attention over the ranks of mpirun. A module that the program loads there and nowhere else: it lies where no folder of
# plugins is searched.
# SPDX-License-Identifier: Apache-2.0
mpi_method_sources = %D%/job.c %D%/job.h %D%/shares.c %D%/local.c %D%/block.c %D%/extras.c %D%/extras.h %D%/exchange.c %D%/merge.h %D%/ring.c %D%/ulysses.c %D%/split_kv.c
mpi_door_sources = %D%/door.h %D%/channel.c %D%/channel.h %D%/rows.c %D%/rows.h %D%/serve.c %D%/serve.h %D%/account.c %D%/meet.c %D%/watch.c harness/memory.c
mpidir = $(plugindir)/mpi
mpi_LTLIBRARIES =
if HAVE_MPI
# Merging is arithmetic, and compiled as kernels are.
noinst_LTLIBRARIES += %D%/libmerge.la
%C%_libmerge_la_SOURCES = %D%/merge.c
%C%_libmerge_la_CFLAGS = $(AM_CFLAGS) $(VECTOR_CFLAGS)
mpi_LTLIBRARIES += %D%/attn_mpi.la
%C%_attn_mpi_la_SOURCES = $(mpi_method_sources) $(mpi_door_sources)
%C%_attn_mpi_la_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE $(MPI_CFLAGS)
%C%_attn_mpi_la_LDFLAGS = $(plugin_ldflags)
%C%_attn_mpi_la_LIBADD = %D%/libmerge.la $(MPI_LIBS) -lpthread
endif
if HAVE_MPI
bin_PROGRAMS += attnbench-scale
attnbench_scale_SOURCES = $(mpi_method_sources) %D%/scale.c %D%/scale.h %D%/scale_options.c %D%/scale_inputs.c %D%/scale_check.c %D%/scale_print.c %D%/scale_ping.c %D%/scale_local.c \
  harness/memory.c harness/npy_header.c harness/problem.c harness/key.c harness/tensor.c conformance/judge.c conformance/spread.c conformance/reference.c conformance/reference_layer.c conformance/score_error.c
attnbench_scale_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE $(MPI_CFLAGS)
attnbench_scale_LDFLAGS = $(AM_LDFLAGS) $(OPENMP_CFLAGS) $(LIBRARY_RPATHS)
attnbench_scale_LDADD = %D%/libmerge.la impls/libimpls.la $(MPI_LIBS) -lpthread
if HAVE_HELP2MAN
man1_MANS = man/attnbench-scale.1
man/attnbench-scale.1: $(attnbench_scale_SOURCES) | attnbench-scale$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && $(HELP2MAN) --no-info --section=1 --manual='User Commands' --name='attention over the ranks of mpirun' --output=$@.new \
	  ./attnbench-scale$(EXEEXT) && mv $@.new $@
CLEANFILES += man/attnbench-scale.1
endif
endif
# A local kernel that goes wrong, for tests.
check_LTLIBRARIES += %D%/faulty.la
%C%_faulty_la_SOURCES = %D%/faulty.c
%C%_faulty_la_CFLAGS = $(AM_CFLAGS)
%C%_faulty_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere $(AM_LDFLAGS)
%C%_faulty_la_LIBADD = -lm

# The same on a simulated cluster, by SimGrid's own compiler wrapper: built when asked for (make attnbench-simulate).
simulate_sources = %D%/job.c %D%/shares.c %D%/local.c %D%/block.c %D%/extras.c %D%/exchange.c %D%/merge.c %D%/ring.c %D%/ulysses.c %D%/split_kv.c %D%/scale.c %D%/scale_options.c %D%/scale_print.c %D%/scale_ping.c %D%/simulate.c
EXTRA_DIST += %D%/simulate.c
CLEANFILES += attnbench-simulate
if HAVE_SIMGRID
attnbench-simulate: $(simulate_sources) %D%/job.h %D%/extras.h %D%/merge.h %D%/scale.h config.h
	$(AM_V_CCLD)files=; for f in $(simulate_sources); do files="$$files $(srcdir)/$$f"; done; \
	$(SMPICC) -std=gnu11 -O2 -Wall -Wextra -DATTN_SIMULATED -D_GNU_SOURCE $(DEFS) -I. $(AM_CPPFLAGS) -o $@ $$files -lm
else
attnbench-simulate:
	@echo "attnbench-simulate cannot be built: smpicc was not found by configure (Debian: libsimgrid-dev)" >&2; exit 1
endif

# make check-mpi: apart from make check, since it needs mpirun and takes minutes.
mpi_tests = %D%/tests/ranks.t %D%/tests/memory.t %D%/tests/faults.t %D%/tests/scale.t %D%/tests/docs.t
mpi_simulation =
if HAVE_SIMGRID
mpi_simulation += attnbench-simulate
endif
EXTRA_DIST += $(mpi_tests) %D%/tests/mpi.sh
check-mpi: all %D%/faulty.la $(mpi_simulation)
	@$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(mpi_tests)' check_PROGRAMS= check_LTLIBRARIES='%D%/faulty.la'
# The same with MPICH, beside the MPI that this tree was configured with: this source built once more in a folder of its own.
MPICH_MPICC = mpicc.mpich
check-mpich:
	@command -v $(MPICH_MPICC) >/dev/null || { echo "check-mpich: $(MPICH_MPICC) was not found (Debian: libmpich-dev mpich; elsewhere MPICH_MPICC=FILE)" >&2; exit 1; }
	rm -rf build/mpich && $(MKDIR_P) build/mpich/build && $(MAKE) $(AM_MAKEFLAGS) distdir distdir=build/mpich/source
	cd build/mpich/build && ../source/configure -q MPICC=$(MPICH_MPICC) --without-simgrid --without-python && $(MAKE) $(AM_MAKEFLAGS) && $(MAKE) $(AM_MAKEFLAGS) check-mpi
# What ./bootstrap mpi makes.
mpi: all $(mpi_simulation)
.PHONY: check-mpi check-mpich mpi
