/* Any bytes as text: words of both kinds, counts, phrases and white space. */
#include <string.h>

#include "check.h"
#include "text/letter.h"
#include "text/phrase.h"
#include "text/spacing.h"
#include "text/words.h"

/* Words one behind the other, each followed by a newline, which is in no word. */
static int collect(void *data, struct view word)
{
	struct buf *all = data;
	CHECK(word.len && view_find(word, 0, "\n") == VIEW_NONE);
	buf_add(all, word.p, word.len);
	return buf_addch(all, '\n');
}

static bool has_letter(struct view word)
{
	for (size_t at = 0; at < word.len;) {
		uint32_t c = 0;
		size_t len = utf8_next(word.p + at, word.len - at, &c);
		if (len && letter_or_number(c))
			return true;
		at += len ? len : 1;
	}
	return false;
}

static void check_word(enum words_kind kind, struct view word)
{
	CHECK(utf8_valid(word.p, word.len, NULL) && has_letter(word));
	for (size_t i = 0; i < word.len && kind == WORDS_ASCII; i++)
		CHECK(ascii_digit(word.p[i]) || (word.p[i] >= 'a' && word.p[i] <= 'z'));
}

static bool same(const struct buf *a, const struct buf *b)
{
	return view_eq(view_from(a->data, a->len), view_from(b->data, b->len));
}

static void check_words(enum words_kind kind, struct view text)
{
	struct buf all = BUF_INIT, lines = BUF_INIT, again = BUF_INIT;
	struct vocabulary *v = vocabulary_new(kind);
	struct words words = WORDS_INIT;
	struct view rest = text, line;
	CHECK(v && words_each(kind, text.p, text.len, collect, &all) == SOW_OK);
	/* no word goes over the end of a line */
	while (view_line(&rest, &line))
		CHECK(words_each(kind, line.p, line.len, collect, &lines) == SOW_OK);
	CHECK(same(&all, &lines));
	/* words of ASCII are the words of themselves */
	if (kind == WORDS_ASCII) {
		CHECK(words_each(kind, all.data, all.len, collect, &again) == SOW_OK);
		CHECK(same(&all, &again));
	}
	size_t count = 0;
	for (rest = view_from(all.data, all.len); view_line(&rest, &line); count++)
		check_word(kind, line);
	CHECK(words_of(&words, v, text.p, text.len) == (int)count && words.count == count);
	CHECK(vocabulary_size(v) <= count);
	words_release(&words);
	vocabulary_free(v);
	buf_release(&all);
	buf_release(&lines);
	buf_release(&again);
}

static bool is_ascii(struct view text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.p[i] >= 0x80)
			return false;
	}
	return true;
}

static void check_counts(struct view text)
{
	size_t spaced = words_count_spaced(text.p, text.len);
	size_t count = words_count(text.p, text.len);
	CHECK(count >= spaced && (count == spaced || !is_ascii(text)));
}

static void check_spacing(struct view text)
{
	struct buf once = BUF_INIT, twice = BUF_INIT, capital = BUF_INIT;
	spacing_collapse(text, &once);
	struct view collapsed = view_from(once.data, once.len);
	spacing_collapse(collapsed, &twice);
	CHECK(same(&once, &twice));
	CHECK(collapsed.len <= text.len && is_trimmed(collapsed));
	CHECK(view_find(collapsed, 0, "  ") == VIEW_NONE);
	CHECK(words_count_spaced(text.p, text.len) ==
	      words_count_spaced(collapsed.p, collapsed.len));
	int status = spacing_capitalize(text, &capital);
	if (utf8_valid(text.p, text.len, NULL))
		CHECK(!status && utf8_valid(capital.data, capital.len, NULL));
	buf_release(&once);
	buf_release(&twice);
	buf_release(&capital);
}

/* The first line in the rest of the text, and beside letters. */
static void check_phrase(struct view text)
{
	struct view line;
	char phrase[64];
	if (!view_line(&text, &line) || line.len >= sizeof(phrase))
		return;
	memcpy(phrase, line.p, line.len);
	phrase[line.len] = '\0';
	struct buf around = BUF_INIT;
	size_t len = strlen(phrase);
	buf_addf(&around, "a%s", phrase);
	struct view within = view_from(around.data, around.len);
	CHECK(phrase_find(view_sub(within, 1, within.len), phrase) == (len > 0));
	CHECK(!phrase_find(within, phrase));
	bool found = phrase_find(text, phrase);
	CHECK(!found || text.len >= len);
	buf_clear(&around);
	buf_addch(&around, ' ');
	buf_add(&around, text.p, text.len);
	buf_addch(&around, ' ');
	/* " x" is in " x " that was made here */
	if (len && !ascii_space(phrase[0]) && !ascii_space(phrase[len - 1]))
		CHECK(phrase_find(view_from(around.data, around.len), phrase) == found);
	buf_release(&around);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = view_from((const char *)data, size);
	check_words(WORDS_ASCII, text);
	check_words(WORDS_UNICODE, text);
	check_counts(text);
	check_spacing(text);
	check_phrase(text);
	return 0;
}
