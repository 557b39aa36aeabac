#include "report/lineage.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "base/mem.h"
#include "io/json.h"
#include "report/page.h"
#include "report/report_data.h"
#include "run/recipe.h"

void lineage_init(struct lineage_web *w)
{
	*w = (struct lineage_web){ .arena = arena_new(), .chains = BUF_INIT, .ended = BUF_INIT,
				   .asked = BUF_INIT };
}

void lineage_release(struct lineage_web *w)
{
	map_release(&w->tickets);
	map_release(&w->ids);
	mem_free(w->named);
	buf_release(&w->chains);
	buf_release(&w->ended);
	buf_release(&w->asked);
	arena_free(w->arena);
}

/* Writing members */

/* `"key":`, after a comma unless it is the first. */
static void add_key(struct buf *out, const char *key)
{
	if (out->len && out->data[out->len - 1] != '{')
		buf_addch(out, ',');
	buf_addf(out, "\"%s\":", key);
}

static void add_text(struct buf *out, struct view text, size_t most)
{
	bool cut = false;
	buf_addch(out, '"');
	json_escape(out, page_clip(text, most, &cut));
	buf_addstr(out, cut ? "\xE2\x80\xA6\"" : "\""); /* an ellipsis */
}

static void ticket_key(char key[64], int64_t step, int64_t ticket)
{
	snprintf(key, 64, "%" PRId64 ".%" PRId64, step, ticket);
}

static bool is_known(const struct map *m, struct view key)
{
	return map_get(m, key.p, key.len) != NULL;
}

/* Following */

/* `step`: the step that recorded the id. */
static void want_text(struct lineage_web *w, int64_t step, struct view id)
{
	if (!id.len || is_known(&w->ids, id))
		return;
	const char *copy = arena_copyview(w->arena, id);
	mem_grow(&w->named, &w->named_room, w->named_count + 1);
	w->named[w->named_count++] = (struct named){ step, view_from(copy, id.len) };
	map_put(&w->ids, id.p, id.len, 1);
}

static int add_link(void *data, const struct unit *u)
{
	struct lineage_web *w = data;
	struct buf *out = &w->chains;
	buf_addstr(out, out->data[out->len - 1] == '[' ? "{" : ",{");
	buf_addf(out, "\"item\":%" PRId64 ",\"parent\":%" PRId64 ",\"state\":%d,\"operation\":", u->item,
		 u->parent, (int)u->state);
	add_text(out, u->operation, CLIP_ID);
	buf_addstr(out, ",\"text\":");
	add_text(out, u->instruction, CLIP_LINE);
	buf_addch(out, '}');
	return SOW_OK;
}

static int add_chain(struct lineage_web *w, struct store *s, const struct unit *u, const char *key,
		     struct sow_error *err)
{
	add_key(&w->chains, key);
	buf_addstr(&w->chains, "{\"source\":");
	add_text(&w->chains, u->source, CLIP_ID);
	buf_addstr(&w->chains, ",\"links\":[");
	int status = store_each_relative(s, u->step, u->ticket, add_link, w, err);
	buf_addstr(&w->chains, "]}");
	return status;
}

/* Pools of a later step once recorded their own units without the step (run/lookup.h). */
static struct view full_id(struct view id, int64_t step, char room[UNIT_ID_MAX])
{
	struct unit_key at;
	if (step == 1 || !unit_id_read(id, &at) || at.step != 1)
		return id;
	unit_id(room, step, at.ticket, at.item);
	return view_of(room);
}

static int add_asked(struct lineage_web *w, struct store *s, const struct unit *u, const char *key,
		     struct sow_error *err)
{
	struct view *ids;
	size_t count;
	const struct unit_key at = { .step = u->step, .ticket = u->ticket, .item = u->item };
	int status = store_unit_examples(s, &at, w->arena, &ids, &count, err);
	add_key(&w->asked, key);
	buf_addch(&w->asked, '[');
	for (size_t i = 0; i < count && !status; i++) {
		buf_addstr(&w->asked, i ? "," : "");
		char room[UNIT_ID_MAX];
		struct view id = full_id(ids[i], u->step, room);
		add_text(&w->asked, id, CLIP_ID);
		want_text(w, u->step, id);
	}
	buf_addch(&w->asked, ']');
	return status;
}

/* Adds the ticket of `u`, which is new. 1 if `u` was made from a record that may also be the run's:
 * *source. */
static int add_ticket(struct lineage_web *w, struct store *s, const struct unit *u,
		      struct view *source, struct sow_error *err)
{
	char key[64];
	ticket_key(key, u->step, u->ticket);
	if (is_known(&w->tickets, view_of(key)))
		return 0;
	map_put(&w->tickets, key, view_of(key).len, 1);
	int status = u->source.len ? add_chain(w, s, u, key, err) : add_asked(w, s, u, key, err);
	if (status || !u->source.len)
		return status;
	*source = u->source;
	want_text(w, 1, u->source);
	return u->step > 1;
}

static int find_unit(struct store *s, struct view id, struct arena *a, struct unit *u,
		     struct sow_error *err)
{
	struct unit_key at;
	return unit_id_read(id, &at) ? store_unit_at(s, &at, a, u, err) : 0;
}

int lineage_add(struct lineage_web *w, struct store *s, struct view id, struct sow_error *err)
{
	int status = 1;
	/* each step goes back to an earlier one, so this ends */
	for (int i = 0; i < RECIPE_STEPS_MAX && status > 0; i++) {
		struct unit u;
		status = find_unit(s, id, w->arena, &u, err);
		if (status > 0)
			status = add_ticket(w, s, &u, &id, err);
	}
	return status < 0 ? status : SOW_OK;
}

void lineage_ended(struct lineage_web *w, const struct rejected *r)
{
	char key[96], ticket[64];
	ticket_key(ticket, r->step, r->ticket);
	if (!is_known(&w->tickets, view_of(ticket)))
		return;
	snprintf(key, sizeof(key), "%s.%" PRId64, ticket, r->item);
	add_key(&w->ended, key);
	add_text(&w->ended, view_of(r->rule), CLIP_ID);
}

/* All of it */

static int add_named(struct lineage_web *w, struct lookup *l, const struct named *n,
		     struct buf *out, struct sow_error *err)
{
	struct view text;
	int status = lookup_instruction(l, n->step, n->id, w->arena, &text, err);
	if (status <= 0)
		return status;
	buf_addstr(out, out->data[out->len - 1] == '{' ? "" : ",");
	add_text(out, n->id, CLIP_ID);
	buf_addch(out, ':');
	add_text(out, text, CLIP_LINE);
	return out->status;
}

int lineage_json(struct lineage_web *w, struct lookup *l, struct buf *out, struct sow_error *err)
{
	const struct { const char *key; struct buf *members; } objects[] = {
		{ "chains", &w->chains }, { "ended", &w->ended }, { "asked", &w->asked },
	};
	int status = SOW_OK;
	buf_addch(out, '{');
	for (size_t i = 0; i < 3; i++) {
		add_key(out, objects[i].key);
		buf_addch(out, '{');
		buf_add(out, objects[i].members->data, objects[i].members->len);
		buf_addch(out, '}');
	}
	add_key(out, "texts");
	buf_addch(out, '{');
	for (size_t i = 0; i < w->named_count && !status; i++)
		status = add_named(w, l, &w->named[i], out, err);
	buf_addstr(out, "}}");
	return status;
}
