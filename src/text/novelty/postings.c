#include "text/novelty/postings.h"

#include <string.h>

#include "base/mem.h"
#include "sow/sow.h"
#include "text/novelty/sketch.h"

/* All runs lie in one array of 64-bit units and are named by where they start there, so
 * that the array may move. Unit 0 is never a run. A run is
 *     its head
 *     the sketches
 *     the numbers, two a unit
 * and a word whose postings are kept apart has, in place of a run, a directory: the first
 * run of each class, two a unit. */
#define SPLIT UINT32_C(0x80000000) /* in a word's entry: it is a directory */
#define SPLIT_AT 64                /* room of the last of growing runs before a split, */
#define SPLIT_EXACT 256            /* and of one that holds all */
#define FIRST_ROOM 2
#define ROOM_MOST 1024             /* of a run that grows */
#define EXACT_MOST UINT16_MAX      /* of one that is made full */
#define DIRECTORY (POSTING_CLASSES / 2)

const uint8_t length_class_start[LENGTH_CLASSES] = {
	0, 4, 6, 8, 10, 12, 14, 16, 18, 21, 25, 30, 36, 43, 52, 63
};

struct postings {
	uint64_t *units;
	size_t used, room;
	size_t compacted;            /* runs before this unit are full for good */
	uint32_t *words;             /* for each its first run or directory, 0: none */
	size_t word_room;
	uint8_t class_of[SKETCH_LENGTHS];
};

struct head {
	uint32_t next;
	uint16_t count;
	uint16_t room;
};

struct postings *postings_new(void)
{
	struct postings *p = mem_try_zalloc(sizeof(*p));
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

static size_t run_size(size_t room)
{
	return 1 + room + (room + 1) / 2;
}

/* `size` units at the end of the array; 0 when out of memory. */
static uint32_t take(struct postings *p, size_t size)
{
	if (p->used + size >= SPLIT ||
	    mem_try_grow(&p->units, &p->room, p->used + size))
		return 0;
	uint32_t at = (uint32_t)p->used;
	p->used += size;
	return at;
}

/* An empty run before `next`; 0 when out of memory. */
static uint32_t new_run(struct postings *p, size_t room, uint32_t next)
{
	uint32_t run = take(p, run_size(room));
	if (run)
		*head_of(p, run) = (struct head){ .next = next, .room = (uint16_t)room };
	return run;
}

static struct run view_run(const struct postings *p, uint32_t run)
{
	if (!run)
		return (struct run){ .count = 0 };
	struct head h;
	memcpy(&h, &p->units[run], sizeof(h));
	__builtin_prefetch(&p->units[h.next]);
	const uint64_t *sketches = &p->units[run + 1];
	return (struct run){ sketches, (const uint32_t *)(const void *)(sketches + h.room),
			     h.count, h.next };
}

static void put(struct postings *p, uint32_t run, uint64_t sketch, uint32_t number)
{
	struct head *h = head_of(p, run);
	uint64_t *sketches = &p->units[run + 1];
	sketches[h->count] = sketch;
	((uint32_t *)(void *)(sketches + h->room))[h->count++] = number;
}

/* A third more than the one before; a run that compaction left is the sum of many, and a
 * fifth of it comes next. */
static size_t next_room(const struct postings *p, uint32_t run)
{
	const struct head *h = (const struct head *)(const void *)&p->units[run];
	size_t room = h->room;
	room = run < p->compacted ? room / 5 : room + room / 3 + 1;
	if (room < FIRST_ROOM)
		return FIRST_ROOM;
	return room < ROOM_MOST ? room : ROOM_MOST;
}

/* A run with room that is or comes before `run`, which may be 0. 0 when out of memory. */
static uint32_t with_room(struct postings *p, uint32_t run)
{
	size_t room = FIRST_ROOM;
	if (run) {
		const struct head *h = head_of(p, run);
		if (h->count < h->room)
			return run;
		room = next_room(p, run);
	}
	return new_run(p, room, run);
}

static uint32_t *class_entry(struct postings *p, uint32_t directory, size_t c)
{
	return (uint32_t *)(void *)&p->units[directory] + c;
}

/* Where one goes that is not known to be late. */
static size_t class_of(const struct postings *p, uint64_t sketch)
{
	return 2u * p->class_of[sketch_length(sketch)];
}

static int add_by_class(struct postings *p, uint32_t directory, uint64_t sketch, bool late,
			uint32_t number)
{
	size_t c = class_of(p, sketch) + late;
	uint32_t run = with_room(p, *class_entry(p, directory, c));
	if (!run)
		return SOW_NOMEM;
	*class_entry(p, directory, c) = run;
	put(p, run, sketch, number);
	return SOW_OK;
}

/* Turns a word's runs into a directory. What it leaves behind is lost until the next
 * compaction, and so is what it made if it fails. */
static int split(struct postings *p, uint32_t word)
{
	uint32_t directory = take(p, DIRECTORY);
	if (!directory)
		return SOW_NOMEM;
	memset(&p->units[directory], 0, DIRECTORY * sizeof(*p->units));
	for (uint32_t run = p->words[word]; run;) {
		struct run r = view_run(p, run);
		for (uint32_t i = 0; i < r.count; i++) {
			if (add_by_class(p, directory, r.sketches[i], false, r.numbers[i]))
				return SOW_NOMEM;
			r = view_run(p, run); /* the array may have moved */
		}
		run = r.next;
	}
	p->words[word] = directory | SPLIT;
	return SOW_OK;
}

static int reserve_word(struct postings *p, uint32_t word)
{
	size_t had = p->word_room;
	if (word < had)
		return SOW_OK;
	if (mem_try_grow(&p->words, &p->word_room, (size_t)word + 1))
		return SOW_NOMEM;
	memset(p->words + had, 0, (p->word_room - had) * sizeof(*p->words));
	return SOW_OK;
}

int postings_add(struct postings *p, uint32_t word, uint64_t sketch, bool late, uint32_t number)
{
	if (reserve_word(p, word))
		return SOW_NOMEM;
	uint32_t entry = p->words[word];
	if (entry && !(entry & SPLIT)) {
		const struct head *h = head_of(p, entry);
		size_t most = entry < p->compacted ? SPLIT_EXACT : SPLIT_AT;
		if (h->count == h->room && h->room >= most && split(p, word))
			return SOW_NOMEM;
		entry = p->words[word];
	}
	if (entry & SPLIT)
		return add_by_class(p, entry & ~SPLIT, sketch, late, number);
	uint32_t run = with_room(p, entry);
	if (!run)
		return SOW_NOMEM;
	p->words[word] = run;
	put(p, run, sketch, number);
	return SOW_OK;
}

/* A word's first run or directory; 0: none. */
static uint32_t entry_of(const struct postings *p, size_t word)
{
	return word < p->word_room ? p->words[word] : 0;
}

/* A copy that grows: how many postings are still to come, and the run that takes them. */
struct copy {
	struct postings *to;
	size_t left;
	uint32_t run;
};

static size_t count_runs(const struct postings *from, uint32_t run)
{
	size_t count = 0;
	for (struct run r = view_run(from, run); r.count; r = view_run(from, r.next))
		count += r.count;
	return count;
}

static size_t count_class(const struct postings *from, uint32_t run, size_t c)
{
	size_t count = 0;
	for (struct run r = view_run(from, run); r.count; r = view_run(from, r.next)) {
		for (uint32_t i = 0; i < r.count; i++)
			count += class_of(from, r.sketches[i]) == c;
	}
	return count;
}

static int copy_posting(struct copy *c, uint64_t sketch, uint32_t number)
{
	if (!c->run || head_of(c->to, c->run)->count == head_of(c->to, c->run)->room)
		c->run = new_run(c->to, c->left < EXACT_MOST ? c->left : EXACT_MOST, c->run);
	if (!c->run)
		return SOW_NOMEM;
	put(c->to, c->run, sketch, number);
	c->left--;
	return SOW_OK;
}

/* Copies runs, from `run` on, of one class only if `c` is not POSTING_CLASSES. */
static int copy_runs(const struct postings *from, uint32_t run, size_t c, struct copy *copy)
{
	int status = SOW_OK;
	for (struct run r = view_run(from, run); r.count && !status; r = view_run(from, r.next)) {
		for (uint32_t i = 0; i < r.count && !status; i++) {
			if (c == POSTING_CLASSES || class_of(from, r.sketches[i]) == c)
				status = copy_posting(copy, r.sketches[i], r.numbers[i]);
		}
	}
	return status;
}

/* A word that none of them splits: its runs, one after the other. */
static int copy_plain(struct postings *const *list, size_t count, size_t word, struct postings *to)
{
	struct copy copy = { .to = to };
	int status = SOW_OK;
	for (size_t i = 0; i < count; i++)
		copy.left += count_runs(list[i], entry_of(list[i], word));
	for (size_t i = 0; i < count && !status; i++)
		status = copy_runs(list[i], entry_of(list[i], word), POSTING_CLASSES, &copy);
	to->words[word] = copy.run;
	return status;
}

/* A class of a word: of those where it is kept apart its own runs, of the others what belongs there. */
static int copy_class(struct postings *const *list, size_t count, size_t word, size_t c, struct copy *copy)
{
	int status = SOW_OK;
	for (size_t i = 0; i < count; i++) {
		uint32_t entry = entry_of(list[i], word);
		if (entry & SPLIT)
			copy->left += count_runs(list[i], *class_entry(list[i], entry & ~SPLIT, c));
		else
			copy->left += count_class(list[i], entry, c);
	}
	for (size_t i = 0; i < count && !status; i++) {
		uint32_t entry = entry_of(list[i], word);
		if (entry & SPLIT)
			status = copy_runs(list[i], *class_entry(list[i], entry & ~SPLIT, c),
					   POSTING_CLASSES, copy);
		else
			status = copy_runs(list[i], entry, c, copy);
	}
	return status;
}

static int copy_word(struct postings *const *list, size_t count, size_t word, struct postings *to)
{
	uint32_t split = 0;
	for (size_t i = 0; i < count; i++)
		split |= entry_of(list[i], word) & SPLIT;
	if (!split)
		return copy_plain(list, count, word, to);
	uint32_t directory = take(to, DIRECTORY);
	if (!directory)
		return SOW_NOMEM;
	to->words[word] = directory | SPLIT;
	memset(&to->units[directory], 0, DIRECTORY * sizeof(*to->units));
	for (size_t c = 0; c < POSTING_CLASSES; c++) {
		struct copy copy = { .to = to };
		if (copy_class(list, count, word, c, &copy))
			return SOW_NOMEM;
		*class_entry(to, directory, c) = copy.run;
	}
	return SOW_OK;
}

int postings_join(struct postings *const *list, size_t count)
{
	struct postings to = { .used = 1 };
	int status = SOW_OK;
	for (size_t i = 0; i < count; i++) {
		if (list[i]->word_room > to.word_room)
			to.word_room = list[i]->word_room;
	}
	memcpy(to.class_of, list[0]->class_of, sizeof(to.class_of));
	to.words = mem_try_zalloc(to.word_room * sizeof(*to.words));
	if (!to.words)
		return SOW_NOMEM;
	for (size_t word = 0; word < to.word_room && !status; word++)
		status = copy_word(list, count, word, &to);
	to.compacted = to.used;
	mem_free(status ? to.units : list[0]->units);
	mem_free(status ? to.words : list[0]->words);
	if (!status)
		*list[0] = to;
	return status;
}

int postings_compact(struct postings *p)
{
	return postings_join(&p, 1);
}

bool postings_split(const struct postings *p, uint32_t word)
{
	return word < p->word_room && p->words[word] & SPLIT;
}

/* Where the first run of the class is; 0: it has none. */
static uint32_t first_of(const struct postings *p, uint32_t word, size_t c)
{
	if (word >= p->word_room)
		return 0;
	uint32_t entry = p->words[word];
	if (entry & SPLIT)
		return ((const uint32_t *)(const void *)&p->units[entry & ~SPLIT])[c];
	return entry;
}

struct run postings_first(const struct postings *p, uint32_t word, size_t c)
{
	return view_run(p, first_of(p, word, c));
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

void postings_prefetch_run(const struct postings *p, uint32_t word, size_t c)
{
	uint32_t run = first_of(p, word, c);
	if (!run)
		return;
	__builtin_prefetch(&p->units[run]);
	__builtin_prefetch(&p->units[run] + 8);
}
