/* sentences REAL N [MORE] - N sentences, the first of them real, the rest made from their words
 *
 * REAL is a file of real sentences, one a line. What is made is the same everywhere: draws are
 * counter-based. A made sentence is
 *   - in COPIES of a hundred cases a sentence from before in which each word was replaced with
 *     a probability that is drawn from 0 to REPLACED, so that some are near-duplicates and some
 *     are not;
 *   - otherwise a walk: as long as some real sentence, each word one that follows the last one
 *     somewhere in the real text, or with a chance of JUMPS in a hundred any word of it.
 * Real text keeps bringing new words: this one about as many as the root of its length (Heaps'
 * law; 11,000 in 4,000 sentences, 30,000 in 30,000). So a word that is rare in the real text
 * (at most RARE times) is joined with one of some other rare ones, of as many as the root of
 * the sentences so far in 30,000.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/draw.h"
#include "base/map.h"
#include "base/mem.h"
#include "io/infile.h"

#define COPIES 25
#define REPLACED 30
#define JUMPS 30
#define RARE 20
#define NONE UINT32_MAX

struct list {
	uint32_t *items;
	size_t count, room;
};

static struct map numbers;
static char **words;
static size_t word_count, word_room;
static struct list text;          /* of all real sentences, NONE behind each */
static struct list starts;        /* where each begins */
static struct list *places;       /* of each word in `text` */
static struct list rare;          /* words */
/* A made word is a real one, and in the upper half 1 + the rare one behind it. */
static uint64_t *made;
static size_t made_count, made_room, *made_ends, end_count, end_room;

static void must(bool ok)
{
	if (!ok) {
		fprintf(stderr, "sentences: out of memory, or the file cannot be read\n");
		exit(1);
	}
}

static void push(struct list *l, uint32_t item)
{
	mem_grow(&l->items, &l->room, l->count + 1);
	l->items[l->count++] = item;
}

static uint32_t number_of(struct view word)
{
	const uint64_t *known = map_get(&numbers, word.p, word.len);
	if (known)
		return (uint32_t)*known;
	map_put(&numbers, word.p, word.len, word_count);
	mem_grow(&words, &word_room, word_count + 1);
	words[word_count] = mem_copy(word.p, word.len);
	return (uint32_t)word_count++;
}

static void read_real(const char *path)
{
	struct sow_error err;
	struct view line;
	struct infile *in = infile_open(path, &err);
	must(in != NULL);
	while (infile_line(in, &line, &err) > 0) {
		push(&starts, (uint32_t)text.count);
		for (size_t at = 0; at < line.len;) {
			size_t end = view_find(line, at, " ");
			end = end == VIEW_NONE ? line.len : end;
			if (end > at)
				push(&text, number_of(view_sub(line, at, end)));
			at = end + 1;
		}
		push(&text, NONE);
	}
	infile_close(in);
	places = mem_zalloc(word_count * sizeof(*places));
	must(places != NULL);
	for (size_t i = 0; i < text.count; i++) {
		if (text.items[i] != NONE)
			push(&places[text.items[i]], (uint32_t)i);
	}
	for (size_t w = 0; w < word_count; w++) {
		if (places[w].count <= RARE)
			push(&rare, (uint32_t)w);
	}
}

static uint32_t any_word(struct draw *d)
{
	for (;;) {
		uint32_t word = text.items[draw_below(d, text.count)];
		if (word != NONE)
			return word;
	}
}

static uint64_t dress(struct draw *d, uint32_t word, size_t number)
{
	size_t variants = 1;
	while ((variants + 1) * (variants + 1) * 30000 <= number)
		variants++;
	size_t variant = places[word].count > RARE ? 0 : draw_below(d, variants);
	if (!variant)
		return word;
	/* each word has its own row of others to be joined with */
	size_t other = (word * (size_t)7919 + variant * 104729) % rare.count;
	return word | (uint64_t)(rare.items[other] + 1) << 32;
}

static void add(uint64_t word)
{
	mem_grow(&made, &made_room, made_count + 1);
	made[made_count++] = word;
}

static void end_sentence(void)
{
	mem_grow(&made_ends, &end_room, end_count + 1);
	made_ends[end_count++] = made_count;
}

static void copy(struct draw *d, size_t number)
{
	size_t from = draw_below(d, end_count), replaced = draw_below(d, REPLACED * 10);
	size_t end = made_ends[from];
	for (size_t i = from ? made_ends[from - 1] : 0; i < end; i++) {
		bool keep = draw_below(d, 1000) >= replaced;
		add(keep ? made[i] : dress(d, any_word(d), number));
	}
}

static size_t real_length(size_t i)
{
	size_t end = i + 1 < starts.count ? starts.items[i + 1] : text.count;
	return end - 1 - starts.items[i];
}

static void walk(struct draw *d, size_t number)
{
	size_t length = real_length(draw_below(d, starts.count));
	uint32_t word = text.items[starts.items[draw_below(d, starts.count)]];
	for (size_t i = 0; i < length; i++) {
		if (word == NONE || draw_below(d, 100) < JUMPS)
			word = any_word(d);
		add(dress(d, word, number));
		const struct list *at = &places[word];
		word = text.items[at->items[draw_below(d, at->count)] + 1];
	}
}

static void print(size_t i)
{
	for (size_t at = i ? made_ends[i - 1] : 0; at < made_ends[i]; at++) {
		uint32_t other = (uint32_t)(made[at] >> 32);
		printf("%s%s%s", at > (i ? made_ends[i - 1] : 0) ? " " : "",
		       words[(uint32_t)made[at]], other ? words[other - 1] : "");
	}
	putchar('\n');
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: sentences REAL N\n");
		return 2;
	}
	size_t n = strtoull(argv[2], NULL, 10);
	read_real(argv[1]);
	for (size_t i = 0; i < n; i++) {
		struct draw d = draw_start(1, 0, i);
		if (i < starts.count) {
			for (size_t w = starts.items[i]; text.items[w] != NONE; w++)
				add(text.items[w]);
		} else if (draw_below(&d, 100) < COPIES) {
			copy(&d, i);
		} else {
			walk(&d, i);
		}
		end_sentence();
		print(i);
	}
	return fflush(stdout) || ferror(stdout);
}
