#include "method/fields.h"

#include "io/json.h"

int fields_of(const struct record *t, struct arena *a, struct view *fields)
{
	bool is_known = record_asks(t) || t->instance_count || !t->object.len;
	if (is_known)
		return record_further(t, a, fields);
	*fields = t->object;
	return SOW_OK;
}

static int change(struct view *fields, const char *name, struct view json, struct arena *a)
{
	const json_value *object = fields->len ? json_own(*fields, a) : NULL;
	struct buf text = BUF_INIT;
	if (fields->len && !object)
		return SOW_NOMEM;
	buf_addch(&text, '{');
	for (const json_value *v = json_first(object); v; v = json_next(object, v)) {
		if (!view_eqstr(json_key(v), name))
			json_add_member(&text, v);
	}
	if (json.len) {
		json_add_key(&text, view_of(name));
		buf_add(&text, json.p, json.len);
	}
	buf_addch(&text, '}');
	*fields = text.len == 2 ? view_of("") : arena_takebuf(a, &text);
	buf_release(&text);
	return SOW_OK;
}

int fields_set(struct view *fields, const char *name, struct view text, struct arena *a)
{
	struct buf json = BUF_INIT;
	json_add_text(&json, text);
	int status = change(fields, name, view_from(json.data, json.len), a);
	buf_release(&json);
	return status;
}

int fields_set_json(struct view *fields, const char *name, struct view json, struct arena *a)
{
	return change(fields, name, json, a);
}

int fields_drop(struct view *fields, const char *name, struct arena *a)
{
	return change(fields, name, view_of(""), a);
}
