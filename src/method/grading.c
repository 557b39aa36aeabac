#include "method/grading.h"

#include <math.h>

#include "base/buf.h"
#include "base/error.h"
#include "method/again.h"

static bool is_same(const char *a, const char *b)
{
	return view_eqstr(view_of(a), b);
}

/* Two rubrics must not write the same field. */
static int check_fields(const struct grading *g, const struct rubric *r, struct sow_error *err)
{
	for (const struct rubric *other = g->rubrics; other < r; other++) {
		if (is_same(r->name, other->name))
			return error_set(err, SOW_USAGE, "--rubric %s: given twice", r->name);
		bool is_reason = is_same(r->name, other->reason);
		if (is_reason || is_same(r->reason, other->name))
			return error_set(err, SOW_USAGE, "--rubric %s: the reason of %s goes into this field; "
					 "rename one of them", is_reason ? r->name : other->name,
					 is_reason ? other->name : r->name);
	}
	return SOW_OK;
}

static int read_rubrics(struct grading *g, const struct method_state *run, const struct list *said,
			struct sow_error *err)
{
	static const char *const usual[] = { "helpfulness" };
	size_t count = said->count ? said->count : 1;
	g->rubrics = arena_array(run->arena, count, sizeof(*g->rubrics));
	for (; g->count < count; g->count++) {
		struct rubric *r = &g->rubrics[g->count];
		int status = rubric_read(run->arena, &run->o.prompts, (said->count ? said->items : usual)[g->count],
					 r, err);
		if (!status)
			status = check_fields(g, r, err);
		if (status)
			return status;
	}
	return SOW_OK;
}

static int load_prompt(struct grading *g, const struct method_state *run, struct sow_error *err)
{
	static const char *const names[] = { "question", "answer", NULL };
	struct buf rubrics = BUF_INIT, members = BUF_INIT;
	rubrics_show(g->rubrics, g->count, &rubrics);
	rubrics_members(g->rubrics, g->count, &members);
	const struct slot statics[] = { { "rubrics", view_from(rubrics.data, rubrics.len) },
					{ "members", view_from(members.data, members.len) }, { 0 } };
	g->prompt = prompt_load(run->arena, &run->o.prompts, "grade/ask", statics, names, err);
	buf_release(&rubrics);
	buf_release(&members);
	return g->prompt ? SOW_OK : SOW_INVALID;
}

int grading_open(struct grading *g, const struct method_state *run, const struct list *said,
		 struct sow_error *err)
{
	struct buf schema = BUF_INIT;
	*g = (struct grading){ .chat = run->o.prompts.chat };
	int status = read_rubrics(g, run, said, err);
	if (!status)
		status = load_prompt(g, run, err);
	if (status)
		return status;
	rubrics_schema(g->rubrics, g->count, &schema);
	g->reply_options = (struct map_options){
		.as = "json", .schema = arena_takebuf(run->arena, &schema), .schema_name = "rubrics",
		.replace = run->o.map.replace,
	};
	g->reply = map_reply_new(run->arena, &g->reply_options, err);
	return g->reply ? SOW_OK : SOW_INVALID;
}

const struct rubric *grading_odd(const struct grading *g)
{
	for (size_t i = 1; i < g->count; i++) {
		const struct rubric *r = &g->rubrics[i];
		if (r->least != g->rubrics[0].least || r->most != g->rubrics[0].most)
			return r;
	}
	return NULL;
}

int grading_ask(const struct grading *g, struct view question, struct view answer,
		const json_value *context, struct request *r)
{
	const struct slot slots[] = { { "question", question }, { "answer", answer }, { 0 } };
	request_set_schema(r, map_reply_schema(g->reply));
	int status = prompt_fill(g->prompt, slots, r);
	if (!status && json_get(context, "why"))
		status = again_ask_of(context, g->chat, map_reply_wanted(g->reply), r);
	return status;
}

int grading_ask_again(const struct grading *g, struct view reply, struct view why, struct request *r)
{
	return again_ask(reply, why, g->chat, map_reply_wanted(g->reply), r);
}

int grading_read(const struct grading *g, struct view reply, struct arena *a, const json_value **grades,
		 struct buf *why)
{
	return map_reply_read(g->reply, reply, a, grades, why);
}

size_t grading_votes(const json_value *context)
{
	return json_count(json_get(context, "votes"));
}

/* The votes so far and one more (NULL: none), and the reply that did not fit (`why` empty: it fits). */
static struct view note(const json_value *votes, const json_value *one, struct view reply, struct view why,
			struct arena *a)
{
	struct buf text = BUF_INIT;
	const char *between = "";
	buf_addstr(&text, "{\"votes\":[");
	for (const json_value *v = json_first(votes); v; v = json_next(votes, v)) {
		buf_addstr(&text, between);
		json_add_value(&text, v);
		between = ",";
	}
	if (one) {
		buf_addstr(&text, between);
		json_add_value(&text, one);
	}
	buf_addch(&text, ']');
	if (why.len) {
		buf_addch(&text, ',');
		again_members(reply, why, &text);
	}
	buf_addch(&text, '}');
	return arena_takebuf(a, &text);
}

int grading_vote(const struct grading *g, struct unit *u, int64_t nth, int64_t votes, int64_t tries,
		 struct view text, struct outcome *o, struct buf *why)
{
	const json_value *context = u->context.len ? json_own(u->context, o->arena) : NULL;
	const json_value *had = json_get(context, "votes"), *value = NULL;
	size_t count = json_count(had);
	int status = u->context.len && !context ? SOW_NOMEM : grading_read(g, text, o->arena, &value, why);
	bool fits = !status;
	if (!fits && status != SOW_INVALID)
		return status;
	struct view reason = fits ? view_of("") : arena_takebuf(o->arena, why);
	count += fits;
	bool is_last = nth >= votes + tries - 1;
	if (!count && is_last) {
		outcome_fail(o, u, RULE_UNFIT, text, reason);
		return SOW_OK;
	}
	u->context = note(had, fits ? value : NULL, text, reason, o->arena);
	if (is_last || count >= (size_t)votes)
		return GRADING_DONE;
	u->stage++;
	return SOW_OK;
}

int grading_lose(struct unit *u, enum rule_id rule, struct view text, struct view detail, struct outcome *o)
{
	const json_value *context = u->context.len ? json_own(u->context, o->arena) : NULL;
	if (u->context.len && !context)
		return SOW_NOMEM;
	if (grading_votes(context))
		return GRADING_DONE;
	outcome_fail(o, u, rule, text, detail);
	return SOW_OK;
}

static double mean_of(const json_value *votes, const char *name)
{
	double sum = 0;
	for (const json_value *v = json_first(votes); v; v = json_next(votes, v))
		sum += json_number(json_get(v, name));
	return sum / (double)json_count(votes);
}

/* One reason is a text; those of several votes are a list. */
static void add_reasons(const json_value *votes, const char *name, struct buf *out)
{
	bool several = json_count(votes) > 1;
	const char *between = several ? "[" : "";
	for (const json_value *v = json_first(votes); v; v = json_next(votes, v)) {
		buf_addstr(out, between);
		json_add_text(out, json_text(json_get(v, name)));
		between = ",";
	}
	if (several)
		buf_addch(out, ']');
}

const json_value *grading_sum(const struct grading *g, const json_value *votes, const char *mean, struct arena *a,
			      double *worst)
{
	struct buf text = BUF_INIT;
	double sum = 0;
	buf_addch(&text, '{');
	*worst = INFINITY;
	for (size_t i = 0; i < g->count; i++) {
		const struct rubric *r = &g->rubrics[i];
		double grade = mean_of(votes, r->name);
		sum += grade;
		*worst = fmin(*worst, grade);
		buf_addf(&text, "%s\"%s\":", i ? "," : "", r->name);
		if (json_count(votes) == 1)
			json_add_value(&text, json_get(json_first(votes), r->name));
		else
			json_add_number(&text, grade);
		buf_addf(&text, ",\"%s\":", r->reason);
		add_reasons(votes, r->reason, &text);
	}
	if (mean) {
		*worst = sum / (double)g->count;
		buf_addf(&text, ",\"%s\":", mean);
		json_add_number(&text, *worst);
	}
	buf_addch(&text, '}');
	return json_own(arena_takebuf(a, &text), a);
}

double grading_mean(const struct grading *g, const json_value *grades)
{
	double sum = 0;
	for (size_t i = 0; i < g->count; i++)
		sum += json_number(json_get(grades, g->rubrics[i].name));
	return sum / (double)g->count;
}

struct view grading_example(const struct grading *g, double share, struct arena *a)
{
	struct buf text = BUF_INIT;
	buf_addch(&text, '{');
	for (size_t i = 0; i < g->count; i++) {
		const struct rubric *r = &g->rubrics[i];
		buf_addf(&text, "%s\"%s_reason\":\"It does what was asked, if not in every word, and could say "
			 "more on the main thing.\",\"%s\":", i ? "," : "", r->name, r->name);
		json_add_number(&text, floor(r->least + share * (r->most - r->least)));
	}
	buf_addch(&text, '}');
	return arena_takebuf(a, &text);
}
