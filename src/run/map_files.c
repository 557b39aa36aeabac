#include "run/map_files.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "data/format.h"
#include "io/json.h"
#include "method/draws.h"
#include "run/open_records.h"

/* A record as JSON: an object, or from a file of texts the text. */
static int add_record(const struct record *record, struct arena *a, struct view *json)
{
	struct buf text = BUF_INIT;
	struct view object;
	if (record->is_text) {
		json_add_text(&text, record->instruction);
		*json = arena_takebuf(a, &text);
		return SOW_OK;
	}
	struct arena *own = arena_new();
	int status = format_object(record, own, &object);
	const char *copy = status ? NULL : arena_copyview(a, object);
	*json = view_from(copy, copy ? object.len : 0);
	arena_free(own);
	return copy ? SOW_OK : SOW_NOMEM;
}

struct growing {
	struct view *list;
	size_t count, room;
};

static int read_records(struct growing *g, struct records *r, struct hasher *h, struct arena *a,
			struct sow_error *err)
{
	struct arena *own = arena_new();
	struct record record;
	int status = 1;
	while (status > 0 && (status = records_next(r, own, &record, err)) > 0) {
		mem_grow(&g->list, &g->room, g->count + 1);
		if (add_record(&record, a, &g->list[g->count]))
			status = error_nomem(err);
		else
			hasher_text(h, g->list[g->count++]);
		arena_clear(own);
	}
	arena_free(own);
	return status;
}

static int read_file(struct map_file *f, char hex[HASH_HEX_SIZE], const char *path, struct arena *a,
		     struct sow_error *err)
{
	const struct records_options o = { .objects = true };
	struct records *r = open_records(path, &o, err);
	struct hasher *h = hasher_new();
	struct growing g = { 0 };
	struct hash hash;
	int status = r ? read_records(&g, r, h, a, err) : err && err->status ? (int)err->status : SOW_IO;
	hasher_finish(h, &hash);
	if (!status && !g.count)
		status = error_set(err, SOW_INVALID, "%s: no records in it", path);
	if (!status) {
		struct view *copy = arena_array(a, g.count, sizeof(*copy));
		memcpy(copy, g.list, g.count * sizeof(*copy));
		hash_hex(&hash, hex);
		*f = (struct map_file){ .path = path, .records = copy, .count = g.count };
	}
	mem_free(g.list);
	records_close(r);
	return status;
}

static int read_draw(struct map_files *f, const struct draws *d, size_t i, const char *said,
		     struct arena *a, struct buf *out, struct sow_error *err)
{
	char hex[HASH_HEX_SIZE];
	const char *path = draws_path(d, i);
	buf_addstr(out, i ? "\n" : "");
	if (!path)
		return buf_addstr(out, said), SOW_OK;
	int status = read_file(&f->draws[i], hex, path, a, err);
	draws_add_name(d, i, out);
	if (!status)
		buf_addf(out, "=from:%s", hex);
	return status;
}

static int read_draws(struct map_files *f, const struct list *list, struct arena *a,
		      struct sow_error *err)
{
	struct buf said = BUF_INIT;
	struct draws *d = draws_read(a, list->items, list->count, err);
	f->draws = arena_array(a, list->count, sizeof(*f->draws));
	int status = d ? SOW_OK : SOW_USAGE;
	bool has_file = false;
	for (size_t i = 0; i < list->count && !status; i++) {
		status = read_draw(f, d, i, list->items[i], a, &said, err);
		has_file = has_file || draws_path(d, i);
	}
	if (!has_file)
		buf_clear(&said);
	f->draws_said = arena_takebuf(a, &said);
	return status;
}

int map_files_read(struct map_files *f, const struct recipe_step *step, struct arena *a,
		   struct sow_error *err)
{
	const struct map_options *o = &step->o.map;
	*f = (struct map_files){ 0 };
	int status = read_draws(f, &o->draws, a, err);
	if (!status && o->join_said)
		status = read_file(&f->join, f->join_hash, o->join_said, a, err);
	return status;
}
