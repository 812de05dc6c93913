# One convenience library an instruction set: its flags reach no other file. Those files are position-independent already,
# so that a module may hold them.
# SPDX-License-Identifier: Apache-2.0
flash_sources = %D%/flash.c %D%/flash.h %D%/plan.h %D%/share.h %D%/split.c %D%/workspace.c %D%/rows.c %D%/keys.c %D%/visible.c %D%/careful.c %D%/kernel_portable.c %D%/fast_portable.c %D%/kernel.h %D%/finish.h \
  %D%/tile.h %D%/convert.h %D%/operands_f32.h %D%/stage.h %D%/unroll.h %D%/modify.h %D%/few.h %D%/few_tile.h %D%/vec_math.h %D%/vec_portable.h %D%/coefficients.h
EXTRA_DIST += %D%/coefficients.py %D%/NOTES.md %D%/compilers.t
TESTS += %D%/compilers.t
flash_isa =
if HAVE_AVX2
noinst_LTLIBRARIES += %D%/libflash_avx2.la
%C%_libflash_avx2_la_SOURCES = %D%/kernel_avx2.c %D%/fast_avx2.c %D%/vec_avx2.h %D%/few_avx2.h
%C%_libflash_avx2_la_CFLAGS = $(AM_CFLAGS) $(ALIGN_CFLAGS) $(AVX2_CFLAGS)
flash_isa += %D%/libflash_avx2.la
endif
if HAVE_AVX512
noinst_LTLIBRARIES += %D%/libflash_avx512.la
%C%_libflash_avx512_la_SOURCES = %D%/kernel_avx512.c %D%/fast_avx512.c %D%/vec_avx512.h %D%/few_avx512.h
%C%_libflash_avx512_la_CFLAGS = $(AM_CFLAGS) $(ALIGN_CFLAGS) $(AVX512_CFLAGS)
flash_isa += %D%/libflash_avx512.la
endif
if HAVE_AVX512_BF16
noinst_LTLIBRARIES += %D%/libflash_avx512_bf16.la
%C%_libflash_avx512_bf16_la_SOURCES = %D%/kernel_avx512_bf16.c %D%/vec_avx512.h %D%/vec_avx512_bf16.h %D%/operands_bf16.h
%C%_libflash_avx512_bf16_la_CFLAGS = $(AM_CFLAGS) $(ALIGN_CFLAGS) $(AVX512_CFLAGS) -mavx512bf16
flash_isa += %D%/libflash_avx512_bf16.la
endif
if BUILTIN_FLASH
check_PROGRAMS += %D%/exp_test %D%/share_test %D%/split_test %D%/workspace_test
TESTS += %D%/exp_test %D%/share_test %D%/split_test %D%/workspace_test
%C%_exp_test_SOURCES = %D%/exp_test.c
%C%_exp_test_LDADD = impls/libimpls.la
%C%_share_test_SOURCES = %D%/share_test.c
%C%_share_test_LDADD = -lpthread
%C%_split_test_SOURCES = %D%/split_test.c
%C%_split_test_LDADD = impls/libimpls.la
%C%_workspace_test_SOURCES = %D%/workspace_test.c
%C%_workspace_test_LDADD = impls/libimpls.la
impls_libimpls_la_SOURCES += $(flash_sources)
impls_libimpls_la_LIBADD += $(flash_isa)
endif
if MODULE_FLASH
plugin_LTLIBRARIES += attn_flash.la
attn_flash_la_SOURCES = $(flash_sources)
attn_flash_la_CFLAGS = $(AM_CFLAGS) $(OPENMP_CFLAGS)
attn_flash_la_LDFLAGS = $(plugin_ldflags)
attn_flash_la_LIBADD = $(flash_isa)
endif
