#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/options.h"
#include "cli/recipe_template.h"
#include "io/outfile.h"
#include "teacher/models.h"
#include "teacher/teacher.h"

struct chosen {
	const char *method;
};

static const struct option options[] = {
	{ "method", 'm', OPTION_TEXT, offsetof(struct chosen, method), "NAME",
	  "of its step", .fallback = "self-instruct" },
};

static const char *method_name(const void *data, size_t i)
{
	(void)data;
	return method_at(i)->name;
}

static int unknown(const struct command *c, const char *name)
{
	size_t count = 0;
	while (method_at(count) && !method_at(count)->is_step_only)
		count++;
	return options_unknown(c, "method", name, method_name, NULL, count);
}

static int write_file(const char *path, const struct buf *text)
{
	struct sow_error err = { 0 };
	struct outfile *out = outfile_open(path, &err);
	if (out)
		outfile_write(out, text->data, text->len);
	if (!out || outfile_finish(out, &err))
		return console_error(&err);
	console_line("%s: a recipe to start from; sow check %s, sow run %s -o DIR", path, path, path);
	return EXIT_DONE;
}

/* Questions */

#define TASKS_MAX 1000000000

/* Why an answer is none, or NULL. */
typedef const char *judge_answer(const char *answer);

static const char *judge_topic(const char *answer)
{
	(void)answer;
	return NULL;
}

static const char *model_name(const void *data, size_t i)
{
	(void)data;
	return models_at(i)->name;
}

static bool is_server(const char *answer)
{
	return teacher_kind_of(answer) == &teacher_http;
}

static const char *judge_teacher(const char *answer)
{
	size_t models = 0;
	if (!teacher_kind_of(answer)) {
		while (models_at(models))
			models++;
		return nearest_name(answer, model_name, NULL, models)
			       ? "No model of that name; `sow model list` shows those there are."
			       : "Expected a server's address (https://host/v1), openai, anthropic, a GGUF "
				 "file, or a name of `sow model list`.";
	}
	if (view_ends(view_of(answer), ".gguf") && access(answer, R_OK) != 0)
		return "No such file, or it cannot be read.";
	return NULL;
}

static const char *judge_model(const char *answer)
{
	return *answer ? NULL : "A server has to be told which; `sow doctor ADDRESS` lists its models.";
}

static const char *judge_count(const char *answer)
{
	char *end;
	long n = strtol(answer, &end, 10);
	return *end || n < 1 || n > TASKS_MAX ? "Expected a whole number, 1 or more." : NULL;
}

/* Asks until the answer is one, an empty one being `usual`. False: there are no more lines. */
static bool ask(struct buf *answer, const char *question, const char *usual, judge_answer *judge)
{
	char *line = NULL;
	size_t room = 0;
	bool answered = false;
	const char *wrong = NULL;
	do {
		struct buf shown = BUF_INIT;
		buf_addf(&shown, "%s%s%s\n> ", wrong ? wrong : "", wrong ? "\n" : "", question);
		console_text(shown.data);
		buf_release(&shown);
		ssize_t len = getline(&line, &room, stdin);
		if (len < 0)
			break;
		struct view text = view_trim(view_from(line, (size_t)len));
		buf_clear(answer);
		buf_add(answer, text.len ? text.p : usual, text.len ? text.len : strlen(usual));
		bool is_text = utf8_valid(text.p, text.len, NULL) && !memchr(text.p, '\0', text.len);
		wrong = !is_text ? "Expected text in UTF-8." : answer->len || judge == judge_model
						 ? judge(answer->data) : NULL;
		answered = !wrong;
	} while (!answered);
	free(line);
	return answered;
}

/* With the answers of whoever is at the terminal: 1, or 0 if there are none. */
static bool ask_all(const struct method *m, struct buf *recipe)
{
	struct buf topic = BUF_INIT, teacher = BUF_INIT, model = BUF_INIT, n = BUF_INIT;
	bool done = ask(&topic, "What shall the data be about? Some words, or nothing: whatever comes.",
			"", judge_topic) &&
		    ask(&teacher, "Which teacher answers? A server's address (https://host/v1), openai, "
			"anthropic,\na GGUF file, a name of `sow model list`, or nothing: the small model "
			"that shows\nhow it works.", "", judge_teacher);
	if (done && teacher.len && is_server(teacher.data))
		done = ask(&model, "Which model of it? As the server calls it.", "", judge_model);
	done = done && ask(&n, "How many tasks? A number, or nothing: 100.", "100", judge_count);
	const struct recipe_template_value values[] = {
		{ "topic", topic.len ? topic.data : NULL }, { "teacher", teacher.len ? teacher.data : NULL },
		{ "model", model.len ? model.data : NULL }, { "n", n.data }, { NULL, NULL },
	};
	if (done)
		recipe_template_print(m, values, recipe);
	buf_release(&topic);
	buf_release(&teacher);
	buf_release(&model);
	buf_release(&n);
	return done;
}

static int refuse_existing(const char *path)
{
	struct sow_error err = { 0 };
	error_set(&err, SOW_USAGE, "%s already exists and is not overwritten; give another FILE, or remove it",
		  path);
	return console_error(&err);
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	const struct chosen *o = values;
	struct buf text = BUF_INIT;
	const struct method *m = method_find(o->method);
	if (!m || m->is_step_only)
		return unknown(c, o->method);
	bool is_file = strcmp(args->operand, "-") != 0;
	if (is_file && access(args->operand, F_OK) == 0)
		return refuse_existing(args->operand);
	bool asks = args->argc == 1 && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	if (!asks) {
		recipe_template_print(m, NULL, &text);
	} else if (!ask_all(m, &text)) {
		buf_release(&text);
		console_text("\n");
		console_line("no recipe was written");
		return EXIT_FAILED;
	}
	int exit = is_file ? write_file(args->operand, &text) : console_data(&text);
	buf_release(&text);
	return exit;
}

const struct command command_init = {
	.name = "init",
	.summary = "write a recipe to start from",
	.usage = "[--method NAME] [FILE]",
	.about = "Writes a recipe of one step that is ready to run, with every other setting as a "
		 "remark: its meaning and its default. On a terminal and without "
		 "arguments it asks three questions first: what about, which teacher, how many. FILE "
		 "is recipe.yaml if none is given, - is standard output; an existing file is not "
		 "overwritten.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen),
	.operand = "FILE",
	.operand_default = "recipe.yaml",
	.example = "sow init\n"
		   "sow init --method respond answers.yaml",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
