/* candidate.h - a proposed instruction before the pool: is it fit, and is it new?
 *
 *     enum rule_id broken = candidate_check(rules, &unit, &detail);
 *     if (broken == RULE_COUNT)
 *             status = candidate_admit(pool, rules, &accepted, outcome);
 *
 * For methods that grow a pool. Novelty comes last, so that it is not computed for candidates that a cheaper
 * rule rejects.
 */
#ifndef METHOD_CANDIDATE_H
#define METHOD_CANDIDATE_H

#include "method/method.h"

/* The first broken rule of those on an instruction and on the number of candidates (u->item); RULE_COUNT if
 * none. *detail is the part of the text that broke it. */
enum rule_id candidate_check(const struct rules *rules, const struct unit *u, struct view *detail);

/* Rejects it as a near duplicate; else accepts it, with its neighbours, and adds it to the
 * pool. SOW_OK, SOW_NOMEM or SOW_TOOBIG. */
int candidate_admit(struct pool *pool, const struct rules *rules, const struct accepted *a,
		    struct outcome *o);

/* A reject whose text is the instance: "Input: …" and "Output: …". */
void candidate_reject_instance(struct outcome *o, const struct unit *u, enum rule_id rule,
			       const struct instance *i);

#endif
