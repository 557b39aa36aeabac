#include "method/candidate.h"

#include "base/buf.h"

enum rule_id candidate_check(const struct rules *rules, const struct unit *u, struct view *detail)
{
	enum rule_id broken = rules_check(rules, u->instruction, detail);
	if (broken == RULE_COUNT && rules_on(rules, RULE_TOO_MANY) &&
	    (double)u->item > rules_number(rules, RULE_TOO_MANY))
		broken = RULE_TOO_MANY;
	return broken;
}

static int accept(struct pool *pool, const struct accepted *candidate, struct outcome *o)
{
	const struct unit *u = &candidate->unit;
	struct near_text near[POOL_NEAREST];
	struct accepted a = *candidate;
	int status = pool_nearest(pool, u->instruction, near, &a.near_count, &a.mean_score);
	if (status)
		return status;
	a.near = arena_array(o->arena, a.near_count, sizeof(*near));
	for (size_t i = 0; i < a.near_count; i++)
		a.near[i] = near[i];
	status = pool_add_machine(pool, u);
	if (!status)
		outcome_accept(o, &a);
	return status;
}

int candidate_admit(struct pool *pool, const struct rules *rules, const struct accepted *a,
		    struct outcome *o)
{
	const struct unit *u = &a->unit;
	struct near_text near;
	int is_new = rules_on(rules, RULE_NEAR_DUPLICATE) ? pool_is_new(pool, u->instruction, &near) : 1;
	if (is_new < 0)
		return is_new;
	if (is_new)
		return accept(pool, a, o);
	outcome_reject(o, u, rule_table[RULE_NEAR_DUPLICATE].name, u->instruction, view_of(""));
	o->rejected[o->rejected_count - 1].near_id = near.id;
	o->rejected[o->rejected_count - 1].near_score = near.score;
	return SOW_OK;
}

void candidate_reject_instance(struct outcome *o, const struct unit *u, enum rule_id rule,
			       const struct instance *i)
{
	struct buf text = BUF_INIT;
	if (i->input.len)
		buf_addf(&text, "Input: %.*s\n", VIEW_ARG(i->input));
	buf_addf(&text, "Output: %.*s", VIEW_ARG(i->output));
	struct view shown = arena_takebuf(o->arena, &text);
	outcome_reject(o, u, rule_table[rule].name, shown, view_of(""));
}
