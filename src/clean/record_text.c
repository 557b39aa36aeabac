#include "clean/line_text.h"

#include "base/error.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "io/json.h"

#define KEYS_MAX 64
#define KEYS_TOLD 6

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
	if (near)
		return error_set(err, SOW_INVALID, "%s:%zu: no field \"%s\"; did you mean \"%s\"?",
				 path, number, field, near);
	struct buf names = BUF_INIT;
	for (size_t i = 0; i < keys.count && i < KEYS_TOLD; i++)
		buf_addf(&names, "%s\"%s\"", i ? ", " : "", keys.names[i]);
	error_set(err, SOW_INVALID, "%s:%zu: no field \"%s\" among %s%s", path, number, field,
		  keys.count ? names.data : "none", keys.count > KEYS_TOLD ? ", …" : "");
	buf_release(&names);
	return SOW_INVALID;
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
		return error_set(err, SOW_INVALID, "%s:%zu: expected a text in \"%s\", not %s",
				 path, number, field, json_type_name(type));
	struct view found = json_text(v);
	if (!needed)
		buf_addch(text, '\n');
	return buf_add(text, found.p, found.len) ? error_nomem(err) : SOW_OK;
}

static int read_score(const json_value *root, const char *path, size_t number, const char *field,
		      double *rank, struct sow_error *err)
{
	const json_value *v = json_get(root, field);
	if (!v)
		return no_field(root, path, number, field, err);
	if (json_type(v) != JSON_NUMBER)
		return error_set(err, SOW_INVALID, "%s:%zu: expected a number in \"%s\", not %s",
				 path, number, field, json_type_name(json_type(v)));
	*rank = json_number(v);
	return SOW_OK;
}

static int read_plain(const char *path, struct clean_line *line, struct sow_error *err)
{
	size_t bad;
	line->text = line->raw;
	line->rank = (double)line->raw.len;
	if (utf8_valid(line->raw.p, line->raw.len, &bad))
		return SOW_OK;
	return error_set(err, SOW_INVALID, "%s:%zu:%zu: expected UTF-8", path, line->number,
			 utf8_count(line->raw.p, bad) + 1);
}

int line_text_read(const struct clean_options *o, const char *path, struct clean_line *line,
		struct buf *text, struct sow_error *err)
{
	if (o->plain)
		return read_plain(path, line, err);
	struct json *doc = json_parse_line(path, line->number, line->raw, err);
	if (!doc)
		return err->status;
	const json_value *root = json_root(doc);
	int status = SOW_OK;
	buf_renew(text);
	if (json_type(root) != JSON_OBJECT)
		status = error_set(err, SOW_INVALID, "%s:%zu: expected an object, not %s", path,
				   line->number, json_type_name(json_type(root)));
	for (size_t i = 0; i < o->field_count && !status; i++)
		status = add_field(root, path, line->number, o->fields[i], i == 0, text, err);
	line->text = view_from(text->data, text->len);
	line->rank = (double)text->len;
	if (!status && o->score_field)
		status = read_score(root, path, line->number, o->score_field, &line->rank, err);
	json_free(doc);
	return status;
}
