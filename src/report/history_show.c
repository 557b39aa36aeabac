#include <inttypes.h>

#include "base/error.h"
#include "data/format.h"
#include "io/json.h"
#include "report/history.h"

static const char *const states[] = { "under way", "finished", "failed" };

static const struct unit *record_of(const struct history *h)
{
	return h->chain_count ? &h->chain[h->chain_count - 1].unit : NULL;
}

static const char *state_of(const struct unit *u)
{
	return u->state < sizeof(states) / sizeof(*states) ? states[u->state] : "unknown";
}

/* As text */

static void print_known(struct record_view *page, const struct known_text *t, bool has_score)
{
	struct record_view brief = *page;
	brief.most = 2;
	struct buf name = BUF_INIT;
	if (has_score)
		buf_addf(&name, "%.3f  ", t->score);
	buf_add(&name, t->id.p, t->id.len);
	record_view_text(page, 4, TONE_QUIET, view_from(name.data, name.len));
	record_view_text(&brief, 6, TONE_PLAIN, t->text);
	buf_release_part(&name, page->out);
}

static void print_all_known(struct record_view *page, const char *title,
			    const struct known_text *list, size_t count, bool has_score)
{
	if (!count)
		return;
	buf_addch(page->out, '\n');
	record_view_text(page, 2, TONE_LABEL, view_of(title));
	for (size_t i = 0; i < count; i++)
		print_known(page, &list[i], has_score);
}

static void describe_link(const struct link *l, struct buf *out)
{
	const struct unit *u = &l->unit;
	if (u->operation.len)
		buf_addf(out, "%.*s, ", VIEW_ARG(u->operation));
	if (u->source.len)
		buf_addf(out, "input %" PRId64 " (%.*s)", u->ticket, VIEW_ARG(u->source));
	else
		buf_addf(out, "request %" PRId64, u->ticket);
	buf_addf(out, " of step %" PRId64 ", %.*s", u->step, VIEW_ARG(l->method));
}

/* From the first link to the record itself, each indented a little more. */
static void print_chain(const struct history *h, struct record_view *page)
{
	struct record_view brief = *page;
	struct buf what = BUF_INIT;
	char id[UNIT_ID_MAX];
	brief.most = 2;
	buf_addch(page->out, '\n');
	record_view_text(page, 2, TONE_LABEL, view_of("Lineage"));
	for (size_t i = 0; i < h->chain_count; i++) {
		const struct unit *u = &h->chain[i].unit;
		size_t indent = 4 + 2 * (i < 8 ? i : 8);
		unit_id(id, u->step, u->ticket, u->item);
		buf_clear(&what);
		describe_link(&h->chain[i], &what);
		record_view_heading(page, indent, view_of(id), TONE_QUIET,
				    view_from(what.data, what.len));
		if (i + 1 < h->chain_count) /* the last one's is shown above */
			record_view_text(&brief, indent + 2, TONE_PLAIN, u->instruction);
	}
	buf_release_part(&what, page->out);
}

static void print_record(const struct history *h, struct record_view *page)
{
	const struct unit *u = record_of(h);
	record_view_text(page, 2, TONE_PLAIN, h->task.instruction);
	record_view_answers(page, &h->task);
	buf_addch(page->out, '\n');
	record_view_field(page, "State", view_of(state_of(u)));
	if (u->is_classification >= 0)
		record_view_field(page, "Class", view_of(u->is_classification ? "classification"
								       : "no classification"));
}

static void print_rejects(const struct history *h, struct record_view *page)
{
	if (h->chain_count && h->reject_count) {
		buf_addch(page->out, '\n');
		record_view_text(page, 2, TONE_LABEL, view_of("Rejected of it"));
	}
	for (size_t i = 0; i < h->reject_count; i++) {
		const struct rejected *r = &h->rejects[i];
		record_view_text(page, h->chain_count ? 4 : 2, TONE_BAD, view_of(r->rule));
		record_view_text(page, 6, TONE_PLAIN, r->text);
		record_view_reason(page, 6, r, h->reject_near[i]);
	}
}

void history_print(const struct history *h, struct record_view *page)
{
	char id[UNIT_ID_MAX];
	unit_id(id, h->at.step, h->at.ticket, h->at.item);
	record_view_heading(page, 0, view_of(id), TONE_NAME, view_of(""));
	if (h->chain_count)
		print_record(h, page);
	print_rejects(h, page);
	print_all_known(page, "Nearest when it was accepted, by ROUGE-L", h->nearest,
			h->nearest_count, true);
	if (h->chain_count)
		print_chain(h, page);
	print_all_known(page, "Examples that its request showed", h->examples, h->example_count,
			false);
}

/* As JSON */

static void json_known(struct json_out *out, const char *key, const struct known_text *list,
		       size_t count, bool has_score)
{
	json_out_array(out, key);
	for (size_t i = 0; i < count; i++) {
		json_out_object(out, NULL);
		json_out_text(out, "id", list[i].id);
		if (has_score)
			json_out_number(out, "score", list[i].score);
		if (list[i].text.len)
			json_out_text(out, "instruction", list[i].text);
		json_out_end(out);
	}
	json_out_end(out);
}

static void json_chain(struct json_out *out, const struct history *h)
{
	char id[UNIT_ID_MAX];
	json_out_array(out, "lineage");
	for (size_t i = 0; i < h->chain_count; i++) {
		const struct unit *u = &h->chain[i].unit;
		unit_id(id, u->step, u->ticket, u->item);
		json_out_object(out, NULL);
		json_out_text(out, "id", view_of(id));
		json_out_integer(out, "step", u->step);
		json_out_text(out, "method", h->chain[i].method);
		if (u->source.len)
			json_out_text(out, "source", u->source);
		if (u->operation.len)
			json_out_text(out, "operation", u->operation);
		json_out_text(out, "instruction", u->instruction);
		json_out_end(out);
	}
	json_out_end(out);
}

static void json_rejects(struct json_out *out, const struct history *h)
{
	json_out_array(out, "rejects");
	for (size_t i = 0; i < h->reject_count; i++) {
		json_out_object(out, NULL);
		record_view_rejected_json(&h->rejects[i], h->reject_near[i], out);
		json_out_end(out);
	}
	json_out_end(out);
}

int history_json(const struct history *h, struct buf *buf, struct sow_error *err)
{
	struct json_out *out = json_out_new();
	const struct unit *u = record_of(h);
	char id[UNIT_ID_MAX];
	unit_id(id, h->at.step, h->at.ticket, h->at.item);
	json_out_object(out, NULL);
	json_out_text(out, "id", view_of(id));
	json_out_bool(out, "accepted", u != NULL);
	if (u) {
		json_out_text(out, "state", view_of(state_of(u)));
		format_record_members(out, &h->task);
	}
	json_rejects(out, h);
	json_known(out, "nearest", h->nearest, h->nearest_count, true);
	json_chain(out, h);
	json_known(out, "examples", h->examples, h->example_count, false);
	json_out_end(out);
	int status = json_out_write(out, buf, JSON_PRETTY);
	json_out_free(out);
	buf_addch(buf, '\n');
	return status ? error_set(err, SOW_INVALID, "%s: a text of it is not UTF-8", id) : SOW_OK;
}
