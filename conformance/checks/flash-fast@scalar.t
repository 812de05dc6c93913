# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/conformance/checks/check.sh"
