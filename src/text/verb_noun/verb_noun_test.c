#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <string.h>

#include <cmocka.h>

#include "text/verb_noun/lemma.h"
#include "text/prose.h"
#include "text/verb_noun.h"

static struct verb_noun *parser;
static struct sow_error err;

static int set_up(void **state)
{
	(void)state;
	setlocale(LC_ALL, "C");
	parser = verb_noun_new(&err);
	return parser ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	verb_noun_free(parser);
	return 0;
}

/* Prose */

static void first_is(const char *text, const char *want)
{
	struct view first = prose_first(view_of(text));
	assert_int_equal(first.len, strlen(want));
	assert_memory_equal(first.p, want, first.len);
}

static void first_sentences(void **state)
{
	(void)state;
	first_is("", "");
	first_is("Say hello. Then go.", "Say hello.");
	first_is("  Say hello\nThen go.", "Say hello");
	first_is("At 9 a.m. we left. Why?", "At 9 a.m. we left.");
	first_is("Ask Dr. Who. Now.", "Ask Dr. Who.");
	first_is("Count the lines in access.log by day. Go.",
		 "Count the lines in access.log by day.");
	first_is("Really?! Yes.", "Really?!");
	first_is("He said \"Go.\" Then he left.", "He said \"Go.\"");
	first_is("Use e.g. this one", "Use e.g. this one");
	first_is("So am I. Go.", "So am I.");
	first_is("No end at all", "No end at all");
}

static void splits(const char *text, const char *head, const char *tail)
{
	struct view rest, first = prose_split(view_of(text), &rest);
	assert_true(view_eqstr(first, head));
	assert_true(view_eqstr(rest, tail));
}

static void clauses(void **state)
{
	(void)state;
	splits("Grade it: good or bad.", "Grade it", "good or bad.");
	splits("Meet at 13:00 today.", "Meet at 13:00 today.", "");
	splits("Grade it:", "Grade it", "");
	splits("Come here; go there", "Come here", "go there");
	splits("Write it – quickly", "Write it", "quickly");
	splits("A well-known song", "A well-known song", "");
	splits("My flight is late - can I sue?", "My flight is late", "can I sue?");
}

static void plain_is(const char *text, const char *want)
{
	struct buf out = BUF_INIT;
	prose_plain(view_of(text), &out);
	assert_string_equal(out.data, want);
	buf_release(&out);
}

static void plain(void **state)
{
	(void)state;
	plain_is("- Pull the dishes, (v),  out ", "Pull the dishes, , out.");
	plain_is("Is it (a (b) c) so?", "Is it so?");
	plain_is("An open (bracket", "An open (bracket.");
	plain_is("# Title", "Title.");
	plain_is("", "");
	plain_is("-- * ", "");
}

/* Lemmas */

static void lemmas(void **state)
{
	(void)state;
	static const struct {
		enum lemma_kind kind;
		const char *word, *lemma;
	} rows[] = {
		{ LEMMA_VERB, "written", "write" }, { LEMMA_VERB, "Write", "write" },
		{ LEMMA_VERB, "has", "have" },      { LEMMA_VERB, "blorped", "blorped" },
		{ LEMMA_NOUN, "lists", "list" },    { LEMMA_NOUN, "lyrics", "lyric" },
		{ LEMMA_NOUN, "clichés", "cliché" }, { LEMMA_NOUN, "JSON", "json" },
		{ LEMMA_NOUN, "analysis", "analysis" }, { LEMMA_NOUN, "", "" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT;
		assert_int_equal(lemma_of(rows[i].kind, rows[i].word, &out), SOW_OK);
		assert_string_equal(out.data, rows[i].lemma);
		buf_release(&out);
	}
	assert_true(lemma_is(LEMMA_VERB, "name"));
	assert_false(lemma_is(LEMMA_VERB, "named"));
	assert_false(lemma_is(LEMMA_NOUN, "qwxz"));
}

/* Pairs */

static void asks(const char *instruction, const char *verb, const char *noun)
{
	struct verb_noun_pair pair;
	enum grammar_outcome outcome = verb_noun_of(parser, view_of(instruction), &pair);
	if (outcome != (*verb ? GRAMMAR_FOUND : GRAMMAR_NO_OBJECT) ||
	    strcmp(pair.verb, verb) != 0 || strcmp(pair.noun, noun) != 0)
		fail_msg("%s: %d, %s %s", instruction, (int)outcome, pair.verb, pair.noun);
}

static void pairs(void **state)
{
	(void)state;
	asks("Write a poem about rain. Then stop.", "write", "poem");
	asks("Please give me a recipe for the following food.", "give", "recipe");
	asks("Can you write a poem for me?", "write", "poem");
	asks("Which books did you read?", "read", "book");
	asks("You are given a list of features.", "give", "list");
	asks("Given a list, sort the numbers.", "sort", "number");
	asks("To improve the text, rewrite the last sentence.", "rewrite", "sentence");
	asks("If it rains, bring an umbrella.", "bring", "umbrella");
	asks("Compare frogs and toads: which are faster?", "compare", "frog");
	asks("Question: Who composed the opera?", "compose", "opera");
	asks("Analyze the data.", "analyze", "data");
	asks("Pick the odd one out.", "", "");
	asks("Decide whether the answer is right.", "", "");
	asks("Where does the word come from?", "", "");
	asks("What does this idiom mean?", "", "");
	asks("Paris is the capital of France.", "", "");
}

static void no_answers(void **state)
{
	(void)state;
	struct verb_noun_pair pair;
	struct buf text = BUF_INIT;
	assert_int_equal(verb_noun_of(parser, view_of(""), &pair), GRAMMAR_NO_PARSE);
	assert_int_equal(verb_noun_of(parser, view_of(" - "), &pair), GRAMMAR_NO_PARSE);
	for (int i = 0; i < 41; i++)
		buf_addstr(&text, "word ");
	assert_int_equal(verb_noun_of(parser, view_of(text.data), &pair), GRAMMAR_TOO_LONG);
	buf_clear(&text);
	for (int i = 0; i < 5000; i++)
		buf_addch(&text, 'a');
	assert_int_not_equal(verb_noun_of(parser, view_of(text.data), &pair), GRAMMAR_FOUND);
	for (int i = 5000; i < 200000; i++)
		buf_addch(&text, 'a');
	assert_int_equal(verb_noun_of(parser, view_of(text.data), &pair), GRAMMAR_TOO_LONG);
	assert_int_not_equal(verb_noun_of(parser, view_of("Опиши лес \xF0\x9F\x8C\xB2 сегодня"),
					  &pair), GRAMMAR_FOUND);
	buf_release(&text);
}

/* The library's ideas of a locale stay inside. */
static void locale_stays(void **state)
{
	(void)state;
	struct verb_noun_pair pair;
	assert_string_equal(setlocale(LC_ALL, NULL), "C");
	verb_noun_of(parser, view_of("Write a poem about a café."), &pair);
	assert_string_equal(setlocale(LC_ALL, NULL), "C");
	assert_true(uselocale((locale_t)0) == LC_GLOBAL_LOCALE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_sentences), cmocka_unit_test(clauses),
		cmocka_unit_test(plain), cmocka_unit_test(lemmas), cmocka_unit_test(pairs),
		cmocka_unit_test(no_answers),      cmocka_unit_test(locale_stays),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
