/* Shares of tasks: however many tasks and threads there are, and whoever is slow, each task is taken once; a thread's own come in order and
 * first, and none is left while another thread waits for its own.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/flash/share.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { MOST_TASKS = 20000, MOST_THREADS = 64, LINE = 64 };

static _Alignas(LINE) char memory[MOST_THREADS * LINE];
static _Atomic int taken[MOST_TASKS];
static int points, failed;

static void point(int good, const char *what)
{
	failed += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", ++points, what);
}

static struct flash_shares deal(int64_t tasks, int threads)
{
	struct flash_shares all = {memory, LINE, threads};
	memset(taken, 0, sizeof taken);
	shares_set(&all, tasks);
	return all;
}

static int each_once(int64_t tasks)
{
	for (int64_t i = 0; i < tasks; i++)
		if (taken[i] != 1)
			return printf("# task %lld of %lld taken %d times, expected once\n", (long long)i, (long long)tasks, taken[i]), 0;
	return 1;
}

/* Shares follow one another and differ by one task at most. */
static int are_even(int64_t tasks, int threads)
{
	int64_t next = 0, least = tasks, most = 0;
	struct flash_shares all = deal(tasks, threads);
	for (int i = 0; i < threads; i++) {
		int64_t count = share_left(share_at(&all, i));
		if (share_at(&all, i)->next != next)
			return 0;
		next += count;
		least = count < least ? count : least, most = count > most ? count : most;
	}
	return next == tasks && most - least <= 1;
}

static const struct {
	int64_t tasks;
	int threads;
} deals[] = {{0, 1}, {0, 3}, {1, 1}, {1, 4}, {3, 4}, {5, 3}, {24, 2}, {1000, 7}, {20000, 64}};

static void *take_all(void *context)
{
	struct flash_shares *all = context;
	static _Atomic int threads;
	int own = threads++ % all->threads;
	for (int64_t task; (task = shares_next(all, own)) >= 0;)
		taken[task]++;
	return NULL;
}

int main(void)
{
	int even = 1, alone = 1, order = 1;
	pthread_t thread[MOST_THREADS];
	printf("1..4\n");
	for (size_t i = 0; i < sizeof deals / sizeof *deals; i++) {
		struct flash_shares all;
		int64_t before = -1, own;
		even &= are_even(deals[i].tasks, deals[i].threads);
		all = deal(deals[i].tasks, deals[i].threads);
		own = share_left(share_at(&all, deals[i].threads - 1));
		for (int64_t task, n = 0; (task = shares_next(&all, deals[i].threads - 1)) >= 0; n++, before = task) {
			taken[task]++;
			order &= n == 0 || n >= own || task == before + 1;
			order &= n >= own || task >= deals[i].tasks - own;
		}
		alone &= each_once(deals[i].tasks);
	}
	point(even, "shares are even and follow one another");
	point(order, "a thread's own tasks come first and in order");
	point(alone, "one thread that is left alone takes all tasks, each once");
	struct flash_shares all = deal(MOST_TASKS, MOST_THREADS);
	for (int i = 0; i < MOST_THREADS / 2; i++) /* the other half of the threads never come */
		if (pthread_create(thread + i, NULL, take_all, &all))
			return printf("Bail out! no thread\n"), 1;
	for (int i = 0; i < MOST_THREADS / 2; i++)
		pthread_join(thread[i], NULL);
	point(each_once(MOST_TASKS), "threads beside each other, half of which never come, take each task once");
	return failed != 0;
}
