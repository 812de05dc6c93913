# Manual pages, written by help2man from what the program says. A tarball has them; a clone needs help2man, or goes without.
# SPDX-License-Identifier: Apache-2.0
man_pages = %D%/attnbench.1 %D%/attnbench-check.1 %D%/attnbench-compare.1 %D%/attnbench-explain.1 %D%/attnbench-golden.1 %D%/attnbench-info.1 %D%/attnbench-list.1 \
  %D%/attnbench-merge.1 %D%/attnbench-new-plugin.1 %D%/attnbench-report.1 %D%/attnbench-run.1 %D%/attnbench-sweep.1
man_parts = %D%/attnbench.h2m %D%/command.h2m %D%/speak.sh
EXTRA_DIST += $(man_parts)
if WITH_MAN
dist_man_MANS += $(man_pages)
endif
if HAVE_HELP2MAN
# The program is needed to write a page, but a page is old only when the source is newer: a tarball's pages are as they should be.
$(man_pages): $(attnbench_SOURCES) $(man_parts) | attnbench$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) %D% && page=`basename $@ .1` && command=`echo $$page | sed 's/^attnbench-*//'` && \
	name=`./attnbench$(EXEEXT) --help | sed -n "s/^  $$command  *\([a-z]\)/\1/p"` && include=command && \
	if test -z "$$command"; then name="benchmark and conformance suite for attention" include=attnbench; fi && \
	$(HELP2MAN) --no-info --section=1 --manual='User Commands' --name="$$name" --include=$(srcdir)/%D%/$$include.h2m --output=$@.new \
	  "$(SHELL) $(srcdir)/%D%/speak.sh ./attnbench$(EXEEXT) $$command" && mv $@.new $@
MAINTAINERCLEANFILES += $(man_pages)
else
$(man_pages):
	@echo "$@ cannot be written: help2man was not found by configure" >&2; exit 1
endif
