/* Replies that have to fit a schema, on the default model: skipped where that is not installed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "data/json_reply.h"
#include "data/schema.h"
#include "teacher/constraint.h"
#include "teacher/model_path.h"
#include "teacher/teacher.h"

#define PROMPTS 20

static const char *const schemas[] = {
	"{\"type\":\"object\",\"properties\":{\"question\":{\"type\":\"string\",\"minLength\":5,"
	"\"maxLength\":80},\"answer\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":60}},"
	"\"required\":[\"question\",\"answer\"],\"additionalProperties\":false}",
	"{\"type\":\"object\",\"properties\":{\"reason\":{\"type\":\"string\",\"maxLength\":60},"
	"\"grade\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":5},\"sure\":{\"type\":\"boolean\"}},"
	"\"required\":[\"grade\"]}",
	"{\"type\":\"array\",\"minItems\":2,\"maxItems\":3,\"items\":{\"$ref\":\"#/$defs/town\"},\"$defs\":"
	"{\"town\":{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"pattern\":"
	"\"^[A-Z][a-z]{2,12}$\"},\"size\":{\"enum\":[\"small\",\"large\",null]}},\"required\":[\"name\","
	"\"size\"]}}}",
	"{\"anyOf\":[{\"const\":\"unknown\"},{\"type\":\"number\",\"minimum\":0},{\"type\":\"array\","
	"\"prefixItems\":[{\"type\":\"string\",\"maxLength\":20}],\"items\":false,\"minItems\":1}]}",
};
#define SCHEMAS (sizeof(schemas) / sizeof(schemas[0]))

static const char *const topics[] = {
	"rivers", "a \"quoted\" word", "the number 7", "bread", "the sea", "caf\xC3\xA9s", "bees", "chess",
	"rain", "trains",
};

static struct reply *replies[PROMPTS];
static size_t reply_count;

static void keep(void *data, struct reply *r)
{
	(void)data;
	replies[r->tag] = r;
	reply_count++;
}

static struct request *new_request(int64_t tag, const char *schema)
{
	struct request *r = request_new();
	struct buf text = BUF_INIT;
	buf_addf(&text, "Write a short JSON value about %s.", topics[(size_t)tag % 10]);
	assert_int_equal(request_add(r, ROLE_USER, false, view_from(text.data, text.len)), SOW_OK);
	buf_release(&text);
	if (schema)
		assert_int_equal(request_set_schema(r, view_of(schema)), SOW_OK);
	/* half of them greedy */
	r->sampling = (struct sampling){ .temperature = tag % 2 ? 0.8 : 0, .top_p = 0.95,
					 .max_tokens = 300 };
	r->seed = (uint64_t)tag;
	r->tag = tag;
	return r;
}

/* The default model; skips without. */
static void *open_teacher(void)
{
	struct teacher_options o = { .parallel = 4, .context = 512, .threads = 1,
				     .share_prefixes = true };
	struct sow_error err = { 0 };
	void *state = NULL;
	if (teacher_llama.open(&state, &o, &err) < 0 && err.status != SOW_MISSING)
		fail_msg("%s", err.text);
	if (!state)
		skip();
	return state;
}

static void ask(void *state, size_t count, const char *schema)
{
	struct sow_error err = { 0 };
	struct request *next = NULL;
	memset(replies, 0, sizeof(replies));
	reply_count = 0;
	for (size_t asked = 0; reply_count < count;) {
		while (asked < count) {
			if (!next)
				next = new_request((int64_t)asked,
						   schema ? schema : schemas[asked % SCHEMAS]);
			if (!teacher_llama.ask(state, next))
				break;
			next = NULL;
			asked++;
		}
		if (teacher_llama.step(state, keep, NULL, &err) < 0)
			fail_msg("%s", err.text);
	}
}

static void every_reply_fits(void **state)
{
	(void)state;
	void *teacher = open_teacher();
	ask(teacher, PROMPTS, NULL);
	for (size_t i = 0; i < PROMPTS; i++) {
		struct arena *a = arena_new();
		struct buf why = BUF_INIT;
		struct sow_error err = { 0 };
		struct schema *s = schema_read(a, "schema", view_of(schemas[i % SCHEMAS]), &err);
		struct json *doc = json_parse_exact(replies[i]->text, a, NULL, &err);
		assert_non_null(s);
		print_message("%.*s\n", VIEW_ARG(replies[i]->text));
		assert_int_equal(replies[i]->finish, FINISH_STOP);
		if (!doc || schema_check(s, json_root(doc), &why))
			fail_msg("%.*s: %s%s", VIEW_ARG(replies[i]->text), err.text, why.data);
		buf_release(&why);
		arena_free(a);
		reply_free(replies[i]);
	}
	teacher_llama.close(teacher);
}

static void a_bad_schema_is_refused(void **state)
{
	(void)state;
	void *teacher = open_teacher();
	ask(teacher, 1, "{\"type\":\"thing\"}");
	assert_int_equal(replies[0]->finish, FINISH_ERROR);
	assert_non_null(strstr(replies[0]->text.p, "the request's schema:1:2: type: expected"));
	reply_free(replies[0]);
	teacher_llama.close(teacher);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_reply_fits),
		cmocka_unit_test(a_bad_schema_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
