#include "clean/explain.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "io/json.h"
#include "io/outfile.h"

struct explain {
	struct outfile *file;
	struct json_out *json;
	struct buf text;
};

struct explain *explain_open(const char *path, const struct clean_append *append, struct sow_error *err)
{
	struct explain *x = mem_zalloc(sizeof(*x));
	x->text = (struct buf)BUF_INIT;
	x->json = json_out_new();
	x->file = append ? outfile_append(path, append->explain, err) : outfile_open(path, err);
	if (!x->file) {
		explain_drop(x);
		return NULL;
	}
	return x;
}

static int write_out(struct explain *x)
{
	buf_clear(&x->text);
	json_out_end(x->json);
	int status = json_out_write(x->json, &x->text, JSON_LINE);
	if (!status)
		status = buf_addch(&x->text, '\n');
	return status ? status : outfile_write(x->file, x->text.data, x->text.len);
}

static void begin(struct explain *x, const struct clean_line *line, bool kept, const char *reason)
{
	json_out_object(x->json, NULL);
	json_out_integer(x->json, line->by_record ? "record" : "line", (int64_t)line->number);
	if (line->by_record && line->at)
		json_out_integer(x->json, "line", (int64_t)line->at);
	json_out_bool(x->json, "kept", kept);
	json_out_text(x->json, "reason", view_of(reason));
}

int explain_line(struct explain *x, const struct clean_line *line)
{
	begin(x, line, !line->removed, line->reason);
	if (line->scored)
		json_out_number(x->json, "score", line->score);
	if (line->near_line && line->near_file) {
		struct buf place = BUF_INIT;
		buf_addf(&place, line->near_by_record ? "%s: record %zu" : "%s:%zu", line->near_file,
			 line->near_line);
		json_out_text(x->json, "nearest", view_from(place.data, place.len));
		buf_release(&place);
	} else if (line->near_line) {
		json_out_integer(x->json, "nearest", (int64_t)line->near_line);
	}
	if (line->match.len)
		json_out_text(x->json, "match", line->match);
	return write_out(x);
}

int explain_unread(struct explain *x, const struct clean_line *line, const char *reason,
		   const char *message)
{
	begin(x, line, false, reason);
	if (message)
		json_out_text(x->json, "message", view_of(message));
	return write_out(x);
}

static void release(struct explain *x)
{
	json_out_free(x->json);
	buf_release(&x->text);
	mem_free(x);
}

int explain_finish(struct explain *x, struct sow_error *err)
{
	int status = outfile_finish(x->file, err);
	release(x);
	return status;
}

void explain_drop(struct explain *x)
{
	if (!x)
		return;
	outfile_drop(x->file);
	release(x);
}
