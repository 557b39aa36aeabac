/* Self-Instruct (Wang et al. 2022, arXiv:2212.10560). Numbers: docs/guide/methods.md. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/draw.h"
#include "base/error.h"
#include "method/candidate.h"
#include "method/judge.h"
#include "method/released.h"
#include "method/reply.h"
#include "text/spacing.h"

enum { STAGE_INSTRUCTIONS = 1, STAGE_CLASSIFICATION, STAGE_INSTANCES, STAGE_JUDGING };

#define NEW_AT_MOST 7       /* 9 to 15 */

enum prompt_id { ASK_INSTRUCTIONS, ASK_CLASSIFICATION, ASK_INPUT_FIRST, ASK_OUTPUT_FIRST, ASK_COUNT };

/* Options that no other method has. */
struct own {
	int64_t examples;            /* in-context instructions */
	int64_t machine_examples;    /* of them, generated ones */
	bool capitalize;
};

struct self_instruct {
	struct method_state run;
	const struct own *own;
	bool released;               /* as the released code, where that differs */
	struct prompt *prompts[ASK_COUNT];
};

/* Prompts */

static int load_prompt(struct self_instruct *m, enum prompt_id id, const char *name,
		       const char *demonstrations, struct view steering, struct sow_error *err)
{
	static const char *const names[] = { "tasks", "count", "first", "last", "instruction", NULL };
	const struct prompt_shelf *prompts = &m->run.o.prompts;
	struct view shown = view_of("");
	int status = SOW_OK;
	if (demonstrations)
		status = prompts->find(prompts->data, demonstrations, &shown, err);
	if (status)
		return status;
	const struct slot statics[] = {
		{ "demonstrations", shown }, { "steering", steering }, { 0 },
	};
	m->prompts[id] = prompt_load(m->run.arena, prompts, name, statics, names, err);
	return m->prompts[id] ? SOW_OK : err && err->status ? (int)err->status : SOW_INVALID;
}

static int self_instruct_open(void *state, struct sow_error *err)
{
	struct self_instruct *m = state;
	struct buf buf = BUF_INIT;
	m->own = m->run.o.own;
	m->released = strcmp(m->run.o.variant, "released") == 0;
	int status = prompt_sentence(m->run.arena, &m->run.o.prompts, "self_instruct/topic.txt", "topic",
				     m->run.o.topic, &buf, err);
	if (!status)
		status = prompt_sentence(m->run.arena, &m->run.o.prompts, "self_instruct/language.txt",
					 "language", m->run.o.language, &buf, err);
	char *copy = arena_copy(m->run.arena, buf.data, buf.len);
	struct view steering = view_from(copy, buf.len);
	buf_release(&buf);
	if (!status)
		status = load_prompt(m, ASK_INSTRUCTIONS,
				     m->run.o.classification_only
					     ? "self_instruct/instructions.classification"
					     : "self_instruct/instructions",
				     NULL, steering, err);
	if (!status)
		status = load_prompt(m, ASK_CLASSIFICATION, "self_instruct/classification",
				     "self_instruct/classification.demonstrations.txt", steering, err);
	if (!status)
		status = load_prompt(m, ASK_INPUT_FIRST, "self_instruct/input_first",
				     "self_instruct/input_first.demonstrations.txt", steering, err);
	if (!status)
		status = load_prompt(m, ASK_OUTPUT_FIRST, "self_instruct/output_first",
				     "self_instruct/output_first.demonstrations.txt", steering, err);
	return status;
}

/* Stage 1: new instructions */

/* An instruction as the list shows it: white space collapsed, a last ":" removed. */
static void add_listed(struct buf *out, struct view instruction)
{
	size_t start = out->len;
	spacing_collapse(instruction, out);
	while (out->len > start && out->data[out->len - 1] == ':')
		buf_cut(out, out->len - 1);
}

static int add_stops(const struct self_instruct *m, size_t last, struct request *r)
{
	char stop[4][32];
	size_t count = 0;
	if (m->released && !m->run.o.prompts.chat) {
		snprintf(stop[count++], sizeof(*stop), "\n%zu", last + 1);
		snprintf(stop[count++], sizeof(*stop), "%zu.", last + 1);
		snprintf(stop[count++], sizeof(*stop), "%zu .", last + 1);
	} else {
		snprintf(stop[count++], sizeof(*stop), "Task %zu", last + 1);
	}
	/* A chat model may leave a blank line between two tasks. */
	if (!m->run.o.prompts.chat)
		snprintf(stop[count++], sizeof(*stop), "\n\n");
	int status = SOW_OK;
	for (size_t i = 0; i < count && !status; i++)
		status = request_add_stop(r, stop[i]);
	return status;
}

static void list_tasks(const struct self_instruct *m, const size_t *examples, size_t count,
		       struct buf *out)
{
	bool released = m->released && !m->run.o.prompts.chat;
	const char *head = released ? "" : "Task ";
	char mark = released ? '.' : ':';
	for (size_t i = 0; i < count; i++) {
		buf_addf(out, "%s%s%zu%c ", i ? "\n" : "", head, i + 1, mark);
		add_listed(out, pool_instruction(m->run.o.pool, examples[i]));
	}
	/* No blank after the last number: with one, small models loop. */
	if (!m->run.o.prompts.chat)
		buf_addf(out, "\n%s%zu%c", head, count + 1, mark);
}

static int plan_ticket(const void *state, int64_t ticket, size_t machine, struct request **out,
		       size_t examples[POOL_EXAMPLES_MAX], size_t *example_count)
{
	const struct self_instruct *m = state;
	struct draw d = draw_start(m->run.o.seed, DRAW_SELF_INSTRUCT_EXAMPLES, (uint64_t)ticket);
	size_t count = pool_draw(m->run.o.pool, &d, m->run.o.classification_only,
				 (size_t)m->own->examples, (size_t)m->own->machine_examples, machine,
				 examples);
	*example_count = count;

	struct buf tasks = BUF_INIT;
	struct request *r = request_new();
	list_tasks(m, examples, count, &tasks);
	char shown[32], first[32], last[32];
	snprintf(shown, sizeof(shown), "%zu", count);
	snprintf(first, sizeof(first), "%zu", count + 1);
	snprintf(last, sizeof(last), "%zu", count + NEW_AT_MOST);
	const struct slot slots[] = {
		{ "tasks", view_from(tasks.data, tasks.len) }, { "count", view_of(shown) },
		{ "first", view_of(first) }, { "last", view_of(last) }, { 0 },
	};
	/* With few seeds the same examples are drawn again: the number asks for another answer. */
	r->sample = (uint32_t)ticket;
	int status = method_sampling(&m->run.o, r);
	if (!status)
		status = prompt_fill(m->prompts[ASK_INSTRUCTIONS], slots, r);
	if (!status)
		status = add_stops(m, count + NEW_AT_MOST, r);
	buf_release(&tasks);
	return request_finish(r, status, out);
}

/* The candidate as it would enter the pool. */
static struct view tidy(const struct self_instruct *m, struct view raw, struct arena *a)
{
	struct buf collapsed = BUF_INIT, capital = BUF_INIT;
	struct buf *result = &collapsed;
	spacing_collapse(raw, &collapsed);
	if (m->own->capitalize) {
		spacing_capitalize(view_from(collapsed.data, collapsed.len), &capital);
		result = &capital;
	}
	struct view tidied = arena_takebuf(a, result);
	buf_release(&collapsed);
	buf_release(&capital);
	return tidied;
}

/* Checks that it is fit, new, and within the requested number. */
static int judge(const struct self_instruct *m, const struct unit *u, struct outcome *o)
{
	const struct accepted a = { .unit = *u };
	struct view detail;
	enum rule_id broken = candidate_check(m->run.o.rules, u, &detail);
	if (broken != RULE_COUNT) {
		outcome_reject(o, u, rule_table[broken].name, u->instruction, detail);
		return SOW_OK;
	}
	return candidate_admit(m->run.o.pool, m->run.o.rules, &a, o);
}

static void read_list(const struct self_instruct *m, struct view reply, struct arena *a,
		      struct views *items)
{
	if (m->released && !m->run.o.prompts.chat)
		released_list(reply, items);
	else
		list_read(reply, !m->run.o.prompts.chat, a, items);
}

static int admit_ticket(const void *state, int64_t step, int64_t ticket, const struct reply *r,
			struct outcome *o)
{
	const struct self_instruct *m = state;
	struct unit u = { .step = step, .ticket = ticket, .stage = STAGE_INSTRUCTIONS,
			  .is_classification = -1 };
	if (r->finish == FINISH_ERROR) {
		outcome_reject(o, &u, rule_table[RULE_REFUSED].name, view_of(""), r->text);
		return SOW_OK;
	}
	if (r->finish == FINISH_LENGTH && rules_on(m->run.o.rules, RULE_CUT_REPLY)) {
		outcome_reject(o, &u, rule_table[RULE_CUT_REPLY].name, r->text, view_of(""));
		return SOW_OK;
	}

	struct views items = { 0 };
	int status = SOW_OK;
	read_list(m, r->text, o->arena, &items);
	if (!items.count)
		outcome_reject(o, &u, rule_table[RULE_NO_LIST].name, r->text, view_of(""));
	for (size_t i = 0; i < items.count && !status; i++) {
		u.item = (int64_t)i + 1;
		u.instruction = tidy(m, items.list[i], o->arena);
		status = judge(m, &u, o);
	}
	views_release(&items);
	for (size_t i = 0; i < o->accepted_count; i++)
		o->accepted[i].unit.stage = STAGE_CLASSIFICATION;
	return status;
}

/* Stages 2 and 3 */

static const struct {
	enum prompt_id prompt;
	struct sampling sampling;
	const char *stops[STOPS_MAX];
} asks[] = {
	{ ASK_CLASSIFICATION, { .max_tokens = 3 }, { "\n", "Task" } },
	{ ASK_INPUT_FIRST, { .presence_penalty = 1.5, .max_tokens = 350 },
	  { "Example 6", "Task:" } },
	{ ASK_OUTPUT_FIRST, { .presence_penalty = 1.5, .max_tokens = 300 },
	  { "Example 6", "Task:" } },
};

static int plan_ask(const struct self_instruct *m, const struct unit *u, size_t ask, size_t sample,
		    struct request **out)
{
	const struct slot slots[] = { { "instruction", u->instruction }, { 0 } };
	struct request *r = request_new();
	int status = SOW_OK;
	if (!status) {
		r->sampling = asks[ask].sampling;
		r->sample = (uint32_t)sample;
		status = prompt_fill(m->prompts[asks[ask].prompt], slots, r);
	}
	for (size_t i = 0; i < STOPS_MAX && asks[ask].stops[i] && !status; i++)
		status = request_add_stop(r, asks[ask].stops[i]);
	if (!status && u->stage == STAGE_INSTANCES)
		status = method_stops(&m->run.o, r);
	return request_finish(r, status, out);
}

static int plan_classification(const void *state, const struct unit *u, size_t sample,
			       struct request **out)
{
	return plan_ask(state, u, 0, sample, out);
}

static int plan_instances(const void *state, const struct unit *u, size_t sample,
			  struct request **out)
{
	return plan_ask(state, u, u->is_classification == 1 ? 2 : 1, sample, out);
}

/* Keeps those of `list` for which keep[i] is set, in order. */
static void keep_only(struct instances *list, const bool *keep)
{
	size_t kept = 0;
	for (size_t i = 0; i < list->count; i++) {
		if (keep[i])
			list->list[kept++] = list->list[i];
	}
	list->count = kept;
}

static bool in_conflict(const struct instances *list)
{
	for (size_t i = 0; i < list->count; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct instance *a = &list->list[i], *b = &list->list[j];
			if (a->input.len && view_eq(a->input, b->input) && !view_eq(a->output, b->output))
				return true;
		}
	}
	return false;
}

static bool seen_before(const struct instances *list, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (view_eq(list->list[i].input, list->list[j].input) &&
		    view_eq(list->list[i].output, list->list[j].output))
			return true;
	}
	return false;
}

/* If there are more than `most` instances, marks `most` random ones to keep. */
static void draw_instances(const struct self_instruct *m, const struct unit *u, size_t count,
			   size_t most, bool *keep)
{
	struct draw d = draw_start(m->run.o.seed, DRAW_SELF_INSTRUCT_INSTANCES,
				   (uint64_t)u->ticket << 16 | (uint64_t)u->item);
	size_t left = count;
	for (size_t i = 0; i < count; i++)
		keep[i] = true;
	for (; left > most; left--) {
		size_t at = draw_below(&d, left);
		for (size_t i = 0; i < count; i++) {
			if (keep[i] && at-- == 0) {
				keep[i] = false;
				break;
			}
		}
	}
}

enum filter { FILTER_RULES, FILTER_CONFLICT, FILTER_DUPLICATES, FILTER_OVER_FIVE, FILTER_COUNT };

/* Applies one filter to all instances; keep[] is all set before. */
static enum rule_id decide(const struct self_instruct *m, const struct unit *u, enum filter filter,
			   const struct instances *list, bool *keep)
{
	const struct rules *rules = m->run.o.rules;
	size_t most = (size_t)rules_number(rules, RULE_OVER_FIVE);
	switch (filter) {
	case FILTER_CONFLICT:
		for (size_t i = 0; i < list->count; i++)
			keep[i] = !rules_on(rules, RULE_CONFLICT) || !in_conflict(list);
		return RULE_CONFLICT;
	case FILTER_DUPLICATES:
		for (size_t i = 0; i < list->count; i++)
			keep[i] = !seen_before(list, i);
		return RULE_DUPLICATE_INSTANCE;
	case FILTER_OVER_FIVE:
		if (rules_on(rules, RULE_OVER_FIVE))
			draw_instances(m, u, list->count, most, keep);
		return RULE_OVER_FIVE;
	default:
		for (size_t i = 0; i < list->count; i++)
			keep[i] = rules_check_instance(rules, &list->list[i]) == RULE_COUNT;
		return RULE_COUNT; /* each its own rule */
	}
}

static void filter_instances(const struct self_instruct *m, const struct unit *u, struct instances *list,
			     struct outcome *o)
{
	bool *keep = arena_array(o->arena, list->count, sizeof(*keep));
	for (int f = 0; f < FILTER_COUNT; f++) {
		for (size_t i = 0; i < list->count; i++)
			keep[i] = true;
		enum rule_id rule = decide(m, u, (enum filter)f, list, keep);
		for (size_t i = 0; i < list->count; i++) {
			const struct instance *at = &list->list[i];
			enum rule_id own = rule == RULE_COUNT ? rules_check_instance(m->run.o.rules, at) : rule;
			if (!keep[i])
				candidate_reject_instance(o, u, own, at);
		}
		keep_only(list, keep);
	}
}

static void read_instances(const struct self_instruct *m, const struct unit *u, struct view reply,
			   struct instances *list)
{
	if (u->is_classification == 1)
		(m->released ? released_labels : reply_labels)(reply, list);
	else
		(m->released ? released_instances : reply_instances)(reply, list);
}

static void take_instances(const struct self_instruct *m, struct unit *u, const struct reply *r,
			   struct outcome *o)
{
	const struct rules *rules = m->run.o.rules;
	struct instances list = { 0 };
	read_instances(m, u, r->text, &list);
	if (r->finish == FINISH_LENGTH && list.count && rules_on(rules, RULE_CUT_INSTANCE))
		candidate_reject_instance(o, u, RULE_CUT_INSTANCE, &list.list[--list.count]);
	filter_instances(m, u, &list, o);
	outcome_keep(o, list.list, list.count);
	u->state = UNIT_FINISHED;
	if (!o->instance_count)
		outcome_fail(o, u, RULE_NO_INSTANCE, u->instruction, r->text);
	instances_release(&list);
}

static int admit_classification(const void *state, struct unit *u,
				const struct reply *const *replies, size_t count, struct outcome *o)
{
	const struct self_instruct *m = state;
	const struct reply *r = replies[0];
	(void)count;
	if (r->finish == FINISH_ERROR) {
		outcome_fail(o, u, RULE_REFUSED, u->instruction, r->text);
		return SOW_OK;
	}
	u->is_classification = m->released ? released_yes(r->text) : reply_yes(r->text);
	u->stage = STAGE_INSTANCES;
	return SOW_OK;
}

static int admit_instances(const void *state, struct unit *u, const struct reply *const *replies,
			   size_t count, struct outcome *o)
{
	const struct reply *r = replies[0];
	(void)count;
	if (r->finish == FINISH_ERROR)
		outcome_fail(o, u, RULE_REFUSED, u->instruction, r->text);
	else
		take_instances(state, u, r, o);
	return SOW_OK;
}

static const struct stage instructions = {
	.name = "instructions",
	.duty = DUTY_WRITE,
	.plan_ticket = plan_ticket,
	.admit_ticket = admit_ticket,
};

static const struct stage classification = {
	.name = "classification",
	.duty = DUTY_CLASSIFY,
	.plan = plan_classification,
	.admit = admit_classification,
};

static const struct stage instances = {
	.name = "instances",
	.duty = DUTY_WRITE,
	.plan = plan_instances,
	.admit = admit_instances,
	.graded_by = STAGE_JUDGING,
};

static const struct stage *const stages[] = {
	&instructions, &classification, &instances, &stage_judging, NULL,
};

static const struct taken_option takes[] = {
	{ "examples", NULL, "8" },
	{ "machine-examples", NULL, "2" },
	{ "best-of", NULL, "1" },
	{ "temperature", "0.7", "0.7" },
	{ "top-p", "0.5", "0.5" },
	{ "max-tokens", "1024", "1024" },
	{ "presence-penalty", "2", "2" },
	{ "frequency-penalty", NULL, "0" },
	{ "stop", NULL, "" },
	{ "tokenizer", NULL, "ascii" },
	{ "lookahead", NULL, "1" },
	{ "variant" },
	{ "classification-only" },
	{ "strict-paper" },
	{ 0 },
};

static const struct option options[] = {
	{ "examples", 0, OPTION_INT, offsetof(struct own, examples), "N",
	  "instructions shown in each request for new tasks", 1, POOL_EXAMPLES_MAX, .fallback = "8",
	  .scope = OPTION_OF_METHOD, .identity = true },
	{ "machine-examples", 0, OPTION_INT, offsetof(struct own, machine_examples), "N",
	  "of them, tasks that the teacher wrote earlier in this run", 0, POOL_EXAMPLES_MAX,
	  .fallback = "2", .scope = OPTION_OF_METHOD, .identity = true },
	{ "capitalize", 0, OPTION_FLAG, offsetof(struct own, capitalize), NULL,
	  "first letter large, all others small, as the released code does",
	  .scope = OPTION_OF_METHOD, .identity = true },
};

static const char *const released_rules[] = { "too-many=off", NULL };

const struct method method_self_instruct = {
	.name = "self-instruct",
	.summary = "grow new tasks from seed tasks (Wang et al. 2022)",
	.about = "Shows the teacher eight tasks and asks for more, drops what is not new or not fit, "
		 "asks whether each new task is a classification, then for instances of it: input "
		 "and output. Options of sampling are for the requests for new tasks; what follows keeps "
		 "the paper's numbers. Every reply is on disk before it is used, so Ctrl-C or a crash loses "
		 "nothing, and the same command resumes where it stopped.",
	.example = "sow self-instruct -n 20 -o demo\n"
		   "sow self-instruct --seeds my.jsonl --language German -n 500 -o german",
	.takes = takes,
	.options = options,
	.option_count = sizeof(options) / sizeof(*options),
	.own_size = sizeof(struct own),
	.stages = stages,
	.released_rules = released_rules,
	.state_size = sizeof(struct self_instruct),
	.open = self_instruct_open,
};
