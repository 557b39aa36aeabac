#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/embedded.h"
#include "io/outfile.h"
#include "run/recipe_file.h"

static char dir[64], path[128];

static void write_file(const char *name, const char *text, size_t len)
{
	char whole[256];
	snprintf(whole, sizeof(whole), "%s/%s", dir, name);
	struct outfile *out = outfile_open(whole, NULL);
	assert_non_null(out);
	outfile_write(out, text, len);
	assert_int_equal(outfile_finish(out, NULL), 0);
}

static int set_up(void **state)
{
	static const char seed[] = "Name three rivers.\n";
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/sow-recipe-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/recipe.yaml", dir);
	write_file("seeds.txt", seed, strlen(seed));
	return 0;
}

static int tear_down(void **state)
{
	char other[256];
	(void)state;
	unlink(path);
	snprintf(other, sizeof(other), "%s/seeds.txt", dir);
	unlink(other);
	return rmdir(dir);
}

/* Reads and, if `checks`, checks it: what is wrong, a line each without the path. */
static int problems_of(struct recipe_file *f, struct view text, bool checks, struct buf *out)
{
	struct sow_error err = { 0 };
	write_file("recipe.yaml", text.p, text.len);
	int status = recipe_file_read(f, path, &err);
	if (!status && checks)
		status = recipe_file_check(f, &err);
	assert_true((status != 0) == (f->problems.count > 0));
	for (size_t i = 0; i < f->problems.count; i++) {
		const struct problem *p = &f->problems.list[i];
		buf_addf(out, "%zu:%zu: %s\n", p->place.line, p->place.column, p->text);
	}
	return status;
}

static void finds(const char *text, const char *problems)
{
	struct recipe_file f;
	struct buf out = BUF_INIT;
	problems_of(&f, view_of(text), true, &out);
	assert_string_equal(out.data, problems);
	recipe_file_release(&f);
	buf_release(&out);
}

#define STEP "steps: [{method: self-instruct}]\n"

static void a_whole_recipe(void **state)
{
	(void)state;
	static const char text[] =
		"seed: 7\n"
		"budget: 20.50\n"
		"max-requests: '100'\n"
		"no-cache: true\n"
		"teachers:\n"
		"  writer: &writer {teacher: https://host/v1, model: name, price-in: 0.15, price-out: 0.60,\n"
		"                   header: {X-Team: a, X-Tier: b}}\n"
		"  judge:\n"
		"    <<: *writer\n"
		"    teacher: [https://a/v1, https://b/v1]\n"
		"    model: bigger\n"
		"steps:\n"
		"  - method: self-instruct\n"
		"    n: 1000\n"
		"    seeds: seeds.txt\n"
		"    against: [seeds.txt, ./seeds.txt]\n"
		"    language: no\n"
		"    rule: {too-long: 100, program: off, keyword: [video, audio]}\n"
		"  - method: respond\n"
		"    temperature: 0.5\n"
		"    rule: cut-reply=off\n"
		"outputs:\n"
		"  - {format: alpaca, file: data.jsonl}\n";
	struct recipe_file f;
	struct buf out = BUF_INIT;
	char seeds[128];
	assert_int_equal(problems_of(&f, view_of(text), true, &out), 0);
	assert_string_equal(out.data, "");
	const struct recipe *r = f.recipe;
	snprintf(seeds, sizeof(seeds), "%s/seeds.txt", dir);
	assert_string_equal(r->path, path);
	assert_int_equal(r->seed, 7);
	assert_int_equal(r->budget, INT64_C(20500000000));
	assert_int_equal(r->max_requests, 100);
	assert_true(r->no_cache);
	assert_int_equal(r->step_count, 2);
	assert_int_equal(r->steps[0].n, 1000);
	assert_string_equal(r->steps[0].seeds, seeds);
	assert_int_equal(r->steps[0].against.count, 2);
	assert_string_equal(r->steps[0].o.language, "no");
	assert_int_equal(r->steps[0].rules.count, 3);
	assert_string_equal(r->steps[0].rules.items[1], "program=off");
	assert_string_equal(r->steps[0].rules.items[2], "keyword=video,audio");
	assert_true(r->steps[1].o.sampling.temperature > 0.49 && r->steps[1].o.sampling.temperature < 0.51);
	assert_string_equal(r->steps[1].rules.items[0], "cut-reply=off");
	assert_true(r->has_duty[DUTY_WRITE] && r->has_duty[DUTY_JUDGE] && !r->has_duty[DUTY_CLASSIFY]);
	assert_string_equal(r->teachers[DUTY_WRITE].teachers.items[0], "https://host/v1");
	assert_string_equal(r->teachers[DUTY_WRITE].headers.items[1], "X-Tier:b");
	assert_int_equal(r->teachers[DUTY_JUDGE].teachers.count, 2);
	assert_string_equal(r->teachers[DUTY_JUDGE].o.model, "bigger");
	assert_int_equal(r->teachers[DUTY_JUDGE].price_in, 150000000);
	assert_int_equal(r->output_count, 1);
	assert_string_equal(r->outputs[0].file, "data.jsonl");
	recipe_file_release(&f);
	buf_release(&out);
}

static void no_recipe(void **state)
{
	(void)state;
	static const char expected[] =
		"1:1: expected a recipe: steps: [{method: …}] and more; sow init writes one\n";
	finds("", expected);
	finds("# nothing\n", expected);
	finds("~\n", expected);
	finds("- method: respond\n", expected);
	finds("hello\n", expected);
	finds("seed: 1\n", "1:1: expected steps: what is to be done\n");
	finds("steps:\n", "1:1: expected a list of steps, each with a \"- method: …\"\n");
	finds("steps: []\n", "1:8: expected a step: \"- method: …\"\n");
	finds("steps: {method: respond}\n", "1:8: expected a list of steps, each with a \"- method: …\"\n");
	finds(STEP "---\n" STEP, "2:1: expected one document, not a second\n");
	finds("steps:\n\t- method: respond\n", "2:1: tab character may not be used as indentation\n");
	finds("seed: \xFF\n", "1:7: expected UTF-8\n");
	finds("a: *b\n", "1:4: expected an anchor \"&b\" before this alias\n");
	struct recipe_file f;
	struct sow_error err = { 0 };
	assert_int_equal(recipe_file_read(&f, dir, &err), SOW_IO);
	assert_non_null(strstr(err.text, dir));
	recipe_file_release(&f);
	char missing[160];
	snprintf(missing, sizeof(missing), "%s/missing", dir);
	assert_int_equal(recipe_file_read(&f, missing, &err), SOW_IO);
	assert_non_null(strstr(err.text, "missing: No such file"));
	recipe_file_release(&f);
}

static void names(void **state)
{
	(void)state;
	finds("seeed: 1\nmax_requests: 5\nqqqqqqqq: 1\n" STEP,
	      "1:1: unknown 'seeed'; did you mean 'seed'?\n"
	      "2:1: unknown 'max_requests'; did you mean 'max-requests'?\n"
	      "3:1: unknown 'qqqqqqqq'; sow init shows all that a recipe may have\n");
	finds("temperature: 1\nmodel: x\n" STEP,
	      "1:1: 'temperature' is of a step: it stands with its \"- method: …\" under steps\n"
	      "2:1: 'model' is of a teacher: it stands with its duty under teachers, as writer: {…}\n");
	finds("steps:\n  - method: self-instruct\n    rounds: 1\n    seed: 1\n    capitalise: yes\n",
	      "3:5: self-instruct has no 'rounds'\n"
	      "4:5: 'seed' is of the whole recipe: it stands at the left margin\n"
	      "5:5: unknown 'capitalise'; did you mean 'capitalize'?\n");
	finds("seed: 1\nseed: 2\n" STEP, "2:1: 'seed' is already given in line 1\n");
	finds("teachers:\n  writer: {key: x, api_key: y, APIKEY: z}\n  boss: {}\n  judge: x\n" STEP,
	      "2:12: 'key': a key is never in a recipe; give key-env the variable that has it, or "
	      "key-file its file\n"
	      "2:20: 'api_key': a key is never in a recipe; give key-env the variable that has it, or "
	      "key-file its file\n"
	      "2:32: 'APIKEY': a key is never in a recipe; give key-env the variable that has it, or "
	      "key-file its file\n"
	      "3:3: unknown 'boss'; expected writer, classifier, judge, writer-2, "
	      "writer-3, writer-4, user or embedder\n"
	      "4:10: expected a teacher, as {teacher: …, model: …}\n");
	finds("teachers: {writer: {header: ['authorization: Bearer x', 'X-A: b']}}\n" STEP,
	      "1:30: header: a key is never in a recipe; give key-env the variable that has it, or "
	      "key-file its file\n");
}

static void methods(void **state)
{
	(void)state;
	finds("steps:\n  - n: 5\n  - method: respnd\n  - method: [x]\n  - method:\n"
	      "  - x\n",
	      "2:5: expected a method: what this step is to do\n"
	      "3:13: unknown method 'respnd'; did you mean 'respond'?\n"
	      "4:13: method: expected the name of a method\n"
	      "5:5: method: expected the name of a method\n"
	      "6:5: expected a step: \"- method: …\"\n");
	finds("steps:\n  - method: respond\n",
	      "2:5: respond is the first step and works on an input: expected input: FILE\n");
	finds("steps:\n  - {method: self-instruct, n: 5}\n  - {method: respond, samples: 2, best-of: 2}\n",
	      "3:5: expected --samples or --best-of, not both\n");
	/* what is of no method is looked at all the same */
	finds("steps:\n  - methd: x\n    n: -5\n",
	      "2:5: expected a method: what this step is to do\n"
	      "2:5: unknown 'methd'; did you mean 'method'?\n"
	      "3:8: n: expected a whole number from 1 to 1000000000, not '-5'\n");
}

static void values(void **state)
{
	(void)state;
	finds("seed: x\nbudget: much\nno-cache: maybe\nconcurrency: [1]\ncache-dir: {a: b}\n" STEP,
	      "1:7: seed: expected a whole number from 0 to 9000000000000000000, not 'x'\n"
	      "2:9: budget: expected an amount in dollars such as 2.50, not 'much'\n"
	      "3:11: no-cache: expected yes or no, not 'maybe'\n"
	      "4:14: concurrency: expected a whole number, not a list\n"
	      "5:12: cache-dir: expected a path, not a mapping\n");
	finds("steps:\n  - method: self-instruct\n    topic:\n    language: \"\"\n    variant: printed\n"
	      "    capitalize: 1\n    lookahead: ~\n    system: x\n",
	      "3:5: topic: expected a text, not nothing\n"
	      "4:15: language: expected NAME, not an empty text\n"
	      "5:14: variant: expected paper|released, not 'printed'\n"
	      "6:17: capitalize: expected yes or no, not '1'\n"
	      "7:16: lookahead: expected a whole number, not nothing\n"
	      "8:5: self-instruct has no 'system'\n");
	finds("steps:\n  - method: self-instruct\n    topic: \"a\\0b\"\n    against: [\"a\\nb\", [x]]\n",
	      "3:12: topic: expected text without \"\\0\"\n"
	      "4:15: against: expected a text of one line\n"
	      "4:23: against: expected a path, not a list\n");
	finds("steps:\n  - method: self-instruct\n    rule:\n      too-lang: 5\n      program: maybe\n"
	      "      keyword: [[x]]\n      too-long: 10\n      too-long: 11\n  - method: respond\n"
	      "    rule: [too-short=x, nothing]\n",
	      "4:17: rule 'too-lang' is unknown; did you mean too-long?\n"
	      "5:16: rule program: expected on or off, not 'maybe'\n"
	      "6:16: rule: expected a value of keyword, or a list of them\n"
	      "8:7: 'too-long' is already given in line 7\n"
	      "10:12: rule too-short: expected on, off or a whole number, not 'x'\n"
	      "10:25: rule 'nothing': expected NAME=VALUE\n");
	finds("budget: 1\nteachers: {writer: {price-in: 1}, judge: {price-in: 1, price-out: 1}}\n" STEP,
	      "1:9: budget: it needs to know what the writer costs: price-in and price-out\n");
}

static void paths(void **state)
{
	(void)state;
	char expected[1024];
	snprintf(expected, sizeof(expected),
		 "1:30: teacher: %s/none.gguf: No such file or directory\n"
		 "2:30: key-file: %s/none: No such file or directory\n"
		 "3:27: teacher: %s/rec: No such file or directory\n"
		 "3:50: ca-file: %s/.: expected a file, not a folder\n"
		 "7:12: seeds: %s/.: expected a file or the directory of a run, and there is no run.db in it\n"
		 "8:15: against: %s/no: No such file or directory\n"
		 "8:19: against: /no/such: No such file or directory\n"
		 "9:14: prompts: %s/no: No such file or directory\n", dir, dir, dir, dir, dir, dir, dir);
	finds("teachers: {writer: {teacher: none.gguf},\n"
	      "  classifier: {    key-file: none},\n"
	      "     judge: {    teacher: 'replay:rec', ca-file: .}}\n"
	      "cache-dir: none\n"
	      "steps:\n  - method: self-instruct\n    seeds: .\n    against: [no, /no/such]\n    prompts: no\n",
	      expected);
	snprintf(expected, sizeof(expected), "2:5: %s/seeds.txt: no classification task among the "
		 "seeds\n", dir);
	finds("steps:\n  - method: self-instruct\n    seeds: seeds.txt\n    classification-only: yes\n",
	      expected);
}

static void outputs(void **state)
{
	(void)state;
	finds(STEP "outputs: x\n",
	      "2:10: expected a list of outputs, each as {format: alpaca, file: data.jsonl}\n");
	finds(STEP "outputs:\n  - x\n  - {}\n  - {format: alpaka, file: '-', n: 5}\n"
		   "  - {format: alpaca, file: \"a\\nb\"}\n  - {format: [x], file: x}\n",
	      "3:5: expected an output, as {format: alpaca, file: data.jsonl}\n"
	      "4:5: format: expected the name of a format\n"
	      "4:5: file: expected a path\n"
	      "5:14: unknown format 'alpaka'; did you mean 'alpaca'?\n"
	      "5:28: file: expected a file: standard output shows how the run ended\n"
	      "5:33: 'n' is of a step: it stands with its \"- method: …\" under steps\n"
	      "6:28: file: expected a path\n"
	      "7:14: format: expected the name of a format\n");
}

/* A recipe is checked with the prompts that its teacher would be asked by: a server that speaks
 * chat with those of messages, however it is written. A model's file is no server, whatever its
 * name. */
static void prompts_of_a_teacher(void **state)
{
	(void)state;
	char folder[128], said[512];
	const struct embedded_file *f = embedded_find("prompts/self_instruct/instructions.chat.txt");
	snprintf(folder, sizeof(folder), "%s/self_instruct", dir);
	assert_int_equal(mkdir(folder, 0777), 0);
	write_file("self_instruct/instructions.chat.txt", f->text, f->len);
	write_file("http.gguf", "x", 1);
	finds("teachers: {writer: {teacher: 'openai,rpm=60'}}\nsteps:\n  - method: self-instruct\n"
	      "    prompts: .\n", "");
	snprintf(said, sizeof(said), "3:5: %s/.: no prompt in there is used; expected some of those in "
		 "prompts/, such as self_instruct/instructions.txt\n", dir);
	finds("teachers: {writer: {teacher: http.gguf}}\nsteps:\n  - method: self-instruct\n"
	      "    prompts: .\n", said);
	snprintf(said, sizeof(said), "%s/self_instruct/instructions.chat.txt", dir);
	unlink(said);
	rmdir(folder);
	snprintf(said, sizeof(said), "%s/http.gguf", dir);
	unlink(said);
}

/* A name like none is answered with all there are. */
static void names_like_none(void **state)
{
	(void)state;
	struct recipe_file f;
	struct buf out = BUF_INIT;
	problems_of(&f, view_of("steps:\n  - method: zzzzzzzzz\noutputs:\n"
				"  - {format: zzzzzzzzz, file: x}\n"), false, &out);
	assert_non_null(strstr(out.data, "2:13: unknown 'zzzzzzzzz'; expected self-instruct"));
	assert_non_null(strstr(out.data, "respond"));
	assert_non_null(strstr(out.data, "4:14: unknown 'zzzzzzzzz'; expected self-instruct, alpaca, "));
	recipe_file_release(&f);
	buf_release(&out);
}

/* As many as are useful, and then no more. */
static void too_many(void **state)
{
	(void)state;
	struct recipe_file f;
	struct buf text = BUF_INIT, out = BUF_INIT;
	for (int i = 0; i < 20000; i++)
		buf_addf(&text, "unknown%d: 1\n", i);
	assert_int_equal(problems_of(&f, view_from(text.data, text.len), false, &out), SOW_INVALID);
	assert_int_equal(f.problems.count, PROBLEMS_MAX);
	assert_true(f.problems.more);
	recipe_file_release(&f);
	buf_clear(&text);
	buf_clear(&out);
	buf_addstr(&text, "steps:\n");
	for (int i = 0; i <= RECIPE_STEPS_MAX; i++)
		buf_addstr(&text, "- method: self-instruct\n");
	buf_addstr(&text, "outputs:\n");
	for (int i = 0; i <= RECIPE_OUTPUTS_MAX; i++)
		buf_addstr(&text, "- {format: alpaca, file: x}\n");
	problems_of(&f, view_from(text.data, text.len), false, &out);
	assert_string_equal(out.data, "18:3: expected at most 16 steps\n"
				      "36:3: expected at most 16 outputs\n");
	recipe_file_release(&f);
	buf_release(&text);
	buf_release(&out);
}

/* The mappings of map are the options' values. */
static const char nested[] =
	"steps:\n  - method: map\n    input: seeds.txt\n    prompt: \"{{a}}\"\n"
	"    draw: {t: {choice: [a, \"1\", 2.50, ~, true, [x]], weights: [1, 2, 1, 1, 1, 1]}, n: {integer: [1, 2]},\n"
	"           p: {from: seeds.txt}, q: a*2, r: [b, c]}\n"
	"    check: [x > 1, {field: x, min-words: 3}]\n    join: {file: seeds.txt, by: k}\n"
	"    output: {choice: item.x, of: [a, 1]}\n";

static void check_nested(const struct recipe_step *step)
{
	static const char *const expected[] = {
		"t={\"choice\":[\"a\",\"1\",2.50,null,true,[\"x\"]],\"weights\":[1,2,1,1,1,1]}", "n={\"integer\":[1,2]}",
		NULL, "q=a*2", "r=b,c" };
	const struct map_options *o = &step->o.map;
	char from[256];
	snprintf(from, sizeof(from), "p={\"from\":\"%s/seeds.txt\"}", dir);
	assert_int_equal(o->draws.count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(o->draws.items[i], expected[i] ? expected[i] : from);
	assert_int_equal(o->checks.count, 2);
	assert_string_equal(o->checks.items[1], "{\"field\":\"x\",\"min-words\":3}");
	assert_string_equal(o->join_by, "k");
	assert_string_equal(o->into, "item.x");
	assert_int_equal(o->choices.count, 2);
	assert_string_equal(o->choices.items[1], "1");
	assert_null(o->as);
}

static void mappings(void **state)
{
	(void)state;
	write_file("recipe.yaml", nested, strlen(nested));
	struct recipe_file f;
	struct sow_error err = { 0 };
	assert_int_equal(recipe_file_read(&f, path, &err), SOW_OK);
	check_nested(&f.recipe->steps[0]);
	recipe_file_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_recipe), cmocka_unit_test(no_recipe),
		cmocka_unit_test(names),          cmocka_unit_test(methods),
		cmocka_unit_test(values),         cmocka_unit_test(paths),
		cmocka_unit_test(outputs),        cmocka_unit_test(names_like_none),
		cmocka_unit_test(prompts_of_a_teacher),
		cmocka_unit_test(too_many),
		cmocka_unit_test(mappings),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
