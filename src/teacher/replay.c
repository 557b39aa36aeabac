/* Teacher "replay": answers from recorded replies, found by the request's key.
 *
 * A recording is a run (its run.db) or a file of JSON lines:
 *
 *     {"model": "gguf:9f86…"}                               first, optional
 *     {"key": "5e88…", "text": "Yes", "finish": "stop",     finish is optional
 *      "prompt_tokens": 812, "completion_tokens": 2,        likewise
 *      "reasoning": "Let me see.", "reasoning_tokens": 4}   likewise
 *
 * The model's identity is the recording's own, so requests have the same keys as before; in a run in
 * which several models answered, it depends on the duty.
 * Of several requests in hand the one with the smallest key is answered first: order of
 * arrival is as good as random, and so every replay shows that it does not matter. */
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "io/infile.h"
#include "io/json.h"
#include "store/recording.h"
#include "teacher/teacher.h"

#define CAPACITY 64

struct replay {
	struct arena *arena;
	const char *path;
	const char *identity;
	const struct recorded_model *models; /* of a run */
	size_t model_count;
	bool prefers_chat; /* every step of the recorded run sent chats */
	bool can_chat;     /* some did; in a file of JSON lines unknown */
	struct map by_key; /* -> index into list */
	struct recorded *list;
	size_t count;
	size_t room;
	bool has_numbers;  /* some of them are numbers */
	struct request *asked[CAPACITY * 4];
	size_t asked_count;
};

static bool replay_claims(const char *spec)
{
	return spec && view_starts(view_of(spec), "replay:");
}

static void add(struct replay *t, const struct hash *key, struct recorded r)
{
	char *copy = arena_copyview(t->arena, r.text);
	char *thought = arena_copyview(t->arena, r.reasoning);
	char *numbers = arena_copyview(t->arena, r.numbers);
	mem_grow(&t->list, &t->room, t->count + 1);
	r.text.p = copy;
	r.reasoning.p = thought;
	r.numbers.p = numbers;
	t->has_numbers = t->has_numbers || r.is_numbers;
	t->list[t->count] = r;
	map_put(&t->by_key, (const char *)key->bytes, HASH_SIZE, t->count++);
}

/* A file of JSON lines */

static int read_line(struct replay *t, const json_value *v, struct sow_error *err)
{
	struct view model = json_text(json_get(v, "model"));
	if (model.len) {
		t->identity = arena_copyview(t->arena, model);
		return SOW_OK;
	}
	struct view key = json_text(json_get(v, "key"));
	struct hash hash;
	if (hash_from_hex(key.p, key.len, &hash))
		return error_set(err, SOW_INVALID, "\"key\": expected 64 hexadecimal digits");
	const json_value *text = json_get(v, "text"), *finish = json_get(v, "finish");
	struct recorded r = {
		.text = json_text(text),
		.reasoning = json_text(json_get(v, "reasoning")),
		.usage = { .prompt_tokens = json_integer(json_get(v, "prompt_tokens")),
			   .completion_tokens = json_integer(json_get(v, "completion_tokens")),
			   .reasoning_tokens = json_integer(json_get(v, "reasoning_tokens")) },
	};
	if (json_type(text) != JSON_TEXT)
		return error_set(err, SOW_INVALID, "\"text\": expected the reply's text");
	if (finish && finish_find(json_text(finish), &r.finish))
		return error_set(err, SOW_INVALID, "\"finish\": expected stop, length or error");
	add(t, &hash, r);
	return SOW_OK;
}

static int read_file(struct replay *t, struct sow_error *err)
{
	struct infile *in = infile_open(t->path, err);
	if (!in)
		return SOW_IO;
	struct view line;
	int status;
	while ((status = infile_line(in, &line, err)) > 0) {
		if (!view_trim(line).len)
			continue;
		struct json *doc = json_parse_line(t->path, infile_number(in), line, err);
		status = doc ? read_line(t, json_root(doc), err) : SOW_INVALID;
		if (doc && status)
			error_prefix(err, "%s:%zu", t->path, infile_number(in));
		json_free(doc);
		if (status)
			break;
	}
	infile_close(in);
	return status;
}

/* A run */

static int add_recorded(void *data, const struct recorded *one)
{
	struct replay *t = data;
	add(t, &one->key, *one);
	return SOW_OK;
}

/* The writer answers for a model that has no name of its own. */
static const char *model_of(const struct replay *t, const char *of)
{
	for (size_t i = 0; i < t->model_count; i++) {
		if (strcmp(t->models[i].of, of) == 0)
			return t->models[i].name;
	}
	return t->identity;
}

static int read_run(struct replay *t, struct sow_error *err)
{
	struct recording recording;
	int status = recording_read(t->path, t->arena, &recording, add_recorded, t, err);
	t->prefers_chat = recording.prefers_chat;
	t->can_chat = recording.can_chat;
	t->models = recording.models;
	t->model_count = recording.model_count;
	t->identity = model_of(t, "model");
	return status;
}

/* The kind */

static void replay_close(void *state)
{
	struct replay *t = state;
	for (size_t i = 0; i < t->asked_count; i++)
		request_free(t->asked[i]);
	map_release(&t->by_key);
	mem_free(t->list);
	arena_free(t->arena);
	mem_free(t);
}

static int replay_open(void **state, const struct teacher_options *o, struct sow_error *err)
{
	struct replay *t = mem_zalloc(sizeof(*t));
	t->arena = arena_new();
	t->identity = "replay";
	t->can_chat = true;
	t->path = arena_copystr(t->arena, o->specs[0] + strlen("replay:"));
	struct stat st;
	int status;
	if (stat(t->path, &st) != 0)
		status = error_errno(err, t->path);
	else
		status = S_ISDIR(st.st_mode) ? read_run(t, err) : read_file(t, err);
	if (status) {
		replay_close(t);
		return status;
	}
	*state = t;
	return SOW_OK;
}

static const char *replay_identity(void *state)
{
	return ((struct replay *)state)->identity;
}

static const char *replay_identity_of(void *state, const char *of)
{
	return model_of(state, of);
}

static int replay_capacity(void *state)
{
	(void)state;
	return CAPACITY;
}

static bool replay_prefers_chat(void *state)
{
	return ((struct replay *)state)->prefers_chat;
}

static enum turn_opening replay_opens(void *state)
{
	(void)state;
	return OPENS_ANY;
}

static bool replay_can_chat(void *state)
{
	return ((struct replay *)state)->can_chat;
}

static bool replay_can(void *state, enum request_kind k)
{
	return k == REQUEST_GENERATE || ((struct replay *)state)->has_numbers;
}

static int replay_ask(void *state, struct request *r)
{
	struct replay *t = state;
	if (t->asked_count == sizeof(t->asked) / sizeof(*t->asked))
		return 0;
	t->asked[t->asked_count++] = r;
	return 1;
}

static struct request *take_smallest(struct replay *t)
{
	size_t best = 0;
	for (size_t i = 1; i < t->asked_count; i++) {
		if (memcmp(t->asked[i]->key.bytes, t->asked[best]->key.bytes, HASH_SIZE) < 0)
			best = i;
	}
	struct request *r = t->asked[best];
	t->asked[best] = t->asked[--t->asked_count];
	return r;
}

/* The recorded reply, or one that says there is none. */
static struct reply *answer(const struct replay *t, const struct request *r)
{
	struct buf miss = BUF_INIT;
	struct recorded found = { .finish = FINISH_NONE };
	uint64_t *at = map_get(&t->by_key, (const char *)r->key.bytes, HASH_SIZE);
	if (at) {
		found = t->list[*at];
	} else {
		char hex[HASH_HEX_SIZE];
		hash_hex(&r->key, hex);
		buf_addf(&miss, "%s has no reply to request %s", t->path, hex);
		found.text = view_from(miss.data, miss.len);
	}
	struct reply *reply = found.is_numbers ? reply_numbers_read(found.numbers)
					       : reply_new_reasoned(found.text, found.reasoning);
	buf_release(&miss);
	reply->tag = r->tag;
	reply->key = r->key;
	reply->finish = found.finish;
	reply->usage = found.usage;
	reply->began = clock_wall();
	return reply;
}

static int replay_step(void *state, void (*done)(void *data, struct reply *r), void *data,
		       struct sow_error *err)
{
	struct replay *t = state;
	(void)err;
	if (!t->asked_count)
		return 0;
	struct request *r = take_smallest(t);
	struct reply *reply = answer(t, r);
	request_free(r);
	done(data, reply);
	return t->asked_count > 0;
}

const struct teacher_kind teacher_replay = {
	.name = "replay",
	.recorded = true,
	.claims = replay_claims,
	.open = replay_open,
	.close = replay_close,
	.identity = replay_identity,
	.identity_of = replay_identity_of,
	.capacity = replay_capacity,
	.prefers_chat = replay_prefers_chat,
	.can_chat = replay_can_chat,
	.can = replay_can,
	.opens = replay_opens,
	.ask = replay_ask,
	.step = replay_step,
};
