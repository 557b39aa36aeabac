#include "teacher/throttle.h"

#include "base/clock.h"

#define WINDOW (200 * CLOCK_MS)
#define CROWDED 0.90 /* of its core, below which other processes crowd this thread */
#define FIRST_PATIENCE (2 * CLOCK_SECOND)
#define MOST_PATIENCE (60 * CLOCK_SECOND)

void throttle_init(struct throttle *p, int most)
{
	*p = (struct throttle){ .most = most, .threads = most, .patience = FIRST_PATIENCE };
}

void throttle_begin(struct throttle *p, int64_t now, int64_t cpu)
{
	if (p->threads < p->most && now >= p->retry_at)
		p->threads = p->most;
	p->begun = now;
	p->begun_cpu = cpu;
}

void throttle_end(struct throttle *p, int64_t now, int64_t cpu)
{
	p->wall += now - p->begun;
	p->cpu += cpu - p->begun_cpu;
	if (p->wall < WINDOW)
		return;
	double share = (double)p->cpu / (double)p->wall;
	p->wall = p->cpu = 0;
	if (share < CROWDED && p->threads > 1) {
		if (p->threads == p->most && p->patience < MOST_PATIENCE)
			p->patience *= 2;
		p->threads = (p->threads + 1) / 2;
		p->retry_at = now + p->patience;
	} else if (share >= CROWDED && p->threads == p->most) {
		p->patience = FIRST_PATIENCE;
	}
}
