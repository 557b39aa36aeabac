#include "text/novelty/lcs_many.h"

#include <string.h>

#include "base/mem.h"
#include "sow/sow.h"

/* An item is a sequence's number << 6 | a place in it where the word is. */
struct lcs_list {
	uint32_t *items;
	uint32_t count, room;
};

/* How far a word of the query has come in its list. */
struct lcs_cursor {
	const uint32_t *at, *end;
};

static int reserve_lists(struct lcs_many *m, size_t count)
{
	size_t had = m->list_count;
	if (count <= had)
		return SOW_OK;
	if (mem_try_grow(&m->lists, &m->list_count, count))
		return SOW_NOMEM;
	memset(m->lists + had, 0, (m->list_count - had) * sizeof(*m->lists));
	return SOW_OK;
}

static int push(struct lcs_list *l, uint32_t item)
{
	size_t room = l->room;
	if (l->count == UINT32_MAX / 2 ||
	    mem_try_grow(&l->items, &room, (size_t)l->count + 1))
		return SOW_NOMEM;
	l->room = (uint32_t)room;
	l->items[l->count++] = item;
	return SOW_OK;
}

int lcs_many_add(struct lcs_many *m, const uint32_t *ids, size_t n)
{
	if (m->count == LCS_MANY_MOST)
		return SOW_TOOBIG;
	for (size_t i = 0; i < n && n <= LCS_MANY_LONGEST; i++) {
		int status = reserve_lists(m, (size_t)ids[i] + 1);
		if (!status)
			status = push(&m->lists[ids[i]], (uint32_t)(m->count << 6 | i));
		if (status) {
			while (i--)
				m->lists[ids[i]].count--;
			return status;
		}
	}
	m->count++;
	return SOW_OK;
}

void lcs_many_drop_last(struct lcs_many *m, const uint32_t *ids, size_t n)
{
	for (size_t i = 0; i < n && n <= LCS_MANY_LONGEST; i++)
		m->lists[ids[i]].count--;
	m->count--;
}

void lcs_many_release(struct lcs_many *m)
{
	for (size_t i = 0; i < m->list_count; i++)
		mem_free(m->lists[i].items);
	mem_free(m->lists);
	*m = (struct lcs_many)LCS_MANY_INIT;
}

int lcs_sweep_start(struct lcs_sweep *s, const struct lcs_many *m, const uint32_t *ids, size_t n)
{
	s->many = m;
	s->at = s->cursor_count = 0;
	s->cursors = mem_try_alloc(n * sizeof(*s->cursors));
	if (!s->cursors)
		return SOW_NOMEM;
	for (size_t i = 0; i < n; i++) {
		if (ids[i] >= m->list_count || !m->lists[ids[i]].count)
			continue;
		const struct lcs_list *l = &m->lists[ids[i]];
		s->cursors[s->cursor_count++] =
			(struct lcs_cursor){ l->items, l->items + l->count };
	}
	return SOW_OK;
}

/* The next word of the query, in the sequences numbered up to `last`. See sweep() in lcs.c. */
static void step(struct lcs_sweep *s, struct lcs_cursor *c, size_t last)
{
	const uint32_t *at = c->at, *end = c->end;
	while (at < end && *at >> 6 < last) {
		uint32_t number = *at >> 6;
		uint64_t places = 0;
		do {
			places |= UINT64_C(1) << (*at++ & 63);
		} while (at < end && *at >> 6 == number);
		uint64_t v = s->state[number - s->at];
		s->state[number - s->at] = (v + (v & places)) | (v & ~places);
	}
	c->at = at;
}

size_t lcs_sweep_next(struct lcs_sweep *s, const struct kernel *k, uint8_t *lengths)
{
	size_t left = s->many->count - s->at, got = left < LCS_SWEEP ? left : LCS_SWEEP;
	memset(s->state, 0xFF, got * sizeof(*s->state));
	for (size_t i = 0; i < s->cursor_count; i++)
		step(s, &s->cursors[i], s->at + got);
	k->count_clear(s->state, got, lengths);
	s->at += got;
	return got;
}

void lcs_sweep_end(struct lcs_sweep *s)
{
	mem_free(s->cursors);
}
