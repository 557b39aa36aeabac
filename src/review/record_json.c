#include "review/record_json.h"

static void text_if(struct json_out *out, const char *key, struct view text)
{
	if (text.len)
		json_out_text(out, key, text);
}

static void raw_if(struct json_out *out, const char *key, struct view json)
{
	if (json.len)
		json_out_raw(out, key, json);
}

static void turns_json(struct json_out *out, const struct turn *turns, size_t count)
{
	json_out_array(out, "turns");
	for (size_t i = 0; i < count; i++) {
		const struct turn *t = &turns[i];
		json_out_object(out, NULL);
		json_out_text(out, "role", view_of(role_names[t->role]));
		text_if(out, "name", t->name);
		text_if(out, "answers_call", t->tool_call_id);
		text_if(out, "reasoning", t->reasoning);
		json_out_text(out, "text", t->text);
		raw_if(out, "parts", t->parts);
		raw_if(out, "calls", t->tool_calls);
		raw_if(out, "weight", t->weight);
		raw_if(out, "fields", t->fields);
		json_out_end(out);
	}
	json_out_end(out);
}

static void answers_json(struct json_out *out, const struct record *r)
{
	json_out_array(out, "answers");
	for (size_t i = 0; i < r->instance_count; i++) {
		const struct instance *one = &r->instances[i];
		json_out_object(out, NULL);
		if (one->role != ANSWER_PLAIN)
			json_out_text(out, "role", view_of(answer_role_names[one->role]));
		if (one->scored)
			json_out_number(out, "score", one->score);
		if (one->sample)
			json_out_integer(out, "sample", one->sample);
		text_if(out, "input", one->input);
		text_if(out, "reasoning", one->reasoning);
		json_out_text(out, "output", one->output);
		if (one->turn_count)
			turns_json(out, one->turns, one->turn_count);
		json_out_end(out);
	}
	json_out_end(out);
}

static void lineage_json(struct json_out *out, const struct lineage *l)
{
	if (!l->root.len && !l->parent.len && !l->operation.len && !l->round)
		return;
	json_out_object(out, "lineage");
	text_if(out, "root", l->root);
	text_if(out, "parent", l->parent);
	text_if(out, "operation", l->operation);
	if (l->round)
		json_out_integer(out, "round", l->round);
	json_out_end(out);
}

int record_json(const struct record *r, size_t number, const char *key, struct json_out *out,
		struct buf *text)
{
	json_out_object(out, NULL);
	json_out_integer(out, "number", (int64_t)number);
	json_out_text(out, "key", view_of(key));
	text_if(out, "id", r->id);
	text_if(out, "name", view_eq(r->name, r->id) ? view_of("") : r->name);
	json_out_text(out, "instruction", r->instruction);
	if (r->is_classification)
		json_out_bool(out, "classification", true);
	if (r->turn_count)
		turns_json(out, r->turns, r->turn_count);
	if (r->beside)
		json_out_bool(out, "beside", true);
	answers_json(out, r);
	raw_if(out, "tools", r->tools);
	raw_if(out, "fields", r->fields);
	lineage_json(out, &r->lineage);
	json_out_end(out);
	return json_out_write(out, text, JSON_LINE);
}

int reject_json(const struct rejected *r, size_t number, struct view near, struct json_out *out,
		struct buf *text)
{
	char id[UNIT_ID_MAX];
	unit_id(id, r->step, r->ticket, r->item);
	json_out_object(out, NULL);
	json_out_integer(out, "number", (int64_t)number);
	json_out_text(out, "id", view_of(id));
	json_out_text(out, "rule", view_of(r->rule));
	json_out_text(out, "instruction", r->text);
	text_if(out, "detail", r->detail);
	if (r->near_id.len) {
		json_out_object(out, "near");
		json_out_text(out, "id", r->near_id);
		json_out_number(out, "score", r->near_score);
		text_if(out, "text", near);
		json_out_end(out);
	}
	json_out_end(out);
	return json_out_write(out, text, JSON_LINE);
}
