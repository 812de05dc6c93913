/* Threads that stay on their processors.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_SWEEP_BIND_H
#define HARNESS_SWEEP_BIND_H

/* Unbound threads of an OpenMP pool may share one processor for seconds. The run-time reads OMP_PROC_BIND when the program is
 * loaded: it is set, and the program begun again. A user's own choice, "false" too, stays. libgomp then binds the first
 * thread at once, and what that thread starts or forks inherits it: so it gets back the processors it had, and pools of
 * other libraries, which it starts, may use them all. argv as main gave it to a command ("attnbench sweep" in argv[0]). */
void bind_threads(int argc, char **argv);

/* In a process of its own, after an implementation has run once: where that has left bound threads behind, the first thread takes the place among
 * them that was meant for it. Otherwise it may share one of theirs for seconds. */
void bind_first_thread(void);

#endif
