#include "data/format_private.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "io/outfile.h"

struct format_writer {
	const struct format *format;
	bool jsonl;
	struct outfile *file;
	struct json_out *json;
	struct buf text;
	struct arena *scratch;
	size_t written, left_out, bytes;
	int status;
};

const struct format formats[] = {
	{ .name = "self-instruct", .help = "a task a line, with all its instances", .tasks = true,
	  .lines = true, .record = record_self_instruct },
	{ .name = "alpaca", .help = "instruction, input, output", .record = record_alpaca },
	{ .name = "messages", .help = "OpenAI's chat data", .record = record_messages },
	{ .name = "sharegpt", .help = "conversations of human and gpt",
	  .record = record_sharegpt },
	{ .name = "completion", .help = "a prompt, in the paper's mix of templates, and what "
	  "follows", .record = record_completion },
	{ .name = "openai", .help = "for OpenAI's fine-tuning", .lines = true, .answered = true,
	  .record = record_messages },
	{ .name = "axolotl", .help = "chat data, and its piece of a configuration", .lines = true,
	  .answered = true, .record = record_messages, .beside_name = "*.axolotl.yml",
	  .beside = beside_axolotl },
	{ .name = "llama-factory", .help = "chat data, and its entry in dataset_info.json",
	  .answered = true, .record = record_messages, .beside_name = "dataset_info.json",
	  .beside = beside_llama_factory },
	{ .name = "trl", .help = "prompt and completion, each a row of turns", .lines = true,
	  .answered = true, .record = record_trl },
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

size_t format_samples(const struct format *f, const struct record *task)
{
	return f->tasks || task->turn_count ? 1 : task->instance_count;
}

struct sample format_sample(const struct format *f, const struct record *task, size_t i)
{
	bool whole = f->tasks || task->turn_count;
	return (struct sample){ .task = task, .instance = whole ? NULL : &task->instances[i] };
}

/* -- the file -------------------------------------------------------------------- */

struct format_writer *format_open(const struct format *f, const char *path, bool jsonl,
				  struct sow_error *err)
{
	struct format_writer *w = mem_zalloc(sizeof(*w));
	if (!w) {
		error_nomem(err);
		return NULL;
	}
	w->format = f;
	w->jsonl = jsonl || f->lines;
	w->text = (struct buf)BUF_INIT;
	w->json = json_out_new();
	w->scratch = arena_new();
	if (!w->json || !w->scratch)
		error_nomem(err);
	else
		w->file = outfile_open(path, err);
	if (!w->file) {
		format_drop(w);
		return NULL;
	}
	return w;
}

static int write_record(struct format_writer *w, const struct sample *s)
{
	buf_clear(&w->text);
	if (!w->jsonl)
		buf_addstr(&w->text, w->written ? ",\n" : "[\n");
	int status = w->format->record(w->json, s, w->scratch);
	int built = json_out_write(w->json, &w->text, JSON_LINE);
	arena_clear(w->scratch);
	if (w->jsonl)
		buf_addch(&w->text, '\n');
	if (!status)
		status = built;
	if (!status && buf_failed(&w->text))
		status = w->text.status;
	if (!status)
		status = outfile_write(w->file, w->text.data, w->text.len);
	w->written += !status;
	w->bytes += status ? 0 : w->text.len;
	return status;
}

int format_write_sample(struct format_writer *w, const struct sample *s)
{
	if (w->status)
		return w->status;
	if (w->format->answered && !record_is_answered(s))
		w->left_out++;
	else
		w->status = write_record(w, s);
	return w->status;
}

int format_write(struct format_writer *w, const struct record *task)
{
	size_t count = format_samples(w->format, task);
	for (size_t i = 0; i < count && !w->status; i++) {
		struct sample s = format_sample(w->format, task, i);
		s.number = w->written + w->left_out;
		format_write_sample(w, &s);
	}
	return w->status;
}

size_t format_left_out(const struct format_writer *w)
{
	return w->left_out;
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
	if (!status || status == SOW_IO) {
		/* Only the file knows what the system said. */
		status = outfile_finish(w->file, err);
		w->file = NULL;
	} else {
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
