# What the tests of MPI share: where mpirun is, and what it needs where ranks are more than cores and the user is root.
# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"
# shellcheck disable=SC2154 # tap.sh sets it
if ! "$ATTNBENCH" list | grep -q '^ring .*start the command under mpirun' || ! command -v mpirun >/dev/null; then
	echo "1..0 # SKIP this build has no MPI, or there is no mpirun"
	exit 0
fi
OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_btl_base_warn_component_unused=0 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
export OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM OMPI_MCA_rmaps_base_oversubscribe OMPI_MCA_btl_base_warn_component_unused PRTE_MCA_rmaps_default_mapping_policy
scale=$top_builddir/attnbench-scale
faulty=$top_builddir/impls/mpi/.libs/faulty.so

# ranks N COMMAND…: under mpirun, at most two minutes: what hangs fails.
ranks() {
	ranks_n=$1; shift
	timeout -k 5 "${RANKS_SECONDS:-600}" mpirun -n "$ranks_n" "$@"
}
