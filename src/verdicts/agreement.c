#include "verdicts/agreement.h"

#include <math.h>

#include "base/mem.h"

#define Z 1.959963984540054 /* 95 %, two-sided */

struct share share_of(int64_t count, int64_t of)
{
	struct share s = { .count = count, .of = of, .high = 1 };
	if (!of)
		return s;
	double n = (double)of, p = (double)count / n, z2 = Z * Z;
	double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
	double half = Z / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
	s.share = p;
	s.low = count ? fmax(middle - half, 0) : 0;
	s.high = count < of ? fmin(middle + half, 1) : 1;
	return s;
}

static bool is_known(const struct view *list, size_t count, struct view name)
{
	for (size_t i = 0; i < count; i++) {
		if (view_eq(list[i], name))
			return true;
	}
	return false;
}

void verdicts_people(const struct verdicts *v, struct view **list, size_t *count)
{
	size_t room = 0;
	*list = NULL;
	*count = 0;
	for (size_t i = 0; i < verdicts_count(v); i++) {
		const struct verdict_action *a = verdicts_at(v, i);
		if (a->undo || a->undone || a->verdict == VERDICT_NONE || is_known(*list, *count, a->by))
			continue;
		mem_grow(list, &room, *count + 1);
		(*list)[(*count)++] = a->by;
	}
}

struct kappa kappa_of(const struct verdicts *v, struct view a, struct view b)
{
	struct kappa k = { 0 };
	size_t keeps_a = 0, keeps_b = 0;
	for (size_t i = 0; i < verdicts_records(v); i++) {
		const struct verdict_action *of_a = verdicts_of(v, i, a), *of_b = verdicts_of(v, i, b);
		if (!of_a || !of_b)
			continue;
		k.both++;
		k.same += of_a->verdict == of_b->verdict;
		keeps_a += of_a->verdict == VERDICT_KEEP;
		keeps_b += of_b->verdict == VERDICT_KEEP;
	}
	if (!k.both)
		return k;
	double n = (double)k.both, pa = (double)keeps_a / n, pb = (double)keeps_b / n;
	double seen = (double)k.same / n, chance = pa * pb + (1 - pa) * (1 - pb);
	k.kappa = chance < 1 ? (seen - chance) / (1 - chance) : 1;
	return k;
}

/* The latest answer in force to a question. */
static enum question_answer answer_to(const struct verdicts *v, size_t record, size_t question)
{
	for (const struct verdict_action *a = verdicts_last(v, record); a; a = verdicts_before(v, a)) {
		if (!a->undo && !a->undone && a->answers[question] != QUESTION_OPEN)
			return a->answers[question];
	}
	return QUESTION_OPEN;
}

static void count_questions(const struct verdicts *v, size_t record, struct review_counts *c)
{
	size_t answered = 0, yes = 0;
	for (size_t q = 0; q < QUESTIONS; q++) {
		enum question_answer answer = answer_to(v, record, q);
		answered += answer != QUESTION_OPEN;
		yes += answer == QUESTION_YES;
		c->asked[q] += answer != QUESTION_OPEN;
		c->yes[q] += answer == QUESTION_YES;
	}
	c->asked_all += answered == QUESTIONS;
	c->yes_all += yes == QUESTIONS;
}

struct review_counts review_count(const struct verdicts *v)
{
	struct review_counts c = { 0 };
	for (size_t i = 0; i < verdicts_records(v); i++) {
		struct decision d = verdicts_decide(v, i);
		c.records += d.latest != NULL;
		c.judged += d.keeps || d.drops;
		c.kept += d.verdict == VERDICT_KEEP;
		c.dropped += d.verdict == VERDICT_DROP;
		c.disputed += d.disputed;
		c.edited += d.edit != NULL;
		count_questions(v, i, &c);
	}
	for (size_t i = 0; i < verdicts_count(v); i++) {
		const struct verdict_action *a = verdicts_at(v, i);
		c.actions++;
		if (a->undo || a->undone || a->seconds <= 0)
			continue;
		c.seconds += a->seconds;
		c.timed++;
	}
	return c;
}
