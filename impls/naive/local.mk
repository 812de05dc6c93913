if BUILTIN_NAIVE
impls_libimpls_la_SOURCES += %D%/naive.c %D%/naive_layer.h %D%/naive_real.h impls/common/plan.h
endif
if MODULE_NAIVE
plugin_LTLIBRARIES += attn_naive.la
attn_naive_la_SOURCES = %D%/naive.c %D%/naive_layer.h %D%/naive_real.h impls/common/plan.h
attn_naive_la_CFLAGS = $(AM_CFLAGS) $(OPENMP_CFLAGS)
attn_naive_la_LDFLAGS = $(plugin_ldflags)
endif
