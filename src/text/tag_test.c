#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "text/tag.h"

static void spellings_become_one(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "#Data-Cleaning!", "data cleaning" }, { "  data   cleaning ", "data cleaning" },
		{ "C++", "c" }, { "Write_A_Poem", "write a poem" }, { "ÉCOLE, 2nd", "école 2nd" },
		{ "हिन्दी कविता", "हिन्दी कविता" }, { "写诗。", "写诗" }, { "?!", "" }, { "", "" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf out = BUF_INIT;
		assert_int_equal(tag_normal(view_of(cases[i][0]), &out), 0);
		buf_addch(&out, '\0');
		assert_string_equal(out.data, cases[i][1]);
		buf_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(spellings_become_one) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
