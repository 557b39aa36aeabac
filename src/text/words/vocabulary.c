#include <string.h>

#include "base/mem.h"
#include "text/word_key.h"
#include "text/words.h"

#define FIRST_ROOM 1024

/* Open addressing. Nine of ten words that texts use are short: they are found without a
 * look at anything but their slot. */
struct slot {
	uint64_t key;     /* see word_key.h */
	uint32_t len;     /* 0: free */
	uint32_t id;
};

struct vocabulary {
	enum words_kind kind;
	struct slot *slots;
	size_t room;          /* a power of two, or 0 */
	size_t count;
	char *text;           /* of the long words, one after the other */
	size_t text_len, text_room;
	size_t *starts;       /* where in `text`, by number; only a long word's counts */
	size_t start_room;
};

struct vocabulary *vocabulary_new(enum words_kind kind)
{
	struct vocabulary *v = mem_try_zalloc(sizeof(*v));
	if (v)
		v->kind = kind;
	return v;
}

void vocabulary_free(struct vocabulary *v)
{
	if (!v)
		return;
	mem_free(v->slots);
	mem_free(v->text);
	mem_free(v->starts);
	mem_free(v);
}

enum words_kind vocabulary_kind(const struct vocabulary *v)
{
	return v->kind;
}

size_t vocabulary_size(const struct vocabulary *v)
{
	return v->count;
}

static size_t place_of(uint64_t key, size_t len)
{
	uint64_t h = (key ^ len) * UINT64_C(0xD6E8FEB86659FD93);
	h ^= h >> 32;
	return (size_t)(h * UINT64_C(0xD6E8FEB86659FD93) >> 20);
}

/* The slot that holds the word, or the free one where it would go. */
static struct slot *slot_of(const struct vocabulary *v, struct view word, uint64_t key)
{
	for (size_t i = place_of(key, word.len);; i++) {
		struct slot *s = &v->slots[i & (v->room - 1)];
		if (!s->len)
			return s;
		if (s->key == key && s->len == word.len &&
		    (word.len <= WORD_KEY_SHORT ||
		     memcmp(v->text + v->starts[s->id], word.p, word.len) == 0))
			return s;
	}
}

static int grow(struct vocabulary *v)
{
	size_t room = v->room ? v->room * 2 : FIRST_ROOM;
	if (room > SIZE_MAX / sizeof(struct slot))
		return SOW_NOMEM;
	struct slot *slots = mem_try_zalloc(room * sizeof(*slots));
	if (!slots)
		return SOW_NOMEM;
	for (size_t i = 0; i < v->room; i++) {
		struct slot *old = &v->slots[i];
		size_t at = place_of(old->key, old->len);
		if (!old->len)
			continue;
		while (slots[at & (room - 1)].len)
			at++;
		slots[at & (room - 1)] = *old;
	}
	mem_free(v->slots);
	v->slots = slots;
	v->room = room;
	return SOW_OK;
}

static int keep_text(struct vocabulary *v, struct view word)
{
	if (mem_try_grow(&v->starts, &v->start_room, v->count + 1))
		return SOW_NOMEM;
	if (word.len <= WORD_KEY_SHORT)
		return SOW_OK;
	if (mem_try_grow(&v->text, &v->text_room, v->text_len + word.len))
		return SOW_NOMEM;
	memcpy(v->text + v->text_len, word.p, word.len);
	v->starts[v->count] = v->text_len;
	v->text_len += word.len;
	return SOW_OK;
}

int vocabulary_number(struct vocabulary *v, struct view word, uint32_t *id)
{
	if (word.len > UINT32_MAX || v->count == UINT32_MAX)
		return SOW_TOOBIG;
	if (v->count * 2 >= v->room && grow(v))
		return SOW_NOMEM;
	uint64_t key = word_key_of(word.p, word.len);
	struct slot *s = slot_of(v, word, key);
	if (!s->len) {
		if (keep_text(v, word))
			return SOW_NOMEM;
		*s = (struct slot){ key, (uint32_t)word.len, (uint32_t)v->count++ };
	}
	*id = s->id;
	return SOW_OK;
}

bool vocabulary_find(const struct vocabulary *v, struct view word, uint32_t *id)
{
	if (!v->room)
		return false;
	const struct slot *s = slot_of(v, word, word_key_of(word.p, word.len));
	if (s->len)
		*id = s->id;
	return s->len > 0;
}
