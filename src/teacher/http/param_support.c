#include "teacher/http/param_support.h"

#include <string.h>

#define STOPS_USUAL 4 /* OpenAI's limit, and that of others like it */
#define STEP 0.01     /* inwards from an excluded end of a range */

const char *const param_names[PARAM_COUNT] = {
	"temperature", "top_p", "top_k", "presence_penalty", "frequency_penalty", "seed", "stop",
	"max_tokens", "max_completion_tokens", "stream_options", "response_format",
	"logprobs", "top_logprobs", "system",
};

/* Each part: its names, separated by '|', in which '_' stands for any of "_- " or nothing; what the
 * message says of it; how it is treated. */
static const struct {
	const char *names;
	const char *notice;
	bool is_word;          /* also a plain word: must be in quotes, or refused */
	bool is_number;
	double step;
	int guess;             /* its turn if no part is named; 0: never */
} parts[PARAM_COUNT] = {
	[PARAM_TEMPERATURE] = { "temperature", .is_word = true, .is_number = true, .step = STEP,
				  .guess = 8 },
	[PARAM_TOP_P] = { "top_p|nucleus", .is_number = true, .step = STEP, .guess = 7 },
	[PARAM_TOP_K] = { "top_k", .is_number = true, .step = 1, .guess = 2 },
	[PARAM_PRESENCE] = { "presence_penalty", .is_number = true, .step = STEP, .guess = 3 },
	[PARAM_FREQUENCY] = { "frequency_penalty", .is_number = true, .step = STEP, .guess = 4 },
	[PARAM_SEED] = { "seed|random_seed", .is_word = true, .guess = 5 },
	[PARAM_STOP] = { "stop|stop_sequences|stop_sequence|stop_words",
			   "asked without it, and its stops applied here", .is_word = true, .guess = 6 },
	[PARAM_MAX_TOKENS] = { "max_tokens|max_output_tokens|max_new_tokens",
				 "asked with 'max_completion_tokens' in its place", .is_number = true,
				 .step = 1 },
	[PARAM_MAX_COMPLETION_TOKENS] = { "max_completion_tokens", "asked with 'max_tokens' in its place",
					    .is_number = true, .step = 1 },
	[PARAM_STREAM_OPTIONS] = { "stream_options|include_usage",
				     "asked without it, and tokens reckoned from the texts", .guess = 1 },
	[PARAM_FORMAT] = { "response_format|json_schema|output_config|structured_outputs",
			     "asked without it, and replies are checked here all the same", .guess = 1 },
	[PARAM_LOGPROBS] = { "logprobs", .is_number = true, .step = 1 },
	[PARAM_TOP_LOGPROBS] = { "top_logprobs", .is_number = true, .step = 1 },
	[PARAM_SYSTEM] = { "system", "such messages go before the user's first", .is_word = true },
};

/* The place of `word` in `text`, from `at` on, ignoring case. */
static size_t find(struct view text, size_t at, const char *word)
{
	size_t len = strlen(word);
	for (; at + len <= text.len; at++) {
		if (view_eqfold(view_from(text.p + at, len), view_from(word, len)))
			return at;
	}
	return VIEW_NONE;
}

static bool has_any(const struct answer_words *w, const char *const *sounds)
{
	for (; *sounds; sounds++) {
		if (find(w->message, 0, *sounds) != VIEW_NONE || find(w->code, 0, *sounds) != VIEW_NONE ||
		    find(w->type, 0, *sounds) != VIEW_NONE)
			return true;
	}
	return false;
}

/* Does the message refuse a part altogether, whatever its value? */
static bool is_refused_whole(const struct answer_words *w)
{
	static const char *const sounds[] = {
		"unsupported parameter", "unsupported_parameter", "unknown", "unrecogni", "permitted",
		"extra", "unexpected", "only the default", "deprecated", "available", "implemented",
		"enabled", NULL,
	};
	return has_any(w, sounds);
}

static bool is_refusal(const struct answer_words *w)
{
	static const char *const sounds[] = {
		"support", "allowed", "only", "both", "too long", "at most", "maximum length", "invalid",
		"must", "should", "range", NULL,
	};
	return is_refused_whole(w) || has_any(w, sounds);
}

static bool in_word(char c)
{
	return ascii_alpha(c) || ascii_digit(c) || c == '_';
}

/* The length of `name` at the beginning of `text`, in any spelling; 0: it is not there. */
static size_t match(struct view text, struct view name)
{
	size_t at = 0;
	for (size_t i = 0; i < name.len; i++) {
		bool is_gap = name.p[i] == '_';
		bool fits = at < text.len &&
			    (is_gap ? text.p[at] == '_' || text.p[at] == '-' || text.p[at] == ' '
				    : ascii_lower(text.p[at]) == name.p[i]);
		if (!fits && !is_gap)
			return 0;
		at += fits;
	}
	return at < text.len && in_word(text.p[at]) ? 0 : at;
}

/* Where the message names the part; *in_quotes: it cannot be a plain word. */
static size_t find_name(struct view message, struct view name, bool *in_quotes)
{
	for (size_t at = 0; at < message.len; at++) {
		char before = at ? message.p[at - 1] : ' ';
		size_t len = in_word(before) ? 0 : match(view_sub(message, at, message.len), name);
		if (!len)
			continue;
		char after = at + len < message.len ? message.p[at + len] : ' ';
		*in_quotes = before == '\'' || before == '"' || before == '`' || after == ':' ||
			     after == '=' || (at > 1 && before == ' ' && message.p[at - 2] == ':');
		return at;
	}
	return VIEW_NONE;
}

/* Where it is named, by the first of its names that occurs; VIEW_NONE: it is not, or that is not sure. */
static size_t find_part_name(const struct answer_words *w, enum param part)
{
	struct view rest = view_of(parts[part].names);
	while (rest.len) {
		size_t bar = view_find(rest, 0, "|");
		bool in_quotes = false;
		size_t at = find_name(w->message, view_sub(rest, 0, bar), &in_quotes);
		bool is_plain = parts[part].is_word && !in_quotes;
		/* "Please stop": without quotes only a temperature is named for certain. */
		bool is_sure = !is_plain || (part == PARAM_TEMPERATURE && is_refusal(w));
		if (at != VIEW_NONE && is_sure)
			return at;
		rest = bar == VIEW_NONE ? view_of("") : view_sub(rest, bar + 1, rest.len);
	}
	return VIEW_NONE;
}

/* Does the field "param" name the part? "body.topP" counts as well. */
static bool is_param(struct view param, enum param part)
{
	bool in_quotes;
	struct view rest = view_of(parts[part].names);
	while (rest.len) {
		size_t bar = view_find(rest, 0, "|");
		if (find_name(param, view_sub(rest, 0, bar), &in_quotes) != VIEW_NONE)
			return true;
		rest = bar == VIEW_NONE ? view_of("") : view_sub(rest, bar + 1, rest.len);
	}
	return false;
}

static bool was_sent(const struct params_sent *sent, enum param part)
{
	return !(sent->without & 1u << part);
}

static bool is_system_meant(const struct answer_words *w)
{
	static const char *const what[] = { "role", "message", "instruction", NULL };
	return is_refusal(w) && find(w->message, 0, "system") != VIEW_NONE && has_any(w, what);
}

/* The part that is named first. If the field "param" names one, the text may mention others
 * as well. */
static enum param find_part(const struct answer_words *w, const struct params_sent *sent)
{
	enum param found = PARAM_COUNT;
	size_t first = VIEW_NONE;
	bool in_quotes;
	/* "temperature and top_p cannot both be given": keep the temperature, which matters more. */
	if (find(w->message, 0, "both") != VIEW_NONE && was_sent(sent, PARAM_TOP_P) &&
	    find_part_name(w, PARAM_TOP_P) != VIEW_NONE)
		return PARAM_TOP_P;
	for (enum param part = 0; part < PARAM_SYSTEM; part++) {
		if (!was_sent(sent, part))
			continue;
		if (w->param.len && is_param(w->param, part))
			return part;
		size_t at = w->param.len ? VIEW_NONE : find_part_name(w, part);
		if (at < first) {
			first = at;
			found = part;
		}
	}
	if (found == PARAM_COUNT && was_sent(sent, PARAM_SYSTEM) && is_system_meant(w))
		return PARAM_SYSTEM;
	/* "Penalty is not enabled for this model": of either kind */
	if (found == PARAM_COUNT && !w->param.len &&
	    find_name(w->message, view_of("penalty"), &in_quotes) != VIEW_NONE)
		found = was_sent(sent, PARAM_PRESENCE)    ? PARAM_PRESENCE
			: was_sent(sent, PARAM_FREQUENCY) ? PARAM_FREQUENCY
							    : PARAM_COUNT;
	return found;
}

static enum param_news learn_stop(struct param_support *d, const struct params_sent *sent,
				    struct buf *notice)
{
	if (d->without & 1u << PARAM_STOP || (d->stops_most && d->stops_most < sent->stops))
		return PARAM_NEWS_KNOWN;
	if (sent->stops > STOPS_USUAL) {
		d->stops_most = STOPS_USUAL;
		buf_addf(notice,
			 "takes fewer than %d 'stop' texts: %d are sent, and all applied here",
			 sent->stops, STOPS_USUAL);
		return PARAM_NEWS_LEARNT;
	}
	d->without |= 1u << PARAM_STOP;
	buf_addf(notice, "refuses 'stop': %s", parts[PARAM_STOP].notice);
	return PARAM_NEWS_LEARNT;
}

static bool is_other(double a, double b)
{
	return a < b || a > b;
}

/* Moves the value into the named range, once. A refused temperature of 0 becomes
 * the smallest that such servers take. */
static bool learn_bounds(struct param_support *d, enum param part, const struct answer_words *w,
			 double value, struct buf *notice)
{
	struct bounds *known = &d->bounds[part], named;
	bool is_named = bounds_read(w->message, parts[part].step, &named) &&
			is_other(bounds_clamp(&named, value), value);
	bool is_zero = part == PARAM_TEMPERATURE && value <= 0 && !is_refused_whole(w);
	if (known->has_least || known->has_most || (!is_named && !is_zero))
		return false;
	if (is_named)
		*known = named;
	else
		*known = (struct bounds){ .has_least = true, .least = STEP };
	buf_addf(notice, "refuses '%s' %g: asked with %g", param_names[part], value,
		 bounds_clamp(known, value));
	return true;
}

enum param_news param_support_learn(struct param_support *d, const struct answer_words *words,
				const struct params_sent *sent, struct buf *notice)
{
	const uint32_t both = 1u << PARAM_MAX_TOKENS | 1u << PARAM_MAX_COMPLETION_TOKENS;
	enum param part = find_part(words, sent);
	if (part == PARAM_COUNT)
		return PARAM_NEWS_NONE;
	if (part == PARAM_STOP)
		return learn_stop(d, sent, notice);
	if (d->without & 1u << part)
		return PARAM_NEWS_KNOWN;
	if (parts[part].is_number) {
		double value = sent->value[part];
		if (is_other(bounds_clamp(&d->bounds[part], value), value))
			return PARAM_NEWS_KNOWN;
		if (learn_bounds(d, part, words, value, notice))
			return PARAM_NEWS_LEARNT;
	}
	uint32_t without = d->without | 1u << part;
	if ((without & both) == both) /* an answer without a bound is not acceptable */
		return PARAM_NEWS_NONE;
	d->without = without;
	buf_addf(notice, part == PARAM_SYSTEM ? "knows no %s messages: %s" : "refuses '%s': %s",
		 param_names[part],
		 parts[part].notice ? parts[part].notice : "asked without it");
	return PARAM_NEWS_LEARNT;
}

bool param_support_guess(struct param_support *d, const struct params_sent *sent)
{
	enum param next = PARAM_COUNT;
	for (enum param part = 0; part < PARAM_COUNT && !d->is_hopeless; part++) {
		bool is_left = was_sent(sent, part) && parts[part].guess && !(d->without & 1u << part);
		if (is_left && (next == PARAM_COUNT || parts[part].guess < parts[next].guess))
			next = part;
	}
	if (next == PARAM_COUNT) {
		d->without &= ~d->guessed;
		d->guessed = 0;
		d->is_hopeless = true;
		return false;
	}
	d->without |= 1u << next;
	d->guessed |= 1u << next;
	return true;
}

void param_support_confirm(struct param_support *d, struct buf *notice)
{
	const char *before = "refused every request without saying why: asked without ";
	for (enum param part = 0; part < PARAM_COUNT; part++) {
		if (!(d->guessed & 1u << part))
			continue;
		buf_addf(notice, "%s'%s'", before, param_names[part]);
		before = ", ";
	}
	d->guessed = 0;
}
