/* Answers to given prompts: in the order of the prompts whatever comes first, several to a
 * prompt, the best of several, within a budget, and what was refused asked again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/draw.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/money.h"
#include "run/recipe_store.h"
#include "run/run.h"
#include "store/store.h"
#include "support/exported.h"
#include "support/run_db.h"
#include "support/scratch.h"

static char *dir;
static char prompts[512], out[512];

static int set_up(void **state)
{
	(void)state;
	dir = scratch_new();
	snprintf(prompts, sizeof(prompts), "%s/prompts", dir);
	snprintf(out, sizeof(out), "%s/run", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scratch_free(dir);
	return 0;
}

/* A teacher that echoes */

/* It answers "A of: " and the prompt's last line, with the sample's number; a grade to the judge,
 * its own for each answer; and it refuses what has "forbidden" in it while `refuses` is set.
 * What is asked and `asked` count the same; replies come in an order drawn from `shuffle`. */
struct echo {
	struct request *held[4096];
	size_t count;
	struct draw order;
};
static uint64_t shuffle;
static bool refuses;
static bool is_late;     /* refusals come at once, answers a while after the last of them */
static bool is_mute;     /* the judge gives no grade */
static int asked;
static const char *tail = ""; /* of each answer */

static bool echo_claims(const char *spec)
{
	(void)spec;
	return false;
}

static int echo_open(void **state, const struct teacher_options *o, struct sow_error *err)
{
	(void)o;
	struct echo *e = mem_zalloc(sizeof(*e));
	if (!e)
		return error_nomem(err);
	e->order = draw_start(shuffle, 1, 0);
	*state = e;
	return SOW_OK;
}

static void echo_close(void *state)
{
	struct echo *e = state;
	for (size_t i = 0; i < e->count; i++)
		request_free(e->held[i]);
	mem_free(e);
}

static const char *echo_identity(void *state)
{
	(void)state;
	return "echo";
}

static int echo_capacity(void *state)
{
	(void)state;
	return 16;
}

static bool echo_chats(void *state)
{
	(void)state;
	return true;
}

static int echo_ask(void *state, struct request *r)
{
	struct echo *e = state;
	if (e->count == sizeof(e->held) / sizeof(*e->held))
		return 0;
	e->held[e->count++] = r;
	asked++;
	return 1;
}

/* The answer of sample 2 is the best, then that of 1. */
static void grade(const struct request *r, struct buf *text)
{
	struct view answer = view_of("");
	for (size_t i = 0; i < r->part_count; i++) {
		if (view_starts(r->parts[i].text, "A of: "))
			answer = r->parts[i].text;
	}
	buf_addf(text, "%d", view_ends(answer, "#2") ? 9 : view_ends(answer, "#1") ? 7 : 3);
}

static bool is_forbidden(const struct request *r)
{
	return view_find(r->parts[r->part_count - 1].text, 0, "forbidden") != VIEW_NONE;
}

static struct reply *echo_reply(const struct request *r)
{
	struct view prompt = r->parts[r->part_count - 1].text;
	struct buf text = BUF_INIT;
	enum finish finish = FINISH_STOP;
	if (view_ends(prompt, "from 1 to 10:") && is_mute)
		buf_addstr(&text, "no idea");
	else if (view_ends(prompt, "from 1 to 10:"))
		grade(r, &text);
	else if (refuses && is_forbidden(r))
		finish = FINISH_ERROR, buf_addstr(&text, "not allowed");
	else if (view_find(prompt, 0, "silent") == VIEW_NONE || r->sample)
		buf_addf(&text, "A of: %.*s (%zu) #%u%s", VIEW_ARG(prompt), r->part_count, r->sample, tail);
	struct reply *reply = buf_failed(&text) ? NULL : reply_new(view_from(text.data, text.len));
	buf_release(&text);
	if (!reply)
		return NULL;
	reply->tag = r->tag;
	reply->key = r->key;
	reply->finish = finish;
	reply->attempts = 1;
	reply->usage = (struct usage){ .prompt_tokens = 10, .completion_tokens = 20 };
	return reply;
}

static size_t refusals_first(const struct echo *e)
{
	for (size_t i = 0; i < e->count; i++) {
		if (is_forbidden(e->held[i]))
			return i;
	}
	nanosleep(&(struct timespec){ .tv_nsec = 20 * 1000 * 1000 }, NULL);
	return 0;
}

static int echo_step(void *state, void (*done)(void *data, struct reply *r), void *data,
		     struct sow_error *err)
{
	struct echo *e = state;
	if (!e->count)
		return 0;
	size_t at = draw_below(&e->order, e->count);
	if (is_late)
		at = refusals_first(e);
	struct request *r = e->held[at];
	struct reply *reply = echo_reply(r);
	e->held[at] = e->held[--e->count];
	request_free(r);
	if (!reply)
		return error_nomem(err);
	done(data, reply);
	return e->count > 0;
}

static const struct teacher_kind echo = {
	.name = "echo", .claims = echo_claims, .open = echo_open, .close = echo_close,
	.identity = echo_identity, .capacity = echo_capacity, .prefers_chat = echo_chats,
	.ask = echo_ask, .step = echo_step,
};

/* Helpers */

static void write_prompts(const char *text)
{
	scratch_write(prompts, text);
}

static void number_prompts(int count)
{
	struct buf text = BUF_INIT;
	for (int i = 1; i <= count; i++)
		buf_addf(&text, "Say number %d.\n", i);
	write_prompts(text.data);
	buf_release(&text);
}

static struct recipe *new_recipe(int64_t concurrency)
{
	struct sow_error err = { 0 };
	struct recipe *r = recipe_new();
	assert_non_null(r);
	assert_int_equal(recipe_add_step(r, "respond", &err), 0);
	assert_int_equal(recipe_set(r, recipe_option("input", NULL), prompts, &err), 0);
	r->no_cache = true;
	r->concurrency = concurrency;
	return r;
}

static struct run_outcome run(struct recipe *r)
{
	const struct run_hooks hooks = { .teacher = &echo };
	struct run_outcome o = { .end = RUN_DONE };
	struct sow_error err = { 0 };
	if (run_recipe(r, out, &hooks, &o, &err))
		fail_msg("%s", err.text);
	return o;
}

static char *as_alpaca(void)
{
	return exported_as(out, &(struct task_range){ 0 }, "alpaca");
}

static void anew(void)
{
	scratch_empty(dir);
	shuffle = 1;
	refuses = false;
	is_late = false;
	is_mute = false;
	asked = 0;
}

static void reads(const char *sql, const char *expected)
{
	char *text = run_db_text(out, sql);
	assert_string_equal(text, expected);
	mem_free(text);
}

/* Tests */

static void order_makes_no_difference(void **state)
{
	(void)state;
	char *first = NULL;
	for (int i = 0; i < 6; i++) {
		anew();
		number_prompts(300);
		shuffle = (uint64_t)i;
		struct recipe *r = new_recipe(i % 3 == 0 ? 1 : i % 3 == 1 ? 7 : 64);
		struct run_outcome o = run(r);
		assert_int_equal(o.end, RUN_DONE);
		assert_int_equal(o.progress.done, 300);
		assert_int_equal(o.progress.target, 300);
		assert_int_equal(asked, 300);
		recipe_free(r);
		char *now = as_alpaca();
		assert_non_null(strstr(now, "Say number 300.\",\"input\":\"\",\"output\":\"A of: "));
		if (first)
			assert_string_equal(first, now);
		else
			first = now;
		if (first != now)
			mem_free(now);
	}
	mem_free(first);
}

static void stopping_makes_no_difference(void **state)
{
	(void)state;
	const struct run_hooks hooks = { .teacher = &echo };
	anew();
	number_prompts(40);
	struct recipe *r = new_recipe(1);
	r->steps[0].best_of = 3;
	run(r);
	recipe_free(r);
	char *whole = as_alpaca();
	anew();
	number_prompts(40);
	int times = 0;
	for (struct run_outcome o = { .end = RUN_INTERRUPTED }; o.end != RUN_DONE; times++) {
		struct sow_error err = { 0 };
		r = new_recipe(1 + times % 5);
		r->steps[0].best_of = 3;
		r->max_requests = 5 * (times + 1);
		shuffle = (uint64_t)times;
		if (run_recipe(r, out, &hooks, &o, &err))
			fail_msg("%s", err.text);
		assert_true(o.end == RUN_DONE || o.end == RUN_MAX_REQUESTS);
		assert_true(o.progress.replies <= r->max_requests);
		recipe_free(r);
	}
	assert_true(times > 10);
	char *parts = as_alpaca();
	assert_string_equal(whole, parts);
	reads("SELECT count(*) FROM reply", "240");
	mem_free(whole);
	mem_free(parts);
}

static void several_answers(void **state)
{
	(void)state;
	anew();
	write_prompts("One.\nTwo.\n");
	struct recipe *r = new_recipe(4);
	r->steps[0].o.samples = 3;
	run(r);
	recipe_free(r);
	char *text = as_alpaca();
	assert_string_equal(text,
		"{\"instruction\":\"One.\",\"input\":\"\",\"output\":\"A of: One. (1) #0\"}\n"
		"{\"instruction\":\"One.\",\"input\":\"\",\"output\":\"A of: One. (1) #1\"}\n"
		"{\"instruction\":\"One.\",\"input\":\"\",\"output\":\"A of: One. (1) #2\"}\n"
		"{\"instruction\":\"Two.\",\"input\":\"\",\"output\":\"A of: Two. (1) #0\"}\n"
		"{\"instruction\":\"Two.\",\"input\":\"\",\"output\":\"A of: Two. (1) #1\"}\n"
		"{\"instruction\":\"Two.\",\"input\":\"\",\"output\":\"A of: Two. (1) #2\"}\n");
	mem_free(text);
}

static void the_best_is_kept(void **state)
{
	(void)state;
	anew();
	write_prompts("One.\nA silent one.\n");
	struct recipe *r = new_recipe(4);
	r->steps[0].best_of = 3;
	run(r);
	recipe_free(r);
	char *text = as_alpaca();
	assert_string_equal(text,
		"{\"instruction\":\"One.\",\"input\":\"\",\"output\":\"A of: One. (1) #2\"}\n"
		"{\"instruction\":\"A silent one.\",\"input\":\"\",\"output\":\"A of: A silent one. (1) #2\"}\n");
	mem_free(text);
	reads("SELECT ticket || '.' || sample || ':' || score || ':' || chosen FROM answer "
	      "ORDER BY ticket, sample", "1.0:3.0:0 1.1:7.0:0 1.2:9.0:1 2.0:0.0:0 2.1:7.0:0 2.2:9.0:1");
	/* an answer without a word is not judged */
	reads("SELECT count(*) FROM reply WHERE stage = 2 AND ticket = 2", "2");
}

/* Where the judge grades none, the first that is an answer is kept. */
static void without_grades_an_answer_is_kept(void **state)
{
	(void)state;
	anew();
	write_prompts("One.\nA silent one.\n");
	is_mute = true;
	struct recipe *r = new_recipe(4);
	r->steps[0].best_of = 3;
	run(r);
	recipe_free(r);
	reads("SELECT output FROM instance ORDER BY ticket",
	      "A of: One. (1) #0 A of: A silent one. (1) #1");
	reads("SELECT count(*) FROM reject", "0");
}

static void equal_prompts_are_asked_once(void **state)
{
	(void)state;
	anew();
	write_prompts("Same.\nSame.\nOther.\nSame.\n");
	struct recipe *r = new_recipe(8);
	struct run_outcome o = run(r);
	recipe_free(r);
	assert_int_equal(asked, 2);
	assert_int_equal(o.progress.cached, 2);
	reads("SELECT count(*) FROM instance", "4");
}

/* Prices are such that a request is estimated above what it costs. */
static void the_budget_is_kept(void **state)
{
	(void)state;
	for (int64_t concurrency = 1; concurrency <= 64; concurrency *= 8) {
		anew();
		number_prompts(100);
		struct recipe *r = new_recipe(concurrency);
		r->teachers[DUTY_WRITE].price_in = MONEY_DOLLAR;
		r->teachers[DUTY_WRITE].price_out = 2 * MONEY_DOLLAR;
		r->steps[0].o.sampling.max_tokens = 30;
		/* 10 in and 20 out are 50 millionths of a dollar */
		r->budget = 1000 * 1000;
		struct run_outcome o = run(r);
		assert_int_equal(o.end, RUN_BUDGET);
		assert_true(o.progress.cost <= r->budget);
		assert_true(o.progress.cost >= r->budget * 8 / 10);
		assert_int_equal(o.progress.cost, o.progress.replies * 50000);
		/* again: nothing is asked; with more it goes on */
		int before = asked;
		assert_int_equal(run(r).end, RUN_BUDGET);
		assert_int_equal(asked, before);
		r->budget = 1000 * 1000 * 1000;
		o = run(r);
		assert_int_equal(o.end, RUN_DONE);
		assert_int_equal(asked, 100);
		assert_int_equal(o.progress.cost, 100 * 50000);
		recipe_free(r);
	}
}

static void a_budget_needs_prices(void **state)
{
	(void)state;
	const struct run_hooks hooks = { .teacher = &echo };
	struct run_outcome o;
	struct sow_error err = { 0 };
	anew();
	write_prompts("One.\n");
	struct recipe *r = new_recipe(1);
	r->budget = MONEY_DOLLAR;
	assert_int_equal(run_recipe(r, out, &hooks, &o, &err), SOW_USAGE);
	assert_non_null(strstr(err.text, "--price-in"));
	recipe_free(r);
}

static void refused_ones_are_asked_again(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	int64_t count;
	anew();
	write_prompts("One.\nThis is forbidden.\nThree.\nforbidden, too\n");
	refuses = true;
	struct recipe *r = new_recipe(2);
	struct run_outcome o = run(r);
	assert_int_equal(o.end, RUN_DONE);
	assert_int_equal(asked, 4);
	reads("SELECT detail FROM reject ORDER BY ticket", "not allowed not allowed");
	/* the same command asks nothing more */
	run(r);
	assert_int_equal(asked, 4);
	refuses = false;
	struct store *s = store_open(out, STORE_RUN, &err);
	assert_int_equal(store_reopen_refused(s, &count, &err), 0);
	assert_int_equal(count, 2);
	store_close(s);
	run(r);
	assert_int_equal(asked, 6);
	reads("SELECT output FROM instance ORDER BY ticket",
	      "A of: One. (1) #0 A of: This is forbidden. (1) #0 A of: Three. (1) #0 "
	      "A of: forbidden, too (1) #0");
	reads("SELECT count(*) FROM reject", "0");
	recipe_free(r);
}

/* Refusals are quick and answers slow: those that are under way when the refusals have become many
 * are kept, and the run goes on. */
static void answers_after_refusals_are_kept(void **state)
{
	(void)state;
	struct buf text = BUF_INIT;
	anew();
	for (int i = 1; i <= 40; i++)
		buf_addf(&text, i % 4 ? "This is forbidden: %d.\n" : "Say number %d.\n", i);
	write_prompts(text.data);
	buf_release(&text);
	refuses = is_late = true;
	struct recipe *r = new_recipe(32);
	struct run_outcome o = run(r);
	recipe_free(r);
	assert_int_equal(o.end, RUN_DONE);
	assert_int_equal(asked, 40);
	reads("SELECT count(*) FROM instance", "10");
	reads("SELECT count(*) FROM reject", "30");
}

/* Where nothing at all is answered, the run stops once nothing is under way, and asks again when
 * it is resumed. */
static void a_run_of_refusals_stops(void **state)
{
	(void)state;
	const struct run_hooks hooks = { .teacher = &echo };
	struct run_outcome o;
	struct sow_error err = { 0 };
	struct buf text = BUF_INIT;
	anew();
	for (int i = 1; i <= 100; i++)
		buf_addf(&text, "This is forbidden: %d.\n", i);
	write_prompts(text.data);
	buf_release(&text);
	refuses = true;
	struct recipe *r = new_recipe(4);
	assert_int_equal(run_recipe(r, out, &hooks, &o, &err), SOW_STOPPED);
	assert_in_range(asked, 20, 30);
	reads("SELECT count(*) FROM reject", "0");
	refuses = false;
	run(r);
	recipe_free(r);
	reads("SELECT count(*) FROM instance", "100");
}

/* What run.db says of a recipe is the recipe. */
static void a_recalled_recipe_goes_on(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	anew();
	number_prompts(20);
	struct recipe *r = new_recipe(4);
	static const char *const settings[][2] = {
		{ "system", "Be brief.\nBe kind." }, { "best-of", "2" }, { "temperature", "0.25" },
		{ "max-tokens", "30" }, { "rule", "cut-reply=off" }, { "rule", "cut-reply=on" },
		{ "seed", "7" }, { "n", "6" }, { "header", "X: y" }, { "price-in", "0.15" },
		{ "prompt-style", "chat" },
	};
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		const struct option *o = recipe_option(settings[i][0], r->steps[0].method);
		if (recipe_set(r, o, settings[i][1], &err))
			fail_msg("%s", err.text);
	}
	run(r);
	int before = asked;
	struct store *s = store_open(out, STORE_LOOK, &err);
	struct recipe *again = recipe_recall(s, &err);
	if (!again)
		fail_msg("%s", err.text);
	store_close(s);
	struct buf one = BUF_INIT, two = BUF_INIT;
	const struct option *list[RECIPE_OPTIONS_MAX];
	size_t count = recipe_options(r->steps[0].method, list);
	for (size_t i = 0; i < count; i++) {
		buf_addf(&one, "\n%s: ", list[i]->name);
		buf_addf(&two, "\n%s: ", list[i]->name);
		recipe_text(r, &r->steps[0], &r->teachers[DUTY_WRITE], list[i], &one);
		recipe_text(again, &again->steps[0], &again->teachers[DUTY_WRITE], list[i], &two);
	}
	assert_string_equal(one.data, two.data);
	assert_int_equal(run(again).end, RUN_DONE);
	assert_int_equal(asked, before);
	buf_release(&one);
	buf_release(&two);
	recipe_free(r);
	recipe_free(again);
}

static void only_the_first(void **state)
{
	(void)state;
	anew();
	number_prompts(20);
	struct recipe *r = new_recipe(4);
	r->steps[0].n = 5;
	assert_int_equal(run(r).progress.target, 5);
	assert_int_equal(asked, 5);
	r->steps[0].n = 0;
	assert_int_equal(run(r).end, RUN_DONE);
	assert_int_equal(asked, 20);
	reads("SELECT count(*) FROM instance", "20");
	recipe_free(r);
}

static void conversations(void **state)
{
	(void)state;
	anew();
	write_prompts("{\"messages\": [{\"role\": \"system\", \"content\": \"Be brief.\"}, "
		      "{\"role\": \"user\", \"content\": \"Hello\"}, "
		      "{\"role\": \"assistant\", \"content\": \"Hi\"}, "
		      "{\"role\": \"user\", \"content\": \"Who?\"}, "
		      "{\"role\": \"assistant\", \"content\": \"Me.\"}]}\n"
		      "{\"instruction\": \"Add.\", \"input\": \"1 2\"}\n");
	struct recipe *r = new_recipe(1);
	r->steps[0].o.system = "You are old.";
	r->steps[0].o.again = true;
	run(r);
	recipe_free(r);
	/* the system message that is there stays; the last answer is to be made anew */
	reads("SELECT output FROM instance ORDER BY ticket",
	      "A of: Who? (4) #0 A of: Add.\n\n1 2 (2) #0");
	reads("SELECT input FROM instance ORDER BY ticket", "1 2");
}

/* A system message is a text, also where it could be the name of a file. */
static void a_system_message_may_be_a_word(void **state)
{
	(void)state;
	anew();
	write_prompts("{\"instruction\": \"Add.\"}\n");
	struct recipe *r = new_recipe(1);
	r->steps[0].o.system = "Briefly.";
	assert_int_equal(run(r).end, RUN_DONE);
	recipe_free(r);
	reads("SELECT output FROM instance", "A of: Add. (2) #0");
}

/* One that is too long to ask about fails, and the others are answered. */
static void a_conversation_may_be_too_long(void **state)
{
	(void)state;
	struct buf text = BUF_INIT;
	anew();
	buf_addstr(&text, "{\"instruction\": \"One.\"}\n{\"messages\": [");
	for (int i = 0; i < 2 * REQUEST_PARTS_MAX; i++)
		buf_addf(&text, "{\"role\": \"%s\", \"content\": \"%d\"}, ", i % 2 ? "assistant" : "user", i);
	buf_addstr(&text, "{\"role\": \"user\", \"content\": \"Who?\"}]}\n{\"instruction\": \"Two.\"}\n");
	write_prompts(text.data);
	buf_release(&text);
	struct recipe *r = new_recipe(1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(run(r).end, RUN_DONE);
		assert_int_equal(asked, 2);
	}
	recipe_free(r);
	reads("SELECT output FROM instance ORDER BY ticket", "A of: One. (1) #0 A of: Two. (1) #0");
	reads("SELECT ticket || ': ' || rule || ', ' || detail FROM reject",
	      "2: too-long, more than 256 turns");
}

static void expect_whole(bool graded, const char *expected)
{
	char *text = exported_whole(out, &(struct task_range){ .graded = graded });
	assert_string_equal(text, expected);
	mem_free(text);
}

#define TOOLS "[{\"type\":\"function\",\"function\":{\"name\":\"look\"}}]"
#define USER(text) "{\"role\":\"user\",\"content\":\"" text "\"}"
#define SAYS(text) "{\"role\":\"assistant\",\"content\":\"" text "\"}"
#define CALLS \
	"{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\"," \
	"\"function\":{\"name\":\"look\",\"arguments\":{\"at\":1.50}}}]}"
#define TOOL(text) "{\"role\":\"tool\",\"content\":\"" text "\",\"tool_call_id\":\"c1\"}"

static const char answered[] =
	"{\"id\": 7, \"name\": \"first\", \"instruction\": \" Add.\\n\", \"input\": \"1 2\", "
	"\"output\": \" 3\", \"level\": 1.50}\n"
	"{\"messages\": [" USER("One?") ", {\"role\": \"assistant\", \"content\": \"1\", "
	"\"thinking\": \"Hm.\", \"weight\": 0}]}\n"
	"{\"messages\": [" USER("Rain?") "," CALLS "," TOOL("no") "," SAYS("No.") "], "
	"\"tools\": " TOOLS "}\n"
	"{\"prompt\": \"Pick.\", \"chosen\": \"this\", \"rejected\": \"that\", \"score_chosen\": 8, "
	"\"score_rejected\": 2.5}\n"
	"{\"messages\": [" USER("Call!") "," CALLS "]}\n";

/* What has answers passes through with all of it, and nothing is asked. */
static void answers_are_left_alone(void **state)
{
	(void)state;
	anew();
	write_prompts(answered);
	struct recipe *r = new_recipe(1);
	assert_int_equal(run(r).progress.finished, 5);
	assert_int_equal(asked, 0);
	recipe_free(r);
	expect_whole(false,
		"task_1_1 of 7:  Add.\n fields {\"id\":7,\"name\":\"first\",\"level\":1.50}\n"
		"\t1 2 ->  3\n"
		"task_2_1 of input_2: One? turns [" USER("One?") ",{\"role\":\"assistant\",\"content\":"
		"\"1\",\"thinking\":\"Hm.\",\"weight\":0}]\n"
		"\t -> 1 turns [{\"role\":\"assistant\",\"content\":\"1\",\"thinking\":\"Hm.\","
		"\"weight\":0}]\n"
		"task_3_1 of input_3: Rain? tools " TOOLS " turns [" USER("Rain?") "," CALLS ","
		TOOL("no") "," SAYS("No.") "]\n"
		"\t -> No.\n"
		"task_4_1 of input_4: Pick. beside\n"
		"\t -> this chosen score 8\n"
		"\t -> that rejected score 2.5\n"
		"task_5_1 of input_5: Call! turns [" USER("Call!") "," CALLS "]\n"
		"\t ->  turns [" CALLS "]\n");
}

/* Again, what is not the answer goes to the teacher whole: tools, calls and what they gave. */
static void conversations_go_whole(void **state)
{
	(void)state;
	anew();
	write_prompts(answered);
	struct recipe *r = new_recipe(1);
	r->steps[0].o.again = true;
	run(r);
	recipe_free(r);
	assert_int_equal(asked, 5);
	reads("SELECT prompt FROM reply WHERE ticket = 3",
	      "[{\"role\":\"user\",\"text\":\"Rain?\"},{\"role\":\"assistant\",\"text\":\"\","
	      "\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"look\","
	      "\"arguments\":{\"at\":1.50}}}]},{\"role\":\"tool\",\"text\":\"no\",\"tool_call_id\":"
	      "\"c1\"},{\"tools\":" TOOLS "}]");
	reads("SELECT output FROM instance WHERE ticket = 3", "A of: no (3) #0");
	reads("SELECT prompt FROM reply WHERE ticket = 1",
	      "[{\"role\":\"user\",\"text\":\" Add.\\n\\n\\n1 2\"}]");
}

/* Of an instruction with several inputs and no answer one is asked, and the others are told of. */
static void other_inputs_are_rejected(void **state)
{
	(void)state;
	anew();
	write_prompts("{\"instruction\": \"Add.\", \"instances\": [{\"input\": \"1 2\", \"output\": \"\"}, "
		      "{\"input\": \"3 4\", \"output\": \"\"}]}\n");
	struct recipe *r = new_recipe(1);
	run(r);
	recipe_free(r);
	reads("SELECT rule || ': ' || text || ', ' || detail FROM reject", "other-input: 3 4, Add.");
	expect_whole(false, "task_1_1 of input_1: Add.\n\t1 2 -> A of: Add.\n\n1 2 (1) #0\n");
	scratch_empty(out);
	r = new_recipe(1);
	r->steps[0].o.system = "Be brief.";
	run(r);
	recipe_free(r);
	reads("SELECT rule || ': ' || text || ', ' || detail FROM reject", "other-input: 3 4, Add.");
}

/* Records of a run may ask nothing: an empty prompt is not sent. */
static void what_asks_nothing_is_rejected(void **state)
{
	(void)state;
	anew();
	write_prompts("One.\nTwo.\n");
	struct recipe *r = new_recipe(1);
	run(r);
	run_db_change(out, "UPDATE unit SET instruction = ' \n' WHERE ticket = 2");
	snprintf(out, sizeof(out), "%s/next", dir);
	char first[512];
	snprintf(first, sizeof(first), "%s/run", dir);
	asked = 0;
	assert_int_equal(recipe_set(r, recipe_option("input", NULL), first, NULL), 0);
	r->steps[0].o.again = true;
	r->steps[0].o.system = "Be brief.";
	run(r);
	recipe_free(r);
	assert_int_equal(asked, 1);
	reads("SELECT ticket || ' ' || rule FROM reject", "2 empty");
	snprintf(out, sizeof(out), "%s", first);
}

static void every_graded_answer_is_there(void **state)
{
	(void)state;
	anew();
	write_prompts("{\"instruction\": \"One.\"}\n{\"messages\": [{\"role\": \"system\", \"content\": \"Be brief.\"}, "
		      USER("Two.") "]}\n");
	struct recipe *r = new_recipe(4);
	r->steps[0].best_of = 3;
	run(r);
	recipe_free(r);
	expect_whole(false,
		"task_1_1 of input_1: One.\n\t -> A of: One. (1) #2 sample 2 score 9\n"
		"task_2_1 of input_2: Two. turns [{\"role\":\"system\",\"content\":\"Be brief.\"},"
		USER("Two.") "," SAYS("A of: Two. (2) #2") "]\n"
		"\t -> A of: Two. (2) #2 sample 2 score 9\n");
	expect_whole(true,
		"task_1_1 of input_1: One. beside\n"
		"\t -> A of: One. (1) #0 score 3\n"
		"\t -> A of: One. (1) #1 sample 1 score 7\n"
		"\t -> A of: One. (1) #2 sample 2 score 9\n"
		"task_2_1 of input_2: Two. beside turns [{\"role\":\"system\",\"content\":\"Be brief.\"},"
		USER("Two.") "]\n"
		"\t -> A of: Two. (2) #0 score 3\n"
		"\t -> A of: Two. (2) #1 sample 1 score 7\n"
		"\t -> A of: Two. (2) #2 sample 2 score 9\n");
}

/* Answers are kept without white space of any script at their ends: they are found all the same. */
static void graded_answers_may_end_in_any_space(void **state)
{
	(void)state;
	anew();
	write_prompts("One.\n");
	struct recipe *r = new_recipe(4);
	r->steps[0].best_of = 2;
	tail = "\u3000\n";
	run(r);
	tail = "";
	recipe_free(r);
	expect_whole(true, "task_1_1 of input_1: One. beside\n"
		     "\t -> A of: One. (1) #0 score 3\n"
		     "\t -> A of: One. (1) #1 sample 1 score 3\n");
}

static void another_input_is_refused(void **state)
{
	(void)state;
	const struct run_hooks hooks = { .teacher = &echo };
	struct run_outcome o;
	struct sow_error err = { 0 };
	anew();
	write_prompts("One.\n");
	struct recipe *r = new_recipe(1);
	run(r);
	write_prompts("One.\nTwo.\n");
	assert_int_equal(run_recipe(r, out, &hooks, &o, &err), SOW_DIFFERS);
	assert_non_null(strstr(err.text, "(with other contents)"));
	recipe_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_makes_no_difference),
		cmocka_unit_test(stopping_makes_no_difference),
		cmocka_unit_test(several_answers),
		cmocka_unit_test(the_best_is_kept),
		cmocka_unit_test(without_grades_an_answer_is_kept),
		cmocka_unit_test(equal_prompts_are_asked_once),
		cmocka_unit_test(the_budget_is_kept),
		cmocka_unit_test(a_budget_needs_prices),
		cmocka_unit_test(refused_ones_are_asked_again),
		cmocka_unit_test(answers_after_refusals_are_kept),
		cmocka_unit_test(a_run_of_refusals_stops),
		cmocka_unit_test(a_recalled_recipe_goes_on),
		cmocka_unit_test(only_the_first),
		cmocka_unit_test(conversations),
		cmocka_unit_test(a_system_message_may_be_a_word),
		cmocka_unit_test(a_conversation_may_be_too_long),
		cmocka_unit_test(answers_are_left_alone),
		cmocka_unit_test(conversations_go_whole),
		cmocka_unit_test(other_inputs_are_rejected),
		cmocka_unit_test(what_asks_nothing_is_rejected),
		cmocka_unit_test(every_graded_answer_is_there),
		cmocka_unit_test(graded_answers_may_end_in_any_space),
		cmocka_unit_test(another_input_is_refused),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
