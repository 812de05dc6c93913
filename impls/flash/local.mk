# SPDX-License-Identifier: Apache-2.0
flash_sources = %D%/flash.c %D%/flash.h %D%/rows.c %D%/keys.c %D%/visible.c %D%/careful.c %D%/kernel_portable.c %D%/kernel.h \
  %D%/tile.h %D%/modify.h %D%/vec_math.h %D%/vec_portable.h %D%/coefficients.h
EXTRA_DIST += %D%/coefficients.py
if BUILTIN_FLASH
impls_libimpls_la_SOURCES += $(flash_sources)
endif
if MODULE_FLASH
plugin_LTLIBRARIES += attn_flash.la
attn_flash_la_SOURCES = $(flash_sources)
attn_flash_la_CFLAGS = $(AM_CFLAGS) $(OPENMP_CFLAGS)
attn_flash_la_LDFLAGS = $(plugin_ldflags)
endif
