/* bucket.h - so many a minute and no more: a token bucket.
 *
 *     struct bucket b = bucket_start(60, now);       // 60 a minute
 *     int64_t wait = bucket_wait(&b, 1, now);       // 0: now
 *     if (!wait)
 *             bucket_take(&b, 1);
 *
 * The bucket is small (a quarter of a second's worth, and one request at least) and fills
 * 2 % slower than it may: servers count over a window of their own, which begins when they
 * like, and in no window of a minute is the limit passed. What is more than it holds at once
 * is let through when it is full, and owed: the mean holds.
 * Time is an argument, monotonic, in nanoseconds.
 */
#ifndef TEACHER_HTTP_BUCKET_H
#define TEACHER_HTTP_BUCKET_H

#include <stdint.h>

struct bucket {
	double rate;   /* a nanosecond; 0: no limit */
	double room;
	double level;  /* at time `at`; negative: owed */
	int64_t at;
};

struct bucket bucket_start(double per_minute, int64_t now); /* 0: no limit */

/* Nanoseconds until `amount` may go; 0: at once. */
int64_t bucket_wait(struct bucket *b, double amount, int64_t now);
void bucket_take(struct bucket *b, double amount);
/* Less was used than was taken, or more (negative). */
void bucket_give_back(struct bucket *b, double amount);

#endif
