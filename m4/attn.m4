# Macros of attnbench's configure.
# SPDX-License-Identifier: Apache-2.0

# attn_folder_with FILE FOLDER…: the first folder that holds FILE, a pattern.
AC_DEFUN([ATTN_FOLDER_WITH],[
attn_folder_with() {
  attn_wanted=$[]1; shift
  for attn_folder in "$[]@"; do
    for attn_file in "$attn_folder"/$attn_wanted; do AS_IF([test -e "$attn_file"],[AS_ECHO(["$attn_folder"]); return]); done
  done
}
attn_arch=`$CC -print-multiarch 2>/dev/null`
])

# ATTN_DEP(NAME, VAR, PKG-SPEC, HEADER, LIBS, CALL, WHAT, DEBIAN)
# --with-NAME=auto|yes|no|PREFIX for an optional library: pkg-config's PKG-SPEC, or HEADER and LIBS alone, proved by linking
# a program that does CALL (in the language in force). Under PREFIX the header and the first of LIBS must lie themselves: the
# system's would be another than the one asked for. The run path is the old kind, where what a library of PREFIX needs is looked for too. Sets VAR_CFLAGS, VAR_LIBS, have_NAME, why_NAME, HAVE_VAR ('-' in NAME becomes '_').
AC_DEFUN([ATTN_DEP],[
  m4_pushdef([ATTN_SH],m4_translit([$1],[-],[_]))
  AC_REQUIRE([ATTN_FOLDER_WITH])dnl
  AC_ARG_WITH([$1],[AS_HELP_STRING([--with-$1=auto|yes|no|PREFIX],[$7 @<:@auto@:>@])],[],[with_[]ATTN_SH=auto])
  have_[]ATTN_SH=no why_[]ATTN_SH="--without-$1 was given" $2_CFLAGS= $2_LIBS=
  AS_CASE([$with_[]ATTN_SH],
    [no],[],
    [yes|auto],[m4_ifval([$3],[PKG_CHECK_EXISTS([$3],
        [$2_CFLAGS=`$PKG_CONFIG --cflags "$3"` $2_LIBS=`$PKG_CONFIG --libs "$3"`],[$2_LIBS="$5"])],[$2_LIBS="$5"])],
    [/*],[attn_include=`attn_folder_with $4 "$with_[]ATTN_SH/include" "$with_[]ATTN_SH/include/$attn_arch"`
      attn_lib=`AS_ECHO(["$5"]) | sed 's/ .*//;s/-l/lib/'`
      attn_libdir=`attn_folder_with "$attn_lib.[[sa]]*" "$with_[]ATTN_SH/lib" "$with_[]ATTN_SH/lib64" "$with_[]ATTN_SH/lib/$attn_arch"`
      AS_IF([test "x$attn_include" = x],[AC_MSG_ERROR([--with-$1=$with_[]ATTN_SH was given, but $with_[]ATTN_SH/include holds no $4])])
      AS_IF([test "x$attn_libdir" = x],[AC_MSG_ERROR([--with-$1=$with_[]ATTN_SH was given, but $with_[]ATTN_SH/lib and lib64 hold no $attn_lib.so])])
      $2_CFLAGS="-I$attn_include" $2_LIBS="-L$attn_libdir -Wl,-rpath,$attn_libdir -Wl,--disable-new-dtags $5"
      LIBRARY_RPATHS="$LIBRARY_RPATHS -R$attn_libdir -Wl,--disable-new-dtags"],
    [AC_MSG_ERROR([--with-$1 takes auto, yes, no or an absolute PREFIX, not "$with_[]ATTN_SH"])])
  AS_IF([test "$with_[]ATTN_SH" != no],[
    AC_MSG_CHECKING([for $7])
    attn_save_CPPFLAGS=$CPPFLAGS attn_save_LIBS=$LIBS
    CPPFLAGS="$CPPFLAGS $$2_CFLAGS" LIBS="$$2_LIBS $LIBS"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <$4>]],[[$6;]])],[have_[]ATTN_SH=yes],[why_[]ATTN_SH="<$4> and $5 did not compile and link (Debian: $8)"])
    CPPFLAGS=$attn_save_CPPFLAGS LIBS=$attn_save_LIBS
    AC_MSG_RESULT([$have_[]ATTN_SH])
    AS_IF([test "$have_[]ATTN_SH" = no && test "$with_[]ATTN_SH" != auto],
      [AC_MSG_ERROR([--with-$1=$with_[]ATTN_SH was given, but $why_[]ATTN_SH])])])
  AS_IF([test "$have_[]ATTN_SH" = yes],[AC_DEFINE([HAVE_$2],[1],[Define to 1 with $7])],[$2_CFLAGS= $2_LIBS=])
  AM_CONDITIONAL([HAVE_$2],[test "$have_[]ATTN_SH" = yes])
  AC_DEFINE_UNQUOTED([WHY_$2],["$why_[]ATTN_SH"],[Why there is no $7])
  AC_SUBST([$2_CFLAGS]) AC_SUBST([$2_LIBS])
  AC_SUBST([LIBRARY_RPATHS]) dnl of all of them, for programs: libtool does not carry a convenience library's run path to them
  m4_popdef([ATTN_SH])
])

# ATTN_IMPL(NAME, [CONDITION], [WHY-NOT])
# One implementation: built in, or a module when --enable-modules lists it, or off when CONDITION is not "yes".
AC_DEFUN([ATTN_IMPL],[
  m4_pushdef([ATTN_UP],m4_translit([$1],[a-z-],[A-Z_]))
  AS_CASE([",$enable_modules,"],[*,$1,*|*,all,*],[impl_$1=module],[impl_$1="built in"])
  m4_ifval([$2],[AS_IF([test "$2" != yes],[impl_$1="off: $3"])])
  AM_CONDITIONAL([BUILTIN_]ATTN_UP,[test "$impl_$1" = "built in"])
  AM_CONDITIONAL([MODULE_]ATTN_UP,[test "$impl_$1" = module])
  AS_IF([test "$impl_$1" = "built in"],[AC_DEFINE([BUILTIN_]ATTN_UP,[1],[Define to 1 if $1 is built in])])
  attn_impl_names="$attn_impl_names $1"
  m4_popdef([ATTN_UP])
])

# ATTN_PYTHON
# --with-python=auto|yes|no|PREFIX: the CPython to embed, by its python3-embed.pc (under PREFIX/lib where that is given). Sets PYTHON_CFLAGS,
# PYTHON_LIBS, PYTHON_PROGRAM (the interpreter of the same version), have_python, why_python, HAVE_PYTHON.
AC_DEFUN([ATTN_PYTHON],[
  AC_ARG_WITH([python],[AS_HELP_STRING([--with-python=auto|yes|no|PREFIX],[CPython, for implementations in Python @<:@auto@:>@])],[],[with_python=auto])
  have_python=no why_python="--without-python was given" PYTHON_CFLAGS= PYTHON_LIBS= PYTHON_PROGRAM=
  attn_pc=python3-embed attn_pc_path=$PKG_CONFIG_PATH
  AS_CASE([$with_python],[no|yes|auto],[],
    [/*],[attn_folder=`attn_folder_with python3-embed.pc "$with_python/lib/pkgconfig" "$with_python/lib/$attn_arch/pkgconfig"`
      AS_IF([test "x$attn_folder" = x],[AC_MSG_ERROR([--with-python=$with_python was given, but $with_python/lib/pkgconfig holds no python3-embed.pc])])
      attn_pc_path=$attn_folder],
    [AC_MSG_ERROR([--with-python takes auto, yes, no or an absolute PREFIX, not "$with_python"])])
  AS_IF([test "$with_python" != no],[
    AC_MSG_CHECKING([for CPython to embed])
    why_python="pkg-config knows no python3-embed (Debian: python3-dev)"
    attn_version=`PKG_CONFIG_PATH=$attn_pc_path $PKG_CONFIG --modversion $attn_pc 2>/dev/null`
    AS_IF([test "x$attn_version" != x],[
      PYTHON_CFLAGS=`PKG_CONFIG_PATH=$attn_pc_path $PKG_CONFIG --cflags $attn_pc` PYTHON_LIBS=`PKG_CONFIG_PATH=$attn_pc_path $PKG_CONFIG --libs $attn_pc`
      PYTHON_PROGRAM=`PKG_CONFIG_PATH=$attn_pc_path $PKG_CONFIG --variable=exec_prefix $attn_pc`/bin/python$attn_version
      attn_save_CPPFLAGS=$CPPFLAGS attn_save_LIBS=$LIBS
      CPPFLAGS="$CPPFLAGS $PYTHON_CFLAGS" LIBS="$PYTHON_LIBS $LIBS"
      AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <Python.h>
#if PY_VERSION_HEX < 0x030a0000
#error too old
#endif]],[[PyConfig config; PyConfig_InitPythonConfig(&config);]])],[have_python=yes],
        [why_python="a program that embeds Python $attn_version did not compile and link: expected 3.10 or newer (Debian: python3-dev)"])
      CPPFLAGS=$attn_save_CPPFLAGS LIBS=$attn_save_LIBS])
    AC_MSG_RESULT([$have_python])
    AS_IF([test "$have_python" = no && test "$with_python" != auto],[AC_MSG_ERROR([--with-python=$with_python was given, but $why_python])])])
  AS_IF([test "$have_python" = yes],[AC_DEFINE([HAVE_PYTHON],[1],[Define to 1 to embed CPython])],[PYTHON_CFLAGS= PYTHON_LIBS= PYTHON_PROGRAM=])
  AM_CONDITIONAL([HAVE_PYTHON],[test "$have_python" = yes])
  AC_DEFINE_UNQUOTED([WHY_PYTHON],["$why_python"],[Why no CPython is embedded])
  AC_SUBST([PYTHON_CFLAGS]) AC_SUBST([PYTHON_LIBS]) AC_SUBST([PYTHON_PROGRAM])
])
