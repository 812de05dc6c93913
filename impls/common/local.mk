# The block driver and its softmax, for every implementation made of two matrix products.
vector_cflags = $(AM_CFLAGS) $(VECTOR_CFLAGS)
noinst_LTLIBRARIES += %D%/libblockwise.la %D%/libsoftmax_base.la
%C%_libblockwise_la_SOURCES = %D%/blockwise.c %D%/blockwise_run.c %D%/block_softmax.c %D%/blockwise.h %D%/block.h \
  %D%/gemm.h %D%/kernels.h %D%/processors.h %D%/softmax.h
%C%_libblockwise_la_CFLAGS = $(AM_CFLAGS) $(OPENMP_CFLAGS)
%C%_libblockwise_la_LIBADD = %D%/libsoftmax_base.la
%C%_libsoftmax_base_la_SOURCES = %D%/softmax.c %D%/softmax.h %D%/exp.h
%C%_libsoftmax_base_la_CPPFLAGS = $(AM_CPPFLAGS) -DVARIANT_ISA=base
%C%_libsoftmax_base_la_CFLAGS = $(vector_cflags)
if HAVE_AVX2
noinst_LTLIBRARIES += %D%/libsoftmax_avx2.la
%C%_libsoftmax_avx2_la_SOURCES = %D%/softmax.c %D%/softmax.h %D%/exp.h
%C%_libsoftmax_avx2_la_CPPFLAGS = $(AM_CPPFLAGS) -DVARIANT_ISA=avx2
%C%_libsoftmax_avx2_la_CFLAGS = $(vector_cflags) $(AVX2_CFLAGS)
%C%_libblockwise_la_LIBADD += %D%/libsoftmax_avx2.la
endif
if HAVE_AVX512
noinst_LTLIBRARIES += %D%/libsoftmax_avx512.la
%C%_libsoftmax_avx512_la_SOURCES = %D%/softmax.c %D%/softmax.h %D%/exp.h
%C%_libsoftmax_avx512_la_CPPFLAGS = $(AM_CPPFLAGS) -DVARIANT_ISA=avx512
%C%_libsoftmax_avx512_la_CFLAGS = $(vector_cflags) $(AVX512_CFLAGS)
%C%_libblockwise_la_LIBADD += %D%/libsoftmax_avx512.la
endif
EXTRA_DIST += %D%/exp_coefficients.py
impls_libimpls_la_LIBADD += %D%/libblockwise.la
