/* concurrency.h - finds out how many requests a server takes at once.
 *
 *     struct concurrency a = concurrency_start(256);
 *     while (in_flight < concurrency_limit(&a))
 *             number = concurrency_sent(&a, ++in_flight);
 *     concurrency_answered(&a, number);       // or
 *     concurrency_refused(&a, number);        // 429, 503, a timeout
 *
 * The limit starts at 64 (or the cap), and doubles each round trip until the first refusal,
 * which halves it. From then on it grows by the same step each round trip, and a refusal cuts
 * it by half of the recent share of refused requests (as DCTCP does: Alizadeh et al., SIGCOMM
 * 2010): a server that refuses a few at any load costs a few in a hundred; with one that refuses
 * an excess the limit settles where refusals begin. It is cut once a window: requests that were in
 * flight at the last cut carry no new information.
 * It grows only while it is used.
 */
#ifndef TEACHER_HTTP_CONCURRENCY_H
#define TEACHER_HTTP_CONCURRENCY_H

#include <stdbool.h>
#include <stdint.h>

struct concurrency {
	double limit;
	double step;          /* growth a round trip */
	double refused;       /* share of refusals, over recent windows */
	int answers, refusals; /* since the last cut */
	int cap;
	bool doubling;
	uint64_t sent;        /* number of the last request */
	uint64_t cut;         /* and of the last one sent before the last cut */
	uint64_t used;        /* and of the last one that filled the limit */
};

struct concurrency concurrency_start(int cap);            /* cap at least 1 */
int concurrency_limit(const struct concurrency *a);       /* 1 .. cap */

/* Counts one more request, which makes `in_flight`. Returns its number. */
uint64_t concurrency_sent(struct concurrency *a, int in_flight);
void concurrency_answered(struct concurrency *a, uint64_t number);
void concurrency_refused(struct concurrency *a, uint64_t number);

#endif
