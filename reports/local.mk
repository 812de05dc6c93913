# The report writer: C, page assets embedded as strings, and the script that has charts rendered.
# SPDX-License-Identifier: Apache-2.0
report_assets = %D%/assets/chart.json %D%/assets/style.css %D%/assets/page.js %D%/assets/howto.html
EXTRA_DIST += $(report_assets) %D%/embed.awk
nobase_dist_pkgdata_DATA += %D%/render_charts.py %D%/requirements.txt
if HAVE_JANSSON
attnbench_LDADD += $(JANSSON_LIBS)
attnbench_SOURCES += %D%/command.c %D%/report.h %D%/load.c %D%/parse.c %D%/panels.c %D%/text.c %D%/numbers.c %D%/output.c %D%/output.h \
  %D%/verdict.c %D%/ranking.c %D%/sentences.c %D%/workload.c %D%/verdict.h %D%/matrix.c %D%/matrix.h %D%/assets.h \
  %D%/csv.c %D%/markdown.c %D%/terminal.c %D%/formats.h %D%/charts.c %D%/charts.h %D%/chart_parts.c %D%/chart_lines.c %D%/chart_memory.c %D%/render.c \
  %D%/html.c %D%/html.h %D%/html_overview.c %D%/html_conformance.c %D%/html_changes.c %D%/html_measurements.c %D%/html_tables.c %D%/html_provenance.c
nodist_attnbench_SOURCES = %D%/assets.c
CLEANFILES += %D%/assets.c
else
attnbench_SOURCES += %D%/absent.c
endif

%D%/assets.c: $(report_assets) %D%/embed.awk
	$(AM_V_GEN)$(MKDIR_P) %D% && set -- && for f in $(report_assets); do \
	  if test -f "$$f"; then set -- "$$@" "$$f"; else set -- "$$@" "$(srcdir)/$$f"; fi; done && \
	$(AWK) -f $(srcdir)/%D%/embed.awk "$$@" > $@.tmp && mv $@.tmp $@
