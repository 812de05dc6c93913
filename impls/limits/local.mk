if HAVE_OPENBLAS
limits_products = impls/blas/libopenblas_products.la
else
limits_products = impls/blocked/libproduct.la
endif
limits_sources = %D%/memcpy.c %D%/gemms.c %D%/empty.c %D%/limits.h impls/common/plan.h
if BUILTIN_LIMITS
impls_libimpls_la_SOURCES += $(limits_sources)
if HAVE_OPENBLAS
if !BUILTIN_BLAS
impls_libimpls_la_LIBADD += $(limits_products)
endif
endif
endif
if MODULE_LIMITS
plugin_LTLIBRARIES += attn_limits.la
attn_limits_la_SOURCES = $(limits_sources)
attn_limits_la_CFLAGS = $(AM_CFLAGS) $(OPENMP_CFLAGS)
attn_limits_la_LDFLAGS = $(plugin_ldflags)
attn_limits_la_LIBADD = $(limits_products) impls/common/libblockwise.la
endif
