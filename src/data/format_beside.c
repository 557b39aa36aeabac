#include "data/format_private.h"

#include "base/error.h"

/* Names go into YAML as JSON texts, which are valid YAML. */
static int add_quoted(struct buf *out, const char *name)
{
	struct json_out *json = json_out_new();
	json_out_text(json, NULL, view_of(name));
	int status = json_out_write(json, out, JSON_LINE);
	json_out_free(json);
	return status;
}

static int add_axolotl(struct buf *out, const char *list, const char *name)
{
	const char *kind = view_ends(view_of(name), ".parquet") ? "parquet"
			   : view_ends(view_of(name), ".csv")   ? "csv"
								: "json";
	buf_addf(out, "%s:\n  - path: ", list);
	int status = add_quoted(out, name);
	buf_addf(out, "\n    ds_type: %s\n", kind);
	buf_addstr(out, "    split: train\n"
			"    type: chat_template\n"
			"    field_messages: messages\n"
			"    message_property_mappings:\n"
			"      role: role\n"
			"      content: content\n"
			"    roles_to_train: [\"assistant\"]\n");
	return status;
}

static int bad_name(int status, const char *name, struct sow_error *err)
{
	if (status == SOW_INVALID)
		return error_set(err, SOW_USAGE, "expected a file name in UTF-8, not '%s'", name);
	return error_nomem(err);
}

int beside_axolotl(const struct beside *b, struct buf *out, struct sow_error *err)
{
	buf_addstr(out, "# To be put into an Axolotl configuration; paths are as seen from where\n"
			"# the training starts.\n");
	int status = add_axolotl(out, "datasets", b->data);
	if (!status && b->validation)
		status = add_axolotl(out, "test_datasets", b->validation);
	if (!status)
		status = out->status;
	return status ? bad_name(status, b->data, err) : SOW_OK;
}

/* dataset_info.json: one object with a member for each data set */

static void add_tags(struct json_out *json, bool tools)
{
	static const char *const tags[][2] = {
		{ "role_tag", "role" }, { "content_tag", "content" }, { "user_tag", "user" },
		{ "assistant_tag", "assistant" }, { "system_tag", "system" },
		{ "observation_tag", "observation" }, { "function_tag", "function_call" },
	};
	size_t count = sizeof(tags) / sizeof(tags[0]) - (tools ? 0 : 2);
	json_out_object(json, "tags");
	for (size_t i = 0; i < count; i++)
		json_out_text(json, tags[i][0], view_of(tags[i][1]));
	json_out_end(json);
}

static void add_entry(struct json_out *json, const char *key, const char *file, bool ranking,
		      bool tools)
{
	json_out_object(json, key);
	json_out_text(json, "file_name", view_of(file));
	json_out_text(json, "formatting", view_of("sharegpt"));
	if (ranking)
		json_out_bool(json, "ranking", true);
	json_out_object(json, "columns");
	json_out_text(json, "messages", view_of(ranking ? "conversations" : "messages"));
	if (ranking) {
		json_out_text(json, "chosen", view_of("chosen"));
		json_out_text(json, "rejected", view_of("rejected"));
	}
	if (tools)
		json_out_text(json, "tools", view_of("tools"));
	json_out_end(json);
	if (!ranking) /* whose turns are in the form that the trainer expects */
		add_tags(json, tools);
	json_out_end(json);
}

/* Keeps the entries of others in the file. */
static void keep_others(struct json_out *json, const json_value *found, const char *const keys[2])
{
	for (const json_value *v = json_first(found); v; v = json_next(found, v)) {
		struct view key = json_key(v);
		if (!view_eqstr(key, keys[0]) && !(keys[1] && view_eqstr(key, keys[1])))
			json_out_value(json, key.p, v);
	}
}

static int write_info(const struct beside *b, const json_value *found, const char *const keys[2],
		      bool ranking, struct buf *out, struct sow_error *err)
{
	struct json_out *json = json_out_new();
	json_out_object(json, NULL);
	keep_others(json, found, keys);
	add_entry(json, keys[0], b->data, ranking, b->tools);
	if (b->validation)
		add_entry(json, keys[1], b->validation, ranking, b->tools);
	json_out_end(json);
	int status = json_out_write(json, out, JSON_PRETTY);
	json_out_free(json);
	if (!status)
		status = buf_addch(out, '\n');
	return status ? bad_name(status, b->data, err) : SOW_OK;
}

static int check_name(const char *name, struct sow_error *err)
{
	struct view v = view_of(name);
	if (view_ends(v, ".json") || view_ends(v, ".jsonl") || view_ends(v, ".parquet"))
		return SOW_OK;
	return error_set(err, SOW_USAGE, "%s: LLaMA-Factory knows a file by its ending; expected "
			 ".json, .jsonl or .parquet", name);
}

static int merge(const struct beside *b, const json_value *found, bool ranking, struct buf *out,
		 struct sow_error *err)
{
	struct buf keys[2] = { BUF_INIT, BUF_INIT };
	for (size_t i = 0; i < 2; i++) {
		struct view stem = format_stem(i ? b->validation : b->data);
		buf_add(&keys[i], stem.p, stem.len);
	}
	int status = SOW_OK;
	const char *const names[] = { keys[0].data, b->validation ? keys[1].data : NULL };
	if (!status)
		status = write_info(b, found, names, ranking, out, err);
	buf_release(&keys[0]);
	buf_release(&keys[1]);
	return status;
}

static int make_info(const struct beside *b, bool ranking, struct buf *out, struct sow_error *err)
{
	struct json *doc = NULL;
	int status = check_name(b->data, err);
	if (status)
		return status;
	if (view_trim(b->found).len) {
		struct sow_error own = { 0 };
		doc = json_parse(b->found.p, b->found.len, &own);
		if (!doc)
			return error_set(err, own.status, "%s", own.text);
		if (json_type(json_root(doc)) != JSON_OBJECT)
			status = error_set(err, SOW_INVALID, "expected an object, not %s",
					   json_type_name(json_type(json_root(doc))));
	}
	if (!status)
		status = merge(b, json_root(doc), ranking, out, err);
	json_free(doc);
	return status;
}

int beside_llama_factory(const struct beside *b, struct buf *out, struct sow_error *err)
{
	return make_info(b, false, out, err);
}

int beside_llama_factory_preference(const struct beside *b, struct buf *out, struct sow_error *err)
{
	return make_info(b, true, out, err);
}
