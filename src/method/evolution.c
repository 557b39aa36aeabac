#include "method/evolution.h"

#include <stdlib.h>
#include <string.h>

#include "base/draw.h"
#include "base/error.h"
#include "base/nearest.h"
#include "text/spacing.h"

const char *const operation_names[OPERATION_COUNT] = {
	"add-constraint", "deepen", "concretize", "reasoning", "complicate-input", "in-breadth",
};
const char *const data_names[DATA_COUNT] = { "xml", "sql", "python", "html", "shell", "json" };
const char *const data_titles[DATA_COUNT] = {
	"XML", "an SQL query or schema", "Python code", "HTML", "a shell command with its output", "JSON",
};

/* Weights and draws */

static const char *operation_name(const void *data, size_t i)
{
	(void)data;
	return operation_names[i];
}

static size_t sum(const struct weights *w)
{
	size_t total = 0;
	for (int i = 0; i < OPERATION_COUNT; i++)
		total += w->of[i];
	return total;
}

static int find(struct view name, enum operation *out)
{
	for (int i = 0; i < OPERATION_COUNT; i++) {
		if (view_eqstr(name, operation_names[i])) {
			*out = (enum operation)i;
			return SOW_OK;
		}
	}
	return SOW_MISSING;
}

static int unknown(struct view name, struct sow_error *err)
{
	char word[64] = "";
	if (name.len < sizeof(word))
		memcpy(word, name.p, name.len);
	const char *near = nearest_name(word, operation_name, NULL, OPERATION_COUNT);
	return error_set(err, SOW_USAGE, "weight: no operation '%.*s'%s%s%s", VIEW_ARG(name),
			 near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

int weights_set(struct weights *w, const char *setting, struct sow_error *err)
{
	const char *equals = strchr(setting, '=');
	enum operation op;
	if (!equals)
		return error_set(err, SOW_USAGE, "weight '%s': expected OPERATION=N", setting);
	struct view name = view_from(setting, (size_t)(equals - setting));
	if (find(name, &op))
		return unknown(name, err);
	char *end;
	long n = strtol(equals + 1, &end, 10);
	if (end == equals + 1 || *end || n < 0 || n > WEIGHT_MOST)
		return error_set(err, SOW_USAGE, "weight %s: expected a whole number from 0 to %d, not "
				 "'%s'", operation_names[op], WEIGHT_MOST, equals + 1);
	w->of[op] = (uint32_t)n;
	return SOW_OK;
}

int weights_check(const struct weights *w, struct sow_error *err)
{
	return sum(w) ? SOW_OK : error_set(err, SOW_USAGE, "weight: every operation has 0");
}

static struct draw start(uint64_t seed, enum draw_stream stream, int64_t ticket, int64_t item)
{
	return draw_start(seed, stream, (uint64_t)ticket << 16 | (uint64_t)item);
}

enum operation operation_draw(const struct weights *w, uint64_t seed, int64_t ticket, int64_t item)
{
	struct draw d = start(seed, DRAW_EVOL_OPERATION, ticket, item);
	size_t at = draw_below(&d, sum(w));
	int op = 0;
	while (at >= w->of[op])
		at -= w->of[op++];
	return (enum operation)op;
}

enum format_of_data data_draw(uint64_t seed, int64_t ticket, int64_t item)
{
	struct draw d = start(seed, DRAW_EVOL_DATA, ticket, item);
	return (enum format_of_data)draw_below(&d, DATA_COUNT);
}

/* Replies */

/* The reply may repeat the head with which the prompt ends. */
static struct view without_head(struct view text)
{
	static const char head[] = "Evolved task:";
	struct view start = view_sub(text, 0, strlen(head));
	return view_eqfold(start, view_of(head)) ? spacing_trim(view_sub(text, start.len, text.len)) : text;
}

static struct view without_quotes(struct view text)
{
	struct view inside = view_sub(text, 1, text.len ? text.len - 1 : 0);
	bool quoted = text.len >= 2 && text.p[0] == '"' && text.p[text.len - 1] == '"';
	return quoted && view_find(inside, 0, "\"") == VIEW_NONE ? spacing_trim(inside) : text;
}

struct view evolution_read(struct view reply)
{
	return without_quotes(without_head(spacing_trim(reply)));
}

bool evolution_is_equal(struct view reply)
{
	static const struct { const char *word; bool equal; } verdicts[] = {
		{ "equal", true }, { "same", true }, { "different", false }, { "not", false },
		{ "unequal", false },
	};
	for (size_t at = 0; at < reply.len;) {
		size_t end = at;
		while (end < reply.len && ascii_alpha(reply.p[end]))
			end++;
		struct view word = view_sub(reply, at, end);
		for (size_t i = 0; i < sizeof(verdicts) / sizeof(*verdicts); i++) {
			if (view_eqfold(word, view_of(verdicts[i].word)))
				return verdicts[i].equal;
		}
		at = end + 1;
	}
	return false;
}
