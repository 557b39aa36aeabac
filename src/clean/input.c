#include "clean/input.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"
#include "data/format.h"
#include "data/records.h"
#include "data/values.h"
#include "io/folder.h"
#include "io/json.h"

struct input {
	const char *name;
	struct values *values;       /* of a file; else the run's: */
	struct records *run;
	struct arena *arena;
	struct json_out *out;
	struct buf text;
	size_t records;              /* so far, bad ones too */
	bool broken;
};

static int begin_run(struct input *in, const struct clean_options *o, struct sow_error *err)
{
	in->run = o->open_run(o->in, NULL, err);
	if (!in->run)
		return err->status;
	in->name = records_name(in->run);
	in->arena = arena_new();
	in->out = json_out_new();
	return SOW_OK;
}

static int open_file(struct input *in, const struct clean_options *o, struct sow_error *err)
{
	const struct values_options v = { .columns = o->columns, .delimiter = o->delimiter,
					  .lines = o->plain, .fields = o->fields,
					  .field_count = o->field_count, .parts = o->parts };
	in->values = values_open(o->in, &v, err);
	if (!in->values)
		return err->status;
	in->name = values_name(in->values);
	return SOW_OK;
}

struct input *input_open(const struct clean_options *o, struct sow_error *err)
{
	struct sow_error own;
	struct input *in = mem_zalloc(sizeof(*in));
	if (!err)
		err = &own;
	in->text = (struct buf)BUF_INIT;
	in->records = o->parts ? o->parts->before : 0;
	int status = o->open_run && !o->parts && folder_is(o->in) ? begin_run(in, o, err)
						       : open_file(in, o, err);
	if (!status)
		return in;
	input_close(in);
	return NULL;
}

void input_close(struct input *in)
{
	if (!in)
		return;
	values_close(in->values);
	records_close(in->run);
	arena_free(in->arena);
	json_out_free(in->out);
	buf_release(&in->text);
	mem_free(in);
}

static int next_of_run(struct input *in, struct input_record *r, struct sow_error *err)
{
	struct record record;
	int status = records_next(in->run, in->arena, &record, err);
	if (status <= 0)
		return status;
	buf_clear(&in->text);
	json_out_object(in->out, NULL);
	json_out_text(in->out, "id", record.id);
	json_out_text(in->out, "name", record.name);
	status = format_record_members(in->out, &record);
	json_out_end(in->out);
	int built = json_out_write(in->out, &in->text, JSON_LINE);
	arena_clear(in->arena);
	if (status || built)
		return error_set(err, (enum sow_status)(status ? status : built),
				 "%s: record %zu: it cannot be written as JSON", in->name,
				 in->records + 1);
	r->json = r->raw = view_from(in->text.data, in->text.len);
	return 1;
}

static int next_of_file(struct input *in, struct input_record *r, struct sow_error *err)
{
	struct value v;
	int status = values_next(in->values, &v, err);
	if (status <= 0)
		return status;
	r->json = v.json;
	r->raw = v.raw;
	r->at = v.at;
	r->is_text = v.is_text;
	r->is_loose = !v.is_line;
	/* the comma after a line belongs to the array that the lines once were */
	if (!v.is_text && view_trim(v.raw).len != v.json.len)
		r->raw = v.json;
	return 1;
}

int input_next(struct input *in, struct input_record *r, struct sow_error *err)
{
	*r = (struct input_record){ .is_text = false };
	int status = in->values ? next_of_file(in, r, err) : next_of_run(in, r, err);
	if (status < 0)
		in->broken = !in->values || values_broken(in->values);
	if (status)
		in->records++;
	r->number = input_number(in);
	return status;
}

bool input_broken(const struct input *in)
{
	return in->broken;
}

const char *input_name(const struct input *in)
{
	return in->values ? values_name(in->values) : in->name;
}

bool input_is_run(const struct input *in)
{
	return in->run != NULL;
}

bool input_has_lines(const struct input *in)
{
	return in->values && values_are_lines(in->values);
}

size_t input_number(const struct input *in)
{
	return input_has_lines(in) ? values_line(in->values) : in->records;
}

size_t input_line(const struct input *in)
{
	return in->values ? values_line(in->values) : 0;
}

void input_kind(const struct input *in, struct buf *out)
{
	const char *kind = in->values ? values_kind(in->values) : "";
	if (!input_has_lines(in) && strcmp(kind, "a JSON array") != 0 && strcmp(kind, "nothing") != 0)
		buf_addstr(out, kind);
}

size_t input_repaired(const struct input *in)
{
	return in->values ? values_repaired(in->values) : 0;
}

struct view input_outside(const struct input *in)
{
	return in->values ? values_outside(in->values) : view_of("");
}
