#include "text/postings.h"

#include <string.h>

#include "base/mem.h"
#include "sow/sow.h"
#include "text/sketch.h"

/* All runs lie in one array of 64-bit units and are named by where they start there, so
 * that the array may move. Unit 0 is never a run. A run is
 *     its head: next run (32 bits), how many postings (16), its kind (16), a row of `rooms`
 *     the sketches
 *     the numbers, two a unit
 * and a word whose postings are kept apart has, in place of a run, a directory: the first
 * run of each class, two a unit. */
#define SPLIT UINT32_C(0x80000000) /* in a word's entry: it is a directory */
#define ROOMS 16
#define SPLIT_AT 10                /* the kind of the longest run before a split */
#define DIRECTORY (LENGTH_CLASSES / 2)

/* Each run of a word has room for half as many again as the one before. */
static const uint16_t rooms[ROOMS] = {
	2, 3, 5, 8, 12, 18, 27, 40, 60, 90, 136, 204, 306, 460, 690, 1024
};

const uint8_t length_class_start[LENGTH_CLASSES] = {
	0, 4, 6, 8, 10, 12, 14, 16, 18, 21, 25, 30, 36, 43, 52, 63
};

struct postings {
	uint64_t *units;
	size_t used, room;
	uint32_t *words;             /* for each its first run or directory, 0: none */
	size_t word_room;
	uint32_t spare[ROOMS];       /* runs nobody uses, by kind, linked by `next` */
	uint8_t class_of[SKETCH_LENGTHS];
};

struct head {
	uint32_t next;
	uint16_t count;
	uint16_t kind;
};

struct postings *postings_new(void)
{
	struct postings *p = mem_zalloc(sizeof(*p));
	if (!p)
		return NULL;
	p->used = 1;
	for (size_t length = 0, c = 0; length < SKETCH_LENGTHS; length++) {
		if (c + 1 < LENGTH_CLASSES && length >= length_class_start[c + 1])
			c++;
		p->class_of[length] = (uint8_t)c;
	}
	return p;
}

void postings_free(struct postings *p)
{
	if (!p)
		return;
	mem_free(p->units);
	mem_free(p->words);
	mem_free(p);
}

static struct head *head_of(struct postings *p, uint32_t run)
{
	return (struct head *)(void *)&p->units[run];
}

static size_t run_size(size_t kind)
{
	return 1u + rooms[kind] + (rooms[kind] + 1u) / 2;
}

/* `size` units at the end of the array; 0 when out of memory. */
static uint32_t take(struct postings *p, size_t size)
{
	if (p->used + size >= SPLIT ||
	    mem_grow((void **)&p->units, &p->room, p->used + size, sizeof(*p->units)))
		return 0;
	uint32_t at = (uint32_t)p->used;
	p->used += size;
	return at;
}

/* An empty run before `next`; 0 when out of memory. */
static uint32_t new_run(struct postings *p, size_t kind, uint32_t next)
{
	uint32_t *spare = &p->spare[kind];
	uint32_t run = *spare;
	if (run)
		*spare = head_of(p, run)->next;
	else
		run = take(p, run_size(kind));
	if (run)
		*head_of(p, run) = (struct head){ .next = next, .kind = (uint16_t)kind };
	return run;
}

static void drop_run(struct postings *p, uint32_t run)
{
	struct head *h = head_of(p, run);
	uint32_t *spare = &p->spare[h->kind];
	h->next = *spare;
	*spare = run;
}

static struct run view_run(const struct postings *p, uint32_t run)
{
	if (!run)
		return (struct run){ .count = 0 };
	struct head h;
	memcpy(&h, &p->units[run], sizeof(h));
	__builtin_prefetch(&p->units[h.next]);
	const uint64_t *sketches = &p->units[run + 1];
	return (struct run){ sketches, (const uint32_t *)(const void *)(sketches + rooms[h.kind]),
			     h.count, h.next };
}

static void put(struct postings *p, uint32_t run, uint64_t sketch, uint32_t number)
{
	struct head *h = head_of(p, run);
	uint64_t *sketches = &p->units[run + 1];
	sketches[h->count] = sketch;
	((uint32_t *)(void *)(sketches + rooms[h->kind]))[h->count++] = number;
}

/* A run with room that is or comes before `run`, which may be 0. 0 when out of memory. */
static uint32_t with_room(struct postings *p, uint32_t run)
{
	size_t kind = 0;
	if (run) {
		const struct head *h = head_of(p, run);
		if (h->count < rooms[h->kind])
			return run;
		kind = h->kind + 1 < ROOMS ? h->kind + 1u : ROOMS - 1;
	}
	return new_run(p, kind, run);
}

static uint32_t *class_entry(struct postings *p, uint32_t directory, size_t c)
{
	return (uint32_t *)(void *)&p->units[directory] + c;
}

static int add_by_length(struct postings *p, uint32_t directory, uint64_t sketch, uint32_t number)
{
	size_t c = p->class_of[sketch_length(sketch)];
	uint32_t run = with_room(p, *class_entry(p, directory, c));
	if (!run)
		return SOW_NOMEM;
	*class_entry(p, directory, c) = run;
	put(p, run, sketch, number);
	return SOW_OK;
}

/* Turns a word's runs into a directory. On failure what was made for it stays unused. */
static int split(struct postings *p, uint32_t word)
{
	uint32_t directory = take(p, DIRECTORY);
	if (!directory)
		return SOW_NOMEM;
	memset(&p->units[directory], 0, DIRECTORY * sizeof(*p->units));
	for (uint32_t run = p->words[word]; run;) {
		struct run r = view_run(p, run);
		for (uint32_t i = 0; i < r.count; i++) {
			if (add_by_length(p, directory, r.sketches[i], r.numbers[i]))
				return SOW_NOMEM;
			r = view_run(p, run); /* the array may have moved */
		}
		run = r.next;
	}
	for (uint32_t run = p->words[word], next; run; run = next) {
		next = head_of(p, run)->next;
		drop_run(p, run);
	}
	p->words[word] = directory | SPLIT;
	return SOW_OK;
}

static int reserve_word(struct postings *p, uint32_t word)
{
	size_t had = p->word_room;
	if (word < had)
		return SOW_OK;
	if (mem_grow((void **)&p->words, &p->word_room, (size_t)word + 1, sizeof(*p->words)))
		return SOW_NOMEM;
	memset(p->words + had, 0, (p->word_room - had) * sizeof(*p->words));
	return SOW_OK;
}

int postings_add(struct postings *p, uint32_t word, uint64_t sketch, uint32_t number)
{
	if (reserve_word(p, word))
		return SOW_NOMEM;
	uint32_t entry = p->words[word];
	if (entry && !(entry & SPLIT)) {
		const struct head *h = head_of(p, entry);
		if (h->count == rooms[h->kind] && h->kind == SPLIT_AT && split(p, word))
			return SOW_NOMEM;
		entry = p->words[word];
	}
	if (entry & SPLIT)
		return add_by_length(p, entry & ~SPLIT, sketch, number);
	uint32_t run = with_room(p, entry);
	if (!run)
		return SOW_NOMEM;
	p->words[word] = run;
	put(p, run, sketch, number);
	return SOW_OK;
}

bool postings_split(const struct postings *p, uint32_t word)
{
	return word < p->word_room && p->words[word] & SPLIT;
}

struct run postings_first(const struct postings *p, uint32_t word, size_t length_class)
{
	if (word >= p->word_room)
		return view_run(p, 0);
	uint32_t entry = p->words[word];
	if (entry & SPLIT)
		entry = ((const uint32_t *)(const void *)&p->units[entry & ~SPLIT])[length_class];
	return view_run(p, entry);
}

struct run postings_next(const struct postings *p, const struct run *r)
{
	return view_run(p, r->next);
}

void postings_prefetch(const struct postings *p, uint32_t word)
{
	if (word < p->word_room)
		__builtin_prefetch(&p->units[p->words[word] & ~SPLIT]);
}
