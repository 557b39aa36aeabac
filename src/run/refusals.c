#include "run/refusals.h"

#include <stdio.h>

#include "base/utf8.h"

/* FNV-1a, over the text without its digits. */
static uint64_t hash_words(struct view text)
{
	uint64_t h = UINT64_C(14695981039346656037);
	for (size_t i = 0; i < text.len; i++) {
		if (!ascii_digit(text.p[i]))
			h = (h ^ (unsigned char)text.p[i]) * UINT64_C(1099511628211);
	}
	return h;
}

bool refusals_allow(struct refusals *r, size_t under_way, int64_t now)
{
	if (r->is_open || r->asked < REFUSALS_ALIKE)
		return true;
	r->is_open = !under_way || now - r->first >= REFUSALS_MOMENT;
	return r->is_open;
}

void refusals_asked(struct refusals *r, int64_t now)
{
	if (!r->asked++)
		r->first = now;
}

void refusals_note(struct refusals *r, int64_t stage, const struct reply *reply)
{
	size_t at = 0;
	while (at < r->count && r->stages[at].stage != stage)
		at++;
	if (at == REFUSALS_STAGES)
		return;
	if (at == r->count) {
		r->count++;
		r->stages[at].stage = stage;
	}
	if (reply->finish != FINISH_ERROR) {
		r->is_open = true;
		r->stages[at].alike = -1;
		r->is_hopeless = r->is_hopeless && r->hopeless_stage != stage;
	}
	if (r->stages[at].alike < 0)
		return;
	uint64_t words = hash_words(reply->text);
	r->stages[at].alike = words == r->stages[at].words ? r->stages[at].alike + 1 : 1;
	r->stages[at].words = words;
	if (r->stages[at].alike < REFUSALS_ALIKE || r->is_hopeless)
		return;
	size_t len = reply->text.len < sizeof(r->words)
			     ? reply->text.len
			     : utf8_floor(reply->text.p, sizeof(r->words) - 1);
	snprintf(r->words, sizeof(r->words), "%.*s", (int)len, reply->text.p);
	r->hopeless_stage = stage;
	r->is_hopeless = true;
}
