#include "mock/seen.h"

#include "sow/sow.h"

/* A value is the attempts, and the answers above them. */
#define ANSWER (UINT64_C(1) << 32)

static int add(struct seen *s, const struct hash *body, uint64_t one, uint64_t *before)
{
	const char *key = (const char *)body->bytes;
	uint64_t *count = map_get(&s->young, key, HASH_SIZE);
	if (count) {
		*before = *count;
		*count += one;
		return SOW_OK;
	}
	count = map_get(&s->old, key, HASH_SIZE);
	*before = count ? *count : 0;
	if (s->young.count >= (s->most + 1) / 2) {
		map_release(&s->old);
		s->old = s->young;
		s->young = (struct map)MAP_INIT;
	}
	return map_put(&s->young, key, HASH_SIZE, *before + one);
}

int seen_attempt(struct seen *s, const struct hash *body, uint32_t *before)
{
	uint64_t count;
	int status = add(s, body, 1, &count);
	*before = (uint32_t)count;
	return status;
}

int seen_answer(struct seen *s, const struct hash *body, uint32_t *before)
{
	uint64_t count;
	int status = add(s, body, ANSWER, &count);
	*before = (uint32_t)(count / ANSWER);
	return status;
}

void seen_release(struct seen *s)
{
	map_release(&s->young);
	map_release(&s->old);
}
