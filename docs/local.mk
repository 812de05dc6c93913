# SPDX-License-Identifier: Apache-2.0
dist_doc_DATA += README.md CHANGELOG.md %D%/accuracy.md %D%/bugs-covered.md %D%/mutants.md %D%/architecture.md %D%/plugins.md
