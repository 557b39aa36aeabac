#include "data/tool_calls.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/utf8.h"

static bool is_call(const json_value *v)
{
	return json_type(v) == JSON_OBJECT &&
	       (json_type(json_get(v, "name")) == JSON_TEXT || json_get(v, "function"));
}

/* {"id", "name", "arguments"}: the id belongs to the call, the rest to the function. */
static void add_flat_call(struct buf *out, const json_value *call)
{
	buf_addch(out, '{');
	for (const json_value *v = json_first(call); v; v = json_next(call, v)) {
		if (view_eqstr(json_key(v), "id") || view_eqstr(json_key(v), "type"))
			json_add_member(out, v);
	}
	if (!json_get(call, "type"))
		buf_addf(out, "%s\"type\":\"function\"", json_get(call, "id") ? "," : "");
	buf_addstr(out, ",\"function\":{");
	for (const json_value *v = json_first(call); v; v = json_next(call, v)) {
		if (!view_eqstr(json_key(v), "id") && !view_eqstr(json_key(v), "type"))
			json_add_member(out, v);
	}
	buf_addstr(out, "}}");
}

/* Appended to those in `out`. */
static int wrap(const json_value *v, struct arena *a, struct view *out, struct sow_error *err)
{
	struct buf text = BUF_INIT;
	bool many = json_type(v) == JSON_ARRAY;
	if (many && !json_count(v))
		return SOW_OK;
	buf_add(&text, out->len ? out->p : "[", out->len ? out->len - 1 : 1);
	for (const json_value *c = many ? json_first(v) : v; c; c = many ? json_next(v, c) : NULL) {
		if (!is_call(c)) {
			buf_release(&text);
			return error_set(err, SOW_INVALID, "expected a tool call, an object with "
					 "\"name\" and \"arguments\"");
		}
		if (text.len > 1)
			buf_addch(&text, ',');
		if (json_get(c, "function"))
			json_add_value(&text, c);
		else
			add_flat_call(&text, c);
	}
	buf_addch(&text, ']');
	*out = arena_takebuf(a, &text);
	return SOW_OK;
}

int tool_calls_parse(struct view text, struct arena *a, struct view *out, struct sow_error *err)
{
	struct view begin = utf8_head(text, 40);
	struct json *doc = json_parse_lenient(text, a, NULL, NULL, NULL);
	if (!doc)
		return error_set(err, SOW_INVALID, "expected a tool call as JSON, not '%.*s'", VIEW_ARG(begin));
	return wrap(json_root(doc), a, out, err);
}

int tool_calls_read(const json_value *v, struct arena *a, struct view *out, struct sow_error *err)
{
	if (json_type(v) == JSON_TEXT)
		return json_text(v).len ? tool_calls_parse(json_text(v), a, out, err) : SOW_OK;
	return wrap(v, a, out, err);
}

/* In the form that a format needs */

static void add_arguments(struct buf *out, const json_value *v, enum arguments_form form,
			  struct arena *a)
{
	struct sow_error err = { 0 };
	bool is_text = json_type(v) == JSON_TEXT;
	if (form == ARGUMENTS_TEXT && !is_text) {
		struct view object = json_compact(v, a);
		buf_addch(out, '"');
		json_escape(out, object);
		buf_addch(out, '"');
		return;
	}
	struct json *doc = form == ARGUMENTS_OBJECT && is_text
				   ? json_parse_lenient(json_text(v), a, NULL, NULL, &err) : NULL;
	/* a text that is not the JSON of an object stays a text */
	json_add_value(out, json_type(json_root(doc)) == JSON_OBJECT ? json_root(doc) : v);
}

static void add_function(struct buf *out, const json_value *function, enum arguments_form form,
			 struct arena *a)
{
	buf_addch(out, '{');
	for (const json_value *v = json_first(function); v; v = json_next(function, v)) {
		json_add_key(out, json_key(v));
		if (view_eqstr(json_key(v), "arguments"))
			add_arguments(out, v, form, a);
		else
			json_add_value(out, v);
	}
	buf_addch(out, '}');
}

static void add_call(struct buf *out, const json_value *call, enum arguments_form form,
		     size_t *number, struct arena *a)
{
	bool has_id = json_text(json_get(call, "id")).len > 0;
	buf_addch(out, '{');
	if (number)
		++*number;
	if (number && !has_id)
		buf_addf(out, "\"id\":\"call_%zu\"", *number);
	for (const json_value *v = json_first(call); v; v = json_next(call, v)) {
		if (number && !has_id && view_eqstr(json_key(v), "id"))
			continue;
		json_add_key(out, json_key(v));
		if (view_eqstr(json_key(v), "function"))
			add_function(out, v, form, a);
		else
			json_add_value(out, v);
	}
	buf_addch(out, '}');
}

struct view tool_calls_write(struct view calls, enum arguments_form form, size_t *number,
			     struct arena *a)
{
	struct sow_error err = { 0 };
	struct buf text = BUF_INIT;
	if (form == ARGUMENTS_AS_CAME && !number)
		return calls;
	struct json *doc = json_parse_lenient(calls, a, NULL, NULL, &err);
	if (!doc)
		return (struct view){ 0 };
	const json_value *list = json_root(doc);
	buf_addch(&text, '[');
	for (const json_value *v = json_first(list); v; v = json_next(list, v)) {
		if (text.len > 1)
			buf_addch(&text, ',');
		add_call(&text, v, form, number, a);
	}
	buf_addch(&text, ']');
	return arena_takebuf(a, &text);
}
