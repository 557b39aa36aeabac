#include "data/format_private.h"

#include "base/error.h"
#include "data/template.h"

/* A chat as people write it: who speaks is told by the roles' names. */
struct names {
	const char *list, *role, *text;
	const char *roles[4];        /* by enum role */
};

static const struct names messages = { "messages", "role", "content",
				       { "", "system", "user", "assistant" } };
static const struct names sharegpt = { "conversations", "from", "value",
				       { "", "system", "human", "gpt" } };

/* -- the turns of a record --------------------------------------------------------- */

struct turns {
	struct turn *list;           /* NULL: out of memory */
	size_t count;
	struct turn own[2];
};

/* Those of the chat, or a question and its answer. */
static void turns_of(struct turns *turns, const struct sample *s, struct arena *scratch)
{
	const struct record *task = s->task;
	turns->list = task->turns;
	turns->count = task->turn_count;
	if (turns->count)
		return;
	struct view question = record_question(task->instruction, s->instance->input, scratch);
	turns->own[0] = TURN(ROLE_USER, question);
	turns->own[1] = TURN(ROLE_ASSISTANT, s->instance->output);
	turns->list = question.p ? turns->own : NULL;
	turns->count = 2;
}

static bool ends_with_answer(const struct turns *t)
{
	return t->count && t->list[t->count - 1].role == ROLE_ASSISTANT;
}

bool record_is_answered(const struct sample *s)
{
	const struct record *task = s->task;
	if (task->turn_count) {
		const struct turn *last = &task->turns[task->turn_count - 1];
		return last->role == ROLE_ASSISTANT && last->text.len;
	}
	return s->instance->output.len;
}

static void write_turns(struct json_out *out, const char *key, const struct names *names,
			const struct turn *list, size_t count)
{
	json_out_array(out, key);
	for (size_t i = 0; i < count; i++) {
		json_out_object(out, NULL);
		json_out_text(out, names->role, view_of(names->roles[list[i].role]));
		json_out_text(out, names->text, list[i].text);
		json_out_end(out);
	}
	json_out_end(out);
}

/* -- chats ----------------------------------------------------------------------------- */

static int write_chat(struct json_out *out, const struct names *names, const struct sample *s,
		      struct arena *scratch)
{
	struct turns turns;
	turns_of(&turns, s, scratch);
	if (!turns.list)
		return SOW_NOMEM;
	json_out_object(out, NULL);
	write_turns(out, names->list, names, turns.list, turns.count);
	json_out_end(out);
	return SOW_OK;
}

int record_messages(struct json_out *out, const struct sample *s, struct arena *scratch)
{
	return write_chat(out, &messages, s, scratch);
}

int record_sharegpt(struct json_out *out, const struct sample *s, struct arena *scratch)
{
	return write_chat(out, &sharegpt, s, scratch);
}

int record_trl(struct json_out *out, const struct sample *s, struct arena *scratch)
{
	struct turns turns;
	turns_of(&turns, s, scratch);
	if (!turns.list)
		return SOW_NOMEM;
	size_t asked = turns.count - ends_with_answer(&turns);
	json_out_object(out, NULL);
	write_turns(out, "prompt", &messages, turns.list, asked);
	write_turns(out, "completion", &messages, turns.list + asked, turns.count - asked);
	json_out_end(out);
	return SOW_OK;
}

/* -- a task with its instances ----------------------------------------------------------- */

static void write_lineage(struct json_out *out, const struct lineage *l)
{
	if (l->root.len)
		json_out_text(out, "root", l->root);
	if (l->parent.len)
		json_out_text(out, "parent", l->parent);
	if (l->operation.len)
		json_out_text(out, "operation", l->operation);
	if (l->round)
		json_out_integer(out, "round", l->round);
}

void format_task_members(struct json_out *out, const struct record *task)
{
	json_out_text(out, "instruction", task->instruction);
	json_out_array(out, "instances");
	for (size_t i = 0; i < task->instance_count; i++) {
		json_out_object(out, NULL);
		json_out_text(out, "input", task->instances[i].input);
		json_out_text(out, "output", task->instances[i].output);
		json_out_end(out);
	}
	json_out_end(out);
	json_out_bool(out, "is_classification", task->is_classification);
	write_lineage(out, &task->lineage);
	if (task->turn_count)
		write_turns(out, "messages", &messages, task->turns, task->turn_count);
}

int record_self_instruct(struct json_out *out, const struct sample *s, struct arena *scratch)
{
	(void)scratch;
	json_out_object(out, NULL);
	json_out_text(out, "id", s->task->id);
	json_out_text(out, "name", s->task->name);
	format_task_members(out, s->task);
	json_out_end(out);
	return SOW_OK;
}

/* -- instruction, input, output ------------------------------------------------------------ */

/* A chat as pairs of a question and its answer. Neighbours of one role are one text. */
struct pair {
	struct view question, answer;
};

static bool join(struct view *text, struct view more, struct arena *scratch)
{
	*text = text->len ? record_question(*text, more, scratch) : more;
	return text->p != NULL;
}

/* Writes the pairs (room for one a turn) and what the system said. */
static bool make_pairs(const struct record *task, struct arena *scratch, struct pair *pairs,
		       size_t *count, struct view *system)
{
	bool ok = true, answered = true; /* before the first question */
	*count = 0;
	*system = view_of("");
	for (size_t i = 0; i < task->turn_count && ok; i++) {
		const struct turn *t = &task->turns[i];
		if (t->role == ROLE_SYSTEM) {
			ok = join(system, t->text, scratch);
			continue;
		}
		if ((t->role == ROLE_USER && answered) || !*count)
			pairs[(*count)++] = (struct pair){ { "", 0 }, { "", 0 } };
		answered = t->role == ROLE_ASSISTANT;
		struct pair *p = &pairs[*count - 1];
		ok = join(answered ? &p->answer : &p->question, t->text, scratch);
	}
	return ok;
}

static void write_alpaca(struct json_out *out, struct view instruction, struct view input,
			 struct view output)
{
	json_out_object(out, NULL);
	json_out_text(out, "instruction", instruction);
	json_out_text(out, "input", input);
	json_out_text(out, "output", output);
}

static void write_history(struct json_out *out, const struct pair *pairs, size_t count)
{
	json_out_array(out, "history");
	for (size_t i = 0; i < count; i++) {
		json_out_array(out, NULL);
		json_out_text(out, NULL, pairs[i].question);
		json_out_text(out, NULL, pairs[i].answer);
		json_out_end(out);
	}
	json_out_end(out);
}

static int alpaca_chat(struct json_out *out, const struct record *task, struct arena *scratch)
{
	struct pair *pairs = arena_array(scratch, task->turn_count, sizeof(*pairs));
	struct view system;
	size_t count;
	if (!pairs || !make_pairs(task, scratch, pairs, &count, &system))
		return SOW_NOMEM;
	if (!count)
		pairs[count++].question = task->instruction;
	const struct pair *last = &pairs[count - 1];
	write_alpaca(out, last->question, view_of(""), last->answer);
	if (system.len)
		json_out_text(out, "system", system);
	if (count > 1)
		write_history(out, pairs, count - 1);
	json_out_end(out);
	return SOW_OK;
}

int record_alpaca(struct json_out *out, const struct sample *s, struct arena *scratch)
{
	if (s->task->turn_count)
		return alpaca_chat(out, s->task, scratch);
	write_alpaca(out, s->task->instruction, s->instance->input, s->instance->output);
	json_out_end(out);
	return SOW_OK;
}

/* -- a prompt and what follows --------------------------------------------------------------- */

/* The turns as a dialogue; the last answer is what follows. */
static struct view write_dialogue(const struct turns *turns, struct buf *prompt)
{
	static const char *const names[] = { "", "", "User: ", "Assistant: " };
	bool answered = ends_with_answer(turns);
	for (size_t i = 0; i + answered < turns->count; i++) {
		buf_addstr(prompt, names[turns->list[i].role]);
		buf_add(prompt, turns->list[i].text.p, turns->list[i].text.len);
		buf_addstr(prompt, "\n\n");
	}
	buf_addstr(prompt, "Assistant: ");
	return answered ? turns->list[turns->count - 1].text : view_of("");
}

int record_completion(struct json_out *out, const struct sample *s, struct arena *scratch)
{
	struct buf prompt = BUF_INIT;
	struct view completion;
	(void)scratch;
	if (s->task->turn_count) {
		struct turns turns = { .list = s->task->turns, .count = s->task->turn_count };
		completion = write_dialogue(&turns, &prompt);
	} else {
		template_prompt(s->task->instruction, s->instance->input, s->seed, s->number,
				&prompt);
		completion = s->instance->output;
	}
	json_out_object(out, NULL);
	json_out_text(out, "prompt", view_from(prompt.data, prompt.len));
	json_out_text(out, "completion", completion);
	json_out_end(out);
	int status = prompt.status;
	buf_release(&prompt);
	return status;
}
