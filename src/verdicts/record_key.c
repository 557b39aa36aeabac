#include "verdicts/record_key.h"

#include <stdio.h>
#include <string.h>

static void add_number(struct hasher *h, size_t n)
{
	char text[24];
	snprintf(text, sizeof(text), "%zu", n);
	hasher_text(h, view_of(text));
}

static void add_turns(struct hasher *h, const struct turn *turns, size_t count)
{
	add_number(h, count);
	for (size_t i = 0; i < count; i++) {
		const struct turn *t = &turns[i];
		hasher_text(h, view_of(role_names[t->role]));
		hasher_text(h, t->text);
		hasher_text(h, t->parts);
		hasher_text(h, t->reasoning);
		hasher_text(h, t->tool_calls);
		hasher_text(h, t->tool_call_id);
		hasher_text(h, t->name);
	}
}

static void add_instance(struct hasher *h, const struct instance *i)
{
	hasher_text(h, i->input);
	hasher_text(h, i->output);
	hasher_text(h, i->reasoning);
	hasher_text(h, view_of(answer_role_names[i->role]));
	add_turns(h, i->turns, i->turn_count);
}

void record_digest(const struct record *r, struct hasher *h, char key[RECORD_KEY_SIZE])
{
	char hex[HASH_HEX_SIZE];
	struct hash hash;
	hasher_text(h, r->instruction);
	add_turns(h, r->turns, r->turn_count);
	add_number(h, r->instance_count);
	for (size_t i = 0; i < r->instance_count; i++)
		add_instance(h, &r->instances[i]);
	hasher_text(h, r->tools);
	if (!record_asks(r))
		hasher_text(h, r->fields);
	hasher_take(h, &hash);
	hash_hex(&hash, hex);
	memcpy(key, hex, RECORD_DIGEST_LEN);
	key[RECORD_DIGEST_LEN] = '\0';
}

void record_key_number(char key[RECORD_KEY_SIZE], size_t number)
{
	size_t len = strlen(key);
	if (number > 1)
		snprintf(key + len, RECORD_KEY_SIZE - len, "#%zu", number);
}

struct view record_key_base(struct view key)
{
	size_t end = view_find(key, 0, "#");
	return end == VIEW_NONE ? key : view_sub(key, 0, end);
}
