#include "mock/seen.h"

/* A value is the attempts, and the answers above them. */
#define ANSWER (UINT64_C(1) << 32)

static void add(struct seen *s, const struct hash *body, uint64_t one, uint64_t *before)
{
	const char *key = (const char *)body->bytes;
	uint64_t *count = map_get(&s->young, key, HASH_SIZE);
	if (count) {
		*before = *count;
		*count += one;
		return;
	}
	count = map_get(&s->old, key, HASH_SIZE);
	*before = count ? *count : 0;
	if (s->young.count >= (s->most + 1) / 2) {
		map_release(&s->old);
		s->old = s->young;
		s->young = (struct map)MAP_INIT;
	}
	map_put(&s->young, key, HASH_SIZE, *before + one);
}

void seen_attempt(struct seen *s, const struct hash *body, uint32_t *before)
{
	uint64_t count;
	add(s, body, 1, &count);
	*before = (uint32_t)count;
}

void seen_answer(struct seen *s, const struct hash *body, uint32_t *before)
{
	uint64_t count;
	add(s, body, ANSWER, &count);
	*before = (uint32_t)(count / ANSWER);
}

void seen_release(struct seen *s)
{
	map_release(&s->young);
	map_release(&s->old);
}
