#include "run/budget.h"

#include "base/money.h"

bool prices_known(const struct prices *p)
{
	return p->in >= 0 && p->out >= 0;
}

int64_t price_of(const struct prices *p, const struct usage *u)
{
	int64_t cached = u->shared_tokens < u->prompt_tokens ? u->shared_tokens : u->prompt_tokens;
	int64_t whole = money_of_tokens(u->prompt_tokens - cached, p->in) +
			money_of_tokens(cached, p->cached < 0 ? p->in : p->cached) +
			money_of_tokens(u->completion_tokens, p->out);
	return whole - (int64_t)((double)whole * p->discount);
}

int64_t budget_estimate(const struct prices *p, const struct request *r)
{
	size_t bytes = 0;
	for (size_t i = 0; i < r->part_count; i++)
		bytes += r->parts[i].text.len + r->parts[i].content.len + r->parts[i].tool_calls.len;
	bytes += r->tools.len + r->schema.len + r->given.len;
	int64_t most = r->sampling.max_tokens ? r->sampling.max_tokens : BUDGET_UNBOUNDED;
	bool is_written = r->kind == REQUEST_GENERATE;
	const struct usage u = {
		.prompt_tokens = (int64_t)bytes / 3 + 8,
		.completion_tokens = !is_written ? 0 : most > p->room ? most : p->room,
	};
	struct prices whole = *p;
	if (p->may_be_whole)
		whole.discount = 0;
	return price_of(&whole, &u);
}

bool budget_reserve(struct budget *b, int64_t amount)
{
	if (b->limit >= 0 && amount > b->limit - b->spent - b->reserved)
		return false;
	b->reserved += amount;
	return true;
}

void budget_charge(struct budget *b, int64_t reserved, int64_t cost)
{
	b->reserved -= reserved;
	b->spent += cost;
}
