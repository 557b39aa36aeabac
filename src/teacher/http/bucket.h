/* bucket.h - at most so many a minute: a token bucket.
 *
 *     struct bucket b = bucket_start(60, now);       // 60 a minute
 *     int64_t wait = bucket_wait(&b, 1, now);       // 0: now
 *     if (!wait)
 *             bucket_take(&b, 1);
 *
 * The bucket is small (a quarter of a second's worth, at least one request) and fills 2 % slower
 * than the limit allows: servers count over windows that begin at times of their choice, and no
 * window of a minute may pass the limit. An amount that exceeds the bucket goes when the bucket is
 * full, and the rest is owed: the mean holds.
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
/* Corrects by so much: less was used than taken, or more (negative). */
void bucket_give_back(struct bucket *b, double amount);

#endif
