#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "run/recipe.h"
#include "run/setup.h"

static struct recipe *recipe_of(const struct method *m)
{
	struct recipe *r = recipe_new();
	assert_int_equal(recipe_add_step(r, m->name, NULL), 0);
	return r;
}

static const char *text_of(const struct recipe *r, const struct option *o)
{
	static struct buf out = BUF_INIT;
	buf_clear(&out);
	recipe_text(r, &r->steps[0], &r->teachers[DUTY_WRITE], o, &out);
	return out.data;
}

static void check_row(const struct recipe *r, const struct option *o, const struct method *m)
{
	const char *fallback = recipe_default(o, m);
	bool is_whole = o->type == OPTION_INT;
	assert_true(o->help && *o->help);
	assert_true(o->scope != OPTION_OF_COMMAND);
	assert_true(o->type == OPTION_FLAG || option_value(o));
	assert_true(!is_whole || fallback); /* there is no whole number that is not said */
	assert_string_equal(text_of(r, o), fallback ? fallback : o->type == OPTION_FLAG ? "no" : "");
	assert_false(recipe_says(&r->steps[0], o));
}

/* Defaults read as what they are, and no name or letter stands for two options of a method. */
static void every_row(void **state)
{
	(void)state;
	for (size_t i = 0; method_at(i); i++) {
		const struct option *list[RECIPE_OPTIONS_MAX];
		size_t count = recipe_options(method_at(i), list), identities = 0;
		struct recipe *r = recipe_of(method_at(i));
		for (size_t a = 0; a < count; a++) {
			identities += list[a]->identity;
			check_row(r, list[a], method_at(i));
			for (size_t b = 0; b < a; b++) {
				assert_string_not_equal(list[a]->name, list[b]->name);
				assert_false(list[a]->letter && list[a]->letter == list[b]->letter);
			}
		}
		assert_in_range(identities, 10, SETUP_IDENTITY_MAX - 8); /* which has others besides */
		recipe_free(r);
	}
	const struct option *all[RECIPE_OPTIONS_MAX];
	assert_in_range(recipe_options(NULL, all), 60, RECIPE_OPTIONS_MAX - 1);
}

/* Whatever a method's row names is an option, and the paper's numbers are values of it. */
static void what_methods_take(void **state)
{
	(void)state;
	for (size_t i = 0; method_at(i); i++) {
		const struct method *m = method_at(i);
		struct recipe *r = recipe_of(m);
		struct sow_error err = { 0 };
		for (const struct taken_option *t = m->takes; t && t->name; t++) {
			const struct option *o = recipe_option(t->name, m);
			assert_non_null(o);
			if (t->paper && *t->paper) {
				assert_int_equal(recipe_set(r, o, t->paper, &err), 0);
				assert_string_equal(text_of(r, o), t->paper);
			}
		}
		assert_int_equal(recipe_insist(&r->steps[0], r->arena, &err), 0);
		recipe_free(r);
	}
}

/* What self-instruct has been asking for since its first run. */
static void sampling_of_every_method(void **state)
{
	(void)state;
	static const char *const names[] = { "temperature", "top-p", "max-tokens", "presence-penalty",
					     "frequency-penalty", "stop" };
	static const struct {
		const char *method;
		const char *values[6];
	} expected[] = {
		{ "self-instruct", { "0.7", "0.5", "1024", "2", "0", "" } },
		{ "alpaca", { "1", "1", "3072", "0", "0", "" } },
		{ "evol", { "1", "0.9", "2048", "0", "0", "" } },
		{ "persona", { "", "", "0", "0", "0", "" } },
		{ "respond", { "", "", "0", "0", "0", "" } },
	};
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		const struct method *m = method_find(expected[i].method);
		struct recipe *r = recipe_of(m);
		for (size_t k = 0; k < 6; k++)
			assert_string_equal(text_of(r, recipe_option(names[k], m)), expected[i].values[k]);
		recipe_free(r);
	}
}

static int insist(const char *method, const char *name, const char *value, struct sow_error *err)
{
	struct recipe *r = recipe_of(method_find(method));
	const struct option *o = recipe_option(name, r->steps[0].method);
	assert_int_equal(recipe_set(r, o, value, err), 0);
	int status = recipe_insist(&r->steps[0], r->arena, err);
	assert_true(status || strcmp(text_of(r, o), value) == 0);
	recipe_free(r);
	return status;
}

static void the_paper_is_insisted_on(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	assert_int_equal(insist("self-instruct", "temperature", "1", &err), SOW_USAGE);
	assert_string_equal(err.text, "temperature: --strict-paper requires the paper's 0.7, not 1");
	/* the default, but no number of the paper's */
	assert_int_equal(insist("self-instruct", "lookahead", "64", &err), SOW_USAGE);
	assert_int_equal(insist("self-instruct", "stop", "x", &err), SOW_USAGE);
	assert_string_equal(err.text, "stop: --strict-paper allows none");
	assert_int_equal(insist("self-instruct", "temperature", "0.7", &err), 0);
	/* of what the paper says nothing, anything may be said */
	assert_int_equal(insist("self-instruct", "topic", "tea", &err), 0);

	struct recipe *r = recipe_of(&method_self_instruct);
	assert_int_equal(recipe_insist(&r->steps[0], r->arena, &err), 0);
	assert_int_equal(r->steps[0].lookahead, 1);
	assert_string_equal(r->steps[0].tokenizer, "ascii");
	recipe_free(r);
}

static void it_is_said_once(void **state)
{
	(void)state;
	struct recipe *r = recipe_of(&method_evol);
	const struct option *rule = recipe_option("rule", &method_evol);
	const struct option *rounds = recipe_option("rounds", &method_evol);
	assert_int_equal(recipe_set(r, rule, "cut-reply=off", NULL), 0);
	assert_int_equal(recipe_set(r, rule, "cut-reply=on", NULL), 0);
	assert_int_equal(recipe_set(r, rounds, "2", NULL), 0);
	assert_int_equal(recipe_set(r, rounds, "0", NULL), SOW_INVALID);
	assert_int_equal(r->steps[0].said_count, 2);
	assert_string_equal(text_of(r, rule), "cut-reply=off\ncut-reply=on");
	assert_string_equal(text_of(r, rounds), "2");
	assert_null(recipe_option("rounds", &method_respond));
	recipe_free(r);
}

static const char *embedder_of(const struct recipe *r, enum duty duty)
{
	const struct list *specs = &r->teachers[duty].teachers;
	return r->has_duty[duty] && specs->count ? specs->items[0] : "";
}

static struct recipe *scoring(const char *with, const char *teacher)
{
	struct recipe *r = recipe_of(&method_score);
	assert_int_equal(recipe_set(r, recipe_option("with", &method_score), with, NULL), 0);
	if (teacher)
		assert_int_equal(recipe_set(r, recipe_option("teacher", NULL), teacher, NULL), 0);
	recipe_choose_embedder(r);
	return r;
}

/* Who embeds where no embedder is named. */
static void who_embeds(void **state)
{
	static const struct {
		const char *with, *teacher, *writer, *embedder;
	} cases[] = {
		{ "length", NULL, "", "" },
		{ "embed", NULL, "minilm", "" },                 /* nothing else is asked */
		{ "embed,length", "m.gguf", "m.gguf", "" },
		{ "embed,ifd", NULL, "", "minilm" },
		{ "embed,ifd", "m.gguf", "m.gguf", "minilm" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct recipe *r = scoring(cases[i].with, cases[i].teacher);
		assert_string_equal(embedder_of(r, DUTY_WRITE), cases[i].writer);
		assert_string_equal(embedder_of(r, DUTY_EMBED), cases[i].embedder);
		if (*cases[i].embedder) /* it costs nothing, and a budget knows so */
			assert_true(r->teachers[DUTY_EMBED].price_in == 0 && r->teachers[DUTY_EMBED].price_out == 0);
		recipe_free(r);
	}
}

/* Of all methods together: tables of that many are on the stack. */
static void options_have_room(void **state)
{
	const struct option *list[4 * RECIPE_OPTIONS_MAX];
	(void)state;
	assert_in_range(recipe_options(NULL, list), 100, RECIPE_OPTIONS_MAX - 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_have_room),
		cmocka_unit_test(who_embeds),
		cmocka_unit_test(every_row),
		cmocka_unit_test(what_methods_take),
		cmocka_unit_test(sampling_of_every_method),
		cmocka_unit_test(the_paper_is_insisted_on),
		cmocka_unit_test(it_is_said_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
