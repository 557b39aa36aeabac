#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "teacher/http/address.h"

static struct arena *arena;

static void assert_refused(const char *spec, const char *why)
{
	struct address a;
	struct sow_error err = { 0 };
	assert_int_equal(address_read(&a, arena, spec, &err), SOW_USAGE);
	if (!strstr(err.text, why))
		fail_msg("'%s' does not say '%s'", err.text, why);
	assert_null(strstr(err.text, "secret"));
}

static struct address read(const char *spec)
{
	struct address a;
	struct sow_error err = { 0 };
	if (address_read(&a, arena, spec, &err))
		fail_msg("%s", err.text);
	return a;
}

static void addresses_are_read(void **state)
{
	(void)state;
	struct address a = read("https://host.example:8443/v1/?api-version=2&secret=3,weight=2.5,rpm=60,"
				"tpm=1e5,concurrency=8,key-env=K");
	assert_string_equal(a.url, "https://host.example:8443/v1");
	assert_string_equal(a.query, "?api-version=2&secret=3");
	assert_string_equal(a.host, "host.example");
	assert_true(a.weight == 2.5 && a.rpm == 60 && a.tpm == 100000 && a.concurrency == 8);
	assert_string_equal(a.key_env, "K");
	assert_null(a.key_file);
	assert_false(a.plain);
	a = read("http://host,key-file=/a/b=c");
	assert_string_equal(a.url, "http://host");
	assert_string_equal(a.host, "host");
	assert_string_equal(a.key_file, "/a/b=c");
	assert_true(a.plain && a.weight == 1 && a.rpm == 0 && a.tpm == 0);
	assert_false(read("http://127.0.0.1:8000/v1").plain);
	assert_false(read("http://localhost").plain);
	a = read("http://[::1]:8000/v1");
	assert_string_equal(a.host, "[::1]");
	assert_false(a.plain);
	assert_string_equal(read("http://h/v1/chat/completions").url, "http://h/v1");
	assert_string_equal(read("http://h/v1/completions/").url, "http://h/v1");
	assert_string_equal(read("http://h/v1/completions/").call, "/completions");
	assert_string_equal(read("http://h/v1/messages").url, "http://h/v1");
	assert_string_equal(read("http://h/v1/messages").call, "/messages");
	assert_string_equal(read("http://h/v1").call, "");
}

static void names_are_by_the_environment(void **state)
{
	(void)state;
	unsetenv("OPENAI_BASE_URL");
	assert_string_equal(read("openai").url, "https://api.openai.com/v1");
	setenv("OPENAI_BASE_URL", "http://other/v1/", 1);
	assert_string_equal(read("openai,rpm=5").url, "http://other/v1");
	assert_true(read("openai,rpm=5").rpm == 5);
	setenv("OPENAI_BASE_URL", "other", 1);
	assert_refused("openai", "expected an address that begins with http://");
	unsetenv("OPENAI_BASE_URL");
	unsetenv("ANTHROPIC_BASE_URL");
	assert_string_equal(read("anthropic").url, "https://api.anthropic.com/v1");
	assert_string_equal(read("anthropic").service, "anthropic");
	setenv("ANTHROPIC_BASE_URL", "http://other", 1);
	assert_string_equal(read("anthropic,rpm=5").url, "http://other");
	unsetenv("ANTHROPIC_BASE_URL");
}

static void what_is_wrong_is_said(void **state)
{
	(void)state;
	assert_refused("ftp://host", "expected an address that begins with http:// or https://");
	assert_refused("http://", "http://host:8000/v1");
	assert_refused("http:///v1", "http://host:8000/v1");
	assert_refused("http://host/#a", "http://host:8000/v1");
	assert_refused("http://user:secret@host/v1", "without user and password");
	assert_refused("http://host,wieght=2", "weight= perhaps");
	assert_refused("http://host,colour=red", "is not an option of a server");
	assert_refused("http://host,weight", "weight=: expected a number");
	assert_refused("http://host,weight=0", "expected a number from 0.001");
	assert_refused("http://host,weight=nan", "expected a number from 0.001");
	assert_refused("http://host,weight=2x", "expected a number from 0.001");
	assert_refused("http://host,rpm=0.5", "requests a minute, from 1");
	assert_refused("http://host,tpm=-5", "tokens a minute, from 1");
	assert_refused("http://host,concurrency=2.5", "from 1 to 30000");
	assert_refused("http://host,concurrency=30001", "from 1 to 30000");
	assert_refused("http://host,key-env=", "the name of an environment variable");
}

static void servers_are_known(void **state)
{
	(void)state;
	assert_true(address_is("http://a"));
	assert_true(address_is("https://a,rpm=1"));
	assert_true(address_is("openai"));
	assert_true(address_is("openai,rpm=1"));
	assert_false(address_is("openai.gguf"));
	assert_false(address_is("replay:http://a"));
	assert_false(address_is(NULL));
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return arena ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read),
		cmocka_unit_test(names_are_by_the_environment),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(servers_are_known),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
