#include "data/format.h"

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
	size_t written;
	int status;
};

/* -- a record of each format --------------------------------------------------- */

static int write_task(struct json_out *out, const struct task *task,
		      const struct instance *instance)
{
	(void)instance;
	json_out_object(out, NULL);
	json_out_text(out, "id", task->id);
	json_out_text(out, "name", task->name);
	json_out_text(out, "instruction", task->instruction);
	json_out_array(out, "instances");
	for (size_t i = 0; i < task->instance_count; i++) {
		json_out_object(out, NULL);
		json_out_text(out, "input", task->instances[i].input);
		json_out_text(out, "output", task->instances[i].output);
		json_out_end(out);
	}
	json_out_end(out);
	json_out_bool(out, "is_classification", task->is_classification);
	json_out_end(out);
	return SOW_OK;
}

static int write_alpaca(struct json_out *out, const struct task *task,
			const struct instance *instance)
{
	json_out_object(out, NULL);
	json_out_text(out, "instruction", task->instruction);
	json_out_text(out, "input", instance->input);
	json_out_text(out, "output", instance->output);
	json_out_end(out);
	return SOW_OK;
}

/* What a user would say: the instruction, and below it what it is about. */
static int user_turn(struct buf *turn, const struct task *task, const struct instance *instance)
{
	buf_add(turn, task->instruction.p, task->instruction.len);
	if (instance->input.len)
		buf_addstr(turn, "\n\n");
	return buf_add(turn, instance->input.p, instance->input.len);
}

static void write_turn(struct json_out *out, const char *role_key, const char *role,
		       const char *text_key, struct view text)
{
	json_out_object(out, NULL);
	json_out_text(out, role_key, view_of(role));
	json_out_text(out, text_key, text);
	json_out_end(out);
}

static int write_messages(struct json_out *out, const struct task *task,
			  const struct instance *instance)
{
	struct buf turn = BUF_INIT;
	int status = user_turn(&turn, task, instance);
	json_out_object(out, NULL);
	json_out_array(out, "messages");
	write_turn(out, "role", "user", "content", view_from(turn.data, turn.len));
	write_turn(out, "role", "assistant", "content", instance->output);
	json_out_end(out);
	json_out_end(out);
	buf_release(&turn);
	return status;
}

static int write_sharegpt(struct json_out *out, const struct task *task,
			  const struct instance *instance)
{
	struct buf turn = BUF_INIT;
	int status = user_turn(&turn, task, instance);
	json_out_object(out, NULL);
	json_out_array(out, "conversations");
	write_turn(out, "from", "human", "value", view_from(turn.data, turn.len));
	write_turn(out, "from", "gpt", "value", instance->output);
	json_out_end(out);
	json_out_end(out);
	buf_release(&turn);
	return status;
}

const struct format formats[] = {
	{ "self-instruct", "a task a line, with all its instances", true, write_task },
	{ "alpaca", "instruction, input, output", false, write_alpaca },
	{ "messages", "OpenAI's chat data: a user and an assistant turn", false, write_messages },
	{ "sharegpt", "conversations of a human and gpt", false, write_sharegpt },
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
	w->jsonl = jsonl || f->tasks;
	w->text = (struct buf)BUF_INIT;
	w->json = json_out_new();
	if (!w->json)
		error_nomem(err);
	else
		w->file = outfile_open(path, err);
	if (!w->file) {
		format_drop(w);
		return NULL;
	}
	return w;
}

static int write_record(struct format_writer *w, const struct task *task,
			const struct instance *instance)
{
	buf_clear(&w->text);
	if (!w->jsonl)
		buf_addstr(&w->text, w->written ? ",\n" : "[\n");
	int status = w->format->record(w->json, task, instance);
	int built = json_out_write(w->json, &w->text, JSON_LINE);
	if (w->jsonl)
		buf_addch(&w->text, '\n');
	if (!status)
		status = built;
	if (!status && buf_failed(&w->text))
		status = w->text.status;
	if (!status)
		status = outfile_write(w->file, w->text.data, w->text.len);
	w->written += !status;
	return status;
}

int format_write(struct format_writer *w, const struct task *task)
{
	if (!w->status && w->format->tasks)
		w->status = write_record(w, task, NULL);
	for (size_t i = 0; i < task->instance_count && !w->status && !w->format->tasks; i++)
		w->status = write_record(w, task, &task->instances[i]);
	return w->status;
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
	buf_release(&w->text);
	mem_free(w);
}
