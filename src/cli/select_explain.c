#include "cli/select_explain.h"

#include <math.h>

#include "base/buf.h"
#include "base/mem.h"
#include "io/json.h"
#include "io/outfile.h"

struct select_explain {
	struct outfile *out;
	struct buf line;
};

struct select_explain *select_explain_open(const char *path, struct sow_error *err)
{
	struct outfile *out = outfile_open(path, err);
	if (!out)
		return NULL;
	struct select_explain *e = mem_alloc(sizeof(*e));
	*e = (struct select_explain){ out, BUF_INIT };
	return e;
}

void select_explain_add(struct select_explain *e, const struct record *r, const struct record_fate *v,
			size_t number)
{
	struct json_out *json = json_out_new();
	json_out_object(json, NULL);
	json_out_integer(json, "record", (int64_t)number);
	if (r->id.len)
		json_out_text(json, "id", r->id);
	json_out_bool(json, "kept", v->rank > 0);
	if (v->rank)
		json_out_integer(json, "rank", (int64_t)v->rank);
	if (isfinite(v->score))
		json_out_number(json, "score", v->score);
	if (v->reason)
		json_out_text(json, "reason", view_of(selection_reasons[v->reason]));
	if (v->reason == REASON_NEAR) {
		json_out_integer(json, "near", (int64_t)v->near + 1);
		json_out_number(json, "cosine", v->cosine);
	}
	json_out_end(json);
	buf_clear(&e->line);
	json_out_write(json, &e->line, JSON_LINE);
	json_out_free(json);
	if (!e->line.len || e->line.data[e->line.len - 1] != '\n')
		buf_addch(&e->line, '\n');
	outfile_write(e->out, e->line.data, e->line.len);
}

int select_explain_finish(struct select_explain *e, int status, struct sow_error *err)
{
	if (!e)
		return status;
	if (status)
		outfile_drop(e->out);
	else
		status = outfile_finish(e->out, err);
	buf_release(&e->line);
	mem_free(e);
	return status;
}
