# Result sets of named reference machines, their format, and what measures them.
# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += %D%/README.md %D%/amd-epyc-zen5-2.json %D%/schema.json %D%/reference.sh harness/bench_flash.txt harness/trust.sh

# One set of this machine in the source tree: make reference-results MACHINE=name
reference-results: all
	$(SHELL) $(srcdir)/%D%/reference.sh ./attnbench$(EXEEXT) $(srcdir)/%D% "$(MACHINE)"

# The suite's fastest kernel against the roofs and the other implementations of the same run: all that are on, those of ATTNBENCH_PLUGIN_PATH
# included, but naive, which is too slow for it, and flash-fast. The
# second run holds all of them to AVX2. make bench-flash BENCH_IMPLS=flash,mine BENCH_OPTIONS='--plugin mine.so' for others.
BENCH_IMPLS = `./attnbench$(EXEEXT) list impls --names | grep -v -e '^naive$$' -e '^flash-fast$$' -e '^limits/' | paste -sd, -`
BENCH_OPTIONS =
bench_flash = ./attnbench$(EXEEXT) sweep --impl "$(BENCH_IMPLS)" --workload $(srcdir)/harness/bench_flash.txt --repetitions 9 $(BENCH_OPTIONS)
bench-flash: all
	@$(MKDIR_P) out
	$(bench_flash) --out out/bench-flash.json >out/bench-flash.log || test $$? = 1
	ATTNBENCH_ISA=avx2 ONEDNN_MAX_CPU_ISA=AVX2 DNNL_MAX_CPU_ISA=AVX2 OPENBLAS_CORETYPE=Haswell $(bench_flash) --out out/bench-flash-avx2.json >out/bench-flash-avx2.log || test $$? = 1
	./attnbench$(EXEEXT) compare --within flash --format md out/bench-flash.json
	./attnbench$(EXEEXT) compare --within flash --format md out/bench-flash-avx2.json

# Does compare find what there is, and nothing else? Some minutes: see harness/trust.sh.
trust: all harness/test_sweep_plugin.la
	$(SHELL) $(srcdir)/harness/trust.sh ./attnbench$(EXEEXT) harness/.libs/test_sweep_plugin.so out/trust
.PHONY: reference-results bench-flash trust
