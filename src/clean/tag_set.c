#include "clean/tag_set.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "text/tag.h"
#include "text/verb_noun/lemma.h"

#define NONE SIZE_MAX

struct tag {
	const char *text;
	size_t records;        /* that have it, or one that has become it */
	size_t said;           /* that had it in the beginning */
	size_t last;           /* record that had it last, plus 1 */
	size_t into;           /* the tag that it has become; itself; NONE: dropped */
	const char *why;
};

/* One tag of one record. */
struct pair {
	size_t record, tag;
};

struct tag_set {
	struct arena *arena;
	struct map names;      /* of a spelling: its place in `tags` */
	struct tag *tags;
	size_t count, room;
	struct pair *pairs;    /* by record */
	size_t pair_count, pair_room;
	size_t *order;         /* of the tags, by spelling; made by tag_set_normalize */
	struct tag_counts counts;
};

struct tag_set *tag_set_new(void)
{
	struct tag_set *s = mem_zalloc(sizeof(*s));
	s->arena = arena_new();
	return s;
}

void tag_set_free(struct tag_set *s)
{
	if (!s)
		return;
	map_release(&s->names);
	mem_free(s->tags);
	mem_free(s->pairs);
	mem_free(s->order);
	arena_free(s->arena);
	mem_free(s);
}

static size_t find_or_add(struct tag_set *s, struct view text)
{
	const uint64_t *known = map_get(&s->names, text.p, text.len);
	if (known)
		return (size_t)*known;
	mem_grow(&s->tags, &s->room, s->count + 1);
	map_put(&s->names, text.p, text.len, s->count);
	s->tags[s->count] = (struct tag){ .text = arena_copyview(s->arena, text), .into = s->count };
	return s->count++;
}

int tag_set_add(struct tag_set *s, size_t record, struct view tag)
{
	struct buf text = BUF_INIT;
	size_t at = 0;
	int status = tag_normal(tag, &text);
	if (!status && text.len)
		at = find_or_add(s, view_from(text.data, text.len));
	bool is_new = !status && text.len && s->tags[at].last != record + 1;
	buf_release(&text);
	if (!is_new)
		return status;
	mem_grow(&s->pairs, &s->pair_room, s->pair_count + 1);
	s->pairs[s->pair_count++] = (struct pair){ record, at };
	s->tags[at].last = record + 1;
	s->tags[at].records++;
	return SOW_OK;
}

/* Which tag it is in the end. */
static size_t root_of(const struct tag_set *s, size_t at)
{
	while (at != NONE && s->tags[at].into != at)
		at = s->tags[at].into;
	return at;
}

/* The more frequent first, of equals the one before in the alphabet: the one that others become. */
static bool goes_before(const struct tag *a, const struct tag *b)
{
	return a->records != b->records ? a->records > b->records : strcmp(a->text, b->text) < 0;
}

static void drop_rare(struct tag_set *s, size_t least)
{
	for (size_t i = 0; i < s->count; i++) {
		struct tag *t = &s->tags[i];
		bool is_rare = t->records < least;
		t->said = t->records;
		t->into = is_rare ? NONE : i;
		t->why = is_rare ? "rare" : NULL;
	}
}

static size_t count_left(const struct tag_set *s)
{
	size_t count = 0;
	for (size_t i = 0; i < s->count; i++)
		count += s->tags[i].into == i;
	return count;
}

/* Counts records again after tags have become others: a record has each once. */
static void count_again(struct tag_set *s)
{
	for (size_t i = 0; i < s->count; i++) {
		if (s->tags[i].into == i)
			s->tags[i].records = s->tags[i].last = 0;
	}
	for (size_t i = 0; i < s->pair_count; i++) {
		size_t at = root_of(s, s->pairs[i].tag);
		if (at == NONE || s->tags[at].last == s->pairs[i].record + 1)
			continue;
		s->tags[at].last = s->pairs[i].record + 1;
		s->tags[at].records++;
	}
}

/* Lemmas */

/* "writing poems" as "write poem": each word as the dictionary has the noun, and then the verb. */
static int add_lemmas(const char *text, struct buf *out)
{
	struct view rest = view_of(text);
	int status = SOW_OK;
	while (rest.len && !status) {
		size_t end = view_find(rest, 0, " ");
		struct view word = view_sub(rest, 0, end);
		char one[LEMMA_WORD_MAX];
		struct buf noun = BUF_INIT;
		rest = end == VIEW_NONE ? view_of("") : view_sub(rest, end + 1, rest.len);
		if (out->len)
			buf_addch(out, ' ');
		if (word.len >= sizeof(one)) {
			buf_add(out, word.p, word.len);
			continue;
		}
		memcpy(one, word.p, word.len);
		one[word.len] = '\0';
		status = lemma_of(LEMMA_NOUN, one, &noun);
		buf_addch(&noun, '\0');
		if (!status)
			status = lemma_of(LEMMA_VERB, noun.data, out);
		buf_release(&noun);
	}
	return status;
}

static int join_lemmas(struct tag_set *s, struct sow_error *err)
{
	struct map heads = MAP_INIT;
	int status = lemma_open(err);
	for (size_t i = 0; i < s->count && !status; i++) {
		struct buf key = BUF_INIT;
		uint64_t *head = NULL;
		if (s->tags[i].into != i)
			continue;
		status = add_lemmas(s->tags[i].text, &key) ? error_nomem(err) : SOW_OK;
		if (!status)
			head = map_get(&heads, key.data, key.len);
		bool leads = !head || goes_before(&s->tags[i], &s->tags[*head]);
		if (head && leads) {
			s->tags[*head].into = i;
			s->tags[*head].why = "lemma";
		} else if (head) {
			s->tags[i].into = (size_t)*head;
			s->tags[i].why = "lemma";
		}
		if (!status && leads)
			map_put(&heads, key.data, key.len, i);
		buf_release(&key);
	}
	map_release(&heads);
	return status;
}

/* Rules */

/* How many records have both; a key is two places. */
static void count_together(struct map *together, size_t a, size_t b)
{
	const uint64_t key[2] = { a < b ? a : b, a < b ? b : a };
	uint64_t *count = map_get(together, (const char *)key, sizeof(key));
	map_put(together, (const char *)key, sizeof(key), count ? *count + 1 : 1);
}

/* The tags of the record that begins at pair `from`, each once and frequent enough for a rule, into `list`;
 * the first pair of the next. */
static size_t gather(const struct tag_set *s, size_t from, size_t support, size_t *list, size_t *count)
{
	size_t i = from;
	*count = 0;
	for (; i < s->pair_count && s->pairs[i].record == s->pairs[from].record; i++) {
		size_t at = root_of(s, s->pairs[i].tag);
		bool is_wanted = at != NONE && s->tags[at].records >= support;
		for (size_t k = 0; k < *count && is_wanted; k++)
			is_wanted = list[k] != at;
		if (is_wanted)
			list[(*count)++] = at;
	}
	return i;
}

static void count_pairs(const struct tag_set *s, size_t support, struct map *together)
{
	size_t *list = mem_alloc((s->pair_count + 1) * sizeof(*list)), count;
	for (size_t from = 0; from < s->pair_count;) {
		from = gather(s, from, support, list, &count);
		for (size_t a = 0; a < count; a++) {
			for (size_t b = a + 1; b < count; b++)
				count_together(together, list[a], list[b]);
		}
	}
	mem_free(list);
}

struct best {
	size_t into;
	size_t together;
};

/* Does the rule that `a` becomes `b` hold, and is it the best of a's so far? */
static void consider(const struct tag_set *s, const struct tag_options *o, size_t a, size_t b, size_t together,
		     struct best *best)
{
	const struct tag *from = &s->tags[a], *to = &s->tags[b];
	if (together < o->support || (double)together < o->confidence * (double)from->records ||
	    !goes_before(to, from))
		return;
	bool is_better = best->into == NONE || together > best->together ||
			 (together == best->together && goes_before(to, &s->tags[best->into]));
	if (is_better)
		*best = (struct best){ b, together };
}

/* One round: true if a tag has become another. */
static bool apply_rules(struct tag_set *s, const struct tag_options *o)
{
	struct map together = MAP_INIT;
	struct best *best = mem_alloc((s->count + 1) * sizeof(*best));
	size_t *list = mem_alloc((s->pair_count + 1) * sizeof(*list)), count;
	bool is_changed = false;
	count_pairs(s, o->support, &together);
	for (size_t i = 0; i < s->count; i++)
		best[i] = (struct best){ NONE, 0 };
	for (size_t from = 0; from < s->pair_count;) {
		from = gather(s, from, o->support, list, &count);
		for (size_t a = 0; a < count; a++) {
			for (size_t b = 0; b < count; b++) {
				const uint64_t key[2] = { list[a] < list[b] ? list[a] : list[b],
							  list[a] < list[b] ? list[b] : list[a] };
				const uint64_t *n = a == b ? NULL
							   : map_get(&together, (const char *)key, sizeof(key));
				if (n)
					consider(s, o, list[a], list[b], (size_t)*n, &best[list[a]]);
			}
		}
	}
	for (size_t i = 0; i < s->count; i++) {
		if (best[i].into == NONE)
			continue;
		s->tags[i].into = best[i].into;
		s->tags[i].why = "rule";
		is_changed = true;
	}
	map_release(&together);
	mem_free(best);
	mem_free(list);
	return is_changed;
}

static int by_spelling(const void *a, const void *b, void *tags)
{
	const struct tag *list = tags;
	return strcmp(list[*(const size_t *)a].text, list[*(const size_t *)b].text);
}

static void sort(struct tag_set *s)
{
	s->order = mem_alloc((s->count + 1) * sizeof(*s->order));
	for (size_t i = 0; i < s->count; i++)
		s->order[i] = i;
	qsort_r(s->order, s->count, sizeof(*s->order), by_spelling, s->tags);
}

int tag_set_normalize(struct tag_set *s, const struct tag_options *o, struct sow_error *err)
{
	bool changed = o->support > 0;
	s->counts.raw = s->count;
	drop_rare(s, o->least);
	s->counts.frequent = count_left(s);
	int status = o->lemmas ? join_lemmas(s, err) : SOW_OK;
	s->counts.lemmas = count_left(s);
	while (changed && !status) {
		count_again(s);
		changed = apply_rules(s, o);
	}
	s->counts.merged = count_left(s);
	if (!status)
		sort(s);
	return status;
}

int tag_set_find(const struct tag_set *s, struct view tag, const char **name)
{
	struct buf text = BUF_INIT;
	int status = tag_normal(tag, &text);
	const uint64_t *at = status || !text.len ? NULL : map_get(&s->names, text.data, text.len);
	size_t root = at ? root_of(s, (size_t)*at) : NONE;
	*name = root == NONE ? NULL : s->tags[root].text;
	buf_release(&text);
	return status;
}

struct tag_counts tag_set_counts(const struct tag_set *s)
{
	return s->counts;
}

bool tag_set_fate(const struct tag_set *s, size_t i, struct tag_fate *out)
{
	if (i >= s->count || !s->order)
		return false;
	const struct tag *t = &s->tags[s->order[i]];
	size_t root = root_of(s, s->order[i]);
	*out = (struct tag_fate){ t->text, t->said, root == NONE ? NULL : s->tags[root].text, t->why };
	return true;
}
