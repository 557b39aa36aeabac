#include "data/format_private.h"

#include <string.h>

#include "base/buf.h"
#include "base/draw.h"
#include "base/error.h"
#include "base/mem.h"
#include "io/outfile.h"

struct format_writer {
	const struct format *format;
	struct format_options o;
	bool jsonl;
	struct outfile *file;        /* NULL: `sink` */
	struct format_sink sink;
	struct sow_error failure;    /* the sink's */
	struct json_out *json;
	struct buf text;
	struct arena *scratch;
	struct format_left left[FORMAT_LEFT_MAX];
	size_t left_count;
	size_t written, left_out, bytes;
	bool tools;
	int status;
};

#define OWN(...) ((const char *const[]){ __VA_ARGS__, NULL })

const struct format formats[] = {
	{ .name = "self-instruct", .help = "a record a line, with all its instances",
	  .line = LINE_OF_RECORD, .lines = true, .write = write_self_instruct,
	  .own = OWN("id", "name", "instruction", "instances", "is_classification", "root", "parent",
		     "operation", "round", "messages", "tools") },
	{ .name = "alpaca", .help = "instruction, input, output", .write = write_alpaca,
	  .own = OWN("instruction", "input", "output", "system", "history", "tools") },
	{ .name = "messages", .help = "OpenAI's chat data", .style = &style_messages,
	  .write = write_chat, .own = OWN("messages", "tools") },
	{ .name = "sharegpt", .help = "conversations of human and gpt", .style = &style_sharegpt,
	  .write = write_chat, .own = OWN("conversations", "tools") },
	{ .name = "completion", .help = "a prompt, in the paper's mix of templates, and what follows",
	  .numbered = true,
	  .write = write_completion, .own = OWN("prompt", "completion", "tools") },
	{ .name = "text", .help = "the same as one text", .write = write_text, .numbered = true,
	  .own = OWN("text", "tools") },
	{ .name = "openai", .help = "for OpenAI's fine-tuning", .lines = true, .answered = true,
	  .strict = true, .style = &style_openai, .write = write_chat,
	  .own = OWN("messages", "tools") },
	{ .name = "axolotl", .help = "chat data, and its piece of a configuration", .lines = true,
	  .answered = true, .style = &style_axolotl, .write = write_chat,
	  .own = OWN("messages", "tools"), .beside_name = "*.axolotl.yml",
	  .beside = beside_axolotl },
	{ .name = "llama-factory", .help = "chat data, and its entry in dataset_info.json",
	  .answered = true, .style = &style_llama_factory, .write = write_chat,
	  .own = OWN("messages", "tools"), .beside_name = "dataset_info.json",
	  .beside = beside_llama_factory },
	{ .name = "nemo", .help = "chat data for NeMo Automodel", .lines = true, .answered = true,
	  .style = &style_nemo, .write = write_chat, .own = OWN("messages", "tools") },
	{ .name = "open-instruct", .help = "chat data for open-instruct", .lines = true,
	  .answered = true, .style = &style_messages, .write = write_chat,
	  .own = OWN("messages", "tools") },
	{ .name = "trl", .help = "prompt and completion, each a row of turns", .lines = true,
	  .answered = true, .style = &style_trl, .write = write_trl,
	  .own = OWN("prompt", "completion", "tools") },
	{ .name = "prompt-only", .help = "the questions alone, for online training",
	  .line = LINE_OF_QUESTION, .lines = true, .style = &style_trl,
	  .write = write_prompt_only, .own = OWN("prompt", "answer", "tools") },
	{ .name = "verl", .help = "questions with a ground truth, for verl", .lines = true, .numbered = true,
	  .line = LINE_OF_QUESTION, .style = &style_trl, .write = write_verl,
	  .own = OWN("data_source", "prompt", "ability", "reward_model", "extra_info", "answer",
		     "tools") },
	{ .name = "preference", .help = "pairs: prompt, chosen and rejected turns, as TRL has them",
	  .line = LINE_OF_PAIR, .lines = true, .style = &style_trl, .write = write_preference,
	  .own = OWN("prompt", "chosen", "rejected", "tools") },
	{ .name = "preference-implicit", .help = "pairs, the question in both answers",
	  .line = LINE_OF_PAIR, .lines = true, .style = &style_trl, .write = write_implicit,
	  .own = OWN("chosen", "rejected", "tools") },
	{ .name = "axolotl-preference", .help = "pairs: messages, chosen, rejected", .lines = true,
	  .line = LINE_OF_PAIR, .style = &style_axolotl, .write = write_beside_turns,
	  .own = OWN("messages", "chosen", "rejected", "tools") },
	{ .name = "llama-factory-preference", .help = "pairs, and their entry in dataset_info.json",
	  .line = LINE_OF_PAIR, .style = &style_sharegpt, .write = write_beside_turns,
	  .own = OWN("conversations", "chosen", "rejected", "tools"),
	  .beside_name = "dataset_info.json", .beside = beside_llama_factory_preference },
	{ .name = "openai-preference", .help = "pairs for OpenAI's preference fine-tuning",
	  .line = LINE_OF_PAIR, .lines = true, .strict = true, .style = &style_openai,
	  .write = write_openai_preference,
	  .own = OWN("input", "preferred_output", "non_preferred_output") },
	{ .name = "nemo-preference", .help = "pairs as ranked completions, for NeMo RL",
	  .line = LINE_OF_PAIR, .lines = true, .style = &style_nemo,
	  .write = write_nemo_preference,
	  .own = OWN("context", "completions", "tools") },
	{ .name = "unpaired", .help = "answers labelled good or bad, for KTO", .lines = true,
	  .line = LINE_OF_LABELLED, .style = &style_trl, .write = write_unpaired,
	  .own = OWN("prompt", "completion", "label", "score", "tools") },
	{ .name = "records", .help = "all members of each record, as they came",
	  .line = LINE_OF_RECORD, .any = true, .write = write_record, .own = OWN("instruction", "messages") },
};
const size_t format_count = sizeof(formats) / sizeof(formats[0]);

const struct format *format_find(const char *name)
{
	for (size_t i = 0; i < format_count; i++) {
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	}
	return NULL;
}

struct view format_stem(const char *name)
{
	const char *dot = name && *name ? strchr(name + 1, '.') : NULL;
	return dot ? view_from(name, (size_t)(dot - name)) : view_of(name);
}

/* The lines of a record */

typedef int each_entry(void *data, const struct format_entry *e);

/* True for the first instance with this input. */
static bool is_first_of_input(const struct record *r, size_t i)
{
	size_t first = 0;
	while (!view_eq(r->instances[first].input, r->instances[i].input))
		first++;
	return first == i;
}

/* The first answer to an input that is rejected, or that is not; NULL: none. */
static const struct instance *first_to(const struct record *r, struct view input, bool is_rejected)
{
	for (size_t i = 0; i < r->instance_count; i++) {
		const struct instance *a = &r->instances[i];
		if ((a->role == ANSWER_REJECTED) == is_rejected && view_eq(a->input, input))
			return a;
	}
	return NULL;
}

/* A rejected answer goes with the first good one to the same input. */
static const struct instance *rejected_beside(const struct record *r, const struct instance *good)
{
	bool is_first = good->role != ANSWER_REJECTED && first_to(r, good->input, false) == good;
	return is_first ? first_to(r, good->input, true) : NULL;
}

static int each_answer(const struct record *r, uint64_t number, each_entry *each, void *data)
{
	struct format_entry e = { .record = r, .number = number };
	bool among = r->turn_count && !r->beside, any = false;
	int status = SOW_OK;
	bool all_bad = true;
	for (size_t i = 0; i < r->instance_count; i++)
		all_bad = all_bad && r->instances[i].role == ANSWER_REJECTED;
	for (size_t i = 0; i < r->instance_count && !among && !status; i++) {
		if (r->instances[i].role == ANSWER_REJECTED && !all_bad)
			continue;
		e.instance = &r->instances[i];
		e.rejected = all_bad ? NULL : rejected_beside(r, e.instance);
		status = each(data, &e);
		e.number++;
		any = true;
	}
	for (size_t i = 0; i < r->instance_count && !any && !e.rejected; i++)
		e.rejected = r->instances[i].role == ANSWER_REJECTED ? &r->instances[i] : NULL;
	return any ? status : each(data, &e);
}

/* By its role, else by its score. */
static bool is_better(const struct instance *a, const struct instance *b)
{
	if (a->role != b->role)
		return a->role == ANSWER_CHOSEN || b->role == ANSWER_REJECTED;
	return a->scored && b->scored && a->score > b->score;
}

/* Of answers to one input that only scores distinguish, the best is good and the worst is bad: *worst is NULL
 * where all are equally good. */
static bool find_graded(const struct record *r, struct view input, const struct instance **best,
			const struct instance **worst)
{
	size_t count = 0;
	*best = *worst = NULL;
	for (size_t i = 0; i < r->instance_count; i++) {
		const struct instance *a = &r->instances[i];
		if (!view_eq(a->input, input))
			continue;
		if (a->role != ANSWER_PLAIN || !a->scored)
			return false;
		*best = !*best || is_better(a, *best) ? a : *best;
		*worst = !*worst || is_better(*worst, a) ? a : *worst;
		count++;
	}
	if (*best && !is_better(*best, *worst))
		*worst = NULL;
	return count > 1;
}

static int each_labelled(const struct record *r, uint64_t number, each_entry *each, void *data)
{
	struct format_entry e = { .record = r, .number = number };
	int status = SOW_OK;
	if ((r->turn_count && !r->beside) || !r->instance_count)
		return each(data, &e);
	const struct instance *best, *worst;
	for (size_t i = 0; i < r->instance_count && !status; i++) {
		e.instance = &r->instances[i];
		bool graded = find_graded(r, e.instance->input, &best, &worst);
		bool is_bad = graded ? e.instance == worst : e.instance->role == ANSWER_REJECTED;
		e.rejected = is_bad ? e.instance : NULL;
		if (graded && e.instance != best && e.instance != worst)
			continue;
		status = each(data, &e);
		e.number++;
	}
	return status;
}

/* One question for each input of the instances, with the first instance that has it. */
static int each_question(const struct record *r, uint64_t number, each_entry *each, void *data)
{
	struct format_entry e = { .record = r, .number = number };
	int status = SOW_OK;
	if (r->turn_count || !r->instance_count)
		return each(data, &e);
	for (size_t i = 0; i < r->instance_count && !status; i++) {
		if (!is_first_of_input(r, i))
			continue;
		e.instance = &r->instances[i];
		status = each(data, &e);
		e.number++;
	}
	return status;
}

static bool is_worse_by(const struct instance *a, const struct instance *best, double margin)
{
	bool by_role = best->role == ANSWER_CHOSEN && a->role == ANSWER_REJECTED;
	bool by_score = best->scored && a->scored && best->score > a->score;
	bool far = margin <= 0 || (by_score && best->score - a->score >= margin);
	return a != best && view_eq(a->input, best->input) && (by_role || by_score) &&
	       is_better(best, a) && far;
}

/* The best answer to an input and a worse one. Without a better and a worse one `rejected` is NULL, and so is
 * `instance` unless two answers have a role or a score. */
static void find_pair(const struct format_options *o, struct view input, struct format_entry *e)
{
	const struct record *r = e->record;
	const struct instance *best = NULL;
	size_t known = 0, worse = 0;
	for (size_t i = 0; i < r->instance_count; i++) {
		const struct instance *a = &r->instances[i];
		if (!view_eq(a->input, input))
			continue;
		known += a->scored || a->role != ANSWER_PLAIN;
		best = !best || is_better(a, best) ? a : best;
	}
	for (size_t i = 0; i < r->instance_count; i++)
		worse += is_worse_by(&r->instances[i], best, o->margin);
	struct draw d = draw_start(o->seed, DRAW_REJECTED, e->number);
	size_t drawn = o->random_rejected && worse ? (size_t)draw_below(&d, (uint32_t)worse) : 0;
	for (size_t i = 0; i < r->instance_count; i++) {
		const struct instance *a = &r->instances[i];
		if (!is_worse_by(a, best, o->margin))
			continue;
		if (o->random_rejected ? drawn-- == 0 : !e->rejected || is_better(e->rejected, a))
			e->rejected = a;
	}
	e->instance = e->rejected || known > 1 ? best : NULL;
}

static int each_pair(const struct format_options *o, const struct record *r, uint64_t number,
		     each_entry *each, void *data)
{
	struct format_entry e = { .record = r, .number = number };
	int status = SOW_OK;
	if (!r->instance_count)
		return each(data, &e);
	for (size_t i = 0; i < r->instance_count && !status; i++) {
		if (!is_first_of_input(r, i))
			continue;
		e.instance = e.rejected = NULL;
		find_pair(o, r->instances[i].input, &e);
		status = each(data, &e);
		e.number++;
	}
	return status;
}

int format_entries(const struct format *f, const struct format_options *o,
		   const struct record *record, uint64_t number, each_entry *each, void *data)
{
	const struct format_entry whole = { .record = record, .number = number };
	switch (f->line) {
	case LINE_OF_ANSWER:
		return each_answer(record, number, each, data);
	case LINE_OF_PAIR:
		return each_pair(o, record, number, each, data);
	case LINE_OF_LABELLED:
		return each_labelled(record, number, each, data);
	case LINE_OF_QUESTION:
		return each_question(record, number, each, data);
	case LINE_OF_RECORD:
		break;
	}
	return each(data, &whole);
}

/* The file */

static struct format_writer *make(const struct format *f, const struct format_options *o)
{
	struct format_writer *w = mem_zalloc(sizeof(*w));
	w->format = f;
	if (o)
		w->o = *o;
	w->text = (struct buf)BUF_INIT;
	w->json = json_out_new();
	w->scratch = arena_new();
	return w;
}

struct format_writer *format_open(const struct format *f, const struct format_options *o,
				  const char *path, bool jsonl, struct sow_error *err)
{
	struct format_writer *w = make(f, o);
	w->jsonl = jsonl || f->lines;
	w->file = outfile_open(path, err);
	if (w->file)
		return w;
	format_drop(w);
	return NULL;
}

struct format_writer *format_open_to(const struct format *f, const struct format_options *o,
				     const struct format_sink *sink, struct sow_error *err)
{
	struct format_writer *w = make(f, o);
	(void)err;
	w->jsonl = true;
	w->sink = *sink;
	return w;
}

/* Counts the answers to the line's input that it leaves out: it holds two of them at most. */
static void leave_between(struct format_writer *w, const struct format_entry *e)
{
	const struct record *r = e->record;
	const struct instance *best, *worst;
	bool is_pair = w->format->line == LINE_OF_PAIR;
	bool is_best = w->format->line == LINE_OF_LABELLED && e->instance &&
		       find_graded(r, e->instance->input, &best, &worst) && e->instance == best;
	size_t others = 0;
	for (size_t i = 0; (is_pair || is_best) && i < r->instance_count; i++)
		others += view_eq(r->instances[i].input, e->instance->input);
	if (is_pair && others > 2)
		format_left_add(w->left, &w->left_count, "answers between the best and the rejected",
				others - 2);
	if (is_best && others > 2)
		format_left_add(w->left, &w->left_count, "answers between the best and the worst",
				others - 1 - (worst != NULL));
}

/* True if the line's answer is a rejected one: the record has no other. */
static bool is_known_bad(const struct format_entry *e)
{
	return e->instance && e->instance->role == ANSWER_REJECTED;
}

/* Counts the rejected answers that no line of the record holds, with the first of its lines. */
static void leave_rejected(struct format_writer *w, const struct format_entry *e)
{
	const struct record *r = e->record;
	size_t others = 0, before = 0;
	if (w->format->line != LINE_OF_ANSWER)
		return;
	for (size_t i = 0; i < r->instance_count; i++) {
		const struct instance *a = &r->instances[i];
		before += e->instance && a < e->instance && a->role != ANSWER_REJECTED;
		others += a->role == ANSWER_REJECTED && !is_known_bad(e);
		others -= is_known_bad(e) ? 0 : e->instance ? rejected_beside(r, a) != NULL : a == e->rejected;
	}
	if (others && !before)
		format_left_add(w->left, &w->left_count, "further rejected answers", others);
}

static int write_line(struct format_writer *w, const struct format_entry *e)
{
	struct format_line l = { .out = w->json, .format = w->format, .o = &w->o, .entry = e,
				 .scratch = w->scratch, .left = w->left,
				 .left_count = &w->left_count };
	buf_clear(&w->text);
	if (!w->jsonl)
		buf_addstr(&w->text, w->written ? ",\n" : "[\n");
	w->format->write(&l);
	int status = l.status;
	int built = json_out_write(w->json, &w->text, JSON_LINE);
	arena_clear(w->scratch);
	leave_between(w, e);
	leave_rejected(w, e);
	w->tools = w->tools || l.tools;
	if (w->jsonl && w->file)
		buf_addch(&w->text, '\n');
	if (!status)
		status = built;
	if (!status && w->file)
		status = outfile_write(w->file, w->text.data, w->text.len);
	else if (!status)
		status = w->sink.line(w->sink.data, view_from(w->text.data, w->text.len), &w->failure);
	w->written += !status;
	w->bytes += status ? 0 : w->text.len;
	return status;
}

/* True if nothing says whether the answer is good but a label of the record that may mean anything. */
static bool has_other_label(const struct format_entry *e, struct arena *a)
{
	struct view fields = e->record->fields;
	bool is_known = e->instance && (e->instance->role != ANSWER_PLAIN || e->instance->scored);
	if (is_known || view_find(fields, 0, "\"label\"") == VIEW_NONE)
		return false;
	bool has = json_get(json_own(fields, a), "label") != NULL;
	arena_clear(a);
	return has;
}

/* Why a line is left out, the name under which it is counted; NULL if it is written. */
static const char *reason_to_leave(const struct format *f, const struct format_entry *e, struct arena *scratch)
{
	if (!record_asks(e->record) && !f->any)
		return "records without a question";
	if (f->line == LINE_OF_PAIR && !e->rejected)
		return e->instance ? "ties" : "questions without a better and a worse answer";
	if (f->line == LINE_OF_ANSWER && is_known_bad(e) && (f->answered || f->numbered))
		return "answers known to be bad"; /* they have no place for the label */
	if ((f->answered || f->line == LINE_OF_LABELLED) && !entry_is_answered(e))
		return "records without an answer";
	if (f->line == LINE_OF_LABELLED && has_other_label(e, scratch))
		return "records whose label may be a class (see --map label=label)";
	return NULL;
}

int format_write_entry(struct format_writer *w, const struct format_entry *e)
{
	const char *reason = reason_to_leave(w->format, e, w->scratch);
	if (w->status)
		return w->status;
	if (reason) {
		w->left_out++;
		format_left_add(w->left, &w->left_count, reason, 1);
		return SOW_OK;
	}
	w->status = write_line(w, e);
	return w->status;
}

static int write_one(void *data, const struct format_entry *e)
{
	return format_write_entry(data, e);
}

int format_write(struct format_writer *w, const struct record *record)
{
	if (w->status)
		return w->status;
	return format_entries(w->format, &w->o, record, w->written + w->left_out, write_one, w);
}

size_t format_left_out(const struct format_writer *w)
{
	return w->left_out;
}

const struct format_left *format_left(const struct format_writer *w, size_t *count)
{
	*count = w->left_count;
	return w->left;
}

bool format_has_tools(const struct format_writer *w)
{
	return w->tools;
}

size_t format_bytes(const struct format_writer *w)
{
	return w->bytes;
}

size_t format_written(const struct format_writer *w)
{
	return w->written;
}

static const char *reason(int status)
{
	return status == SOW_NOMEM     ? "out of memory"
	       : status == SOW_INVALID ? "a text of the record is not UTF-8"
				       : "too big for memory";
}

int format_finish(struct format_writer *w, struct sow_error *err)
{
	int status = w->status;
	if (!status && !w->jsonl) {
		const char *end = w->written ? "\n]\n" : "[]\n";
		status = outfile_write(w->file, end, strlen(end));
	}
	if (w->file && (!status || status == SOW_IO)) {
		/* Only the file has the system's reason. */
		status = outfile_finish(w->file, err);
		w->file = NULL;
	} else if (w->failure.status) {
		error_set(err, w->failure.status, "record %zu: %s", w->written + 1, w->failure.text);
	} else if (status) {
		error_set(err, (enum sow_status)status, "record %zu: %s", w->written + 1,
			  reason(status));
	}
	format_drop(w);
	return status;
}

void format_drop(struct format_writer *w)
{
	if (!w)
		return;
	outfile_drop(w->file);
	json_out_free(w->json);
	arena_free(w->scratch);
	buf_release(&w->text);
	mem_free(w);
}
