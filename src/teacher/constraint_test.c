/* Replies that have to fit a schema, on the default model: skipped where that is not installed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/draw.h"
#include "base/mem.h"
#include "data/json_reply.h"
#include "data/schema.h"
#include "teacher/constraint.h"
#include "teacher/models.h"
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
	("{\"anyOf\":[{\"const\":\"unknown\"},{\"type\":\"number\",\"minimum\":0},{\"type\":\"array\","
	 "\"prefixItems\":[{\"type\":\"string\",\"maxLength\":20}],\"items\":false,\"minItems\":1}]}"),
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
		request_set_schema(r, view_of(schema));
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
		assert_int_equal(replies[i]->finish, FINISH_STOP);
		if (!doc || schema_check(s, json_root(doc), &why))
			fail_msg("%.*s: %s%s", VIEW_ARG(replies[i]->text), err.text, why.data);
		buf_release(&why);
		arena_free(a);
		reply_free(replies[i]);
	}
	teacher_llama.close(teacher);
}

/* Schemas of which a grammar says all: whatever way is taken through it, the text fits. */
static const char *const said_whole[] = {
	"{\"type\":\"integer\",\"minimum\":-12,\"maximum\":345}",
	"{\"type\":\"integer\",\"exclusiveMinimum\":99,\"exclusiveMaximum\":10007}",
	"{\"type\":\"integer\",\"maximum\":-5}",
	"{\"type\":\"integer\",\"minimum\":1.5,\"maximum\":20}",
	"{\"type\":\"integer\"}",
	"{\"type\":\"number\",\"minimum\":0}",
	"{\"type\":[\"boolean\",\"null\",\"number\"]}",
	"{\"type\":\"string\",\"minLength\":2,\"maxLength\":5}",
	"{\"type\":\"string\",\"pattern\":\"^[A-C\\\"\\\\\\\\]{1,3}-\\\\d+( x|\\\\s)?$\"}",
	"{\"type\":\"string\",\"pattern\":\"^(caf\xC3\xA9|na\xC3\xAFve)+$|^[^a-z\\\\d]$\"}",
	"{\"enum\":[\"a\\\"b\",{\"k\":[1,null]},-0.5,\"\xE2\x82\xAC\\n\"]}",
	"{\"type\":\"array\",\"items\":{\"type\":\"boolean\"},\"minItems\":2,\"maxItems\":4}",
	"{\"type\":\"array\",\"items\":{\"type\":\"null\"},\"maxItems\":1}",
	"{\"type\":\"array\",\"maxItems\":0}",
	"{\"prefixItems\":[{\"type\":\"boolean\"},{\"type\":\"null\"}],\"items\":{\"const\":7},"
	"\"minItems\":3,\"maxItems\":5,\"type\":\"array\"}",
	"{\"type\":\"object\",\"properties\":{\"a\":{\"const\":1},\"b\":{\"const\":2},\"c\":{\"const\":3},"
	"\"d\":false},\"required\":[\"b\"],\"additionalProperties\":false}",
	"{\"type\":\"object\",\"properties\":{\"a\":{\"const\":1},\"b\":{\"const\":2}},"
	"\"additionalProperties\":false}",
	"{\"type\":\"object\",\"additionalProperties\":false}",
	"{\"type\":\"object\",\"properties\":{},\"required\":[\"x\",\"y z\"]}",
	"{\"$ref\":\"#/$defs/tree\",\"$defs\":{\"tree\":{\"type\":\"object\",\"properties\":{\"left\":{\"anyOf\":"
	"[{\"$ref\":\"#/$defs/tree\"},{\"type\":\"null\"}]}},\"required\":[\"left\"],"
	"\"additionalProperties\":false}}}",
	"{\"oneOf\":[{\"type\":\"null\"},{\"type\":\"boolean\"}]}",
	"{\"properties\":{\"a\":{\"type\":\"null\"},\"b\":{\"const\":1}},\"allOf\":[{\"$ref\":\"#/$defs/b\"},"
	"{\"required\":[\"b\"],\"type\":\"object\"}],\"$defs\":{\"b\":{\"type\":\"object\",\"properties\":"
	"{\"c\":{\"type\":\"boolean\"}},\"required\":[\"c\"]}}}",
	"{\"allOf\":[{\"type\":\"array\",\"items\":{\"enum\":[\"x\",\"y\"]},\"minItems\":1}]}",
};
#define SAID_WHOLE (sizeof(said_whole) / sizeof(said_whole[0]))
#define WALKS 6
#define STEPS_MAX 400

/* A token that is allowed: mostly one of a few short ones, so that a walk comes to an end. */
static int32_t step_on(struct model *m, struct gbnf *g, const struct tokens *few, struct draw *d,
		       float *logits)
{
	size_t from = draw_below(d, few->count);
	for (size_t i = 0; i < few->count && draw_below(d, 10) < 9; i++) {
		int32_t token = few->ids[(from + i) % few->count];
		if (gbnf_allows(g, token))
			return token;
	}
	size_t n = (size_t)model_vocabulary(m), at = draw_below(d, n);
	memset(logits, 0, n * sizeof(*logits));
	gbnf_mask(g, logits);
	for (size_t i = 0; i < n; i++, at = (at + 1) % n) {
		if (logits[at] > -INFINITY)
			return (int32_t)at;
	}
	fail_msg("the grammar allows no token");
	return -1;
}

/* Goes on to the end; false if there were too many steps. */
static bool walk(struct model *m, struct gbnf *g, const struct tokens *few, uint64_t seed,
		 struct buf *out)
{
	float *logits = mem_alloc((size_t)model_vocabulary(m) * sizeof(*logits));
	struct draw d = draw_start(seed, DRAW_TOKENS, 0);
	bool ended = false;
	for (int i = 0; i < STEPS_MAX && !ended; i++) {
		int32_t token = step_on(m, g, few, &d, logits);
		ended = model_ends(m, token);
		if (!ended) {
			gbnf_accept(g, token);
			model_piece(m, token, out);
		}
	}
	mem_free(logits);
	return ended;
}

static void check_walk(struct model *m, struct schema *s, struct gbnf *g, const struct tokens *few,
		       uint64_t seed, size_t *ended)
{
	struct arena *a = arena_new();
	struct buf text = BUF_INIT, why = BUF_INIT;
	struct sow_error err = { 0 };
	if (walk(m, g, few, seed, &text)) {
		struct json *doc = json_parse_exact(view_from(text.data, text.len), a, NULL, &err);
		if (!doc || schema_check(s, json_root(doc), &why))
			fail_msg("%s: %s: %s%s", schema_text(s).p, text.data, err.text, why.data);
		++*ended;
	}
	buf_release(&text);
	buf_release(&why);
	arena_free(a);
}

static void every_way_through_a_grammar_fits(void **state)
{
	(void)state;
	struct buf path = BUF_INIT;
	struct sow_error err = { 0 };
	if (models_path(NULL, &path, NULL) != SOW_OK) {
		buf_release(&path);
		skip();
	}
	struct model *m = model_open(path.data, 0, &err);
	struct constraints c = { 0 };
	struct tokens few = { 0 };
	assert_non_null(m);
	const char *const short_texts[] = { "\"", "}", "]", ",", ":", "0", "1", "7", " ", "a", "-", ".",
					    "null", "true", "\\" };
	for (size_t i = 0; i < sizeof(short_texts) / sizeof(short_texts[0]); i++)
		assert_int_equal(model_tokenize(m, view_of(short_texts[i]), false, true, &few), SOW_OK);
	for (size_t i = 0; i < SAID_WHOLE; i++) {
		struct arena *a = arena_new();
		struct schema *s = schema_read(a, "schema", view_of(said_whole[i]), &err);
		size_t ended = 0;
		if (!s)
			fail_msg("%s: %s", said_whole[i], err.text);
		for (uint64_t seed = 0; seed < WALKS; seed++) {
			struct gbnf *g = NULL;
			if (constraints_find(&c, m, schema_text(s), &g, &err))
				fail_msg("%s: %s", said_whole[i], err.text);
			check_walk(m, s, g, &few, seed, &ended);
			gbnf_free(g);
		}
		if (!ended)
			fail_msg("%s: no walk came to an end", said_whole[i]);
		arena_free(a);
	}
	constraints_release(&c);
	tokens_release(&few);
	model_close(m);
	buf_release(&path);
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
		cmocka_unit_test(every_way_through_a_grammar_fits),
		cmocka_unit_test(every_reply_fits),
		cmocka_unit_test(a_bad_schema_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
