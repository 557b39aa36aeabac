#include "clean/record.h"

#include "base/error.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "io/json.h"

#define KEYS_MAX 64

struct keys {
	const char *names[KEYS_MAX];
	size_t count;
};

static const char *key_name(const void *data, size_t i)
{
	return ((const struct keys *)data)->names[i];
}

static int no_field(const json_value *root, const char *path, size_t number, const char *field,
		    struct sow_error *err)
{
	struct keys keys = { .count = 0 };
	const json_value *v = json_first(root);
	for (; v && keys.count < KEYS_MAX; v = json_next(root, v))
		keys.names[keys.count++] = json_key(v).p;
	const char *near = nearest_name(field, key_name, &keys, keys.count);
	if (!near && keys.count == 1)
		near = keys.names[0];
	if (near)
		return error_set(err, SOW_INVALID, "%s:%zu: no field \"%s\"; did you mean \"%s\"?", path,
				 number, field, near);
	return error_set(err, SOW_INVALID, "%s:%zu: no field \"%s\"", path, number, field);
}

static int add_field(const json_value *root, const char *path, size_t number, const char *field,
		     bool needed, struct buf *text, struct sow_error *err)
{
	const json_value *v = json_get(root, field);
	enum json_type type = json_type(v);
	if (!v && needed)
		return no_field(root, path, number, field, err);
	if (!v)
		return SOW_OK;
	if (type != JSON_TEXT)
		return error_set(err, SOW_INVALID, "%s:%zu: expected a text in \"%s\", not %s", path,
				 number, field, json_type_name(type));
	struct view found = json_text(v);
	if (!needed)
		buf_addch(text, '\n');
	return buf_add(text, found.p, found.len) ? error_nomem(err) : SOW_OK;
}

int record_text(const struct clean_options *o, const char *path, size_t number, struct view raw,
		struct buf *text, struct sow_error *err)
{
	size_t bad;
	buf_clear(text);
	if (o->plain) {
		if (utf8_valid(raw.p, raw.len, &bad))
			return SOW_OK;
		return error_set(err, SOW_INVALID, "%s:%zu:%zu: expected UTF-8", path, number,
				 utf8_count(raw.p, bad) + 1);
	}
	struct json *doc = json_parse_line(path, number, raw, err);
	if (!doc)
		return err->status;
	const json_value *root = json_root(doc);
	int status = SOW_OK;
	if (json_type(root) != JSON_OBJECT)
		status = error_set(err, SOW_INVALID, "%s:%zu: expected an object, not %s", path, number,
				   json_type_name(json_type(root)));
	for (size_t i = 0; i < o->field_count && !status; i++)
		status = add_field(root, path, number, o->fields[i], i == 0, text, err);
	json_free(doc);
	return status;
}
