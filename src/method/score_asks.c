/* The requests to a teacher for numbers to compute scores from. */

#include "data/turns.h"
#include "method/question.h"
#include "method/score_private.h"

enum request_kind score_request_kind(enum text asked)
{
	if (asked == ASKED_REWARD)
		return REQUEST_RATE;
	return asked < TEXT_COUNT ? REQUEST_SCORE : REQUEST_CHOOSE;
}

static int add_alpaca(const struct unit *u, struct request *r)
{
	static const char *const openings[] = {
		"Below is an instruction that describes a task. Write a response that appropriately completes "
		"the request.\n\n### Instruction:\n",
		"Below is an instruction that describes a task, paired with an input that provides further "
		"context. Write a response that appropriately completes the request.\n\n### Instruction:\n",
	};
	bool has_input = u->input.len > 0;
	struct buf rest = BUF_INIT;
	buf_add(&rest, u->instruction.p, u->instruction.len);
	if (has_input)
		buf_addf(&rest, "\n\n### Input:\n%.*s", VIEW_ARG(u->input));
	buf_addstr(&rest, "\n\n### Response:");
	int status = request_add(r, ROLE_NONE, true, view_of(openings[has_input]));
	if (!status)
		status = request_add(r, ROLE_NONE, false, view_from(rest.data, rest.len));
	buf_release(&rest);
	return status;
}

static int add_plain(const struct unit *u, struct request *r)
{
	struct buf text = BUF_INIT;
	buf_add(&text, u->instruction.p, u->instruction.len);
	buf_addch(&text, '\n');
	buf_add(&text, u->input.p, u->input.len);
	if (u->input.len)
		buf_addch(&text, '\n');
	int status = request_add(r, ROLE_NONE, false, view_from(text.data, text.len));
	buf_release(&text);
	return status;
}

/* A user's turn and its answer, which may be empty. */
struct turn_pair {
	struct view query, response;
};

/* All pairs of a conversation; else the question and its answer. SOW_OK, SOW_NOMEM or SOW_INVALID. */
static int find_turn_pairs(const struct unit *u, struct arena *a, struct turn_pair **out, size_t *count)
{
	struct turn *turns = NULL;
	struct buf whole = BUF_INIT;
	size_t turn_count = 0;
	int status = u->turns.len ? turns_parse(u->turns, a, &turns, &turn_count) : SOW_OK;
	*count = 0;
	*out = arena_array(a, turn_count + 1, sizeof(**out));
	if (status)
		return status;
	for (size_t i = 0; i < turn_count; i++) {
		if (turns[i].role == ROLE_USER)
			(*out)[(*count)++] = (struct turn_pair){ turns[i].text, view_of("") };
		else if (turns[i].role == ROLE_ASSISTANT && *count)
			(*out)[*count - 1].response = turns[i].text;
	}
	if (*count) {
		(*out)[*count - 1].response = u->context;
		return SOW_OK;
	}
	question_show(u->instruction, u->input, &whole);
	struct view query = arena_takebuf(a, &whole);
	(*out)[(*count)++] = (struct turn_pair){ query, u->context };
	return SOW_OK;
}

static size_t count_exchanges(const struct unit *u)
{
	struct arena *a = arena_new();
	struct turn_pair *list;
	size_t count = 1;
	if (find_turn_pairs(u, a, &list, &count))
		count = 1; /* its request reports the reason */
	arena_free(a);
	return count;
}

size_t score_asked(const struct unit *u, enum text asked)
{
	if (asked == ASKED_SELECTIT)
		return SELECTIT_PROMPTS;
	return asked == ASKED_COMPLEXITY || asked == ASKED_QUALITY ? count_exchanges(u) : 1;
}

static void set_digits(struct request *r, size_t count)
{
	static const char digits[] = "[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\"";
	struct buf list = BUF_INIT;
	buf_add(&list, digits, 4 * count);
	buf_addch(&list, ']');
	request_set_given(r, view_from(list.data, list.len));
	buf_release(&list);
}

/* The prompts that DEITA's scorers were trained on, to the letter. A server that takes only chats gets them
 * as a message, with the request for a digit. */
static int ask_deita(const struct score *m, const struct unit *u, enum text asked, size_t i, struct request *r)
{
	struct turn_pair *list;
	size_t count;
	struct buf text = BUF_INIT;
	bool is_chat = m->run.o.opens == OPENS_NOTHING && m->run.o.prompts.chat;
	int status = find_turn_pairs(u, r->arena, &list, &count);
	if (status || i >= count)
		return status ? status : SOW_INVALID;
	if (asked == ASKED_COMPLEXITY)
		buf_addf(&text, "You are a helpful assistant. Please identify the complexity score of the following "
			 "user query. \n##Query: %.*s  \n##Complexity: ", VIEW_ARG(list[i].query));
	else
		buf_addf(&text, "You are a helpful assistant. Please identify the quality score of the Response "
			 "corresponding to the Question. \n #Question#:\n%.*s\n#Response#:\n%.*s \n##Quality: ",
			 VIEW_ARG(list[i].query), VIEW_ARG(list[i].response));
	if (is_chat)
		buf_addstr(&text, "\n\nReply with one digit from 1 to 6 and nothing else.");
	status = request_add(r, is_chat ? ROLE_USER : ROLE_NONE, false, view_from(text.data, text.len));
	buf_release(&text);
	if (!status)
		set_digits(r, DEITA_DIGITS);
	return status;
}

struct view score_question(const struct unit *u, struct arena *a)
{
	struct buf text = BUF_INIT;
	question_show(u->instruction, u->input, &text);
	return arena_takebuf(a, &text);
}

static int ask_selectit(const struct score *m, const struct unit *u, size_t i, struct request *r)
{
	const struct slot slots[] = { { "question", score_question(u, r->arena) }, { "answer", u->context },
				      { 0 } };
	int status = prompt_fill(m->selectit[i], slots, r);
	if (!status)
		set_digits(r, SELECTIT_DIGITS);
	return status;
}

static int ask_reward(const struct unit *u, struct request *r)
{
	int status = request_add(r, ROLE_NONE, false, score_question(u, r->arena));
	if (!status)
		request_set_given(r, u->context);
	return status;
}

static int ask_likelihood(const struct score *m, const struct unit *u, enum text text, struct request *r)
{
	int status = SOW_OK;
	r->sampling.max_tokens = (int32_t)m->most[text];
	if (text == TEXT_ALPACA)
		status = add_alpaca(u, r);
	else if (text == TEXT_ALPACA_ALONE)
		status = request_add(r, ROLE_NONE, true, view_of("### Response:"));
	else if (text == TEXT_PLAIN)
		status = add_plain(u, r);
	if (!status)
		request_set_given(r, u->context);
	return status;
}

int score_ask(const struct score *m, const struct unit *u, enum text asked, size_t i, struct request *r)
{
	r->kind = score_request_kind(asked);
	switch (asked) {
	case ASKED_COMPLEXITY:
	case ASKED_QUALITY:
		return ask_deita(m, u, asked, i, r);
	case ASKED_SELECTIT:
		return ask_selectit(m, u, i, r);
	case ASKED_REWARD:
		return ask_reward(u, r);
	default:
		return ask_likelihood(m, u, asked, r);
	}
}
