/* unread.h - can anything be read in what a pool's teacher writes?
 *
 *     if (unread_allows(&u, ticket))
 *             … plan the ticket …
 *     unread_note(&u, outcome, reply);              // of each ticket that is admitted
 *     if (u.is_hopeless)
 *             … u.example …
 *
 * A model that answers in a form that nobody can read does so every time: when the first UNREAD_MOST
 * replies of a run, or since it was resumed, all end as no-list or malformed, no more are paid for.
 * Until one could be read no further tickets are planned, which costs no time: the first is read
 * before the twentieth is due. Refused and cut replies count neither way.
 */
#ifndef RUN_UNREAD_H
#define RUN_UNREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "data/request.h"
#include "method/method.h"

#define UNREAD_MOST 20

struct unread {
	int64_t from;                /* tickets that were committed before */
	int64_t unread;              /* replies in which nothing could be read */
	int64_t uncounted;           /* refused or cut */
	bool is_over;                /* one could be read */
	bool is_hopeless;
	char example[200];           /* how the last unread reply begins, on one line */
};

bool unread_allows(const struct unread *u, int64_t ticket);
void unread_note(struct unread *u, const struct outcome *o, const struct reply *reply);

#endif
