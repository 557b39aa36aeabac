#include "cli/rehearsal.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "io/json.h"
#include "mock/completion.h"
#include "mock/tokens.h"

#define CAPACITY 64

struct rehearsal {
	struct completion completion;
	struct request *held[CAPACITY];
	size_t count;
};

static bool rehearsal_claims(const char *spec)
{
	(void)spec;
	return false;
}

static int rehearsal_open(void **state, const struct teacher_options *o, struct sow_error *err)
{
	struct rehearsal *t = mem_zalloc(sizeof(*t));
	(void)o;
	(void)err;
	t->completion = (struct completion)COMPLETION_INIT;
	*state = t;
	return SOW_OK;
}

static void rehearsal_close(void *state)
{
	struct rehearsal *t = state;
	for (size_t i = 0; i < t->count; i++)
		request_free(t->held[i]);
	completion_release(&t->completion);
	mem_free(t);
}

static const char *rehearsal_identity(void *state)
{
	(void)state;
	return "rehearsal";
}

static int rehearsal_capacity(void *state)
{
	(void)state;
	return CAPACITY;
}

static bool rehearsal_prefers_chat(void *state)
{
	(void)state;
	return true;
}

static enum turn_opening rehearsal_opens(void *state)
{
	(void)state;
	return OPENS_ANY;
}

static int rehearsal_ask(void *state, struct request *r)
{
	struct rehearsal *t = state;
	if (t->count == CAPACITY)
		return 0;
	t->held[t->count++] = r;
	return 1;
}

static bool rehearsal_can(void *state, enum request_kind k)
{
	(void)state;
	(void)k;
	return true;
}

#define DIMS 384 /* of a vector, as the built-in model's */

/* How many numbers are asked for: as many as a text that is scored may have tokens, those of a vector,
 * one for each word to choose from, one for an answer to rate. */
static size_t numbers_of(const struct request *r, int64_t before, struct arena *a)
{
	int64_t count = tokens_of_prompt(r->given.len), most = r->sampling.max_tokens;
	if (r->kind == REQUEST_EMBED)
		return DIMS;
	if (r->kind == REQUEST_CHOOSE)
		return json_count(json_own(r->given, a));
	if (r->kind == REQUEST_RATE)
		return 1;
	if (most && before + count > most)
		count = most > before ? most - before : 0;
	return (size_t)count;
}

static int answer_numbers(const struct request *r, struct reply **out)
{
	struct arena *a = arena_new();
	size_t bytes = 0;
	for (size_t i = 0; i < r->part_count; i++)
		bytes += r->parts[i].text.len;
	int64_t before = bytes ? tokens_of_prompt(bytes) : 0;
	size_t count = numbers_of(r, before, a);
	float *numbers = mem_zalloc((count + 1) * sizeof(*numbers));
	for (size_t i = 0; numbers && i < count; i++)
		numbers[i] = -1;
	*out = reply_new_numbers(numbers, count);
	mem_free(numbers);
	arena_free(a);
	if (!*out)
		return SOW_NOMEM;
	(*out)->tag = r->tag;
	(*out)->key = r->key;
	(*out)->attempts = 1;
	(*out)->began = clock_wall();
	int64_t given = r->kind == REQUEST_SCORE ? (int64_t)count
			: r->given.len ? tokens_of_prompt(r->given.len) : 0;
	(*out)->usage = (struct usage){ .prompt_tokens = before + given,
					.completion_tokens = r->kind == REQUEST_CHOOSE, .estimated = true };
	return SOW_OK;
}

static struct reply *reply_of(const struct request *r, const struct said *said)
{
	struct reply *reply = reply_new(said->text);
	if (!reply)
		return NULL;
	reply->tag = r->tag;
	reply->key = r->key;
	reply->finish = strcmp(said->finish, "length") == 0 ? FINISH_LENGTH : FINISH_STOP;
	reply->attempts = 1;
	reply->began = clock_wall();
	reply->usage = (struct usage){ .prompt_tokens = said->prompt_tokens,
				       .completion_tokens = said->completion_tokens,
				       .estimated = true };
	return reply;
}

/* The last part of a chat's last message, and of a raw prompt the whole. */
static int answer(struct rehearsal *t, const struct request *r, struct reply **out)
{
	static const struct completion_style how = { .seed = 1 };
	struct buf system = BUF_INIT, prompt = BUF_INIT;
	struct said said;
	size_t bytes = 0;
	for (size_t i = 0; i < r->part_count; i++) {
		struct buf *to = r->parts[i].role == ROLE_SYSTEM ? &system : &prompt;
		if (i && r->parts[i].role == ROLE_USER && r->parts[i - 1].role == ROLE_ASSISTANT)
			buf_clear(&prompt);
		buf_add(to, r->parts[i].text.p, r->parts[i].text.len);
		bytes += r->parts[i].text.len;
	}
	struct ask ask = {
		.kind = r->part_count && r->parts[0].role != ROLE_NONE ? ASK_CHAT : ASK_COMPLETION,
		.system = view_from(system.data, system.len),
		.prompt = view_from(prompt.data, prompt.len), .seed = r->seed, .name = r->prompt, .about = r->about,
		.prompt_tokens = tokens_of_prompt(bytes), .max_tokens = r->sampling.max_tokens,
	};
	for (; ask.stop_count < r->sampling.stop_count; ask.stop_count++)
		ask.stops[ask.stop_count] = r->sampling.stops[ask.stop_count];
	const struct said example = {
		.text = r->example, .finish = "stop", .prompt_tokens = ask.prompt_tokens,
		.completion_tokens = tokens_of_prompt(r->example.len),
	};
	bool failed = buf_failed(&system) || buf_failed(&prompt);
	if (!failed && r->example.len)
		*out = reply_of(r, &example);
	else
		*out = failed || completion_write(&t->completion, &how, &ask, &said) ? NULL : reply_of(r, &said);
	buf_release(&system);
	buf_release(&prompt);
	return *out ? SOW_OK : SOW_NOMEM;
}

static int rehearsal_step(void *state, void (*done)(void *data, struct reply *r), void *data,
			  struct sow_error *err)
{
	struct rehearsal *t = state;
	if (!t->count)
		return 0;
	struct reply *reply;
	struct request *r = t->held[--t->count];
	int status = r->kind == REQUEST_GENERATE ? answer(t, r, &reply) : answer_numbers(r, &reply);
	request_free(r);
	if (status)
		return error_nomem(err);
	done(data, reply);
	return t->count > 0;
}

const struct teacher_kind teacher_rehearsal = {
	.name = "rehearsal",
	.claims = rehearsal_claims,
	.open = rehearsal_open,
	.close = rehearsal_close,
	.identity = rehearsal_identity,
	.capacity = rehearsal_capacity,
	.prefers_chat = rehearsal_prefers_chat,
	.can = rehearsal_can,
	.opens = rehearsal_opens,
	.ask = rehearsal_ask,
	.step = rehearsal_step,
};
