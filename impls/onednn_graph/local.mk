TESTS += %D%/onednn_graph.t
EXTRA_DIST += %D%/onednn_graph.t
onednn_graph_sources = %D%/onednn_graph.c %D%/engine.c %D%/engine.h %D%/graph.c %D%/graph.h
if BUILTIN_ONEDNN_GRAPH
noinst_LTLIBRARIES += %D%/libonednn_graph.la
%C%_libonednn_graph_la_SOURCES = $(onednn_graph_sources)
if !BUILTIN_ONEDNN
%C%_libonednn_graph_la_SOURCES += impls/onednn/threads.c
endif
%C%_libonednn_graph_la_CPPFLAGS = $(AM_CPPFLAGS) $(ONEDNN_CFLAGS) -DATTN_BUILT_IN
%C%_libonednn_graph_la_CFLAGS = $(AM_CFLAGS) $(OPENMP_CFLAGS)
%C%_libonednn_graph_la_LIBADD = $(ONEDNN_LIBS)
impls_libimpls_la_LIBADD += %D%/libonednn_graph.la
endif
if MODULE_ONEDNN_GRAPH
plugin_LTLIBRARIES += attn_onednn_graph.la
attn_onednn_graph_la_SOURCES = $(onednn_graph_sources) impls/onednn/threads.c
attn_onednn_graph_la_CPPFLAGS = $(AM_CPPFLAGS) $(ONEDNN_CFLAGS)
attn_onednn_graph_la_CFLAGS = $(AM_CFLAGS) $(OPENMP_CFLAGS)
attn_onednn_graph_la_LDFLAGS = $(plugin_ldflags)
attn_onednn_graph_la_LIBADD = $(ONEDNN_LIBS)
endif
