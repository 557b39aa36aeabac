#include "teacher/http/bucket.h"

#include "base/clock.h"

#define SHARE 0.98        /* of the limit */
#define BURST 0.25        /* seconds */

struct bucket bucket_start(double per_minute, int64_t now)
{
	double per_second = per_minute / 60 * SHARE;
	double room = per_second * BURST > 1 ? per_second * BURST : 1;
	return (struct bucket){
		.rate = per_second / (double)CLOCK_SECOND, .room = room, .level = room, .at = now,
	};
}

static void fill(struct bucket *b, int64_t now)
{
	b->level += b->rate * (double)(now - b->at);
	b->at = now;
	if (b->level > b->room)
		b->level = b->room;
}

int64_t bucket_wait(struct bucket *b, double amount, int64_t now)
{
	if (b->rate <= 0)
		return 0;
	fill(b, now);
	double need = amount < b->room ? amount : b->room;
	return b->level >= need ? 0 : (int64_t)((need - b->level) / b->rate) + 1;
}

void bucket_take(struct bucket *b, double amount)
{
	if (b->rate > 0)
		b->level -= amount;
}

void bucket_give_back(struct bucket *b, double amount)
{
	bucket_take(b, -amount);
}
