#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "io/json.h"
#include "report/status.h"

static void json_settings(const struct run_status *st, size_t from, size_t to, const char *key,
			  struct json_out *out)
{
	json_out_object(out, key);
	for (size_t i = from; i < to; i++) {
		const struct setting *setting = &st->settings[i];
		const char *name = arena_copyview(st->arena, setting->name);
		char later[128];
		if (name && setting->step > 1) {
			snprintf(later, sizeof(later), "%" PRId64 ".%s", setting->step, name);
			name = later;
		}
		json_out_text(out, name ? name : "?",
			      setting->shown.len ? setting->shown : setting->value);
	}
	json_out_end(out);
}

void run_counts_json(const struct store_counts *c, struct json_out *out)
{
	const struct {
		const char *key;
		int64_t value;
	} list[] = {
		{ "inputs", c->inputs },
		{ "inputs_begun", c->begun },
		{ "tickets", c->tickets },
		{ "tickets_refused", c->tickets_failed },
		{ "instructions", c->units },
		{ "finished", c->finished },
		{ "failed", c->failed },
		{ "under_way", c->under_way },
		{ "classification", c->classification },
		{ "instances", c->instances },
		{ "replies", c->replies },
		{ "replies_cached", c->replies_cached },
		{ "replies_refused", c->replies_error },
		{ "replies_cut", c->replies_cut },
		{ "prompt_tokens", c->prompt_tokens },
		{ "shared_tokens", c->shared_tokens },
		{ "completion_tokens", c->completion_tokens },
		{ "reasoning_tokens", c->reasoning_tokens },
		{ "replies_estimated", c->estimated },
		{ "attempts", c->attempts },
		{ "attempts_unknown", c->unknown },
		{ "cost_nano_dollars", c->cost },
		{ "teacher_ns", c->teacher_ns },
		{ "first_began_ns", c->first_began },
		{ "last_ended_ns", c->last_ended },
	};
	json_out_object(out, "counts");
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		json_out_integer(out, list[i].key, list[i].value);
	json_out_end(out);
}

static void json_steps(const struct run_status *st, struct json_out *out)
{
	json_out_array(out, "steps");
	for (int64_t i = 0; i < st->step_count; i++) {
		const struct step_status *s = &st->steps[i];
		json_out_object(out, NULL);
		json_out_text(out, "method", s->method);
		json_out_bool(out, "done", step_status_is_done(s));
		json_out_integer(out, "target", step_status_target(s));
		run_counts_json(&s->counts, out);
		json_out_end(out);
	}
	json_out_end(out);
}

static void json_refusals(const struct run_status *st, struct json_out *out)
{
	size_t shown = st->refusal_count < STATUS_REFUSALS ? st->refusal_count : STATUS_REFUSALS;
	json_out_array(out, "refusals");
	for (size_t i = st->refusal_count - shown; i < st->refusal_count; i++) {
		const struct rejected *r = &st->refusals[i % STATUS_REFUSALS];
		json_out_object(out, NULL);
		json_out_integer(out, "ticket", r->ticket);
		json_out_integer(out, "item", r->item);
		json_out_integer(out, "stage", r->stage);
		json_out_text(out, "text", r->text);
		json_out_text(out, "words", r->detail);
		json_out_end(out);
	}
	json_out_end(out);
}

static void json_rejects(const struct run_status *st, struct json_out *out)
{
	json_out_object(out, "rejects");
	for (size_t i = 0; i < st->reject_count; i++) {
		const char *name = arena_copyview(st->arena, st->rejects[i].rule);
		json_out_integer(out, name ? name : "?", st->rejects[i].count);
	}
	json_out_end(out);
}

int run_status_json(const struct run_status *st, const char *dir, struct buf *buf,
		    struct sow_error *err)
{
	struct json_out *out = json_out_new();
	if (!out)
		return error_nomem(err);
	json_out_object(out, NULL);
	json_out_text(out, "dir", view_of(dir));
	json_out_bool(out, "done", run_status_done(st));
	json_out_bool(out, "busy", st->busy);
	json_out_integer(out, "target", step_status_target(&st->steps[st->step_count - 1]));
	json_steps(st, out);
	json_settings(st, 0, st->identities, "identity", out);
	json_settings(st, st->identities, st->setting_count, "operation", out);
	run_counts_json(&st->counts, out);
	json_rejects(st, out);
	json_refusals(st, out);
	json_out_object(out, "table1");
	table1_json(&st->table, out);
	json_out_end(out);
	json_out_end(out);
	int status = json_out_write(out, buf, JSON_PRETTY);
	json_out_free(out);
	if (status == SOW_INVALID)
		return error_set(err, SOW_INVALID, "%s: a text to be shown is not UTF-8", dir);
	buf_addch(buf, '\n');
	return status || buf_failed(buf) ? error_nomem(err) : SOW_OK;
}
