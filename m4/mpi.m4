# MPI and its simulation: both come with a compiler wrapper of their own.
# SPDX-License-Identifier: Apache-2.0

# ATTN_MPI
# --with-mpi=auto|yes|no|PREFIX: what PREFIX/bin/mpicc, or the mpicc of the path, says. MPICC and MPIRUN name others: where two MPIs lie
# side by side, as with Debian's alternatives, MPICC=mpicc.mpich is enough, since mpirun.mpich is looked for beside it. --with-simgrid likewise, by smpicc.
AC_DEFUN([ATTN_MPI],[
AC_ARG_WITH([mpi],[AS_HELP_STRING([--with-mpi=auto|yes|no|PREFIX],[MPI: attention over many machines @<:@auto@:>@])],[],[with_mpi=auto])
AC_ARG_VAR([MPICC],[MPI's compiler command, such as mpicc.mpich @<:@mpicc@:>@])
AC_ARG_VAR([MPIRUN],[what starts MPI programs in tests @<:@mpirun, with the suffix that MPICC has@:>@])
have_mpi=no why_mpi="--without-mpi was given" MPI_CFLAGS= MPI_LIBS= mpi_kind= attn_mpi_path=$PATH
AS_CASE([$with_mpi],[no|yes|auto],[],
  [/*],[attn_mpi_path=$with_mpi/bin],
  [AC_MSG_ERROR([--with-mpi takes auto, yes, no or an absolute PREFIX, not "$with_mpi"])])
AS_IF([test "$with_mpi" != no],[
  attn_mpi_wanted=$MPICC
  AS_CASE([$MPICC],[/*],[attn_mpi_path=`AS_DIRNAME(["$MPICC"])`],[AC_PATH_PROGS([attn_mpicc],[${MPICC:-mpicc}],[],[$attn_mpi_path])
    MPICC=$attn_mpicc])
  attn_mpi_suffix=`echo "$MPICC" | sed 's/.*mpicc//'`
  AS_CASE([$MPIRUN],[/*],[],[AC_PATH_PROGS([attn_mpirun],[${MPIRUN:-mpirun$attn_mpi_suffix}],[],[$attn_mpi_path])
    MPIRUN=$attn_mpirun])
  AS_IF([test -n "$attn_mpi_wanted" && test ! -x "$MPICC"],[AC_MSG_ERROR([MPICC=$attn_mpi_wanted was given, but there is no such program])])
  AS_IF([test -n "$MPICC"],[
    dnl Open MPI answers --showme:, MPICH -show with the whole command.
    MPI_CFLAGS=`"$MPICC" --showme:compile 2>/dev/null` && MPI_LIBS=`"$MPICC" --showme:link 2>/dev/null` || {
      MPI_CFLAGS= MPI_LIBS=
      for attn_word in `"$MPICC" -show 2>/dev/null | cut -d' ' -f2-`; do
        AS_CASE([$attn_word],[-L*|-l*|-Wl,*|*.so|*.a],[MPI_LIBS="$MPI_LIBS $attn_word"],[MPI_CFLAGS="$MPI_CFLAGS $attn_word"])
      done
    }])
  AC_MSG_CHECKING([for MPI])
  attn_save_CPPFLAGS=$CPPFLAGS attn_save_LIBS=$LIBS
  CPPFLAGS="$CPPFLAGS $MPI_CFLAGS" LIBS="$MPI_LIBS $LIBS"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <mpi.h>]],[[return MPI_Init(0, 0);]])],[have_mpi=yes],
    [why_mpi="<mpi.h> and mpicc's libraries did not compile and link (Debian: libopenmpi-dev openmpi-bin, or libmpich-dev mpich)"])
  AS_IF([test "$have_mpi" = yes],[AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <mpi.h>
#ifndef OPEN_MPI
#error another MPI
#endif]])],[mpi_kind="Open MPI"],[AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <mpi.h>
#ifndef MPICH_VERSION
#error another MPI
#endif]])],[mpi_kind=MPICH],[mpi_kind="neither Open MPI nor MPICH"])])])
  CPPFLAGS=$attn_save_CPPFLAGS LIBS=$attn_save_LIBS
  AC_MSG_RESULT([$have_mpi${mpi_kind:+, $mpi_kind}])
  AS_IF([test "$have_mpi" = no && test "$with_mpi" != auto],[AC_MSG_ERROR([--with-mpi=$with_mpi was given, but $why_mpi])])])
AS_IF([test "$have_mpi" = yes],[AC_DEFINE([HAVE_MPI],[1],[Define to 1 with MPI])],[MPI_CFLAGS= MPI_LIBS=])
AC_DEFINE_UNQUOTED([WHY_MPI],["$why_mpi"],[Why there is no MPI])
AM_CONDITIONAL([HAVE_MPI],[test "$have_mpi" = yes])
AC_SUBST([MPI_CFLAGS]) AC_SUBST([MPI_LIBS])

AC_ARG_WITH([simgrid],[AS_HELP_STRING([--with-simgrid=auto|yes|no|PREFIX],[SimGrid: simulated clusters @<:@auto@:>@])],[],[with_simgrid=auto])
have_simgrid=no why_simgrid="--without-simgrid was given" attn_smpi_path=$PATH
AS_CASE([$with_simgrid],[no|yes|auto],[],
  [/*],[attn_smpi_path=$with_simgrid/bin],
  [AC_MSG_ERROR([--with-simgrid takes auto, yes, no or an absolute PREFIX, not "$with_simgrid"])])
AS_IF([test "$with_simgrid" != no],[
  AC_PATH_PROG([SMPICC],[smpicc],[],[$attn_smpi_path])
  AC_PATH_PROG([SMPIRUN],[smpirun],[],[$attn_smpi_path])
  AS_IF([test -n "$SMPICC" && test -n "$SMPIRUN"],[have_simgrid=yes],[why_simgrid="smpicc and smpirun were not found (Debian: libsimgrid-dev)"])
  AS_IF([test "$have_simgrid" = no && test "$with_simgrid" != auto],[AC_MSG_ERROR([--with-simgrid=$with_simgrid was given, but $why_simgrid])])])
AM_CONDITIONAL([HAVE_SIMGRID],[test "$have_simgrid" = yes])
])
