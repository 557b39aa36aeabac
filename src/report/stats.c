#include "report/stats.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/set.h"
#include "base/utf8.h"
#include "report/answer.h"
#include "report/histogram.h"
#include "report/scores.h"
#include "report/summary.h"
#include "terminal/wrap.h"
#include "text/language.h"
#include "text/languages.h"
#include "text/script.h"

#define SHOWN 10    /* rows of a list in the page for a terminal */
#define PER_TASK 20 /* instances or turns counted apart; as many and more together */
#define DECIDING 120 /* bytes of a task that tell its language and script */
#define OPENINGS_MAX 64

struct stats {
	struct table1 table;                 /* its sums of words are the histograms' */
	struct histogram instruction, input, output;
	struct set instructions, records;    /* hashes of those seen */
	int64_t record_count;
	int64_t answers[ANSWER_KINDS];
	int64_t refused[OPENINGS_MAX];       /* by row of answer_openings */
	int64_t instances[PER_TASK + 1], turns[PER_TASK + 1]; /* tasks that have so many */
	int64_t chats, turn_sum, with_tools; /* records; turns of all chats */
	int64_t scripts[LETTER_SCRIPTS];
	struct scores *scores;
	struct languages *languages;
	const int64_t *language_count;       /* once finished */
	struct buf sample;                   /* what tells language and script */
};

struct stats *stats_new(size_t threads)
{
	struct stats *s = mem_zalloc(sizeof(*s));
	s->sample = (struct buf)BUF_INIT;
	s->languages = languages_new(threads);
	s->scores = scores_new();
	if (s->scores)
		return s;
	stats_free(s);
	return NULL;
}

void stats_finish(struct stats *s)
{
	s->language_count = languages_finish(s->languages);
}

void stats_free(struct stats *s)
{
	if (!s)
		return;
	set_release(&s->instructions);
	set_release(&s->records);
	buf_release(&s->sample);
	languages_free(s->languages);
	scores_free(s->scores);
	mem_free(s);
}

/* Counting */

static int add_record(struct stats *s, uint64_t question, const struct instance *instance)
{
	uint64_t hash = hash64(question, instance->input.p, instance->input.len);
	hash = hash64(hash, instance->output.p, instance->output.len);
	int added = set_add(&s->records, hash);
	s->record_count++;
	return added < 0 ? added : SOW_OK;
}

static void add_answer(struct stats *s, struct view output)
{
	size_t opening = 0;
	enum answer_kind kind = answer_kind(output, &opening);
	s->answers[kind]++;
	if (kind == ANSWER_REFUSED && opening < OPENINGS_MAX)
		s->refused[opening]++;
}

/* The later turns of a chat are told apart by all they say, and every answer is judged. */
static int add_chat(struct stats *s, const struct record *task)
{
	uint64_t hash = 0;
	s->chats++;
	s->turn_sum += (int64_t)task->turn_count;
	for (size_t i = 0; i < task->turn_count; i++) {
		const struct turn *t = &task->turns[i];
		hash = hash64(hash + (uint64_t)t->role, t->text.p, t->text.len);
		if (t->role == ROLE_ASSISTANT)
			add_answer(s, t->text);
	}
	int added = set_add(&s->records, hash);
	s->record_count++;
	return added < 0 ? added : SOW_OK;
}

static int add_instances(struct stats *s, const struct record *task, uint64_t question)
{
	int status = SOW_OK;
	for (size_t i = 0; i < task->instance_count && !status; i++) {
		const struct instance *instance = &task->instances[i];
		s->table.instances++;
		s->table.empty_inputs += !instance->input.len;
		if (instance->input.len)
			histogram_add(&s->input, text_words(instance->input));
		histogram_add(&s->output, text_words(instance->output));
		if (task->turn_count)
			continue;
		add_answer(s, instance->output);
		status = add_record(s, question, instance);
	}
	return status;
}

static int add_kind(struct stats *s, const struct record *task)
{
	struct script_counts letters = { 0 };
	struct view text = task->instruction;
	if (task->instance_count && text.len < DECIDING) {
		buf_clear(&s->sample);
		buf_add(&s->sample, text.p, text.len);
		buf_addch(&s->sample, '\n');
		struct view output = view_sub(task->instances[0].output, 0, DECIDING);
		buf_add(&s->sample, output.p, output.len);
		text = view_from(s->sample.data, s->sample.len);
	}
	if (buf_failed(&s->sample))
		return SOW_NOMEM;
	text.len = utf8_floor(text.p, text.len < DECIDING ? text.len : DECIDING);
	script_count(&letters, text.p, text.len);
	s->scripts[script_most(&letters)]++;
	return languages_add(s->languages, text);
}

static size_t capped(size_t n)
{
	return n < PER_TASK ? n : PER_TASK;
}

int stats_add(struct stats *s, const struct record *task)
{
	uint64_t question = hash64(0, task->instruction.p, task->instruction.len);
	s->table.instructions++;
	s->table.classification += task->is_classification;
	s->table.other += !task->is_classification;
	s->with_tools += task->tools.len > 0;
	histogram_add(&s->instruction, text_words(task->instruction));
	s->instances[capped(task->instance_count)]++;
	s->turns[capped(task->turn_count)] += task->turn_count != 0;
	int added = set_add(&s->instructions, question);
	int status = added < 0 ? added : add_instances(s, task, question);
	if (!status && task->turn_count)
		status = add_chat(s, task);
	if (!status)
		status = scores_add(s->scores, task);
	return status ? status : add_kind(s, task);
}

/* Showing */

/* A row of a list by frequency: `id` tells the name. */
struct ranked {
	unsigned id;
	int64_t count;
};

static int more_first(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* As a word in a text: CLD2 has "ENGLISH". */
static const char *small(const char *name, char out[64])
{
	bool capitals = true;
	size_t i = 0;
	for (; name[i] && i < 63; i++) {
		capitals = capitals && ascii_lower(name[i]) != name[i];
		out[i] = i && capitals ? ascii_lower(name[i]) : name[i];
	}
	out[i] = '\0';
	return out;
}

/* Those of `count` that are not zero, most first. Returns how many. */
static size_t rank(const int64_t *count, size_t n, struct ranked *out)
{
	size_t found = 0;
	for (size_t i = 0; i < n; i++) {
		if (count[i])
			out[found++] = (struct ranked){ (unsigned)i, count[i] };
	}
	qsort(out, found, sizeof(*out), more_first);
	return found;
}

static int64_t duplicates(const struct set *s, int64_t all)
{
	return all - (int64_t)s->count;
}

static void add_share(struct figures *f, const char *key, const char *label, int64_t n, int64_t of)
{
	figures_count(f, key, label, n)->of = of;
}

static void answers_figures(const struct stats *s, struct figures *f)
{
	struct ranked list[OPENINGS_MAX];
	int64_t all = 0;
	for (int i = 0; i < ANSWER_KINDS; i++)
		all += s->answers[i];
	figures_object(f, "outputs", "Outputs");
	add_share(f, "empty", "empty", s->answers[ANSWER_EMPTY], all);
	add_share(f, "cut", "cut short, by their ends", s->answers[ANSWER_CUT], all);
	add_share(f, "refused", "refused, by their openings", s->answers[ANSWER_REFUSED], all);
	figures_count(f, "others", NULL, s->answers[ANSWER_GOOD]);
	figures_object(f, "refused_by", NULL)->layout = (struct figure_layout){ 4, 39, 12 };
	size_t found = rank(s->refused, answer_opening_count, list);
	for (size_t i = 0; i < found; i++) {
		const struct opening *o = &answer_openings[list[i].id];
		figures_count(f, o->text, i >= SHOWN ? NULL : figures_words(f, "\"%s\": %s", o->text,
			      o->why), list[i].count);
	}
	figures_end(f);
	figures_end(f);
}

static void per_task_figures(const struct stats *s, struct figures *f)
{
	static const char *const names[] = { "without any", "with one", "with two", "with three",
					     "with four", "with five" };
	const size_t named = sizeof(names) / sizeof(names[0]);
	const int64_t tasks = s->table.instructions;
	int64_t more = 0;
	figures_object(f, NULL, "Instances: tasks");
	figures_array(f, "tasks_by_instances", NULL);
	for (size_t i = 0; i <= PER_TASK; i++) {
		int64_t n = s->instances[i];
		add_share(f, NULL, i < named && n ? names[i] : NULL, n, tasks);
		more += i < named ? 0 : n;
	}
	figures_end(f);
	if (more)
		add_share(f, NULL, "with more", more, tasks);
	add_share(f, "chats", s->chats ? "chats of several turns" : NULL, s->chats, tasks);
	figures_count(f, "chat_turns", NULL, s->turn_sum);
	if (s->chats)
		figures_number(f, NULL, "  their turns, on average", UNIT_TENTHS,
			       (double)s->turn_sum / (double)s->chats);
	figures_list(f, "chats_by_turns", s->turns, PER_TASK + 1);
	add_share(f, "with_tools", s->with_tools ? "that offer tools" : NULL, s->with_tools, tasks);
	figures_end(f);
}

/* By frequency; people see the first ten. */
static void ranked_figures(struct figures *f, const char *key, const char *title,
			   const int64_t *count, size_t n, const char *(*id_name)(unsigned id),
			   const char *(*label)(unsigned id), int64_t of)
{
	struct ranked list[LANGUAGE_COUNT];
	char room[64];
	int64_t rest = 0;
	size_t found = rank(count, n, list);
	figures_object(f, NULL, title);
	figures_object(f, key, NULL);
	for (size_t i = 0; i < found; i++) {
		const char *name = small(label(list[i].id), room);
		add_share(f, id_name(list[i].id), i < SHOWN ? figures_words(f, "%s", name) : NULL,
			  list[i].count, of);
		rest += i < SHOWN ? 0 : list[i].count;
	}
	figures_end(f);
	if (rest)
		add_share(f, NULL, "others", rest, of);
	figures_end(f);
}

void stats_figures(const struct stats *s, struct figures *f)
{
	struct table1 table = s->table;
	int64_t tasks = table.instructions;
	table.instruction_words = s->instruction.words;
	table.input_words = s->input.words;
	table.output_words = s->output.words;
	table1_figures(&table, "this set", f);
	figures_object(f, NULL, NULL)->layout = (struct figure_layout){ 2, 41, 12 };
	figures_count(f, "records", NULL, s->record_count);
	figures_object(f, NULL, "Exact duplicates");
	add_share(f, "duplicate_instructions", "instructions seen before",
		  duplicates(&s->instructions, tasks), tasks);
	add_share(f, "duplicate_records", "whole records seen before",
		  duplicates(&s->records, s->record_count), s->record_count);
	figures_end(f);
	answers_figures(s, f);
	per_task_figures(s, f);
	ranked_figures(f, "languages", "Languages: tasks", s->language_count, LANGUAGE_COUNT,
		       language_code, language_name, tasks);
	ranked_figures(f, "scripts", "Scripts: tasks", s->scripts, LETTER_SCRIPTS,
		       letter_script_name, letter_script_name, tasks);
	figures_end(f);
	figures_object(f, "lengths", NULL);
	histogram_figures(&s->instruction, "instruction", "Instruction length", f);
	histogram_figures(&s->input, "input", "Non-empty input length", f);
	histogram_figures(&s->output, "output", "Output length", f);
	figures_end(f);
	if (scores_finish(s->scores))
		f->status = SOW_NOMEM;
	else
		scores_figures(s->scores, f);
}
