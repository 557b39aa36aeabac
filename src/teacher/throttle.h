/* throttle.h - how many threads to compute with while other processes want the cores.
 *
 *     struct throttle p;
 *     throttle_init(&p, cores);
 *     throttle_begin(&p, clock_monotonic(), clock_thread());
 *     ... compute with p.threads threads, this one among them ...
 *     throttle_end(&p, clock_monotonic(), clock_thread());
 *
 * The threads of ggml wait for each other by spinning, hundreds of times a token: if one of
 * them has no core, all the others burn theirs. On two cores with one other busy process,
 * two threads fell from over 100 tokens a second to 2. So when this thread gets less than its core,
 * half as many threads continue, and all are tried again later.
 */
#ifndef TEACHER_THROTTLE_H
#define TEACHER_THROTTLE_H

#include <stdint.h>

struct throttle {
	int most;               /* threads on an idle machine */
	int threads;            /* to compute with now */
	int64_t wall, cpu;      /* ns counted since the last look */
	int64_t begun, begun_cpu;
	int64_t retry_at;       /* when to try all threads again */
	int64_t patience;       /* ns to wait before that */
};

void throttle_init(struct throttle *p, int most);     /* `most` at least 1 */
void throttle_begin(struct throttle *p, int64_t now, int64_t cpu);
void throttle_end(struct throttle *p, int64_t now, int64_t cpu);

#endif
