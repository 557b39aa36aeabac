#include "report/stats.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/set.h"
#include "base/utf8.h"
#include "report/histogram.h"
#include "report/output_kind.h"
#include "report/scores.h"
#include "report/summary.h"
#include "terminal/wrap.h"
#include "text/language.h"
#include "text/languages.h"
#include "text/script.h"

#define SHOWN 10    /* rows of a list that text shows */
#define PER_TASK 20 /* instances or turns counted separately; as many and more together */
#define DECIDING 120 /* bytes of a task that determine its language and script */
#define OPENINGS_MAX 64

/* Only counts: a part's are added as they lie in memory, except for the longest of each histogram. */
struct tally {
	struct table1 table;                 /* its sums of words are the histograms' */
	struct histogram instruction, input, output;
	int64_t record_count;
	int64_t answers[OUTPUT_KINDS];
	int64_t refused[OPENINGS_MAX];       /* by row of refusal_openings */
	int64_t instances[PER_TASK + 1], turns[PER_TASK + 1]; /* tasks by their number of each */
	int64_t chats, turn_sum, with_tools; /* records; turns of all chats */
	int64_t scripts[LETTER_SCRIPTS];
	int64_t languages[LANGUAGE_COUNT];   /* set by stats_finish */
	int64_t different[STATS_SETS];       /* set by stats_finish: hashes */
};
#define TALLY (sizeof(struct tally) / sizeof(int64_t))
static_assert(sizeof(struct tally) == TALLY * sizeof(int64_t), "counts alone");

struct stats {
	struct tally n;
	struct set sets[STATS_SETS];         /* hashes of those seen */
	struct scores *scores;
	struct languages *languages;
	struct buf sample;                   /* the bytes that determine language and script */
};

struct stats *stats_new(size_t threads)
{
	struct stats *s = mem_zalloc(sizeof(*s));
	s->sample = (struct buf)BUF_INIT;
	s->languages = languages_new(threads);
	s->scores = scores_new(SCORES_MOST);
	if (s->scores)
		return s;
	stats_free(s);
	return NULL;
}

void stats_finish(struct stats *s)
{
	const int64_t *counts = languages_finish(s->languages);
	for (size_t i = 0; i < LANGUAGE_COUNT; i++)
		s->n.languages[i] = counts[i];
	for (size_t i = 0; i < STATS_SETS; i++)
		s->n.different[i] = (int64_t)s->sets[i].count;
}

void stats_free(struct stats *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < STATS_SETS; i++)
		set_release(&s->sets[i]);
	buf_release(&s->sample);
	languages_free(s->languages);
	scores_free(s->scores);
	mem_free(s);
}

/* Counting */

static void add_record(struct stats *s, uint64_t question, const struct instance *instance)
{
	uint64_t hash = hash64(question, instance->input.p, instance->input.len);
	hash = hash64(hash, instance->output.p, instance->output.len);
	set_add(&s->sets[STATS_RECORDS], hash);
	s->n.record_count++;
}

static void add_answer(struct stats *s, struct view output)
{
	size_t opening = 0;
	enum output_kind kind = output_kind(output, &opening);
	s->n.answers[kind]++;
	if (kind == OUTPUT_REFUSED && opening < OPENINGS_MAX)
		s->n.refused[opening]++;
}

/* Two chats are duplicates only if all their turns are equal; every answer is judged. */
static void add_chat(struct stats *s, const struct record *task)
{
	uint64_t hash = 0;
	s->n.chats++;
	s->n.turn_sum += (int64_t)task->turn_count;
	for (size_t i = 0; i < task->turn_count; i++) {
		const struct turn *t = &task->turns[i];
		hash = hash64(hash + (uint64_t)t->role, t->text.p, t->text.len);
		if (t->role == ROLE_ASSISTANT)
			add_answer(s, t->text);
	}
	set_add(&s->sets[STATS_RECORDS], hash);
	s->n.record_count++;
}

static void add_instances(struct stats *s, const struct record *task, uint64_t question)
{
	for (size_t i = 0; i < task->instance_count; i++) {
		const struct instance *instance = &task->instances[i];
		s->n.table.instances++;
		s->n.table.empty_inputs += !instance->input.len;
		if (instance->input.len)
			histogram_add(&s->n.input, text_words(instance->input));
		histogram_add(&s->n.output, text_words(instance->output));
		if (task->turn_count)
			continue;
		add_answer(s, instance->output);
		add_record(s, question, instance);
	}
}

static void add_kind(struct stats *s, const struct record *task)
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
	text.len = utf8_floor(text.p, text.len < DECIDING ? text.len : DECIDING);
	script_count(&letters, text.p, text.len);
	s->n.scripts[script_most(&letters)]++;
	languages_add(s->languages, text);
}

static size_t capped(size_t n)
{
	return n < PER_TASK ? n : PER_TASK;
}

int stats_add(struct stats *s, const struct record *task)
{
	uint64_t question = hash64(0, task->instruction.p, task->instruction.len);
	s->n.table.instructions++;
	s->n.table.classification += task->is_classification;
	s->n.table.other += !task->is_classification;
	s->n.with_tools += task->tools.len > 0;
	histogram_add(&s->n.instruction, text_words(task->instruction));
	s->n.instances[capped(task->instance_count)]++;
	s->n.turns[capped(task->turn_count)] += task->turn_count != 0;
	set_add(&s->sets[STATS_INSTRUCTIONS], question);
	add_instances(s, task, question);
	if (task->turn_count)
		add_chat(s, task);
	int status = scores_add(s->scores, task);
	if (!status)
		add_kind(s, task);
	return status;
}

/* Parts */

struct stats *stats_new_part(size_t threads)
{
	struct stats *s = stats_new(threads);
	scores_free(s->scores);
	s->scores = scores_new(SCORES_PART_MOST);
	return s;
}

void stats_hashes_out(struct stats *s, enum stats_set which, struct buf *out, size_t n)
{
	struct set *set = &s->sets[which];
	for (size_t i = 0; i < set->room; i++) {
		if (set->slots[i])
			buf_add(&out[set->slots[i] % n], (const char *)&set->slots[i], sizeof(set->slots[i]));
	}
	set_release(set);
	*set = (struct set)SET_INIT;
}

void stats_hashes_in(struct stats *s, enum stats_set which, const struct buf *in, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		uint64_t hash;
		for (size_t at = 0; at + sizeof(hash) <= in[k].len; at += sizeof(hash)) {
			memcpy(&hash, in[k].data + at, sizeof(hash));
			set_add(&s->sets[which], hash);
		}
	}
}

int stats_save(const struct stats *s, struct buf *out)
{
	buf_add(out, (const char *)&s->n, sizeof(s->n));
	return scores_save(s->scores, out);
}

int stats_add_saved(struct stats *s, struct view *saved)
{
	struct histogram *const own[] = { &s->n.instruction, &s->n.input, &s->n.output };
	struct tally part;
	int64_t sum[TALLY], more[TALLY], longest[3];
	if (saved->len < sizeof(part))
		return SOW_INVALID;
	memcpy(&part, saved->p, sizeof(part));
	*saved = view_sub(*saved, sizeof(part), saved->len);
	const struct histogram *const other[] = { &part.instruction, &part.input, &part.output };
	for (size_t i = 0; i < 3; i++)
		longest[i] = own[i]->longest > other[i]->longest ? own[i]->longest : other[i]->longest;
	memcpy(sum, &s->n, sizeof(sum));
	memcpy(more, &part, sizeof(more));
	for (size_t i = 0; i < TALLY; i++)
		sum[i] += more[i];
	memcpy(&s->n, sum, sizeof(sum));
	for (size_t i = 0; i < 3; i++)
		own[i]->longest = longest[i];
	return scores_add_saved(s->scores, saved);
}

/* Showing */

/* A row of a list by frequency: `id` gives the name. */
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

/* The name as a word in a text: CLD2 has "ENGLISH". */
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

static void add_share(struct figures *f, const char *key, const char *label, int64_t n, int64_t of)
{
	figures_count(f, key, label, n)->of = of;
}

static void answers_figures(const struct stats *s, struct figures *f)
{
	struct ranked list[OPENINGS_MAX];
	int64_t all = 0;
	for (int i = 0; i < OUTPUT_KINDS; i++)
		all += s->n.answers[i];
	figures_object(f, "outputs", "Outputs");
	add_share(f, "empty", "empty", s->n.answers[OUTPUT_EMPTY], all);
	add_share(f, "cut", "cut short, by their ends", s->n.answers[OUTPUT_CUT], all);
	add_share(f, "refused", "refused, by their openings", s->n.answers[OUTPUT_REFUSED], all);
	figures_count(f, "others", NULL, s->n.answers[OUTPUT_GOOD]);
	figures_object(f, "refused_by", NULL)->layout = (struct figure_layout){ 4, 39, 12 };
	size_t found = rank(s->n.refused, refusal_opening_count, list);
	for (size_t i = 0; i < found; i++) {
		const struct opening *o = &refusal_openings[list[i].id];
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
	const int64_t tasks = s->n.table.instructions;
	int64_t more = 0;
	figures_object(f, NULL, "Instances: tasks");
	figures_array(f, "tasks_by_instances", NULL);
	for (size_t i = 0; i <= PER_TASK; i++) {
		int64_t n = s->n.instances[i];
		add_share(f, NULL, i < named && n ? names[i] : NULL, n, tasks);
		more += i < named ? 0 : n;
	}
	figures_end(f);
	if (more)
		add_share(f, NULL, "with more", more, tasks);
	add_share(f, "chats", s->n.chats ? "chats of several turns" : NULL, s->n.chats, tasks);
	figures_count(f, "chat_turns", NULL, s->n.turn_sum);
	if (s->n.chats)
		figures_number(f, NULL, "  their turns, on average", UNIT_TENTHS,
			       (double)s->n.turn_sum / (double)s->n.chats);
	figures_list(f, "chats_by_turns", s->n.turns, PER_TASK + 1);
	add_share(f, "with_tools", s->n.with_tools ? "that offer tools" : NULL, s->n.with_tools, tasks);
	figures_end(f);
}

/* By frequency; text shows the first ten. */
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
	struct table1 table = s->n.table;
	int64_t tasks = table.instructions;
	table.instruction_words = s->n.instruction.words;
	table.input_words = s->n.input.words;
	table.output_words = s->n.output.words;
	table1_figures(&table, "this set", f);
	figures_object(f, NULL, NULL)->layout = (struct figure_layout){ 2, 41, 12 };
	figures_count(f, "records", NULL, s->n.record_count);
	figures_object(f, NULL, "Exact duplicates");
	add_share(f, "duplicate_instructions", "instructions seen before",
		  tasks - s->n.different[STATS_INSTRUCTIONS], tasks);
	add_share(f, "duplicate_records", "whole records seen before",
		  s->n.record_count - s->n.different[STATS_RECORDS], s->n.record_count);
	figures_end(f);
	answers_figures(s, f);
	per_task_figures(s, f);
	ranked_figures(f, "languages", "Languages: tasks", s->n.languages, LANGUAGE_COUNT,
		       language_code, language_name, tasks);
	ranked_figures(f, "scripts", "Scripts: tasks", s->n.scripts, LETTER_SCRIPTS,
		       letter_script_name, letter_script_name, tasks);
	figures_end(f);
	figures_object(f, "lengths", NULL);
	histogram_figures(&s->n.instruction, "instruction", "Instruction length", f);
	histogram_figures(&s->n.input, "input", "Non-empty input length", f);
	histogram_figures(&s->n.output, "output", "Output length", f);
	figures_end(f);
	scores_finish(s->scores);
	scores_figures(s->scores, f);
}
