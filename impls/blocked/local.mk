noinst_LTLIBRARIES += %D%/libproduct.la
%C%_libproduct_la_SOURCES = %D%/product.c %D%/product.h
%C%_libproduct_la_CPPFLAGS = $(AM_CPPFLAGS) -DVARIANT_ISA=base
%C%_libproduct_la_CFLAGS = $(vector_cflags)
%C%_libproduct_la_LIBADD =
if HAVE_AVX2
noinst_LTLIBRARIES += %D%/libproduct_avx2.la
%C%_libproduct_avx2_la_SOURCES = %D%/product.c %D%/product.h
%C%_libproduct_avx2_la_CPPFLAGS = $(AM_CPPFLAGS) -DVARIANT_ISA=avx2
%C%_libproduct_avx2_la_CFLAGS = $(vector_cflags) $(AVX2_CFLAGS)
%C%_libproduct_la_LIBADD += %D%/libproduct_avx2.la
endif
if HAVE_AVX512
noinst_LTLIBRARIES += %D%/libproduct_avx512.la
%C%_libproduct_avx512_la_SOURCES = %D%/product.c %D%/product.h
%C%_libproduct_avx512_la_CPPFLAGS = $(AM_CPPFLAGS) -DVARIANT_ISA=avx512
%C%_libproduct_avx512_la_CFLAGS = $(vector_cflags) $(AVX512_CFLAGS)
%C%_libproduct_la_LIBADD += %D%/libproduct_avx512.la
endif
impls_libimpls_la_LIBADD += %D%/libproduct.la
if BUILTIN_BLOCKED
impls_libimpls_la_SOURCES += %D%/blocked.c
endif
if MODULE_BLOCKED
plugin_LTLIBRARIES += attn_blocked.la
attn_blocked_la_SOURCES = %D%/blocked.c
attn_blocked_la_CFLAGS = $(AM_CFLAGS) $(OPENMP_CFLAGS)
attn_blocked_la_LDFLAGS = $(plugin_ldflags)
attn_blocked_la_LIBADD = %D%/libproduct.la impls/common/libblockwise.la
endif
