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
#include "report/summary.h"
#include "terminal/readable.h"
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
	int64_t chats, turn_sum;
	int64_t scripts[LETTER_SCRIPTS];
	struct languages *languages;
	const int64_t *language_count;       /* once finished */
	struct buf sample;                   /* what tells language and script */
};

struct stats *stats_new(size_t threads)
{
	struct stats *s = mem_zalloc(sizeof(*s));
	if (!s)
		return NULL;
	s->sample = (struct buf)BUF_INIT;
	s->languages = languages_new(threads);
	if (s->languages)
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
	mem_free(s);
}

/* -- counting -------------------------------------------------------------------------- */

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
	histogram_add(&s->instruction, text_words(task->instruction));
	s->instances[capped(task->instance_count)]++;
	s->turns[capped(task->turn_count)] += task->turn_count != 0;
	int added = set_add(&s->instructions, question);
	int status = added < 0 ? added : add_instances(s, task, question);
	if (!status && task->turn_count)
		status = add_chat(s, task);
	return status ? status : add_kind(s, task);
}

/* -- showing ------------------------------------------------------------------------------ */

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

static void print_row(struct buf *out, const char *name, int64_t n, int64_t of)
{
	struct buf count = BUF_INIT;
	readable_count(&count, n);
	buf_addf(out, "  %-41s%12s", name, count.data);
	if (of)
		buf_addf(out, " %6.1f %%", 100 * (double)n / (double)of);
	buf_addch(out, '\n');
	buf_release(&count);
}

static void print_answers(const struct stats *s, struct buf *out)
{
	struct ranked list[OPENINGS_MAX];
	int64_t all = 0;
	for (int i = 0; i < ANSWER_KINDS; i++)
		all += s->answers[i];
	buf_addstr(out, "Outputs\n");
	print_row(out, "empty", s->answers[ANSWER_EMPTY], all);
	print_row(out, "cut short, by their ends", s->answers[ANSWER_CUT], all);
	print_row(out, "refused, by their openings", s->answers[ANSWER_REFUSED], all);
	size_t n = rank(s->refused, answer_opening_count, list);
	for (size_t i = 0; i < n && i < SHOWN; i++) {
		struct buf name = BUF_INIT;
		const struct opening *o = &answer_openings[list[i].id];
		buf_addf(&name, "  \"%s\": %s", o->text, o->why);
		print_row(out, name.data, list[i].count, 0);
		buf_release(&name);
	}
}

static void print_per_task(const struct stats *s, struct buf *out)
{
	static const char *const names[] = { "without any", "with one", "with two", "with three",
					     "with four", "with five" };
	int64_t more = 0;
	buf_addstr(out, "Instances: tasks\n");
	for (size_t i = 0; i <= PER_TASK; i++) {
		if (i < sizeof(names) / sizeof(names[0]) && s->instances[i])
			print_row(out, names[i], s->instances[i], s->table.instructions);
		else if (i >= sizeof(names) / sizeof(names[0]))
			more += s->instances[i];
	}
	if (more)
		print_row(out, "with more", more, s->table.instructions);
	if (!s->chats)
		return;
	print_row(out, "chats of several turns", s->chats, s->table.instructions);
	buf_addf(out, "  %-41s%12.1f\n", "  their turns, on average",
		 (double)s->turn_sum / (double)s->chats);
}

static void print_list(struct buf *out, const char *title, const int64_t *count, size_t n,
		       const char *(*name)(unsigned id), int64_t of)
{
	struct ranked list[LANGUAGE_COUNT];
	char label[64];
	int64_t rest = 0;
	size_t found = rank(count, n, list);
	buf_addf(out, "%s\n", title);
	for (size_t i = 0; i < found; i++) {
		if (i < SHOWN)
			print_row(out, small(name(list[i].id), label), list[i].count, of);
		else
			rest += list[i].count;
	}
	if (rest)
		print_row(out, "others", rest, of);
}

static struct table1 table_of(const struct stats *s)
{
	struct table1 t = s->table;
	t.instruction_words = s->instruction.words;
	t.input_words = s->input.words;
	t.output_words = s->output.words;
	return t;
}

int stats_print(const struct stats *s, const char *name, struct buf *out)
{
	struct table1 table = table_of(s);
	int64_t tasks = table.instructions;
	buf_addf(out, "%s\n\n", name);
	table1_print(&table, "this set", out);
	buf_addstr(out, "\nExact duplicates\n");
	print_row(out, "instructions seen before", duplicates(&s->instructions, tasks), tasks);
	print_row(out, "whole records seen before", duplicates(&s->records, s->record_count),
		  s->record_count);
	buf_addch(out, '\n');
	print_answers(s, out);
	buf_addch(out, '\n');
	print_per_task(s, out);
	buf_addch(out, '\n');
	print_list(out, "Languages: tasks", s->language_count, LANGUAGE_COUNT, language_name, tasks);
	buf_addch(out, '\n');
	print_list(out, "Scripts: tasks", s->scripts, LETTER_SCRIPTS, letter_script_name, tasks);
	buf_addch(out, '\n');
	histogram_print(&s->instruction, "Instruction length", out);
	buf_addch(out, '\n');
	histogram_print(&s->input, "Non-empty input length", out);
	buf_addch(out, '\n');
	histogram_print(&s->output, "Output length", out);
	return out->status;
}

static void counts_json(struct json_out *out, const char *key, const int64_t *count, size_t n,
			const char *(*name)(unsigned id))
{
	struct ranked list[LANGUAGE_COUNT];
	size_t found = rank(count, n, list);
	json_out_object(out, key);
	for (size_t i = 0; i < found; i++)
		json_out_integer(out, name(list[i].id), list[i].count);
	json_out_end(out);
}

static const char *opening_name(unsigned id)
{
	return answer_openings[id].text;
}

static void per_task_json(struct json_out *out, const char *key, const int64_t *count)
{
	json_out_array(out, key);
	for (size_t i = 0; i <= PER_TASK; i++)
		json_out_integer(out, NULL, count[i]);
	json_out_end(out);
}

void stats_json(const struct stats *s, struct json_out *out)
{
	struct table1 table = table_of(s);
	table1_json(&table, out);
	json_out_integer(out, "records", s->record_count);
	json_out_integer(out, "duplicate_instructions",
			 duplicates(&s->instructions, s->table.instructions));
	json_out_integer(out, "duplicate_records", duplicates(&s->records, s->record_count));
	json_out_object(out, "outputs");
	json_out_integer(out, "empty", s->answers[ANSWER_EMPTY]);
	json_out_integer(out, "cut", s->answers[ANSWER_CUT]);
	json_out_integer(out, "refused", s->answers[ANSWER_REFUSED]);
	json_out_integer(out, "others", s->answers[ANSWER_GOOD]);
	counts_json(out, "refused_by", s->refused, answer_opening_count, opening_name);
	json_out_end(out);
	per_task_json(out, "tasks_by_instances", s->instances);
	json_out_integer(out, "chats", s->chats);
	json_out_integer(out, "chat_turns", s->turn_sum);
	per_task_json(out, "chats_by_turns", s->turns);
	counts_json(out, "languages", s->language_count, LANGUAGE_COUNT, language_code);
	counts_json(out, "scripts", s->scripts, LETTER_SCRIPTS, letter_script_name);
	json_out_object(out, "lengths");
	histogram_json(&s->instruction, "instruction", out);
	histogram_json(&s->input, "input", out);
	histogram_json(&s->output, "output", out);
	json_out_end(out);
}
