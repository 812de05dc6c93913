#!/bin/sh
# Softmax in powers of two, which declares what that loses of the exponent, passes in the suites that unusual.t leaves out too: exponentials over all
# their range are among them.
# SPDX-License-Identifier: Apache-2.0
exec "${ATTNBENCH:-./attnbench}" check --plugin "${top_builddir:-.}/conformance/unusual/.libs/unusual.so" --impl unusual/base-two --suite property,policy,threads,rows,needle,onnx --jobs 1
