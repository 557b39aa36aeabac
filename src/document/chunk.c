#include "document/chunk.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "text/words.h"

#define WORD_BYTES 16 /* at most: what has no spaces counts by its length */

#define NONE ((size_t)-1)

/* A heading, and those above it. */
struct section {
	size_t parent;               /* NONE: none */
	int level;
	struct view title;
};

/* What is never divided. */
struct atom {
	size_t start, end;           /* bytes */
	size_t weight;               /* words */
	size_t gap;                  /* those between it and the one before, which are in no block */
	size_t section;              /* NONE: before the first heading */
	size_t block_weight;         /* of the first of a block: of all of it; else 0 */
	bool is_heading;
};

struct cutting {
	const struct document *d;
	struct view text;
	size_t size, overlap;
	struct section *sections;
	size_t section_count, section_room;
	struct atom *atoms;
	size_t count, room;
};

static size_t weigh(struct view text)
{
	size_t words = words_count(text.p, text.len), least = text.len / WORD_BYTES;
	return words > least ? words : least;
}

/* Atoms */

static void add_atom(struct cutting *c, size_t start, size_t end, const struct atom *like)
{
	struct atom a = *like;
	while (start < end && ascii_space(c->text.p[start]))
		start++;
	while (end > start && ascii_space(c->text.p[end - 1]))
		end--;
	if (start == end)
		return;
	mem_grow(&c->atoms, &c->room, c->count + 1);
	a.start = start;
	a.end = end;
	a.weight = weigh(view_sub(c->text, start, end));
	a.gap = c->count ? weigh(view_sub(c->text, c->atoms[c->count - 1].end, start)) : 0;
	c->atoms[c->count++] = a;
}

/* The end of the next piece that a word, or a part of a long one, is. */
static size_t next_word(struct view text, size_t at, size_t end)
{
	size_t most = at + WORD_BYTES < end ? at + WORD_BYTES : end, from = at;
	while (at < most && ascii_space(text.p[at]))
		at++;
	while (at < most && !ascii_space(text.p[at]))
		at++;
	if (at < end && !ascii_space(text.p[at])) {
		size_t whole = utf8_floor(text.p + from, at - from);
		at = whole ? from + whole : at;
	}
	return at;
}

/* What is larger than a chunk is divided between words. */
static void add_piece(struct cutting *c, size_t start, size_t end, const struct atom *like)
{
	size_t from = start, weight = 0;
	for (size_t at = weigh(view_sub(c->text, start, end)) > c->size ? start : end; at < end;) {
		size_t next = next_word(c->text, at, end);
		size_t more = weigh(view_sub(c->text, at, next));
		more = more ? more : 1;
		if (weight + more > c->size && at > from) {
			add_atom(c, from, at, like);
			from = at;
			weight = 0;
		}
		weight += more;
		at = next;
	}
	add_atom(c, from, end, like);
}

static bool has_suffix_word(struct view text, const char *word)
{
	size_t len = strlen(word);
	return view_ends(text, word) && (text.len == len || !ascii_alpha(text.p[text.len - len - 1]));
}

/* True if the point at the end of `text` belongs to a short form. */
static bool is_short_form(struct view text)
{
	static const char *const forms[] = {
		"Mr", "Mrs", "Ms", "Dr", "Prof", "St", "vs", "etc", "e.g", "i.e", "cf", "Fig", "No", "Vol",
		"al", "approx", "ca", "Nr", "bzw", "z.B", "d.h", "usw",
	};
	if (text.len && text.p[text.len - 1] >= 'A' && text.p[text.len - 1] <= 'Z' &&
	    (text.len == 1 || !ascii_alpha(text.p[text.len - 2])))
		return true;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (has_suffix_word(text, forms[i]))
			return true;
	}
	return false;
}

static bool closes(uint32_t c)
{
	return c == '"' || c == '\'' || c == ')' || c == ']' || c == '*' || c == '_' || c == 0xBB ||
	       c == 0x201D || c == 0x2019 || c == 0x300D || c == 0x300F;
}

/* The end of the sentence that begins at `at`. */
static size_t sentence_end(struct view text, size_t at, size_t end)
{
	size_t from = at;
	while (at < end) {
		uint32_t c = 0;
		size_t len = utf8_next(text.p + at, end - at, &c);
		size_t mark = at;
		at += len ? len : 1;
		bool is_wide = c == 0x3002 || c == 0xFF01 || c == 0xFF1F;
		if (!is_wide && c != '.' && c != '!' && c != '?' && c != 0x2026)
			continue;
		uint32_t after = 0;
		while (at < end && (len = utf8_next(text.p + at, end - at, &after)) && closes(after))
			at += len;
		if (at >= end || is_wide)
			return at;
		if (!ascii_space(text.p[at]) || (c == '.' && is_short_form(view_sub(text, from, mark))))
			continue;
		size_t next = at;
		while (next < end && ascii_space(text.p[next]))
			next++;
		if (next < end && text.p[next] >= 'a' && text.p[next] <= 'z')
			continue;
		return at;
	}
	return end;
}

static size_t line_end(struct view text, size_t at, size_t end)
{
	while (at < end && text.p[at] != '\n')
		at++;
	return at < end ? at + 1 : end;
}

static void add_block(struct cutting *c, const struct block *b, const struct atom *like)
{
	if (b->kind != BLOCK_PARAGRAPH && weigh(view_sub(c->text, b->start, b->end)) <= c->size) {
		add_atom(c, b->start, b->end, like);
		return;
	}
	for (size_t at = b->start; at < b->end;) {
		size_t end = (b->kind == BLOCK_PARAGRAPH ? sentence_end : line_end)(c->text, at, b->end);
		add_piece(c, at, end, like);
		at = end;
	}
}

static void enter_section(struct cutting *c, const struct block *b, size_t *current)
{
	size_t parent = *current;
	while (parent != NONE && c->sections[parent].level >= b->level)
		parent = c->sections[parent].parent;
	mem_grow(&c->sections, &c->section_room, c->section_count + 1);
	*current = c->section_count++;
	c->sections[*current] = (struct section){ parent, b->level, b->title };
}

static void find_atoms(struct cutting *c)
{
	size_t section = NONE;
	for (size_t i = 0; i < c->d->count; i++) {
		const struct block *b = &c->d->blocks[i];
		size_t first = c->count, weight = 0;
		if (b->kind == BLOCK_HEADING)
			enter_section(c, b, &section);
		struct atom like = { .section = section, .is_heading = b->kind == BLOCK_HEADING };
		add_block(c, b, &like);
		for (size_t k = first; k < c->count; k++)
			weight += c->atoms[k].weight;
		if (c->count > first)
			c->atoms[first].block_weight = weight;
	}
}

/* Chunks */

/* Should a chunk of that weight end before this atom? */
static bool ends_before(const struct cutting *c, const struct atom *a, size_t weight)
{
	bool is_half_full = 2 * weight >= c->size;
	if (weight + a->gap + a->weight > c->size)
		return true;
	return is_half_full && (a->is_heading || (a->block_weight && a->block_weight <= c->size &&
						  weight + a->block_weight > c->size));
}

static size_t find_end(const struct cutting *c, size_t first)
{
	size_t end = first + 1, weight = c->atoms[first].weight;
	for (; end < c->count && !ends_before(c, &c->atoms[end], weight); end++)
		weight += c->atoms[end].gap + c->atoms[end].weight;
	/* a heading belongs to what follows */
	while (end < c->count && end - 1 > first && c->atoms[end - 1].is_heading)
		end--;
	return end;
}

/* Where the chunk behind `end` begins: before it, with an overlap. */
static size_t find_start(const struct cutting *c, size_t first, size_t end)
{
	size_t start = end, weight = 0, more = c->atoms[end].gap + c->atoms[end].weight;
	if (c->atoms[end].is_heading)
		return end;
	for (; start - 1 > first && !c->atoms[start - 1].is_heading; start--) {
		weight += c->atoms[start - 1].weight + (start < end ? c->atoms[start].gap : 0);
		if (weight > c->overlap || weight + more > c->size)
			break;
	}
	return start;
}

static size_t depth_of(const struct cutting *c, size_t section)
{
	size_t depth = 0;
	for (; section != NONE; section = c->sections[section].parent)
		depth++;
	return depth;
}

static size_t common_section(const struct cutting *c, size_t a, size_t b)
{
	size_t depth_a = depth_of(c, a), depth_b = depth_of(c, b);
	for (; depth_a > depth_b; depth_a--)
		a = c->sections[a].parent;
	for (; depth_b > depth_a; depth_b--)
		b = c->sections[b].parent;
	for (; a != b; b = c->sections[b].parent)
		a = c->sections[a].parent;
	return a;
}

static void add_path(const struct cutting *c, size_t section, struct buf *out)
{
	if (section == NONE)
		return;
	add_path(c, c->sections[section].parent, out);
	buf_addf(out, "%s%.*s", out->len ? " > " : "", VIEW_ARG(c->sections[section].title));
}

static void add_chunk(const struct cutting *c, size_t first, size_t end, size_t characters,
		      struct chunks *out)
{
	struct buf path = BUF_INIT;
	struct chunk chunk = { .start = characters };
	size_t section = c->atoms[first].section;
	for (size_t i = first + 1; i < end; i++)
		section = common_section(c, section, c->atoms[i].section);
	add_path(c, section, &path);
	chunk.text = view_sub(c->text, c->atoms[first].start, c->atoms[end - 1].end);
	chunk.end = characters + utf8_count(chunk.text.p, chunk.text.len);
	chunk.heading = arena_takebuf(c->d->arena, &path);
	mem_grow(&out->list, &out->room, out->count + 1);
	out->list[out->count++] = chunk;
}

/* Starts never go back, so characters are counted once. */
static void find_chunks(const struct cutting *c, struct chunks *out)
{
	size_t counted = 0, characters = 0;
	for (size_t first = 0; first < c->count;) {
		size_t end = find_end(c, first), start = c->atoms[first].start;
		characters += utf8_count(c->text.p + counted, start - counted);
		counted = start;
		add_chunk(c, first, end, characters, out);
		first = end < c->count ? find_start(c, first, end) : end;
	}
}

void chunks_of(const struct document *d, size_t size, size_t overlap, struct chunks *out)
{
	struct cutting c = { .d = d, .text = view_from(d->text.data, d->text.len), .size = size,
			     .overlap = overlap };
	find_atoms(&c);
	find_chunks(&c, out);
	mem_free(c.atoms);
	mem_free(c.sections);
}

void chunks_release(struct chunks *c)
{
	mem_free(c->list);
	*c = (struct chunks)CHUNKS_INIT;
}
