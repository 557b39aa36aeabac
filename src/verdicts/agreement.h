/* agreement.h - shares with their intervals, and how far reviewers agree.
 *
 *     struct share s = share_of(92, 100);            // s.share 0.92, s.low 0.85, s.high 0.959
 *     struct kappa k = kappa_of(v, view_of("ada"), view_of("bo"));   // k.both 40, k.kappa 0.71
 */
#ifndef VERDICTS_AGREEMENT_H
#define VERDICTS_AGREEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "verdicts/verdicts.h"

struct share {
	int64_t count, of;
	double share, low, high;     /* 0..1; the interval holds the true share in 95 % of samples */
};
/* Wilson's score interval, without a correction for continuity. `of` 0: 0, from 0 to 1. */
struct share share_of(int64_t count, int64_t of);

/* The people with verdicts in force, by first appearance; the list is from mem_alloc. */
void verdicts_people(const struct verdicts *v, struct view **list, size_t *count);

struct kappa {
	size_t both, same;           /* records that both judged, and judged the same */
	double kappa;                /* Cohen's; 1 if chance alone would agree on all, as they do */
};
struct kappa kappa_of(const struct verdicts *v, struct view a, struct view b);

/* The figures of a whole review. */
struct review_counts {
	int64_t records;             /* with an action in force */
	int64_t judged;              /* with a verdict in force, or disputed */
	int64_t kept, dropped, disputed, edited;
	int64_t asked[QUESTIONS], yes[QUESTIONS];
	int64_t asked_all, yes_all;  /* of the records with answers to all three questions */
	int64_t actions;
	double seconds;              /* of the actions that record their duration … */
	int64_t timed;               /* … and how many those are */
};
/* For the questions, a record's latest answer counts. */
struct review_counts review_count(const struct verdicts *v);

#endif
