#include "report/report_data.h"

#include <stdio.h>
#include <string.h>

#include "base/draw.h"
#include "base/error.h"
#include "report/page.h"

#define INSTANCES 3            /* shown per record */
#define TURNS 8
#define RECORD_BYTES 1600000   /* of all records shown */

int report_data_init(struct report_data *d, const struct report_options *o, struct sow_error *err)
{
	struct sow_error missing = { 0 };
	*d = (struct report_data){ .o = o, .arena = arena_new(), .stats = stats_new(o->threads > 1),
			       .json = json_out_new() };
	reservoir_init(&d->records, o->records, 0, DRAW_RECORDS);
	if (o->vectors && !(d->map = data_map_new(o->vectors, err)))
		return err->status;
	if (!o->parse)
		return SOW_OK;
	d->structure = structure_new(o->parse, &missing);
	return d->structure || missing.status == SOW_MISSING ? SOW_OK : error_nomem(err);
}

void report_data_release(struct report_data *d)
{
	record_list_release(&d->seeds);
	stats_free(d->stats);
	data_map_free(d->map);
	structure_free(d->structure);
	seed_similarity_free(d->similarity);
	reservoir_release(&d->records);
	json_out_free(d->json);
	arena_free(d->arena);
}

/* Seeds */

int report_data_compare(struct report_data *d, const char *name, enum words_kind words,
			struct sow_error *err)
{
	d->seeds_name = name;
	d->words = words;
	d->similarity = seed_similarity_new(words);
	int status = d->similarity ? SOW_OK : SOW_NOMEM;
	for (size_t i = 0; i < d->seeds.count && !status; i++)
		status = seed_similarity_seed(d->similarity, d->seeds.list[i].instruction);
	return status ? error_nomem(err) : SOW_OK;
}

/* Records */

bool clipped_text(struct json_out *out, const char *key, struct view text, size_t most)
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
			cut |= clipped_text(out, "input", one->input, CLIP_INPUT);
		if (one->reasoning.len)
			cut |= clipped_text(out, "reasoning", one->reasoning, CLIP_TURN);
		cut |= clipped_text(out, "output", one->output, CLIP_OUTPUT);
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
			cut |= clipped_text(out, "reasoning", t->turns[i].reasoning, CLIP_TURN);
		cut |= clipped_text(out, "text", t->turns[i].text, CLIP_TURN);
		if (t->turns[i].tool_calls.len)
			cut |= clipped_text(out, "calls", t->turns[i].tool_calls, CLIP_TURN);
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
		clipped_text(out, "root", l->root, CLIP_ID);
	if (l->parent.len)
		clipped_text(out, "parent", l->parent, CLIP_ID);
	if (l->operation.len)
		clipped_text(out, "operation", l->operation, CLIP_ID);
	if (l->round)
		json_out_integer(out, "round", l->round);
}

static void near_json(const struct report_data *d, const struct neighbour *near, struct json_out *out)
{
	const struct record *seed = &d->seeds.list[near->id];
	json_out_object(out, "near");
	clipped_text(out, "id", seed->id, CLIP_ID);
	json_out_number(out, "score", near->score);
	clipped_text(out, "text", seed->instruction, CLIP_LINE);
	json_out_end(out);
}

static int record_json(struct report_data *d, const struct record *t, const struct neighbour *near,
		       struct kept *k)
{
	struct json_out *out = d->json;
	json_out_object(out, NULL);
	json_out_integer(out, "number", k->number + 1);
	if (t->id.len)
		clipped_text(out, "id", t->id, CLIP_ID);
	bool cut = clipped_text(out, "instruction", t->instruction, CLIP_INSTRUCTION);
	if (t->is_classification)
		json_out_bool(out, "classification", true);
	if (t->turn_count)
		cut |= turns_json(t, out);
	if (!t->turn_count || t->beside)
		cut |= instances_json(t, out);
	if (t->tools.len)
		cut |= clipped_text(out, "tools", t->tools, CLIP_TURN);
	if (t->fields.len)
		cut |= clipped_text(out, "fields", t->fields, CLIP_TURN);
	lineage_json(&t->lineage, out);
	if (near->found)
		near_json(d, near, out);
	if (cut)
		json_out_bool(out, "cut", true);
	json_out_end(out);
	snprintf(k->id, sizeof(k->id), "%.*s", VIEW_ARG(view_sub(t->id, 0, sizeof(k->id) - 1)));
	return json_out_write(out, &k->text, JSON_LINE);
}

int report_data_add(struct report_data *d, const struct record *task, bool is_new,
		    struct sow_error *err)
{
	struct neighbour near = { .found = false };
	d->new_count += is_new;
	int status = stats_add(d->stats, task);
	if (d->structure)
		structure_add(d->structure, task->instruction);
	if (!status && d->similarity && is_new)
		status = seed_similarity_add(d->similarity, task->instruction, &near);
	if (status)
		return error_nomem(err);
	if (d->map && data_map_add(d->map, task, err))
		return err->status;
	struct kept *k = reservoir_next(&d->records);
	if (k)
		status = record_json(d, task, &near, k);
	if (status == SOW_INVALID)
		return error_set(err, SOW_INVALID, "%s: record %lld is not UTF-8", d->o->name,
				 (long long)d->records.seen);
	return status ? error_nomem(err) : SOW_OK;
}

static int finish_map(struct report_data *d, struct sow_error *err)
{
	struct workers *crew = workers_new(d->o->threads);
	int status = SOW_OK;
	if (d->o->selection)
		status = data_map_selection(d->map, d->o->selection, err);
	if (!status)
		status = data_map_finish(d->map, d->o->parse, crew, err);
	workers_free(crew);
	return status;
}

int report_data_finish(struct report_data *d, struct sow_error *err)
{
	stats_finish(d->stats);
	reservoir_finish(&d->records, RECORD_BYTES);
	if (d->structure)
		structure_finish(d->structure, d->o->threads);
	return d->map ? finish_map(d, err) : SOW_OK;
}

/* Figures */

void report_data_figures(const struct report_data *d, struct figures *f)
{
	figures_object(f, "stats", "This set, and at the right what the paper's own run had");
	stats_figures(d->stats, f);
	figures_end(f);
	if (d->structure)
		structure_figures(structure_result(d->structure), f);
	if (d->similarity) {
		figures_object(f, "seeds", NULL);
		figures_text(f, "name", NULL, view_of(d->seeds_name));
		figures_text(f, "words", NULL, view_of(d->words == WORDS_ASCII ? "ascii" : "unicode"));
		figures_end(f);
		seed_similarity_figures(d->similarity, f);
	}
	if (d->map)
		data_map_figures(d->map, f);
	if (d->seeds_missing.len)
		figures_text(f, "seeds_missing", NULL, d->seeds_missing);
	figures_count(f, "shown", NULL, (int64_t)d->records.count);
	figures_count(f, "new", NULL, d->new_count);
}

void reservoir_list(const struct reservoir *r, struct buf *out)
{
	buf_addch(out, '[');
	for (size_t i = 0; i < r->count; i++) {
		buf_addstr(out, i ? ",\n" : "");
		buf_add(out, r->list[i].text.data, r->list[i].text.len);
	}
	buf_addch(out, ']');
}
