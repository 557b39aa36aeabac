#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "mock/damage.h"
#include "mock/fault.h"

static void add(struct faults *f, const char *setting)
{
	struct sow_error err = { 0 };
	assert_int_equal(faults_add(f, setting, &err), SOW_OK);
}

static void refuse(struct faults *f, const char *setting, const char *why)
{
	struct sow_error err = { 0 };
	assert_int_equal(faults_add(f, setting, &err), SOW_USAGE);
	assert_string_equal(err.text, why);
}

static void test_settings(void **state)
{
	(void)state;
	struct faults f = { 0 };
	refuse(&f, "429", "fault '429': expected NAME=PROBABILITY");
	refuse(&f, "resett=1", "fault 'resett' is unknown; did you mean reset?");
	refuse(&f, "zzzzzzzz=1", "fault 'zzzzzzzz' is unknown");
	refuse(&f, "429=", "fault 429: expected a number from 0 to 1, not ''");
	refuse(&f, "429=1.5", "fault 429: expected a number from 0 to 1, not '1.5'");
	refuse(&f, "429=nan", "fault 429: expected a number from 0 to 1, not 'nan'");
	refuse(&f, "429=0.1x", "fault 429: expected a number from 0 to 1, not '0.1x'");
	assert_int_equal(f.count, 0);
	add(&f, "429=0.7");
	add(&f, "reset=0.3");
	add(&f, "hang=0");
	refuse(&f, "500=0.1", "fault 500: all faults together are more than 1 (1.1)");
	assert_int_equal(f.count, 3);
}

/* A pure function of seed, body and attempt, each of which matters; as often as was said. */
static void test_draw(void **state)
{
	(void)state;
	struct faults f = { 0 };
	size_t count[3] = { 0 }, changed_seed = 0, changed_attempt = 0;
	add(&f, "429=0.2");
	add(&f, "cut=0.1");
	for (uint32_t i = 0; i < 20000; i++) {
		struct hash body = { { 0 } };
		memcpy(body.bytes, &i, sizeof(i));
		const struct fault *fault = faults_draw(&f, 1, &body, 0);
		count[!fault ? 0 : fault->kind == FAULT_CUT ? 2 : 1]++;
		assert_ptr_equal(faults_draw(&f, 1, &body, 0), fault);
		changed_seed += faults_draw(&f, 2, &body, 0) != fault;
		changed_attempt += faults_draw(&f, 1, &body, 1) != fault;
	}
	assert_in_range(count[1], 3800, 4200);
	assert_in_range(count[2], 1850, 2150);
	/* two draws differ with probability 1 - 0.7² - 0.2² - 0.1² = 0.46 */
	assert_in_range(changed_seed, 8900, 9500);
	assert_in_range(changed_attempt, 8900, 9500);
	f.count = 0;
	assert_null(faults_draw(&f, 1, &(struct hash){ { 0 } }, 0));
}

static struct http_reply reply_of(const char *text)
{
	return (struct http_reply){ .status = 200, .content_type = "application/json",
				    .body = mem_copystr(text), .body_len = strlen(text) };
}

static void test_damage(void **state)
{
	(void)state;
	static const char good[] = "{\"a\":[1,2,3],\"b\":\"a longer text\"}";
	for (uint64_t i = 0; i < 200; i++) {
		struct draw d = draw_start(i, 1, 1);
		struct http_reply r = reply_of(good);
		damage_reply(FAULT_CUT, false, &d, &r);
		assert_in_range(r.cut, 1, sizeof(good) - 2);
		assert_string_equal(r.body, good);
		mem_free(r.body);

		r = reply_of(good);
		damage_reply(FAULT_GARBAGE, false, &d, &r);
		assert_true(r.body_len < strlen(good) || memchr(r.body, 0xFE, r.body_len));
		assert_true(r.body_len <= strlen(good));
		mem_free(r.body);
	}
	struct draw d = draw_start(1, 1, 1);
	struct http_reply r = reply_of(good);
	damage_reply(FAULT_TYPE, false, &d, &r);
	assert_string_equal(r.content_type, "text/html; charset=utf-8");
	assert_memory_equal(r.body, "<!DOCTYPE html>", 15);
	damage_reply(FAULT_DRIP, false, &d, &r);
	assert_true(r.manner == HTTP_BYTES && r.pause > 0 && r.piece > 0 && r.piece < r.body_len);
	damage_reply(FAULT_RESET, false, &d, &r);
	assert_true(r.manner == HTTP_RESET && r.status == 0);
	damage_reply(FAULT_HANG, false, &d, &r);
	assert_true(r.manner == HTTP_HANG && r.status == 0);
	mem_free(r.body);

	r = reply_of("x"); /* too short to be cut or spoilt */
	damage_reply(FAULT_CUT, false, &d, &r);
	assert_int_equal(r.cut, 0);
	damage_reply(FAULT_GARBAGE, false, &d, &r);
	assert_int_equal(r.body_len, 1);
	mem_free(r.body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_draw),
		cmocka_unit_test(test_damage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
