# How tests run: every test prints TAP, whether it is a program or a shell script (NAME.t, run by $(SHELL)).
# Add one with TESTS += %D%/NAME.t and EXTRA_DIST, or with check_PROGRAMS and TESTS.
# SPDX-License-Identifier: Apache-2.0
TEST_EXTENSIONS = .t
TAP_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(TAP_DRIVER)
T_LOG_DRIVER = $(TAP_DRIVER)
T_LOG_COMPILER = $(SHELL)
# What a test may rely on; what the user's environment says about plugins must not reach it.
AM_TESTS_ENVIRONMENT = \
  top_srcdir='$(abs_top_srcdir)'; top_builddir='$(abs_top_builddir)'; ATTNBENCH='$(abs_top_builddir)/attnbench$(EXEEXT)'; \
  ATTNBENCH_DATA='$(abs_top_srcdir)'; CC='$(CC)'; CXX='$(CXX)'; PYTHON3='$(PYTHON3)'; MPIRUN='$(MPIRUN)'; AVX2_CFLAGS='$(AVX2_CFLAGS)'; AVX512_CFLAGS='$(AVX512_CFLAGS)'; \
  LC_ALL=C; NO_COLOR=1; ATTNBENCH_PEERS=no; OMP_WAIT_POLICY=passive; ASAN_OPTIONS=handle_segv=0:allocator_may_return_null=1; CMOCKA_MESSAGE_OUTPUT=TAP; PYTHONDONTWRITEBYTECODE=1; \
  export ASAN_OPTIONS OMP_WAIT_POLICY top_srcdir top_builddir ATTNBENCH ATTNBENCH_DATA CC CXX PYTHON3 MPIRUN AVX2_CFLAGS AVX512_CFLAGS LC_ALL NO_COLOR ATTNBENCH_PEERS CMOCKA_MESSAGE_OUTPUT PYTHONDONTWRITEBYTECODE; \
  unset ATTNBENCH_PLUGIN_PATH ATTNBENCH_PYTHON CFLAGS CXXFLAGS CPPFLAGS LDFLAGS MAKEFLAGS MFLAGS MAKELEVEL;

# In place of Automake's rule of this name: what failed tests printed, and the totals of all as the last line.
check-TESTS: $(check_PROGRAMS) $(check_LTLIBRARIES)
	@rm -f $(TEST_LOGS) $(TEST_LOGS:.log=.trs) $(TEST_SUITE_LOG)
	@$(MAKE) $(AM_MAKEFLAGS) $(TEST_SUITE_LOG); $(SHELL) $(top_srcdir)/tests/totals.sh $$? $(TEST_LOGS:.log=.trs)

shell_tests = %D%/bootstrap.t %D%/completion.t %D%/dist.t %D%/headers.t %D%/json.t %D%/list.t %D%/man.t %D%/terminal.t %D%/totals.t
TESTS += $(shell_tests)
EXTRA_DIST += $(shell_tests) %D%/on_terminal.py %D%/tap.sh %D%/totals.sh
