# MPI and its simulation: both come with a compiler wrapper of their own.
# SPDX-License-Identifier: Apache-2.0

# ATTN_MPI
# --with-mpi=auto|yes|no|PREFIX: pkg-config's ompi-c or mpich, or what PREFIX/bin/mpicc says. --with-simgrid likewise, by smpicc.
AC_DEFUN([ATTN_MPI],[
AC_ARG_WITH([mpi],[AS_HELP_STRING([--with-mpi=auto|yes|no|PREFIX],[MPI: attention over many machines @<:@auto@:>@])],[],[with_mpi=auto])
have_mpi=no why_mpi="--without-mpi was given" MPI_CFLAGS= MPI_LIBS= attn_mpi_path=$PATH
AS_CASE([$with_mpi],[no|yes|auto],[],
  [/*],[attn_mpi_path=$with_mpi/bin],
  [AC_MSG_ERROR([--with-mpi takes auto, yes, no or an absolute PREFIX, not "$with_mpi"])])
AS_IF([test "$with_mpi" != no],[
  AC_PATH_PROG([MPICC],[mpicc],[],[$attn_mpi_path])
  AC_PATH_PROG([MPIRUN],[mpirun],[],[$attn_mpi_path])
  AS_IF([test -n "$MPICC"],[
    dnl Open MPI answers --showme:, MPICH -show with the whole command.
    MPI_CFLAGS=`"$MPICC" --showme:compile 2>/dev/null` && MPI_LIBS=`"$MPICC" --showme:link 2>/dev/null` || {
      attn_mpi_show=`"$MPICC" -show 2>/dev/null | cut -d' ' -f2-`
      MPI_CFLAGS=$attn_mpi_show MPI_LIBS=$attn_mpi_show
    }])
  AC_MSG_CHECKING([for MPI])
  attn_save_CPPFLAGS=$CPPFLAGS attn_save_LIBS=$LIBS
  CPPFLAGS="$CPPFLAGS $MPI_CFLAGS" LIBS="$MPI_LIBS $LIBS"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <mpi.h>]],[[return MPI_Init(0, 0);]])],[have_mpi=yes],
    [why_mpi="<mpi.h> and mpicc's libraries did not compile and link (Debian: libopenmpi-dev openmpi-bin)"])
  CPPFLAGS=$attn_save_CPPFLAGS LIBS=$attn_save_LIBS
  AC_MSG_RESULT([$have_mpi])
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
