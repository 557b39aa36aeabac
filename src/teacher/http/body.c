#include "teacher/http/body.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "io/json.h"

/* Members that other options set, or that would make the answer unreadable. */
static bool is_ours(struct view name)
{
	static const char *const names[] = { "model", "messages", "prompt", "system", "stream", "n" };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (view_eqstr(name, names[i]))
			return true;
	}
	return false;
}

static uint32_t part_bit(struct view name)
{
	for (uint32_t i = 0; i < PARAM_SYSTEM; i++) {
		if (view_eqstr(name, param_names[i]))
			return 1u << i;
	}
	return view_eqstr(name, "stop_sequences") ? 1u << PARAM_STOP : 0;
}

static int read_extra(const json_value *root, uint32_t *overridden, struct sow_error *err)
{
	*overridden = 0;
	if (json_type(root) != JSON_OBJECT)
		return error_set(err, SOW_USAGE, "--extra-body: expected a JSON object, not %s",
				 json_type_name(json_type(root)));
	for (const json_value *v = json_first(root); v; v = json_next(root, v)) {
		struct view name = json_key(v);
		if (is_ours(name))
			return error_set(err, SOW_USAGE,
					 "--extra-body: '%.*s' is set by sow itself",
					 VIEW_ARG(name));
		*overridden |= part_bit(name);
	}
	return SOW_OK;
}

int body_extra(const char *json, char **members, uint32_t *overridden, struct sow_error *err)
{
	struct buf text = BUF_INIT;
	struct sow_error why = { 0 };
	struct json *doc = json_parse(json, strlen(json), &why);
	if (!doc)
		return error_set(err, SOW_USAGE, "--extra-body: %s", why.text);
	int status = read_extra(json_root(doc), overridden, err);
	if (!status) {
		json_add_value(&text, json_root(doc));
		*members = mem_copy(text.data + 1, text.len - 2);
	}
	buf_release(&text);
	json_free(doc);
	return status;
}

struct body_writer body_begin(struct buf *out, const struct body_style *s, const struct param_support *d,
			      struct params_sent *sent)
{
	*sent = (struct params_sent){ .without = (1u << PARAM_COUNT) - 1 };
	buf_addstr(out, "{\"model\":");
	buf_addstr(out, s->model);
	return (struct body_writer){ out, d, sent, s->overridden };
}

bool body_open(struct body_writer *w, enum param part, const char *name)
{
	w->sent->left_out |= w->d->without & ~w->overridden & 1u << part;
	if ((w->d->without | w->overridden) & 1u << part)
		return false;
	w->sent->without &= ~(1u << part);
	buf_addf(w->out, ",\"%s\":", name);
	return true;
}

/* The value, moved into the range that the server takes. */
static double value_sent(struct body_writer *w, enum param part, double x)
{
	return w->sent->value[part] = bounds_clamp(&w->d->bounds[part], x);
}

void body_number(struct body_writer *w, enum param part, double x)
{
	if (body_open(w, part, param_names[part]))
		json_add_number(w->out, value_sent(w, part, x));
}

void body_integer(struct body_writer *w, enum param part, int64_t n)
{
	if (body_open(w, part, param_names[part]))
		buf_addf(w->out, "%lld", (long long)value_sent(w, part, (double)n));
}

void body_temperature(struct body_writer *w, const struct sampling *s)
{
	bool greedy = s->top_p >= 0 && s->top_p <= 0;
	if (greedy || s->temperature >= 0)
		body_number(w, PARAM_TEMPERATURE, greedy ? 0 : s->temperature);
}

void body_bound(struct body_writer *w, const struct body_style *s, enum param part, int64_t most)
{
	body_integer(w, part, most > s->max_completion_tokens ? most : s->max_completion_tokens);
}

void body_stops(struct body_writer *w, const char *name, const struct sampling *s, bool takes_blanks)
{
	int count = 0;
	for (size_t i = 0; i < s->stop_count; i++) {
		bool is_taken = (takes_blanks || view_trim(s->stops[i]).len) &&
				(!w->d->stops_most || count < w->d->stops_most);
		if (!is_taken || (!count && !body_open(w, PARAM_STOP, name)))
			continue;
		buf_addstr(w->out, count++ ? ",\"" : "[\"");
		json_escape(w->out, s->stops[i]);
		buf_addch(w->out, '"');
	}
	if (count)
		buf_addch(w->out, ']');
	w->sent->stops = count;
}

/* Some servers take a missing member for true. */
void body_stream(const struct body_writer *w, const struct body_style *s)
{
	buf_addstr(w->out, s->stream ? ",\"stream\":true" : ",\"stream\":false");
}

void body_text(struct buf *out, const char *name, struct view text)
{
	buf_addf(out, ",\"%s\":\"", name);
	json_escape(out, text);
	buf_addch(out, '"');
}

void body_json(struct buf *out, const char *name, struct view json)
{
	if (!json.p)
		out->status = SOW_INVALID;
	buf_addf(out, ",\"%s\":", name);
	buf_add(out, json.p, json.len);
}

void body_end(const struct body_writer *w, const struct body_style *s)
{
	if (*s->extra) {
		buf_addch(w->out, ',');
		buf_addstr(w->out, s->extra);
	}
	buf_addch(w->out, '}');
}

const char *body_refusal(int status)
{
	if (status == SOW_USAGE)
		return "a chat cannot be sent to /completions; expected --api chat, or prompts that are "
		       "plain text";
	return "its content, tools or tool calls are not JSON";
}

struct arena *body_arena(const struct request *r)
{
	for (size_t i = 0; i < r->part_count; i++) {
		if (r->parts[i].tool_calls.len)
			return arena_new();
	}
	return NULL;
}
