#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/card.h"

static const struct dataset_made one = { .train = { .records = 10, .lines = 1234, .files = 2 } };
static const struct dataset_made two = { .train = { .records = 9, .lines = 900, .files = 1 },
				      .validation = { .records = 1, .lines = 99, .files = 1 } };
static const struct table1 table = { .instructions = 10 };

static void says(const struct buf *page, const char *text)
{
	if (!strstr(page->data, text))
		fail_msg("'%s' is not in:\n%s", text, page->data);
}

static void known_and_unknown(void **state)
{
	(void)state;
	struct buf page = BUF_INIT;
	struct card card = { .title = "my \"set\" <b>", .format = "alpaca", .made = &one,
			     .table = &table, .source = "in_put.jsonl" };
	assert_int_equal(card_write(&card, &page), SOW_OK);
	assert_ptr_equal(strstr(page.data, "---\npretty_name: \"my \\\"set\\\" <b>\"\n"
					   "license: \"unknown\"\n"), page.data);
	says(&page, "size_categories:\n- 1K<n<10K\n");
	says(&page, "path: data/train-*.jsonl\n---\n");
	says(&page, "\n# my \"set\" &lt;b>\n");
	says(&page, "| train | 1,234 | 10 | 2 |\n");
	says(&page, "from the file in\\_put.jsonl");
	says(&page, "): not recorded in the source.");
	says(&page, "**Recipe**: not recorded");
	says(&page, "None was stated.");
	says(&page, "| split | lines | records | files |");
	says(&page, "There is one split");
	assert_null(strstr(page.data, "validation"));
	buf_release(&page);
}

static void all_of_it(void **state)
{
	(void)state;
	static const struct card_fact recipe[] = { { { "topic", 5 }, { "a|b\nc\033", 6 } } };
	struct buf page = BUF_INIT;
	struct card card = { .title = "t", .licence = "cc-by-4.0", .format = "messages",
			     .made = &two, .table = &table, .recipe = recipe, .recipe_count = 1,
			     .teacher = view_of("gguf:00") };
	assert_int_equal(card_write(&card, &page), SOW_OK);
	says(&page, "license: \"cc-by-4.0\"\n");
	says(&page, "- n<1K\n");
	says(&page, "  - split: validation\n    path: data/validation-*.jsonl\n");
	says(&page, "| topic | a\\|b c  |\n");
	says(&page, "): gguf:00.");
	says(&page, "Published as cc-by-4.0.");
	says(&page, "The splits are cut between roots");
	buf_release(&page);
	card.title = "\xFF";
	assert_int_equal(card_write(&card, &page), SOW_INVALID);
	buf_release(&page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_and_unknown), cmocka_unit_test(all_of_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
