bin_PROGRAMS += attnbench
attnbench_CPPFLAGS = $(AM_CPPFLAGS) -DATTN_PLUGINDIR='"$(plugindir)"' -DATTN_PKGDATADIR='"$(pkgdatadir)"' \
  -DATTN_BUILDDIR='"$(abs_top_builddir)"' -DATTN_SRCDIR='"$(abs_top_srcdir)"' $(JANSSON_CFLAGS)
attnbench_CFLAGS = $(AM_CFLAGS)
attnbench_LDFLAGS = $(AM_LDFLAGS) $(OPENMP_CFLAGS) $(LIBRARY_RPATHS)
attnbench_LDADD = impls/libimpls.la $(JANSSON_LIBS)
attnbench_SOURCES = %D%/main.c %D%/command.c %D%/command.h %D%/registry.c %D%/registry.h %D%/list.c \
  %D%/problem.c %D%/key.c %D%/problem.h %D%/tensor.c %D%/tensor.h %D%/host.c %D%/host.h %D%/sandbox.c %D%/sandbox.h \
  %D%/npy.c %D%/npy.h %D%/npy_header.c %D%/npy_header.h %D%/npy_write.c \
  %D%/options.c %D%/options.h %D%/load.c %D%/attempt.c %D%/attempt.h %D%/run.c %D%/run.h %D%/run_report.c %D%/run_judge.c \
  %D%/list.h %D%/list_impls.c %D%/features.c %D%/features.h

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
