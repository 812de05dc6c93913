# Every implementation is one folder; each adds its sources to libimpls.la (built in) or a module of its own.
# A built-in file is compiled with -DATTN_BUILT_IN, which silences its ATTN_PLUGIN line; impls/table.c names it instead.
plugin_ldflags = -module -avoid-version -shared -no-undefined $(AM_LDFLAGS)
noinst_LTLIBRARIES += %D%/libimpls.la
%C%_libimpls_la_SOURCES = %D%/table.c %D%/table.h %D%/isa.h
%C%_libimpls_la_CPPFLAGS = $(AM_CPPFLAGS) -DATTN_BUILT_IN
%C%_libimpls_la_CFLAGS = $(AM_CFLAGS) $(OPENMP_CFLAGS)
%C%_libimpls_la_LIBADD =
include %D%/naive/local.mk
include %D%/common/local.mk
include %D%/blocked/local.mk
include %D%/blas/local.mk
include %D%/onednn/local.mk
include %D%/onednn_graph/local.mk
include %D%/flash/local.mk
include %D%/limits/local.mk
include %D%/python/local.mk
include %D%/mpi/local.mk
