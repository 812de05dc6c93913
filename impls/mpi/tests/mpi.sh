# What the tests of MPI share: where mpirun is, and what it needs where ranks are more than cores and the user is root.
# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"
# shellcheck disable=SC2154 # tap.sh sets it
MPIRUN=$(command -v "${MPIRUN:-mpirun}")
if ! "$ATTNBENCH" list | grep -q '^ring .*start the command under mpirun' || [ -z "$MPIRUN" ]; then
	echo "1..0 # SKIP this build has no MPI, or there is no mpirun"
	exit 0
fi
# The one that configure found is mpirun here, whatever its name: a script, since MPICH's looks for its helpers beside itself.
mkdir "$scratch/bin"
printf '#!/bin/sh\nexec "%s" "$@"\n' "$MPIRUN" >"$scratch/bin/mpirun"
chmod +x "$scratch/bin/mpirun"
PATH=$scratch/bin:$PATH
# What Open MPI and MPICH set for their ranks; the status of a mpirun one of whose ranks ended with 3 (MPICH's is 9 once it has killed the others); what they
# say of one that was killed: MPICH not which.
case $(mpirun --version 2>&1) in
*"Open MPI"*) rank_name=OMPI_COMM_WORLD_RANK ended_status=3 killed_line='rank $rank .*exited on signal 9' ;;
*) rank_name=PMI_RANK ended_status='3\|9' killed_line='Killed (signal 9)' ;;
esac
# The ranks' own waits let go of the core; Open MPI would once more in each.
OMPI_MCA_mpi_yield_when_idle=0
export OMPI_MCA_mpi_yield_when_idle
OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_btl_base_warn_component_unused=0 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
export OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM OMPI_MCA_rmaps_base_oversubscribe OMPI_MCA_btl_base_warn_component_unused PRTE_MCA_rmaps_default_mapping_policy
scale=$top_builddir/attnbench-scale
faulty=$top_builddir/impls/mpi/.libs/faulty.so

# ranks N COMMAND…: under mpirun, for so many seconds at most: what hangs fails.
ranks() {
	ranks_n=$1; shift
	timeout -k 5 "${RANKS_SECONDS:-600}" mpirun -n "$ranks_n" "$@"
}
