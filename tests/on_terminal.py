#!/usr/bin/env python3
"""on_terminal.py COMMAND...: runs it on a terminal of its own, 80 columns wide; what it shows goes to stdout, and its exit status is this
script's (127: no terminal can be opened here). With PTY_STDOUT=FILE its stdout goes to that file, and stderr alone to the terminal.
SPDX-License-Identifier: Apache-2.0"""
import fcntl
import os
import pty
import struct
import sys
import termios

try:
    pid, terminal = pty.fork()
except OSError as error:
    sys.exit(print(f"no terminal: {error}", file=sys.stderr) or 127)
if pid == 0:
    fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    if "PTY_STDOUT" in os.environ:
        os.dup2(os.open(os.environ["PTY_STDOUT"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666), 1)
    os.environ["TERM"] = os.environ.get("PTY_TERM", "xterm-256color")
    try:
        os.execvp(sys.argv[1], sys.argv[1:])
    except OSError as error:
        print(f"{sys.argv[1]}: {error}", file=sys.stderr)
    os._exit(127)
while True:
    try:
        shown = os.read(terminal, 65536)
    except OSError:  # the other end is closed
        break
    if not shown:
        break
    sys.stdout.buffer.write(shown.replace(b"\r\n", b"\n"))
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
