/* unread.h - can the pool read any reply of its teacher?
 *
 *     if (unread_allows(&u, ticket))
 *             … plan the ticket …
 *     unread_note(&u, outcome, reply);              // of each ticket that is admitted
 *     if (u.is_hopeless)
 *             … u.example …
 *
 * A model that answers in an unreadable form does so every time: if the first UNREAD_MOST replies of a
 * run, or since it was resumed, all end as no-list or malformed, the run pays for no more. Until one
 * reply can be read, no further tickets are planned, which costs no time: the first is read
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
	int64_t from;                /* tickets committed before */
	int64_t unread;              /* unreadable replies */
	int64_t uncounted;           /* refused or cut */
	bool is_over;                /* a reply could be read */
	bool is_hopeless;
	char example[200];           /* the beginning of the last unreadable reply, on one line */
};

bool unread_allows(const struct unread *u, int64_t ticket);
void unread_note(struct unread *u, const struct outcome *o, const struct reply *reply);

#endif
