#include "teacher/http/form.h"

#include <string.h>

#define AGAIN 3 /* tries of a form after broken answers */

const char *const form_slot_names[FORM_SLOTS] = {
	[SLOT_NONE] = "a text",
	[SLOT_SCORE] = "the log-probabilities of a given text",
	[SLOT_CHOOSE] = "the log-probabilities of the next token",
	[SLOT_CHOOSE_CHAT] = "the log-probabilities of an answer's first token",
	[SLOT_RATE] = "a reward model's score",
};

static const struct form *const tables[] = { forms_of_scores, forms_of_choices, forms_of_rates };

enum form_slot form_slot(const struct request *r)
{
	bool is_chat = r->part_count && r->parts[0].role != ROLE_NONE;
	switch (r->kind) {
	case REQUEST_SCORE:
		return SLOT_SCORE;
	case REQUEST_CHOOSE:
		return is_chat ? SLOT_CHOOSE_CHAT : SLOT_CHOOSE;
	case REQUEST_RATE:
		return SLOT_RATE;
	default:
		return SLOT_NONE;
	}
}

const struct form *form_at(enum form_slot slot, size_t i)
{
	for (size_t t = 0; t < sizeof(tables) / sizeof(*tables); t++) {
		for (const struct form *f = tables[t]; f->name; f++) {
			if (f->slot == slot && !i--)
				return f;
		}
	}
	return NULL;
}

void form_names(enum form_slot slot, struct buf *out)
{
	for (size_t i = 0; form_at(slot, i); i++)
		buf_addf(out, "%s%s", !i ? "" : form_at(slot, i + 1) ? ", " : " or ", form_at(slot, i)->name);
}

bool form_is(const char *name)
{
	for (size_t t = 0; t < sizeof(tables) / sizeof(*tables); t++) {
		for (const struct form *f = tables[t]; f->name; f++) {
			if (strcmp(f->name, name) == 0)
				return true;
		}
	}
	return false;
}

bool form_decides(const char *name)
{
	for (const struct form *f = forms_of_rates; f->name; f++) {
		if (strcmp(f->name, name) == 0)
			return true;
	}
	return false;
}

/* A choice fixes only the slot it is a form of; for other slots forms are found by trying. */
static bool is_chosen(const struct forms *f, enum form_slot slot, size_t *at)
{
	for (*at = 0; f->only && form_at(slot, *at); ++*at) {
		if (strcmp(form_at(slot, *at)->name, f->only) == 0)
			return true;
	}
	return false;
}

const struct form *forms_now(struct forms *f, enum form_slot slot)
{
	size_t at;
	if (is_chosen(f, slot, &at))
		f->slots[slot].at = at;
	return form_at(slot, f->slots[slot].at);
}

bool forms_again(struct forms *f, enum form_slot slot)
{
	return ++f->slots[slot].unusable <= AGAIN;
}

bool forms_next(struct forms *f, enum form_slot slot)
{
	size_t at;
	f->slots[slot].unusable = 0;
	if (is_chosen(f, slot, &at) || !form_at(slot, f->slots[slot].at + 1))
		return false;
	f->slots[slot].at++;
	return true;
}

bool forms_take(struct forms *f, enum form_slot slot)
{
	bool was_known = f->slots[slot].is_known;
	f->slots[slot].is_known = true;
	return !was_known;
}

void form_add(struct answer *a, double number)
{
	float narrow = (float)number;
	buf_add(&a->numbers, (const char *)&narrow, sizeof(narrow));
}

void form_usage(const json_value *usage, struct answer *a)
{
	a->usage.prompt_tokens = answer_tokens(json_get(usage, "prompt_tokens"));
	a->usage.completion_tokens = answer_tokens(json_get(usage, "completion_tokens"));
	a->counted = a->usage.prompt_tokens > 0;
}

enum answer_kind form_read(const struct form *f, struct view body, const struct request *r,
			   struct answer *a)
{
	*a = (struct answer)ANSWER_INIT;
	a->text = a->reasoning = a->reason = view_of("");
	a->doc = answer_parse(body, &a->mended);
	if (!a->doc)
		return ANSWER_MALFORMED;
	const json_value *root = json_root(a->doc);
	if (answer_has_error(root))
		return ANSWER_FAILURE;
	return f->read(root, r, a);
}

bool form_is_ignored(const struct answer *a)
{
	const json_value *root = a->doc && !a->mended ? json_root(a->doc) : NULL;
	return json_count(json_get(root, "choices")) || json_type(json_get(root, "text")) == JSON_TEXT;
}
