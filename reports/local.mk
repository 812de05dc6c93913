# The report writer: C, page assets embedded as strings, and the script that has charts rendered.
# SPDX-License-Identifier: Apache-2.0
report_assets = %D%/assets/chart.json %D%/assets/style.css %D%/assets/page.js %D%/assets/howto.html
EXTRA_DIST += $(report_assets) %D%/embed.awk
nobase_dist_pkgdata_DATA += %D%/render_charts.py %D%/requirements.txt
attnbench_SOURCES += %D%/explain.c %D%/explain.h %D%/explain_steps.c %D%/explain_text.c %D%/explain_compare.c %D%/explain_guess.c %D%/explain_ways.c
if HAVE_JANSSON
attnbench_SOURCES += %D%/explain_json.c %D%/explain_html.c %D%/explain_figure.c %D%/explain_page.h
attnbench_SOURCES += %D%/command.c %D%/report.h %D%/load.c %D%/parse.c %D%/panels.c %D%/text.c %D%/numbers.c %D%/output.c %D%/output.h \
  %D%/verdict.c %D%/ranking.c %D%/sentences.c %D%/workload.c %D%/verdict.h %D%/matrix.c %D%/matrix.h %D%/assets.h \
  %D%/processes.c %D%/processes.h %D%/rank_table.c %D%/rank_table.h %D%/scaling.c %D%/scaling.h %D%/csv.c %D%/markdown.c %D%/terminal.c %D%/verdict_json.c %D%/formats.h %D%/charts.c %D%/charts.h %D%/chart_parts.c %D%/chart_lines.c %D%/chart_memory.c %D%/chart_speedup.c %D%/chart_samples.c %D%/chart_scaling.c %D%/chart_overall.c %D%/chart_models.c %D%/render.c \
  %D%/html.c %D%/html.h %D%/html_overview.c %D%/html_conformance.c %D%/html_policy.c %D%/html_changes.c %D%/html_measurements.c %D%/html_tables.c %D%/html_provenance.c
nodist_attnbench_SOURCES += %D%/assets.c
CLEANFILES += %D%/assets.c
else
attnbench_SOURCES += %D%/absent.c %D%/explain_absent.c
endif

%D%/assets.c: $(report_assets) %D%/embed.awk
	$(AM_V_GEN)$(MKDIR_P) %D% && set -- && for f in $(report_assets); do \
	  if test -f "$$f"; then set -- "$$@" "$$f"; else set -- "$$@" "$(srcdir)/$$f"; fi; done && \
	$(AWK) -f $(srcdir)/%D%/embed.awk "$$@" > $@.tmp && mv $@.tmp $@

report_tests = %D%/report.t %D%/explain.t
TESTS += $(report_tests)
EXTRA_DIST += $(report_tests) %D%/testdata/make_testdata.py %D%/testdata/made-up-base.json %D%/testdata/made-up-new.json %D%/testdata/made-up-check.json

# What draws the charts, in the build tree. Where it can't be had the reports go without, and say so.
.PHONY: charts
charts:
	@if .venv/bin/python3 -c 'import vl_convert' 2>/dev/null; then :; \
	elif test -z '$(PYTHON3)'; then echo "charts: python3 was not found: reports go without charts" >&2; \
	elif ! $(PYTHON3) -m venv .venv; then echo "charts: $(PYTHON3) -m venv failed (Debian: python3-venv): reports go without charts" >&2; \
	elif ! .venv/bin/python3 -m pip install --quiet --disable-pip-version-check -r $(srcdir)/%D%/requirements.txt; then \
	  echo "charts: pip could not install what $(srcdir)/%D%/requirements.txt names: reports go without charts" >&2; \
	else echo "charts: installed in .venv"; fi

# The page in a real browser: optional, since Node.js, Chromium and packages of npm are needed; `make browser` installs the packages.
browser_packages = playwright-core@1 axe-core@4 html-validate@10
EXTRA_DIST += %D%/check_browser.js
.PHONY: browser check-browser
browser:
	npm install --silent --no-fund --no-audit --prefix .browser $(browser_packages)
check-browser: all
	@if ! command -v node >/dev/null; then echo "check-browser: skipped: Node.js was not found"; \
	elif ! command -v $${CHROMIUM:-chromium} >/dev/null; then echo "check-browser: skipped: Chromium was not found ($${CHROMIUM:-chromium}; CHROMIUM names another)"; \
	elif ! NODE_PATH=.browser/node_modules node -e 'for (const p of ["playwright-core", "axe-core", "html-validate"]) require.resolve(p)' 2>/dev/null; then \
	  echo "check-browser: skipped: playwright-core, axe-core or html-validate is not installed: make browser installs them"; \
	else data='$(srcdir)/%D%/testdata' && rm -rf .browser/report && \
	  ./attnbench$(EXEEXT) report $$data/made-up-base.json $$data/made-up-check.json --out .browser/report >/dev/null && \
	  ./attnbench$(EXEEXT) explain --example pairs-scaled-dot --causal bottom-right --html .browser/report/explain.html >/dev/null && \
	  CHROMIUM=`command -v $${CHROMIUM:-chromium}` NODE_PATH=.browser/node_modules node '$(srcdir)/%D%/check_browser.js' .browser/report/report.html .browser/report/explain.html; fi
