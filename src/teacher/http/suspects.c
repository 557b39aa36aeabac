#include "teacher/http/suspects.h"

#include "base/mem.h"
#include "teacher/http/jobs.h"

#define SUSPECTS 4 /* refusals without a named part before parts are left out on a guess */
#define PROOFS (sizeof(((struct proofs *)0)->without) / sizeof(uint32_t))

bool proofs_has(const struct proofs *p, uint32_t without)
{
	for (size_t i = 0; i < p->count && i < PROOFS; i++) {
		if (p->without[i] == without)
			return true;
	}
	return false;
}

void proofs_add(struct proofs *p, uint32_t without)
{
	if (!proofs_has(p, without))
		p->without[p->count++ % PROOFS] = without;
}

/* The kind of request that it would be without the guesses. */
static uint32_t kind_of(const struct param_support *d, const struct job *j)
{
	return j->sent.without & ~(d->guessed & j->sent.left_out);
}

/* True if it was sent before the last guess, and so shows nothing about it. */
static bool is_older(const struct param_support *d, const struct job *j)
{
	return d->guessed & ~j->sent.without;
}

enum suspicion suspects_refused(struct suspects *s, struct param_support *d, struct job *j,
				const struct buf *words, bool is_last)
{
	if (d->is_hopeless || proofs_has(&s->proofs, kind_of(d, j)))
		return SUSPECT_NOT;
	bool is_trial = d->guessed & j->sent.left_out;
	bool is_time = is_last || is_trial || (!d->guessed && s->count + 1 >= SUSPECTS);
	if (is_time && !is_older(d, j) && !param_support_guess(d, &j->sent))
		return SUSPECT_FAILED;
	if (is_time)
		return is_last ? SUSPECT_ALL_AGAIN : SUSPECT_AGAIN;
	j->words = mem_copy(words->data, words->len);
	j->next = s->first;
	s->first = j;
	s->count++;
	return SUSPECT_ASIDE;
}

bool suspects_alone(struct suspects *s, struct param_support *d)
{
	return is_older(d, s->first) || param_support_guess(d, &s->first->sent);
}

bool suspects_answered(struct suspects *s, struct param_support *d, const struct job *j, struct buf *news)
{
	bool is_new = !proofs_has(&s->proofs, kind_of(d, j));
	proofs_add(&s->proofs, j->sent.without);
	if (!is_new) /* of a kind answered before the guess: shows nothing about it */
		return false;
	if (is_older(d, j)) { /* its request still held the guessed part */
		d->without &= ~d->guessed;
		d->guessed = 0;
	} else if (d->guessed & j->sent.left_out) {
		param_support_confirm(d, news);
	}
	return true;
}

struct job *suspects_take(struct suspects *s)
{
	struct job *j = s->first;
	if (j) {
		s->first = j->next;
		s->count--;
	}
	return j;
}
