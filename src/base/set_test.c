#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/set.h"

static void members(void **state)
{
	(void)state;
	struct set s = SET_INIT;
	for (int round = 0; round < 2; round++) {
		for (uint64_t i = 0; i < 100000; i++)
			assert_int_equal(set_add(&s, i * i * 7919), round == 0);
	}
	assert_int_equal(s.count, 100000);
	set_release(&s);
	assert_int_equal(set_add(&s, 0), 1);
	assert_int_equal(set_add(&s, 0), 0);
	set_release(&s);
}

/* Texts that differ little have hashes of their own, in all bits. */
static void hashes(void **state)
{
	(void)state;
	struct set whole = SET_INIT, low = SET_INIT;
	char text[40];
	memset(text, 'a', sizeof(text));
	for (size_t len = 0; len <= sizeof(text); len++) {
		assert_int_equal(set_add(&whole, hash64(0, text, len)), 1);
		assert_int_equal(set_add(&whole, hash64(1, text, len)), 1);
		for (size_t bit = 0; bit < len * 8; bit++) {
			text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
			uint64_t h = hash64(0, text, len);
			assert_int_equal(set_add(&whole, h), 1);
			set_add(&low, (h & 0xFFFFFF) << 8 | 1);
			text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
		}
	}
	assert_true(low.count > 6540); /* of 6,560: 24 bits alone tell nearly all apart */
	assert_true(hash64(0, "ab\0", 3) != hash64(0, "ab", 2));
	assert_true(hash64(0, "", 0) == hash64(0, NULL, 0));
	set_release(&whole);
	set_release(&low);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members), cmocka_unit_test(hashes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
