/* Alpaca's variation of Self-Instruct (tatsu-lab/stanford_alpaca): whole records from one request.
 * Numbers: docs/guide/methods.md. */
#include <stdio.h>

#include "base/buf.h"
#include "base/draw.h"
#include "base/error.h"
#include "base/mem.h"
#include "method/candidate.h"
#include "method/method.h"
#include "method/reply.h"
#include "text/spacing.h"

enum { STAGE_RECORDS = 1 };

#define EXAMPLES 3  /* seeds shown */
#define LAST "20"   /* requested, including the shown ones */

struct alpaca {
	struct method_state run;
	struct prompt *prompt;
};

/* Opening */

static size_t example_count(const struct alpaca *m)
{
	size_t seeds = pool_seeds(m->run.o.pool, false);
	return seeds < EXAMPLES ? seeds : EXAMPLES;
}

static int check_seeds(const struct alpaca *m, struct sow_error *err)
{
	const struct record *t;
	for (size_t i = 0; (t = pool_seed(m->run.o.pool, i)); i++) {
		if (!t->instance_count || !view_trim(t->instances[0].output).len)
			return error_set(err, SOW_INVALID, "seed %.*s has no output: alpaca shows whole "
					 "records, with instruction, input and output", VIEW_ARG(t->id));
	}
	return SOW_OK;
}

static int load_prompt(struct alpaca *m, struct sow_error *err)
{
	static const char *const names[] = { "records", NULL };
	char first[24];
	struct buf steering = BUF_INIT;
	snprintf(first, sizeof(first), "%zu", example_count(m) + 1);
	int status = prompt_sentence(m->run.arena, &m->run.o.prompts, "self_instruct/topic.txt", "topic",
				     m->run.o.topic, &steering, err);
	const struct slot statics[] = {
		{ "language", view_of(m->run.o.language ? m->run.o.language : "English") },
		{ "steering", view_from(steering.data, steering.len) }, { "first", view_of(first) }, { 0 },
	};
	if (!status) {
		m->prompt = prompt_load(m->run.arena, &m->run.o.prompts, "alpaca/records", statics, names, err);
		status = m->prompt ? SOW_OK : SOW_INVALID;
	}
	buf_release(&steering);
	return status;
}

static int alpaca_open(void *state, struct sow_error *err)
{
	const struct alpaca *m = state;
	int status = check_seeds(m, err);
	return status ? status : load_prompt(state, err);
}

/* The request */

static void add_field(struct buf *out, size_t number, const char *name, char space, struct view text)
{
	buf_addf(out, "%zu. %s:%c", number, name, space);
	buf_add(out, text.p, text.len);
	buf_addch(out, '\n');
}

static void list_records(const struct alpaca *m, const size_t *examples, size_t count,
			 struct buf *out)
{
	for (size_t i = 0; i < count; i++) {
		const struct record *t = pool_task(m->run.o.pool, examples[i]);
		struct view input = view_trim(t->instances[0].input);
		buf_addstr(out, "###\n");
		buf_addf(out, "%zu. Instruction: ", i + 1);
		spacing_collapse(t->instruction, out);
		buf_addch(out, '\n');
		add_field(out, i + 1, "Input", '\n', input.len ? input : view_of("<noinput>"));
		add_field(out, i + 1, "Output", '\n', view_trim(t->instances[0].output));
	}
	buf_addstr(out, "###");
	/* No blank after the colon: with one, small models loop. */
	if (!m->run.o.prompts.chat)
		buf_addf(out, "\n%zu. Instruction:", count + 1);
}

static int plan_ticket(const void *state, int64_t ticket, size_t machine, struct request **out,
		       size_t examples[POOL_EXAMPLES_MAX], size_t *count)
{
	const struct alpaca *m = state;
	struct draw d = draw_start(m->run.o.seed, DRAW_ALPACA_EXAMPLES, (uint64_t)ticket);
	struct buf records = BUF_INIT;
	(void)machine;
	*count = pool_draw(m->run.o.pool, &d, false, EXAMPLES, 0, 0, examples);
	struct request *r = request_new();
	list_records(m, examples, *count, &records);
	const struct slot slots[] = { { "records", view_from(records.data, records.len) }, { 0 } };
	/* With few seeds the same examples are drawn again: the number asks for another answer. */
	r->sample = (uint32_t)ticket;
	int status = method_sampling(&m->run.o, r);
	if (!status)
		status = prompt_fill(m->prompt, slots, r);
	if (!status)
		status = request_add_stop(r, "\n" LAST);
	if (!status)
		status = request_add_stop(r, LAST ".");
	buf_release(&records);
	return request_finish(r, status, out);
}

/* The reply */

static struct view tidy(struct view raw, struct arena *a)
{
	struct buf text = BUF_INIT;
	spacing_collapse(raw, &text);
	return arena_takebuf(a, &text);
}

static int judge(const struct alpaca *m, struct accepted *a, struct outcome *o)
{
	const struct unit *u = &a->unit;
	struct view detail;
	enum rule_id broken = candidate_check(m->run.o.rules, u, &detail);
	if (broken != RULE_COUNT) {
		outcome_reject(o, u, rule_table[broken].name, u->instruction, detail);
		return SOW_OK;
	}
	broken = rules_check_instance(m->run.o.rules, a->instances);
	if (broken != RULE_COUNT) {
		candidate_reject_instance(o, u, broken, a->instances);
		return SOW_OK;
	}
	return candidate_admit(m->run.o.pool, m->run.o.rules, a, o);
}

/* A record is a finished task at once. */
static int admit_record(const struct alpaca *m, const struct unit *at, const struct reply_block *r,
			struct outcome *o)
{
	struct accepted a = { .unit = *at, .instance_count = 1 };
	if (r->malformed) {
		outcome_reject(o, at, rule_table[RULE_MALFORMED].name, r->block, view_of(""));
		return SOW_OK;
	}
	a.unit.state = UNIT_FINISHED;
	a.instances = arena_alloc(o->arena, sizeof(*a.instances));
	*a.instances = r->instance;
	a.unit.input = r->instance.input;
	a.unit.instruction = tidy(r->instruction, o->arena);
	return judge(m, &a, o);
}

static int admit_ticket(const void *state, int64_t step, int64_t ticket, const struct reply *r,
			struct outcome *o)
{
	const struct alpaca *m = state;
	struct unit u = { .step = step, .ticket = ticket, .stage = STAGE_RECORDS,
			  .is_classification = -1 };
	if (r->finish == FINISH_ERROR) {
		outcome_reject(o, &u, rule_table[RULE_REFUSED].name, view_of(""), r->text);
		return SOW_OK;
	}
	struct reply_blocks list = { 0 };
	int status = SOW_OK;
	reply_blocks(r->text, !m->run.o.prompts.chat, &list);
	if (!list.count)
		outcome_reject(o, &u, rule_table[RULE_NO_LIST].name, r->text, view_of(""));
	bool is_cut = r->finish == FINISH_LENGTH && rules_on(m->run.o.rules, RULE_CUT_INSTANCE);
	for (size_t i = 0; i < list.count && !status; i++) {
		u.item = (int64_t)i + 1;
		if (is_cut && i + 1 == list.count)
			outcome_reject(o, &u, rule_table[RULE_CUT_INSTANCE].name,
				       list.list[i].block, view_of(""));
		else
			status = admit_record(m, &u, &list.list[i], o);
	}
	reply_blocks_release(&list);
	return status;
}

static const struct stage records = {
	.name = "records",
	.duty = DUTY_WRITE,
	.plan_ticket = plan_ticket,
	.admit_ticket = admit_ticket,
};

static const struct stage *const stages[] = { &records, NULL };

static const char *const rules[] = {
	"keyword=+video,audio,music,flowchart,diagram", "too-many=17", NULL,
};

/* The paper's numbers here are those of the released code. */
static const struct taken_option takes[] = {
	{ "temperature", "1", "1" },
	{ "top-p", "1", "1" },
	{ "max-tokens", "3072", "3072" },
	{ "presence-penalty", NULL, "0" },
	{ "frequency-penalty", NULL, "0" },
	{ "stop", NULL, "" },
	{ "tokenizer", NULL, "ascii" },
	{ "lookahead", NULL, "1" },
	{ "strict-paper" },
	{ 0 },
};

const struct method method_alpaca = {
	.name = "alpaca",
	.summary = "grow whole records from seed tasks (Stanford Alpaca)",
	.about = "Shows the teacher three seed tasks, each with instruction, input and output, and asks "
		 "for the rest of twenty; drops what is malformed, not new or not fit. Every reply is "
		 "on disk before it is used, so Ctrl-C or a crash loses nothing, and the same command "
		 "resumes where it stopped.",
	.example = "sow alpaca -n 100 -o records\n"
		   "sow alpaca --seeds mine.jsonl --topic cooking -n 1000 -o cooking",
	.takes = takes,
	.stages = stages,
	.shows_records = true,
	.rules = rules,
	.state_size = sizeof(struct alpaca),
	.open = alpaca_open,
};
