#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text/language.h"
#include "text/languages.h"

static const char english[] = "Describe a walk through an autumn forest using nothing but sounds.";
static const char russian[] = "Опиши прогулку по осеннему лесу, используя только звуки и запахи.";

/* The same counts from any number of threads, over many batches. */
static void any_number_of_threads(void **state)
{
	(void)state;
	unsigned en = language_of(english, sizeof(english) - 1);
	unsigned ru = language_of(russian, sizeof(russian) - 1);
	for (size_t threads = 0; threads < 4; threads++) {
		struct languages *l = languages_new(threads);
		for (int i = 0; i < 6000; i++)
			languages_add(l, view_of(i % 3 ? english : russian));
		languages_add(l, view_from(NULL, 0));
		const int64_t *count = languages_finish(l);
		assert_int_equal(count[en], 4000);
		assert_int_equal(count[ru], 2000);
		languages_add(l, view_of(english)); /* late, and counted all the same */
		assert_int_equal(languages_finish(l)[en], 4001);
		languages_free(l);
	}
	languages_free(languages_new(2)); /* with nothing in it */
}

static void a_long_text(void **state)
{
	(void)state;
	struct languages *l = languages_new(1);
	size_t len = 200000;
	char *text = malloc(len);
	for (size_t i = 0; i < len; i++)
		text[i] = english[i % (sizeof(english) - 1)];
	languages_add(l, view_from(text, len));
	assert_int_equal(languages_finish(l)[language_of(english, sizeof(english) - 1)], 1);
	languages_free(l);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_number_of_threads), cmocka_unit_test(a_long_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
