"""limits/python: an empty Python function, timed as the peers are: what the bridge itself costs each call.

SPDX-License-Identifier: Apache-2.0
"""
name = "limits/python"
version = "1"
summary = "an empty Python function: what a call through the bridge costs"
limit = "it computes nothing: what each call of a Python implementation costs before the library begins"


def run(p, t):
    pass
