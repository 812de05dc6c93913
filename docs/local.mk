# SPDX-License-Identifier: Apache-2.0
dist_doc_DATA += README.md CHANGELOG.md %D%/report.png %D%/accuracy.md %D%/architecture.md %D%/bugs-covered.md %D%/faq.md %D%/measurements.md %D%/mutants.md \
  %D%/plugins.md %D%/reading-a-report.md %D%/tutorial.md
TESTS += %D%/tutorial.t
EXTRA_DIST += %D%/tutorial.t %D%/README.md
