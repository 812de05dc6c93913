if HAVE_OPENBLAS
noinst_LTLIBRARIES += %D%/libopenblas_products.la
%C%_libopenblas_products_la_SOURCES = %D%/openblas.c %D%/openblas.h
%C%_libopenblas_products_la_CPPFLAGS = $(AM_CPPFLAGS) $(OPENBLAS_CFLAGS)
%C%_libopenblas_products_la_CFLAGS = $(AM_CFLAGS) $(OPENMP_CFLAGS)
%C%_libopenblas_products_la_LIBADD = $(OPENBLAS_LIBS) -lpthread
endif
if BUILTIN_BLAS
impls_libimpls_la_SOURCES += %D%/blas.c
impls_libimpls_la_LIBADD += %D%/libopenblas_products.la
endif
if MODULE_BLAS
plugin_LTLIBRARIES += attn_blas.la
attn_blas_la_SOURCES = %D%/blas.c
attn_blas_la_LDFLAGS = $(plugin_ldflags)
attn_blas_la_LIBADD = %D%/libopenblas_products.la impls/common/libblockwise.la
endif
