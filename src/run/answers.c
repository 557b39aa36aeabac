#include "run/answers.h"

static uint64_t *awaited(const struct answers *a, const struct hash *key)
{
	return map_get(&a->awaited, (const char *)key->bytes, HASH_SIZE);
}

/* In run.db, where a resumed run finds its earlier replies. */
static int find_stored(struct answers *a, const struct unit_key *p, const struct hash *key,
		       struct reply **reply, struct sow_error *err)
{
	return store_is_new(a->store) ? 0 : store_find_reply(a->store, p, key, reply, err);
}

int answers_find(struct answers *a, const struct unit_key *p, const struct request *r, bool recorded,
		 struct answer_found *found, struct sow_error *err)
{
	*found = (struct answer_found){ 0 };
	int stored = find_stored(a, p, &r->key, &found->reply, err);
	if (stored)
		return stored < 0 ? stored : ANSWER_STORED;
	if (a->cache && !recorded)
		found->reply = cache_get(a->cache, &r->key);
	if (found->reply)
		return ANSWER_CACHED;
	const uint64_t *at = awaited(a, &r->key);
	found->at = at ? (size_t)*at : 0;
	return at ? ANSWER_AWAITED : ANSWER_NOWHERE;
}

void answers_await(struct answers *a, const struct hash *key, size_t at)
{
	map_put(&a->awaited, (const char *)key->bytes, HASH_SIZE, at);
}

void answers_await_no_more(struct answers *a, const struct hash *key)
{
	map_remove(&a->awaited, (const char *)key->bytes, HASH_SIZE);
}

void answers_keep(struct answers *a, const struct reply *reply)
{
	if (a->cache)
		cache_put(a->cache, reply);
}

const char *answers_flush(struct answers *a)
{
	if (!a->cache)
		return NULL;
	cache_flush(a->cache);
	const char *why = a->trouble_told ? NULL : cache_trouble(a->cache);
	a->trouble_told |= why != NULL;
	return why;
}

void answers_release(struct answers *a)
{
	cache_close(a->cache);
	map_release(&a->awaited);
}
