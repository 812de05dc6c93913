# CPython embedded: a Python file as an implementation. Part of the program where there is a Python to embed.
nobase_dist_pkgdata_DATA += %D%/bridge.py
TESTS += %D%/python.t
EXTRA_DIST += %D%/python.t
if HAVE_PYTHON
noinst_LTLIBRARIES += %D%/libpython.la
%C%_libpython_la_SOURCES = %D%/python.h %D%/about.c %D%/bridge.c %D%/interpreter.c %D%/interpreter.h %D%/objects.c %D%/objects.h %D%/slots.c %D%/slots.h %D%/views.c %D%/views.h
%C%_libpython_la_CPPFLAGS = $(AM_CPPFLAGS) $(PYTHON_CFLAGS) -DPYTHON_PROGRAM='"$(PYTHON_PROGRAM)"'
%C%_libpython_la_CFLAGS = $(AM_CFLAGS)
%C%_libpython_la_LIBADD = $(PYTHON_LIBS)
endif
