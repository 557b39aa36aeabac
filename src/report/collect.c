#include "report/collect.h"

#include <stdio.h>
#include <string.h>

#include "base/draw.h"
#include "base/error.h"
#include "report/page.h"

#define INSTANCES 3            /* shown of a record */
#define TURNS 8
#define RECORD_BYTES 1600000   /* of all that are shown */

int collect_init(struct collect *c, const struct report_options *o, struct sow_error *err)
{
	struct sow_error missing = { 0 };
	*c = (struct collect){ .o = o, .arena = arena_new(), .stats = stats_new(o->threads > 1),
			       .json = json_out_new() };
	reservoir_init(&c->records, o->records, 0, DRAW_RECORDS);
	if (!c->arena || !c->stats || !c->json)
		return error_nomem(err);
	if (!o->parse)
		return SOW_OK;
	c->structure = structure_new(o->parse, &missing);
	return c->structure || missing.status == SOW_MISSING ? SOW_OK : error_nomem(err);
}

void collect_release(struct collect *c)
{
	record_list_release(&c->seeds);
	stats_free(c->stats);
	structure_free(c->structure);
	likeness_free(c->likeness);
	reservoir_release(&c->records);
	json_out_free(c->json);
	arena_free(c->arena);
}

/* -- seeds ---------------------------------------------------------------------------------- */

int collect_compare(struct collect *c, const char *name, enum words_kind words,
		    struct sow_error *err)
{
	c->seeds_name = name;
	c->words = words;
	c->likeness = likeness_new(words);
	int status = c->likeness ? SOW_OK : SOW_NOMEM;
	for (size_t i = 0; i < c->seeds.count && !status; i++)
		status = likeness_seed(c->likeness, c->seeds.list[i].instruction);
	return status ? error_nomem(err) : SOW_OK;
}

/* -- records -------------------------------------------------------------------------------- */

bool collect_text(struct json_out *out, const char *key, struct view text, size_t most)
{
	bool cut = false;
	json_out_text(out, key, page_clip(text, most, &cut));
	return cut;
}

static bool instances_json(const struct record *t, struct json_out *out)
{
	bool cut = false;
	json_out_array(out, "instances");
	for (size_t i = 0; i < t->instance_count && i < INSTANCES; i++) {
		const struct instance *one = &t->instances[i];
		json_out_object(out, NULL);
		if (one->role != ANSWER_PLAIN)
			json_out_text(out, "role", view_of(one->role == ANSWER_CHOSEN ? "chosen"
								      : "rejected"));
		if (one->scored)
			json_out_number(out, "score", one->score);
		if (one->input.len)
			cut |= collect_text(out, "input", one->input, COLLECT_INPUT);
		if (one->reasoning.len)
			cut |= collect_text(out, "reasoning", one->reasoning, COLLECT_TURN);
		cut |= collect_text(out, "output", one->output, COLLECT_OUTPUT);
		json_out_end(out);
	}
	json_out_end(out);
	if (t->instance_count > INSTANCES)
		json_out_integer(out, "more_instances", (int64_t)(t->instance_count - INSTANCES));
	return cut;
}

static bool turns_json(const struct record *t, struct json_out *out)
{
	bool cut = false;
	json_out_array(out, "turns");
	for (size_t i = 0; i < t->turn_count && i < TURNS; i++) {
		json_out_object(out, NULL);
		json_out_text(out, "role", view_of(role_names[t->turns[i].role]));
		if (t->turns[i].reasoning.len)
			cut |= collect_text(out, "reasoning", t->turns[i].reasoning, COLLECT_TURN);
		cut |= collect_text(out, "text", t->turns[i].text, COLLECT_TURN);
		if (t->turns[i].tool_calls.len)
			cut |= collect_text(out, "calls", t->turns[i].tool_calls, COLLECT_TURN);
		json_out_end(out);
	}
	json_out_end(out);
	if (t->turn_count > TURNS)
		json_out_integer(out, "more_turns", (int64_t)(t->turn_count - TURNS));
	return cut;
}

static void lineage_json(const struct lineage *l, struct json_out *out)
{
	if (l->root.len)
		collect_text(out, "root", l->root, COLLECT_ID);
	if (l->parent.len)
		collect_text(out, "parent", l->parent, COLLECT_ID);
	if (l->operation.len)
		collect_text(out, "operation", l->operation, COLLECT_ID);
	if (l->round)
		json_out_integer(out, "round", l->round);
}

static void near_json(const struct collect *c, const struct near *near, struct json_out *out)
{
	const struct record *seed = &c->seeds.list[near->id];
	json_out_object(out, "near");
	collect_text(out, "id", seed->id, COLLECT_ID);
	json_out_number(out, "score", near->score);
	collect_text(out, "text", seed->instruction, COLLECT_LINE);
	json_out_end(out);
}

static int record_json(struct collect *c, const struct record *t, const struct near *near,
		       struct kept *k)
{
	struct json_out *out = c->json;
	json_out_object(out, NULL);
	json_out_integer(out, "number", k->number + 1);
	if (t->id.len)
		collect_text(out, "id", t->id, COLLECT_ID);
	bool cut = collect_text(out, "instruction", t->instruction, COLLECT_INSTRUCTION);
	if (t->is_classification)
		json_out_bool(out, "classification", true);
	if (t->turn_count)
		cut |= turns_json(t, out);
	if (!t->turn_count || t->beside)
		cut |= instances_json(t, out);
	if (t->tools.len)
		cut |= collect_text(out, "tools", t->tools, COLLECT_TURN);
	if (t->fields.len)
		cut |= collect_text(out, "fields", t->fields, COLLECT_TURN);
	lineage_json(&t->lineage, out);
	if (near->found)
		near_json(c, near, out);
	if (cut)
		json_out_bool(out, "cut", true);
	json_out_end(out);
	snprintf(k->id, sizeof(k->id), "%.*s", VIEW_ARG(view_sub(t->id, 0, sizeof(k->id) - 1)));
	return json_out_write(out, &k->text, JSON_LINE);
}

int collect_add(struct collect *c, const struct record *task, bool is_new, struct sow_error *err)
{
	struct near near = { .found = false };
	c->new_count += is_new;
	int status = stats_add(c->stats, task);
	if (!status && c->structure)
		status = structure_add(c->structure, task->instruction);
	if (!status && c->likeness && is_new)
		status = likeness_add(c->likeness, task->instruction, &near);
	if (status)
		return error_nomem(err);
	struct kept *k = reservoir_next(&c->records, &status);
	if (k)
		status = record_json(c, task, &near, k);
	if (status == SOW_INVALID)
		return error_set(err, SOW_INVALID, "%s: record %lld is not UTF-8", c->o->name,
				 (long long)c->records.seen);
	return status ? error_nomem(err) : SOW_OK;
}

int collect_finish(struct collect *c, struct sow_error *err)
{
	stats_finish(c->stats);
	reservoir_finish(&c->records, RECORD_BYTES);
	if (c->structure && structure_finish(c->structure, c->o->threads))
		return error_nomem(err);
	return SOW_OK;
}

/* -- figures -------------------------------------------------------------------------------- */

void collect_figures(const struct collect *c, struct figures *f)
{
	figures_object(f, "stats", "This set, and at the right what the paper's own run had");
	stats_figures(c->stats, f);
	figures_end(f);
	if (c->structure)
		structure_figures(structure_result(c->structure), f);
	if (c->likeness) {
		figures_object(f, "seeds", NULL);
		figures_text(f, "name", NULL, view_of(c->seeds_name));
		figures_text(f, "words", NULL, view_of(c->words == WORDS_ASCII ? "ascii" : "unicode"));
		figures_end(f);
		likeness_figures(c->likeness, f);
	}
	if (c->seeds_missing.len)
		figures_text(f, "seeds_missing", NULL, c->seeds_missing);
	figures_count(f, "shown", NULL, (int64_t)c->records.count);
	figures_count(f, "new", NULL, c->new_count);
}

int collect_list(const struct reservoir *r, struct buf *out)
{
	buf_addch(out, '[');
	for (size_t i = 0; i < r->count; i++) {
		buf_addstr(out, i ? ",\n" : "");
		buf_add(out, r->list[i].text.data, r->list[i].text.len);
	}
	return buf_addch(out, ']');
}
