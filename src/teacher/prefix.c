#include "teacher/prefix.h"

#include <string.h>

void prefixes_init(struct prefixes *table, int first)
{
	*table = (struct prefixes){ 0 };
	for (int i = 0; i < PREFIXES_MAX; i++)
		table->at[i].sequence = first + i;
}

void prefixes_release(struct prefixes *table)
{
	for (size_t i = 0; i < PREFIXES_MAX; i++)
		tokens_release(&table->at[i].tokens);
}

struct prefix *prefixes_find(struct prefixes *table, const int32_t *ids, size_t count)
{
	for (struct prefix *p = table->at; p < table->at + PREFIXES_MAX; p++) {
		if (count && p->tokens.count == count &&
		    memcmp(p->tokens.ids, ids, count * sizeof(*ids)) == 0)
			return p;
	}
	return NULL;
}

struct prefix *prefixes_oldest(struct prefixes *table)
{
	struct prefix *oldest = NULL;
	for (struct prefix *p = table->at; p < table->at + PREFIXES_MAX; p++) {
		if (p->tokens.count && !p->users && (!oldest || p->held < oldest->held))
			oldest = p;
	}
	return oldest;
}

struct prefix *prefixes_spare(struct prefixes *table)
{
	for (struct prefix *p = table->at; p < table->at + PREFIXES_MAX; p++) {
		if (!p->tokens.count)
			return p;
	}
	return prefixes_oldest(table);
}

void prefix_set(struct prefix *p, const int32_t *ids, size_t count)
{
	prefix_clear(p);
	memcpy(tokens_space(&p->tokens, count), ids, count * sizeof(*ids));
	p->tokens.count = count;
}

void prefix_clear(struct prefix *p)
{
	p->tokens.count = 0;
	p->evaluated = 0;
	p->reused = p->stored = false;
}

void prefix_hold(struct prefixes *table, struct prefix *p)
{
	p->users++;
	p->held = ++table->clock;
}

void prefix_leave(struct prefix *p)
{
	p->users--;
}

bool prefix_ready(const struct prefix *p)
{
	return p->evaluated == p->tokens.count;
}
