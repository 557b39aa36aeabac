#include "teacher/http/body.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "data/tool_calls.h"
#include "io/json.h"

#define SEED_MASK 0x7fffffffu        /* some servers read 32 bits with a sign */

/* -- what the user adds --------------------------------------------------------------- */

/* Set by other options, or what the answer could not be read with. */
static bool is_ours(struct view name)
{
	static const char *const names[] = { "model", "messages", "prompt", "stream", "n" };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (view_eqstr(name, names[i]))
			return true;
	}
	return false;
}

static uint32_t part_bit(struct view name)
{
	for (uint32_t i = 0; i < DIALECT_SYSTEM; i++) {
		if (view_eqstr(name, dialect_part_names[i]))
			return 1u << i;
	}
	return 0;
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
		return why.status == SOW_NOMEM
			       ? error_nomem(err)
			       : error_set(err, SOW_USAGE, "--extra-body: %s", why.text);
	int status = read_extra(json_root(doc), overridden, err);
	struct json_out *out = status ? NULL : json_out_new();
	if (!status) {
		if (out) {
			json_out_value(out, NULL, json_root(doc));
			json_out_write(out, &text, JSON_LINE);
		}
		*members = out && !buf_failed(&text) && text.len ? mem_copy(text.data + 1, text.len - 2)
								 : NULL;
		if (!*members)
			status = error_nomem(err);
	}
	json_out_free(out);
	buf_release(&text);
	json_free(doc);
	return status;
}

/* -- requests ------------------------------------------------------------------------- */

static enum role role_sent(const struct request *r, size_t i, const struct dialect *d)
{
	enum role role = r->parts[i].role;
	bool is_system = role == ROLE_SYSTEM || role == ROLE_DEVELOPER;
	if (role == ROLE_NONE || (is_system && d->without & 1u << DIALECT_SYSTEM))
		return ROLE_USER;
	return role;
}

/* A member whose value is JSON. */
static void add_json(struct buf *out, const char *name, struct view json)
{
	if (!json.p)
		out->status = SOW_NOMEM;
	buf_addf(out, ",\"%s\":", name);
	buf_add(out, json.p, json.len);
}

static void add_text(struct buf *out, const char *name, struct view text)
{
	if (!text.len)
		return;
	buf_addf(out, ",\"%s\":\"", name);
	json_escape(out, text);
	buf_addch(out, '"');
}

/* A turn that is more than a text. Servers want the arguments of a call as a text. */
static void write_whole(struct buf *out, const struct part *p, enum role role, struct arena *a)
{
	buf_addf(out, "{\"role\":\"%s\"", role_names[role]);
	if (p->content.len) {
		add_json(out, "content", p->content);
	} else if (p->tool_calls.len && !p->text.len) {
		add_json(out, "content", view_of("null"));
	} else {
		buf_addstr(out, ",\"content\":\"");
		json_escape(out, p->text);
		buf_addch(out, '"');
	}
	if (p->tool_calls.len)
		add_json(out, "tool_calls", a ? tool_calls_write(p->tool_calls, ARGUMENTS_TEXT, NULL, a)
					      : view_from(NULL, 0));
	add_text(out, "tool_call_id", p->tool_call_id);
	add_text(out, "name", p->name);
	buf_addch(out, '}');
}

/* Neighbours of one role are one message. Two that only share it because the server knows no
 * system role are parted by an empty line. */
static void write_messages(struct buf *out, const struct request *r, const struct dialect *d,
			   struct dialect_sent *sent, struct arena *a)
{
	enum role open = ROLE_NONE;
	buf_addstr(out, ",\"messages\":[");
	for (size_t i = 0; i < r->part_count; i++) {
		const struct part *p = &r->parts[i];
		enum role role = role_sent(r, i, d);
		if (role == ROLE_SYSTEM || role == ROLE_DEVELOPER)
			sent->without &= ~(1u << DIALECT_SYSTEM);
		if (part_is_whole(p) || role != open) {
			buf_addstr(out, open ? "\"}" : "");
			buf_addstr(out, i ? "," : "");
			open = ROLE_NONE;
		}
		if (part_is_whole(p)) {
			write_whole(out, p, role, a);
			continue;
		}
		if (!open)
			buf_addf(out, "{\"role\":\"%s\",\"content\":\"", role_names[role]);
		else if (p->role != p[-1].role)
			buf_addstr(out, "\\n\\n");
		open = role;
		json_escape(out, p->text);
	}
	buf_addstr(out, open ? "\"}]" : "]");
	if (r->tools.len)
		add_json(out, "tools", r->tools);
}

/* Memory for the calls of its turns; NULL where there are none, or no memory. */
static struct arena *arena_for_calls(const struct request *r)
{
	for (size_t i = 0; i < r->part_count; i++) {
		if (r->parts[i].tool_calls.len)
			return arena_new();
	}
	return NULL;
}

static void write_prompt(struct buf *out, const struct request *r)
{
	buf_addstr(out, ",\"prompt\":\"");
	for (size_t i = 0; i < r->part_count; i++)
		json_escape(out, r->parts[i].text);
	buf_addch(out, '"');
}

/* The parameters of one request, as they come to stand in its body. */
struct writer {
	struct buf *out;
	const struct dialect *d;
	struct dialect_sent *sent;
	uint32_t overridden;
};

/* True if the part may be sent; its name is written then. */
static bool open_part(struct writer *w, enum dialect_part part)
{
	w->sent->left_out |= w->d->without & ~w->overridden & 1u << part;
	if ((w->d->without | w->overridden) & 1u << part)
		return false;
	w->sent->without &= ~(1u << part);
	buf_addch(w->out, ',');
	buf_addch(w->out, '"');
	buf_addstr(w->out, dialect_part_names[part]);
	buf_addstr(w->out, "\":");
	return true;
}

/* In the range that the server takes. */
static double value_sent(struct writer *w, enum dialect_part part, double x)
{
	return w->sent->value[part] = bounds_clamp(&w->d->bounds[part], x);
}

static void write_number(struct writer *w, enum dialect_part part, double x)
{
	if (open_part(w, part))
		json_add_number(w->out, value_sent(w, part, x));
}

static void write_integer(struct writer *w, enum dialect_part part, int64_t n)
{
	if (open_part(w, part))
		buf_addf(w->out, "%lld", (long long)value_sent(w, part, (double)n));
}

static void write_stops(struct writer *w, const struct sampling *s)
{
	size_t count = s->stop_count;
	if (w->d->stops_most && count > (size_t)w->d->stops_most)
		count = (size_t)w->d->stops_most;
	if (!count || !open_part(w, DIALECT_STOP))
		return;
	w->sent->stops = (int)count;
	for (size_t i = 0; i < count; i++) {
		buf_addstr(w->out, i ? ",\"" : "[\"");
		json_escape(w->out, s->stops[i]);
		buf_addch(w->out, '"');
	}
	buf_addch(w->out, ']');
}

static void write_bound(struct writer *w, const struct body_style *s, int64_t max_tokens)
{
	enum dialect_part part = s->max_completion_tokens ? DIALECT_MAX_COMPLETION_TOKENS
							  : DIALECT_MAX_TOKENS;
	const uint32_t both = 1u << DIALECT_MAX_TOKENS | 1u << DIALECT_MAX_COMPLETION_TOKENS;
	if (!max_tokens || w->overridden & both)
		return;
	if (w->d->without & 1u << part)
		part = part == DIALECT_MAX_TOKENS ? DIALECT_MAX_COMPLETION_TOKENS
						  : DIALECT_MAX_TOKENS;
	write_integer(w, part, max_tokens > s->max_completion_tokens ? max_tokens
								     : s->max_completion_tokens);
}

static void write_sampling(struct writer *w, const struct body_style *s, const struct request *r)
{
	const struct sampling *p = &r->sampling;
	bool greedy = p->top_p >= 0 && p->top_p <= 0;
	if (greedy || p->temperature >= 0)
		write_number(w, DIALECT_TEMPERATURE, greedy ? 0 : p->temperature);
	if (p->top_p > 0)
		write_number(w, DIALECT_TOP_P, p->top_p);
	if (p->top_k > 0)
		write_integer(w, DIALECT_TOP_K, p->top_k);
	if (p->presence_penalty < 0 || p->presence_penalty > 0)
		write_number(w, DIALECT_PRESENCE, p->presence_penalty);
	if (p->frequency_penalty < 0 || p->frequency_penalty > 0)
		write_number(w, DIALECT_FREQUENCY, p->frequency_penalty);
	write_bound(w, s, p->max_tokens);
	write_stops(w, p);
	write_integer(w, DIALECT_SEED, (int64_t)(r->seed & SEED_MASK));
}

int body_write(struct buf *out, const struct body_style *s, const struct dialect *d,
	       const struct request *r, struct dialect_sent *sent)
{
	struct writer w = { out, d, sent, s->overridden };
	*sent = (struct dialect_sent){ .without = (1u << DIALECT_PARTS) - 1 };
	if (!s->chat && r->part_count && r->parts[0].role != ROLE_NONE)
		return SOW_USAGE;
	buf_addstr(out, "{\"model\":");
	buf_addstr(out, s->model);
	struct arena *a = s->chat ? arena_for_calls(r) : NULL;
	if (s->chat)
		write_messages(out, r, d, sent, a);
	else
		write_prompt(out, r);
	arena_free(a);
	write_sampling(&w, s, r);
	/* Some servers take what is not said for true. */
	buf_addstr(out, s->stream ? ",\"stream\":true" : ",\"stream\":false");
	if (s->stream && open_part(&w, DIALECT_STREAM_OPTIONS))
		buf_addstr(out, "{\"include_usage\":true}");
	if (*s->extra) {
		buf_addch(out, ',');
		buf_addstr(out, s->extra);
	}
	buf_addch(out, '}');
	return buf_failed(out) ? SOW_NOMEM : SOW_OK;
}

