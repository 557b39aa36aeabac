#include "teacher/http/dialect.h"

#include <stdbool.h>
#include <string.h>

#define STOPS_USUAL 4 /* OpenAI takes so many, and others after it */

const char *const dialect_part_names[DIALECT_PARTS] = {
	"temperature", "top_p", "top_k", "presence_penalty", "frequency_penalty", "seed", "stop",
	"max_tokens", "max_completion_tokens", "stream_options", "system",
};

static const char *const notices[DIALECT_PARTS] = {
	[DIALECT_STOP] = "asked without it, and its stops applied here",
	[DIALECT_MAX_TOKENS] = "asked with 'max_completion_tokens' in its place",
	[DIALECT_MAX_COMPLETION_TOKENS] = "asked with 'max_tokens' in its place",
	[DIALECT_STREAM_OPTIONS] = "asked without it, and tokens reckoned from the texts",
	[DIALECT_SYSTEM] = "such messages go before the user's first",
};

/* Where `word` is in `text`, from `at` on, whatever the case. */
static size_t find(struct view text, size_t at, const char *word)
{
	size_t len = strlen(word);
	for (; at + len <= text.len; at++) {
		if (view_eqfold(view_from(text.p + at, len), view_from(word, len)))
			return at;
	}
	return VIEW_NONE;
}

static bool has(struct view text, const char *word)
{
	return find(text, 0, word) != VIEW_NONE;
}

/* Does it sound as if something is not wanted at all, and not just wrong in its value? */
static bool is_refusal(const struct answer_words *w)
{
	static const char *const sounds[] = {
		"support", "unknown", "unrecogni", "permitted", "allowed", "extra", "unexpected",
		"only", "both", "too long", "at most", "maximum length", "deprecated", "available",
		"implemented", "enabled",
	};
	for (size_t i = 0; i < sizeof(sounds) / sizeof(*sounds); i++) {
		if (has(w->message, sounds[i]) || has(w->code, sounds[i]) ||
		    has(w->type, sounds[i]))
			return true;
	}
	return false;
}

static bool in_word(char c)
{
	return ascii_alpha(c) || ascii_digit(c) || c == '_';
}

/* Is the part named in the message? Names that are also plain words must stand in quotes. */
static bool is_named(struct view message, enum dialect_part part)
{
	const char *name = dialect_part_names[part];
	size_t len = strlen(name);
	bool plain = part == DIALECT_STOP || part == DIALECT_SEED;
	for (size_t at = 0; (at = find(message, at, name)) != VIEW_NONE; at += len) {
		char before = at ? message.p[at - 1] : ' ';
		char after = at + len < message.len ? message.p[at + len] : ' ';
		if (in_word(before) || in_word(after))
			continue;
		if (!plain || before == '\'' || before == '"' || before == '`' || after == ':')
			return true;
	}
	return false;
}

static bool is_meant(const struct answer_words *w, enum dialect_part part)
{
	if (part == DIALECT_SYSTEM)
		return has(w->message, "system") &&
		       (has(w->message, "role") || has(w->message, "message") ||
			has(w->message, "instruction"));
	/* Where a field says what is meant, the text may speak of other things, too. */
	if (w->param.len && part != DIALECT_SYSTEM)
		return view_eqstr(w->param, dialect_part_names[part]);
	return is_named(w->message, part);
}

static bool was_sent(const struct dialect *sent, enum dialect_part part)
{
	return !(sent->without & 1u << part);
}

static enum dialect_part find_part(const struct answer_words *w, const struct dialect *sent)
{
	/* "temperature and top_p cannot both be given": the temperature says more. */
	if (has(w->message, "both") && was_sent(sent, DIALECT_TOP_P) &&
	    is_named(w->message, DIALECT_TOP_P))
		return DIALECT_TOP_P;
	for (enum dialect_part part = 0; part < DIALECT_PARTS; part++) {
		if (was_sent(sent, part) && is_meant(w, part))
			return part;
	}
	return DIALECT_PARTS;
}

static enum dialect_news learn_stop(struct dialect *d, const struct dialect *sent,
				    struct buf *notice)
{
	if (d->without & 1u << DIALECT_STOP || (d->stops_most && d->stops_most < sent->stops_most))
		return DIALECT_KNOWN;
	if (sent->stops_most > STOPS_USUAL) {
		d->stops_most = STOPS_USUAL;
		buf_addf(notice,
			 "takes fewer than %d 'stop' texts: %d are sent, and all applied here",
			 sent->stops_most, STOPS_USUAL);
		return DIALECT_LEARNT;
	}
	d->without |= 1u << DIALECT_STOP;
	buf_addf(notice, "refuses 'stop': %s", notices[DIALECT_STOP]);
	return DIALECT_LEARNT;
}

enum dialect_news dialect_learn(struct dialect *d, const struct answer_words *words,
				const struct dialect *sent, struct buf *notice)
{
	const uint32_t bounds = 1u << DIALECT_MAX_TOKENS | 1u << DIALECT_MAX_COMPLETION_TOKENS;
	if (!is_refusal(words))
		return DIALECT_NO;
	enum dialect_part part = find_part(words, sent);
	if (part == DIALECT_PARTS)
		return DIALECT_NO;
	if (part == DIALECT_STOP)
		return learn_stop(d, sent, notice);
	if (d->without & 1u << part)
		return DIALECT_KNOWN;
	uint32_t without = d->without | 1u << part;
	if ((without & bounds) == bounds) /* an answer without a bound is not what was asked for */
		return DIALECT_NO;
	d->without = without;
	buf_addf(notice, part == DIALECT_SYSTEM ? "knows no %s messages: %s" : "refuses '%s': %s",
		 dialect_part_names[part], notices[part] ? notices[part] : "asked without it");
	return DIALECT_LEARNT;
}
