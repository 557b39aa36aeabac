#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text/language.h"
#include "text/script.h"

static const char *script_of(const char *text)
{
	struct script_counts counts = { 0 };
	script_count(&counts, text, strlen(text));
	return letter_script_name(script_most(&counts));
}

static void languages(void **state)
{
	(void)state;
	static const struct {
		const char *code, *text;
	} rows[] = {
		{ "en", "Describe a walk through an autumn forest using nothing but sounds." },
		{ "de", "Formuliere die Bitte höflicher, aber in höchstens zwei Sätzen, und erkläre "
			"kurz, was sich geändert hat." },
		{ "fr", "Propose trois noms pour un petit café-librairie au bord d'un canal, et "
			"justifie chacun en une phrase." },
		{ "ru", "Опиши прогулку по осеннему лесу, используя только звуки и запахи." },
		{ "ja", "秋の森を歩く様子を、音だけを使って描写してください。" },
		{ "un", "" },
		{ "un", "x = 3 + 4" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(language_code(language_of(rows[i].text, strlen(rows[i].text))),
				    rows[i].code);
	assert_string_equal(language_name(language_of(rows[0].text, strlen(rows[0].text))),
			    "ENGLISH");
	assert_string_equal(language_code(LANGUAGE_COUNT), "un");
}

/* A long text is cut between characters, wherever the bound falls. */
static void long_texts(void **state)
{
	(void)state;
	char *text = malloc(3 * 5000 + 4);
	for (size_t shift = 0; shift < 4; shift++) {
		memset(text, ' ', shift);
		for (size_t i = 0; i < 5000; i++)
			memcpy(text + shift + 3 * i, "\xE6\xA3\xAE", 3);
		assert_true(language_of(text, shift + 15000) < LANGUAGE_COUNT);
	}
	free(text);
}

static void scripts(void **state)
{
	(void)state;
	assert_string_equal(script_of("Say hello."), "Latin");
	assert_string_equal(script_of("Łódź é"), "Latin");
	assert_string_equal(script_of("Опиши лес (forest)."), "Cyrillic");
	assert_string_equal(script_of("森林"), "Han");
	assert_string_equal(script_of("नमस्ते"), "Devanagari");
	assert_string_equal(script_of("123 +-*"), "Unknown");
	assert_string_equal(script_of("aб"), "Cyrillic"); /* of equals, ASCII is counted last */
}

static void many_scripts(void **state)
{
	(void)state;
	struct script_counts counts = { 0 };
	static const char text[] = "aабβאبहกກཀაᄀ一あ"; /* more of them than are kept */
	script_count(&counts, text, sizeof(text) - 1);
	assert_string_equal(letter_script_name(script_most(&counts)), "Cyrillic");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(languages), cmocka_unit_test(long_texts),
		cmocka_unit_test(scripts), cmocka_unit_test(many_scripts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
