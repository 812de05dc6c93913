# Plugins for tests only: files that are no plugin, and implementations that end badly.
test_plugin_ldflags = -module -avoid-version -shared -rpath /nowhere $(AM_LDFLAGS)
check_LTLIBRARIES += %D%/no_symbol.la %D%/other_abi.la %D%/no_name.la %D%/no_run.la %D%/no_impl.la %D%/ends_badly.la
%C%_no_symbol_la_SOURCES = %D%/no_symbol.c
%C%_no_symbol_la_LDFLAGS = $(test_plugin_ldflags)
%C%_other_abi_la_SOURCES = %D%/other_abi.c %D%/broken.h
%C%_other_abi_la_LDFLAGS = $(test_plugin_ldflags)
%C%_no_name_la_SOURCES = %D%/no_name.c %D%/broken.h
%C%_no_name_la_LDFLAGS = $(test_plugin_ldflags)
%C%_no_run_la_SOURCES = %D%/no_run.c %D%/broken.h
%C%_no_run_la_LDFLAGS = $(test_plugin_ldflags)
%C%_no_impl_la_SOURCES = %D%/no_impl.c
%C%_no_impl_la_LDFLAGS = $(test_plugin_ldflags)
%C%_ends_badly_la_SOURCES = %D%/ends_badly.c %D%/broken.h
%C%_ends_badly_la_LDFLAGS = $(test_plugin_ldflags)
