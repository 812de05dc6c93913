#!/bin/sh
# Kernels whose rows that see no key are NaN, or the mean of all values, and that declare it, pass where outputs are asked for what they are as functions
# of V, and where what is declared is looked at.
# SPDX-License-Identifier: Apache-2.0
exec "${ATTNBENCH:-./attnbench}" check --plugin "${top_builddir:-.}/conformance/unusual/.libs/unusual.so" --impl 'unusual/empty-*' --suite property,policy --jobs 1
