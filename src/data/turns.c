#include "data/turns.h"

#include "io/json.h"

const char *const role_names[] = { "", "system", "user", "assistant" };

int turns_write(const struct turn *turns, size_t count, struct buf *out)
{
	struct json_out *json = json_out_new();
	if (!json)
		return SOW_NOMEM;
	json_out_array(json, NULL);
	for (size_t i = 0; i < count; i++) {
		json_out_object(json, NULL);
		json_out_text(json, "role", view_of(role_names[turns[i].role]));
		json_out_text(json, "content", turns[i].text);
		json_out_end(json);
	}
	json_out_end(json);
	int status = json_out_write(json, out, JSON_LINE);
	json_out_free(json);
	return status;
}

static int read_turn(const json_value *v, struct arena *a, struct turn *turn)
{
	struct view role = json_text(json_get(v, "role")), text = json_text(json_get(v, "content"));
	for (int i = ROLE_SYSTEM; i <= ROLE_ASSISTANT; i++) {
		if (view_eqstr(role, role_names[i]))
			turn->role = (enum role)i;
	}
	const char *copy = arena_copyview(a, text);
	turn->text = view_from(copy, text.len);
	return !turn->role ? SOW_INVALID : copy ? SOW_OK : SOW_NOMEM;
}

int turns_read(struct view text, struct arena *a, struct turn **turns, size_t *count)
{
	struct sow_error err = { 0 };
	struct json *doc = json_parse(text.p, text.len, &err);
	if (!doc)
		return (int)err.status;
	const json_value *root = json_root(doc);
	size_t n = 0;
	int status = json_type(root) == JSON_ARRAY ? SOW_OK : SOW_INVALID;
	if (!status && !(*turns = arena_array(a, json_count(root), sizeof(**turns))))
		status = SOW_NOMEM;
	for (const json_value *v = status ? NULL : json_first(root); v && !status;
	     v = json_next(root, v))
		status = read_turn(v, a, &(*turns)[n++]);
	*count = n;
	json_free(doc);
	return status;
}

int turns_join(struct view instruction, struct view input, struct buf *out)
{
	buf_add(out, instruction.p, instruction.len);
	if (input.len) {
		buf_addstr(out, "\n\n");
		buf_add(out, input.p, input.len);
	}
	return out->status;
}
