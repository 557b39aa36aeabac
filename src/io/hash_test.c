#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/hash.h"

static void assert_hash(const struct hash *h, const char *expected)
{
	char hex[HASH_HEX_SIZE];
	hash_hex(h, hex);
	assert_string_equal(hex, expected);
}

/* FIPS 180-4's examples, and a million letters. */
static const char none[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char million[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

static void test_pieces(void **state)
{
	(void)state;
	struct hash h;
	hash_bytes("abc", 3, &h);
	assert_hash(&h, abc);
	hash_bytes(NULL, 0, &h);
	assert_hash(&h, none);
	struct hasher *hasher = hasher_new();
	hasher_add(hasher, "a", 1);
	hasher_add(hasher, NULL, 0);
	hasher_add(hasher, "bc", 2);
	hasher_finish(hasher, &h);
	assert_hash(&h, abc);
	hasher = hasher_new();
	for (int i = 0; i < 100000; i++)
		hasher_add(hasher, "aaaaaaaaaa", 10);
	hasher_finish(hasher, &h);
	assert_hash(&h, million);
	hasher_finish(hasher_new(), NULL);
}

static void test_file(void **state)
{
	(void)state;
	char path[] = "/tmp/sow-hash-XXXXXX";
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "wb");
	struct hash h = { 0 };
	struct sow_error err = { 0 };
	assert_non_null(f);
	assert_int_equal(hash_file(path, &h, &err), SOW_OK);
	assert_hash(&h, none);
	for (int i = 0; i < 1000000; i++)
		fputc('a', f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(hash_file(path, &h, &err), SOW_OK);
	assert_hash(&h, million);
	unlink(path);
	assert_int_equal(hash_file("/nowhere/file", &h, &err), SOW_IO);
	assert_string_equal(err.text, "/nowhere/file: No such file or directory");
	assert_int_equal(hash_file("/", &h, &err), SOW_IO);
	assert_string_equal(err.text, "/: Is a directory");
	assert_int_equal(hash_file("/", &h, NULL), SOW_IO);
	assert_hash(&h, million); /* as it was */
}

static void test_base64(void **state)
{
	(void)state;
	struct hash h;
	char text[HASH_BASE64_SIZE];
	hash_bytes("abc", 3, &h);
	hash_base64(&h, text);
	assert_string_equal(text, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
	struct buf out = BUF_INIT;
	assert_int_equal(base64_add(&out, "", 0), SOW_OK);
	assert_string_equal(out.data, "");
	assert_int_equal(base64_add(&out, "f", 1), SOW_OK);
	assert_int_equal(base64_add(&out, "fo", 2), SOW_OK);
	assert_int_equal(base64_add(&out, "foo", 3), SOW_OK);
	assert_int_equal(base64_add(&out, "\xff\0\xfe", 3), SOW_OK);
	assert_string_equal(out.data, "Zg==Zm8=Zm9v/wD+");
	buf_release(&out);
}

static void test_hex(void **state)
{
	(void)state;
	struct hash h, g;
	char text[HASH_HEX_SIZE];
	for (size_t i = 0; i < HASH_SIZE; i++)
		h.bytes[i] = (uint8_t)(i * 37 + 9);
	hash_hex(&h, text);
	assert_int_equal(hash_from_hex(text, 64, &g), SOW_OK);
	assert_memory_equal(&h, &g, sizeof(h));
	for (char *p = text; *p; p++)
		*p = *p >= 'a' ? (char)(*p - 32) : *p;
	memset(&g, 0, sizeof(g));
	assert_int_equal(hash_from_hex(text, 64, &g), SOW_OK);
	assert_memory_equal(&h, &g, sizeof(h));
	assert_int_equal(hash_from_hex(text, 63, &g), SOW_INVALID);
	assert_int_equal(hash_from_hex(text, 65, &g), SOW_INVALID);
	assert_int_equal(hash_from_hex("", 0, &g), SOW_INVALID);
	static const char wrong[] = "/:@G`g \xFF";
	for (size_t i = 0; i < sizeof(wrong); i++) {
		for (size_t at = 0; at < 64; at++) {
			char old = text[at];
			text[at] = wrong[i];
			assert_int_equal(hash_from_hex(text, 64, &g), SOW_INVALID);
			text[at] = old;
		}
	}
	assert_memory_equal(&h, &g, sizeof(h)); /* as it was */
}

/* One hasher for many: each hash is that of its own pieces. */
static void test_take(void **state)
{
	(void)state;
	struct hash all, taken;
	struct hasher *h = hasher_new();
	for (int i = 0; i < 3; i++) {
		hasher_add(h, "ab", 2);
		hasher_add(h, "c", 1);
		hasher_take(h, &taken);
		hash_bytes("abc", 3, &all);
		assert_memory_equal(taken.bytes, all.bytes, HASH_SIZE);
	}
	hasher_finish(h, &taken);
	hash_bytes("", 0, &all);
	assert_memory_equal(taken.bytes, all.bytes, HASH_SIZE);
}

static void test_base64_read(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	static const char *const pairs[][2] = {
		{ "", "" }, { "Zg==", "f" }, { "Zm8=", "fo" }, { "Zm9v", "foo" }, { "YWRhOnDDpHNz", "ada:p\xC3\xA4ss" },
	};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		buf_clear(&out);
		assert_int_equal(base64_read(view_of(pairs[i][0]), &out), SOW_OK);
		assert_string_equal(out.data, pairs[i][1]);
	}
	static const char *const wrong[] = { "Zg", "Z", "Zg=", "Z*==", " Zm9", "====" };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		buf_clear(&out);
		assert_int_equal(base64_read(view_of(wrong[i]), &out), SOW_INVALID);
		assert_int_equal(out.len, 0);
	}
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_base64_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
