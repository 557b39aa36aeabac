#include "data/request.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "io/json.h"
#include "sow/sow.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */
#define REPLACEMENT_SIZE ((size_t)3)

const char *const finish_names[] = { "stop", "length", "error", "none" };

const char *const request_kind_names[] = { "generate", "score", "embed", "choose", "rate" };

int finish_find(struct view name, enum finish *out)
{
	for (int f = FINISH_STOP; f <= FINISH_NONE; f++) {
		if (view_eqstr(name, finish_names[f])) {
			*out = (enum finish)f;
			return SOW_OK;
		}
	}
	return SOW_INVALID;
}

struct request *request_new(void)
{
	struct arena *a = arena_new();
	struct request *r = arena_alloc(a, sizeof(*r));
	r->arena = a;
	atomic_init(&r->refs, 1);
	return r;
}

int request_finish(struct request *r, int status, struct request **out)
{
	if (status)
		request_free(r);
	*out = status ? NULL : r;
	return status;
}

struct request *request_ref(struct request *r)
{
	atomic_fetch_add(&r->refs, 1);
	return r;
}

void request_free(struct request *r)
{
	if (r && atomic_fetch_sub(&r->refs, 1) == 1)
		arena_free(r->arena); /* `r` is in it */
}

static void make_room(struct request *r)
{
	if (r->part_count < r->part_room)
		return;
	size_t room = r->part_room ? r->part_room * 4 : 4;
	struct part *parts = arena_array(r->arena, room, sizeof(*parts));
	if (r->part_count)
		memcpy(parts, r->parts, r->part_count * sizeof(*parts));
	r->parts = parts;
	r->part_room = room;
}

int request_add(struct request *r, enum role role, bool shared, struct view text)
{
	if (!text.len)
		return SOW_OK;
	if (r->part_count == REQUEST_PARTS_MAX)
		return SOW_TOOBIG;
	const char *copy = arena_copyview(r->arena, text);
	make_room(r);
	r->parts[r->part_count++] = (struct part){
		.role = role, .shared = shared, .text = view_from(copy, text.len),
	};
	return SOW_OK;
}

bool part_is_whole(const struct part *p)
{
	return p->content.len || p->tool_calls.len || p->tool_call_id.len || p->name.len;
}

static void copy_text(struct request *r, struct view from, struct view *to)
{
	const char *copy = arena_copyview(r->arena, from);
	*to = view_from(copy, from.len);
}

int request_add_turn(struct request *r, const struct turn *t)
{
	struct part p = { .role = t->role, .content = t->parts, .tool_calls = t->tool_calls,
			  .tool_call_id = t->tool_call_id, .name = t->name };
	if (!part_is_whole(&p))
		return request_add(r, t->role, false, t->text);
	if (r->part_count == REQUEST_PARTS_MAX)
		return SOW_TOOBIG;
	copy_text(r, t->text, &p.text);
	copy_text(r, t->parts, &p.content);
	copy_text(r, t->tool_calls, &p.tool_calls);
	copy_text(r, t->tool_call_id, &p.tool_call_id);
	copy_text(r, t->name, &p.name);
	make_room(r);
	r->parts[r->part_count++] = p;
	return SOW_OK;
}

void request_set_tools(struct request *r, struct view tools)
{
	copy_text(r, tools, &r->tools);
}

void request_set_given(struct request *r, struct view text)
{
	copy_text(r, text, &r->given);
}

void request_set_schema(struct request *r, struct view schema)
{
	copy_text(r, schema, &r->schema);
}

void request_set_prompt(struct request *r, struct view name, struct view about)
{
	copy_text(r, name, &r->prompt);
	copy_text(r, about, &r->about);
}

void request_set_example(struct request *r, struct view example)
{
	copy_text(r, example, &r->example);
}

int request_add_stop(struct request *r, const char *stop)
{
	struct sampling *s = &r->sampling;
	if (!*stop)
		return SOW_OK;
	if (s->stop_count == STOPS_MAX)
		return SOW_TOOBIG;
	const char *copy = arena_copystr(r->arena, stop);
	s->stops[s->stop_count++] = view_of(copy);
	return SOW_OK;
}

static bool mixed(const struct request *r)
{
	for (size_t i = 1; i < r->part_count; i++) {
		if ((r->parts[i].role == ROLE_NONE) != (r->parts[0].role == ROLE_NONE))
			return true;
	}
	return false;
}

/* Gathers in `text` the parts from `i` that are one message; returns the next. */
static size_t gather(const struct request *r, size_t i, struct buf *text)
{
	enum role role = r->parts[i].role;
	bool whole = part_is_whole(&r->parts[i]);
	buf_clear(text);
	do {
		buf_add(text, r->parts[i].text.p, r->parts[i].text.len);
		i++;
	} while (!whole && i < r->part_count && r->parts[i].role == role &&
		 !part_is_whole(&r->parts[i]));
	return i;
}

static void add_prompt(const struct request *r, struct json_out *json)
{
	struct buf text = BUF_INIT;
	if (r->part_count)
		gather(r, 0, &text);
	json_out_text(json, "prompt", view_from(text.data, text.len));
	buf_release(&text);
}

static void add_messages(const struct request *r, struct json_out *json)
{
	struct buf text = BUF_INIT;
	json_out_array(json, "messages");
	for (size_t i = 0; i < r->part_count;) {
		const struct part *first = &r->parts[i];
		i = gather(r, i, &text);
		json_out_object(json, NULL);
		json_out_text(json, "role", view_of(role_names[first->role]));
		if (first->content.len)
			json_out_raw(json, "content", first->content);
		else if (first->tool_calls.len && !text.len)
			json_out_null(json, "content");
		else
			json_out_text(json, "content", view_from(text.data, text.len));
		part_members(first, json);
		json_out_end(json);
	}
	json_out_end(json);
	buf_release(&text);
}

void part_members(const struct part *p, struct json_out *json)
{
	if (p->tool_calls.len)
		json_out_raw(json, "tool_calls", p->tool_calls);
	if (p->tool_call_id.len)
		json_out_text(json, "tool_call_id", p->tool_call_id);
	if (p->name.len)
		json_out_text(json, "name", p->name);
}

void sampling_json(const struct sampling *s, struct json_out *json)
{
	/* + 0.0 turns minus zero into zero */
	if (!(s->temperature < 0))
		json_out_number(json, "temperature", s->temperature + 0.0);
	if (s->first_temperature > 0)
		json_out_number(json, "first_temperature", s->first_temperature);
	if (!(s->top_p < 0))
		json_out_number(json, "top_p", s->top_p + 0.0);
	json_out_integer(json, "top_k", s->top_k);
	json_out_number(json, "presence_penalty", s->presence_penalty + 0.0);
	json_out_number(json, "frequency_penalty", s->frequency_penalty + 0.0);
	json_out_integer(json, "max_tokens", s->max_tokens);
	json_out_array(json, "stop");
	for (size_t i = 0; i < s->stop_count; i++)
		json_out_text(json, NULL, s->stops[i]);
	json_out_end(json);
}

int request_canonical(const struct request *r, struct view model, struct buf *out)
{
	if (mixed(r))
		return SOW_USAGE;
	struct json_out *json = json_out_new();
	bool chat = r->part_count && r->parts[0].role != ROLE_NONE;
	json_out_object(json, NULL);
	json_out_text(json, "model", model);
	(chat ? add_messages : add_prompt)(r, json);
	if (r->tools.len)
		json_out_raw(json, "tools", r->tools);
	if (r->schema.len)
		json_out_raw(json, "schema", r->schema);
	if (r->opens)
		json_out_text(json, "opens", view_of(role_names[r->opens]));
	if (r->kind == REQUEST_GENERATE) {
		sampling_json(&r->sampling, json);
		json_out_integer(json, "sample", r->sample);
	} else {
		json_out_text(json, "kind", view_of(request_kind_names[r->kind]));
		if (r->given.len)
			json_out_text(json, "given", r->given);
		if (r->sampling.max_tokens)
			json_out_integer(json, "most", r->sampling.max_tokens);
	}
	json_out_end(json);
	int status = json_out_write(json, out, JSON_LINE);
	json_out_free(json);
	return status;
}

static uint64_t seed_of(uint64_t run_seed, const struct hash *key)
{
	uint8_t bytes[8 + HASH_SIZE];
	struct hash h;
	for (size_t i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(run_seed >> 8 * i);
	memcpy(bytes + 8, key->bytes, HASH_SIZE);
	hash_bytes(bytes, sizeof(bytes), &h);
	uint64_t seed = 0;
	for (size_t i = 0; i < 8; i++)
		seed |= (uint64_t)h.bytes[i] << 8 * i;
	return seed;
}

int request_set_key(struct request *r, struct view model, uint64_t run_seed)
{
	struct buf line = BUF_INIT;
	int status = request_canonical(r, model, &line);
	if (!status) {
		hash_bytes(line.data, line.len, &r->key);
		r->seed = seed_of(run_seed, &r->key);
	}
	buf_release(&line);
	return status;
}

/* True if a valid character begins with the `n` bytes at `p`, 2 or 3: the bytes allowed after the second are
 * the same for all. */
static bool begins_character(const char *p, size_t n)
{
	uint32_t c;
	char text[4] = { '\x80', '\x80', '\x80', '\x80' };
	memcpy(text, p, n);
	return utf8_next(text, sizeof(text), &c) > n;
}

/* The number of bytes at `p`, where no valid character is, that one U+FFFD replaces: as many as begin a
 * character (Unicode's practice, like browsers and Python), or one. */
static size_t broken_len(const char *p, size_t len)
{
	size_t n = 1;
	while (n < 3 && n < len && begins_character(p, n + 1))
		n++;
	return n;
}

/* The number of ASCII bytes from `at` on: most of most texts. */
static size_t ascii_run(struct view text, size_t at)
{
	size_t n = 0;
	while (at + n < text.len && (unsigned char)text.p[at + n] < 0x80)
		n++;
	return n;
}

/* Copies `text` with bytes that are not UTF-8 replaced; returns the length. `out` may be NULL. */
static size_t repair(struct view text, char *out)
{
	size_t len = 0;
	for (size_t at = 0; at < text.len;) {
		uint32_t c;
		size_t n = ascii_run(text, at);
		if (!n)
			n = utf8_next(text.p + at, text.len - at, &c);
		const char *from = n ? text.p + at : REPLACEMENT;
		size_t size = n ? n : REPLACEMENT_SIZE;
		if (out)
			memcpy(out + len, from, size);
		len += size;
		at += n ? n : broken_len(text.p + at, text.len - at);
	}
	return len;
}

struct reply *reply_new(struct view text)
{
	return reply_new_reasoned(text, view_of(""));
}

struct reply *reply_new_reasoned(struct view text, struct view reasoning)
{
	size_t len = repair(text, NULL), thought = repair(reasoning, NULL);
	struct reply *r = mem_zalloc(sizeof(*r) + len + 1 + thought + 1);
	char *copy = (char *)(r + 1);
	repair(text, copy);
	repair(reasoning, copy + len + 1);
	r->text = view_from(copy, len);
	r->reasoning = view_from(copy + len + 1, thought);
	return r;
}

struct reply *reply_new_numbers(const float *numbers, size_t count)
{
	struct reply *r = mem_zalloc(sizeof(*r) + count * sizeof(*numbers));
	float *copy = (float *)(r + 1);
	if (count)
		memcpy(copy, numbers, count * sizeof(*numbers));
	r->text = r->reasoning = view_of("");
	r->numbers = copy;
	r->number_count = count;
	return r;
}

void reply_numbers_write(const struct reply *r, struct buf *out)
{
	for (size_t i = 0; i < r->number_count; i++) {
		uint32_t n;
		memcpy(&n, &r->numbers[i], sizeof(n));
		for (int shift = 0; shift < 32; shift += 8)
			buf_addch(out, (char)(n >> shift & 0xff));
	}
}

struct reply *reply_numbers_read(struct view bytes)
{
	size_t count = bytes.len / 4;
	float *numbers = mem_alloc(count * sizeof(*numbers));
	for (size_t i = 0; i < count; i++) {
		uint32_t n = 0;
		for (size_t k = 0; k < 4; k++)
			n |= (uint32_t)(unsigned char)bytes.p[4 * i + k] << 8 * k;
		memcpy(&numbers[i], &n, sizeof(n));
	}
	struct reply *r = reply_new_numbers(numbers, count);
	mem_free(numbers);
	return r;
}

void reply_free(struct reply *r)
{
	mem_free(r);
}

bool sampling_cut(const struct sampling *s, struct view *text)
{
	size_t cut = text->len;
	bool met = false;
	for (size_t i = 0; i < s->stop_count; i++) {
		struct view stop = s->stops[i];
		const char *hit = stop.len ? memmem(text->p, text->len, stop.p, stop.len) : NULL;
		if (hit && (size_t)(hit - text->p) < cut) {
			cut = (size_t)(hit - text->p);
			met = true;
		}
	}
	text->len = cut;
	return met;
}
