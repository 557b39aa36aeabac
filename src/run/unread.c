#include "run/unread.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "text/spacing.h"

enum kind { READ, UNREAD, UNCOUNTED };

static bool is_rule(const struct rejected *r, enum rule_id id)
{
	return strcmp(r->rule, rule_table[id].name) == 0;
}

static enum kind kind_of(const struct outcome *o, const struct reply *reply)
{
	bool is_unread = false, is_cut = reply->finish == FINISH_ERROR;
	if (o->accepted_count)
		return READ;
	for (size_t i = 0; i < o->rejected_count; i++) {
		const struct rejected *r = &o->rejected[i];
		if (is_rule(r, RULE_NO_LIST) || is_rule(r, RULE_MALFORMED))
			is_unread = true;
		else if (is_rule(r, RULE_CUT_REPLY) || is_rule(r, RULE_CUT_INSTANCE))
			is_cut = true;
		else if (!is_rule(r, RULE_REFUSED))
			return READ;
	}
	return is_unread ? UNREAD : is_cut ? UNCOUNTED : READ;
}

static void keep_example(struct unread *u, struct view text)
{
	struct buf line = BUF_INIT;
	spacing_collapse(text, &line);
	bool fits = line.len < sizeof(u->example);
	size_t len = fits ? line.len : utf8_floor(line.data, sizeof(u->example) - sizeof("…"));
	snprintf(u->example, sizeof(u->example), "%.*s%s", (int)len, line.data, fits ? "" : "…");
	buf_release(&line);
}

bool unread_allows(const struct unread *u, int64_t ticket)
{
	return u->is_over || ticket <= u->from + UNREAD_MOST + u->uncounted;
}

void unread_note(struct unread *u, const struct outcome *o, const struct reply *reply)
{
	if (u->is_over)
		return;
	switch (kind_of(o, reply)) {
	case READ:
		u->is_over = true;
		break;
	case UNCOUNTED:
		u->uncounted++;
		break;
	case UNREAD:
		keep_example(u, reply->text);
		u->is_hopeless = ++u->unread >= UNREAD_MOST;
		break;
	}
}
