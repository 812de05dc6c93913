onednn_sources = %D%/onednn.c %D%/primitive.c %D%/primitive.h %D%/threads.c %D%/threads.h
onednn_cppflags = $(AM_CPPFLAGS) $(ONEDNN_CFLAGS)
if BUILTIN_ONEDNN
noinst_LTLIBRARIES += %D%/libonednn.la
%C%_libonednn_la_SOURCES = $(onednn_sources)
%C%_libonednn_la_CPPFLAGS = $(onednn_cppflags) -DATTN_BUILT_IN
%C%_libonednn_la_CFLAGS = $(AM_CFLAGS) $(OPENMP_CFLAGS)
%C%_libonednn_la_LIBADD = $(ONEDNN_LIBS)
impls_libimpls_la_LIBADD += %D%/libonednn.la
endif
if MODULE_ONEDNN
plugin_LTLIBRARIES += attn_onednn.la
attn_onednn_la_SOURCES = $(onednn_sources)
attn_onednn_la_CPPFLAGS = $(onednn_cppflags)
attn_onednn_la_CFLAGS = $(AM_CFLAGS) $(OPENMP_CFLAGS)
attn_onednn_la_LDFLAGS = $(plugin_ldflags)
attn_onednn_la_LIBADD = impls/common/libblockwise.la $(ONEDNN_LIBS)
endif
