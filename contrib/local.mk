# Scripts for clusters, and the test that runs them with the daemons of Slurm. Apart from make check: it needs packages of its own.
# SPDX-License-Identifier: Apache-2.0
contribdir = $(pkgdatadir)/contrib
dist_contrib_SCRIPTS = %D%/slurm/submit.sh %D%/slurm/sweep.sbatch %D%/simgrid/platform.sh %D%/simgrid/simulate.sh %D%/simgrid/compare.sh %D%/simgrid/model.sh
slurm_tests = %D%/slurm/tests/sweep.t
EXTRA_DIST += $(slurm_tests) %D%/slurm/tests/slurm.sh
check-slurm: all
	@$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(slurm_tests)' check_PROGRAMS= check_LTLIBRARIES=
.PHONY: check-slurm
