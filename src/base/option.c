#include "base/option.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/money.h"
#include "base/utf8.h"
#include "base/view.h"

static void *place_of(const struct option *o, void *values)
{
	return (char *)values + o->offset;
}

static int64_t unit_of(const struct option *o)
{
	return o->unit ? o->unit : 1;
}

static int set_int(const struct option *o, const char *text, int64_t *value, struct sow_error *err)
{
	char *end;
	errno = 0;
	long long n = strtoll(text, &end, 10);
	if (end == text || *end || errno || n < o->least || n > o->most)
		return error_set(err, SOW_INVALID, "expected a whole number from %" PRId64 " to %" PRId64
				 ", not '%s'", o->least, o->most, text);
	*value = n * unit_of(o);
	return SOW_OK;
}

/* The test is written so that NaN fails it. */
static int set_number(const struct option *o, const char *text, double *value,
		      struct sow_error *err)
{
	char *end;
	double x = strtod(text, &end);
	if (end == text || *end || !(x >= (double)o->least && x <= (double)o->most))
		return error_set(err, SOW_INVALID, "expected a number from %" PRId64 " to %" PRId64
				 ", not '%s'", o->least, o->most, text);
	*value = x;
	return SOW_OK;
}

static int set_money(const struct option *o, const char *text, int64_t *value,
		     struct sow_error *err)
{
	int64_t amount;
	if (money_parse(view_of(text), &amount) || amount > o->most * MONEY_DOLLAR)
		return error_set(err, SOW_INVALID,
				 "expected an amount in dollars such as 2.50, not '%s'", text);
	*value = amount;
	return SOW_OK;
}

static int set_flag(const char *text, bool *value, struct sow_error *err)
{
	bool yes = strcmp(text, "yes") == 0;
	if (!yes && strcmp(text, "no") != 0)
		return error_set(err, SOW_INVALID, "expected yes or no, not '%s'", text);
	*value = yes;
	return SOW_OK;
}

static int add_item(const struct option *o, struct list *list, const char *text, struct arena *a,
		    struct sow_error *err)
{
	if (o->most && (int64_t)list->count >= o->most)
		return error_set(err, SOW_INVALID, "expected at most %" PRId64, o->most);
	const char **items = arena_array(a, list->count + 1, sizeof(*items));
	if (list->count)
		memcpy(items, list->items, list->count * sizeof(*items));
	items[list->count++] = text;
	list->items = items;
	return SOW_OK;
}

/* Refuses texts that a recipe and run.db could not keep. */
static int check_kept(const struct option *o, const char *text, struct sow_error *err)
{
	if (o->scope == OPTION_OF_COMMAND)
		return SOW_OK;
	if (!utf8_valid(text, strlen(text), NULL))
		return error_set(err, SOW_INVALID, "expected UTF-8");
	if (o->type == OPTION_LIST && !o->lines && strpbrk(text, "\r\n"))
		return error_set(err, SOW_INVALID, "expected a text of one line");
	if (o->lines && (*text == '\t' || strchr(text, '\r')))
		return error_set(err, SOW_INVALID, "expected a text without carriage returns, and no tab before "
				 "it");
	return SOW_OK;
}

/* Copies into the arena, with line breaks as "\\n" and "\\r" if the option escapes them. */
static const char *copy_text(const struct option *o, const char *text, struct arena *a)
{
	struct buf escaped = BUF_INIT;
	if (!o->escapes)
		return arena_copystr(a, text);
	for (; *text; text++) {
		if (*text == '\n' || *text == '\r')
			buf_addstr(&escaped, *text == '\n' ? "\\n" : "\\r");
		else
			buf_addch(&escaped, *text);
	}
	return arena_takebuf(a, &escaped).p;
}

static int set_text(const struct option *o, void *values, const char *text, struct arena *a,
		    struct sow_error *err)
{
	if (!*text)
		return error_set(err, SOW_INVALID, "expected %s, not an empty text", option_value(o));
	if (o->choices && option_choice(o->choices, text) < 0)
		return error_set(err, SOW_INVALID, "expected %s, not '%s'", o->choices, text);
	const char *copy = copy_text(o, text, a);
	int status = check_kept(o, copy, err);
	if (status)
		return status;
	if (o->type == OPTION_LIST)
		return add_item(o, place_of(o, values), copy, a, err);
	*(const char **)place_of(o, values) = copy;
	return SOW_OK;
}

int option_set(const struct option *o, void *values, const char *text, struct arena *a,
	       struct sow_error *err)
{
	switch (o->type) {
	case OPTION_INT:
		return set_int(o, text, place_of(o, values), err);
	case OPTION_NUMBER:
		return set_number(o, text, place_of(o, values), err);
	case OPTION_MONEY:
		return set_money(o, text, place_of(o, values), err);
	case OPTION_FLAG:
		return set_flag(text, place_of(o, values), err);
	default:
		return set_text(o, values, text, a, err);
	}
}

int option_reset(const struct option *o, const char *fallback, void *values, struct arena *a,
		 struct sow_error *err)
{
	void *value = place_of(o, values);
	switch (o->type) {
	case OPTION_INT:
		*(int64_t *)value = 0;
		break;
	case OPTION_NUMBER:
		*(double *)value = NOT_SAID;
		break;
	case OPTION_MONEY:
		*(int64_t *)value = NOT_SAID;
		break;
	case OPTION_FLAG:
		*(bool *)value = false;
		break;
	case OPTION_LIST:
		*(struct list *)value = (struct list){ 0 };
		break;
	default:
		*(const char **)value = NULL;
	}
	return fallback ? option_set(o, values, fallback, a, err) : SOW_OK;
}

static int list_text(const struct option *o, const struct list *list, struct buf *out)
{
	for (size_t i = 0; i < list->count; i++) {
		buf_addstr(out, i ? "\n" : "");
		for (const char *c = list->items[i]; *c; c++) {
			buf_addch(out, *c);
			if (*c == '\n' && o->lines)
				buf_addch(out, '\t');
		}
	}
	return out->status;
}

bool option_take_item(struct view *rest, struct buf *item)
{
	struct view line;
	if (!view_line(rest, &line))
		return false;
	buf_add(item, line.p, line.len);
	while (view_starts(*rest, "\t")) {
		view_line(rest, &line);
		buf_addch(item, '\n');
		buf_add(item, line.p + 1, line.len - 1);
	}
	return true;
}

int option_text(const struct option *o, const void *values, struct buf *out)
{
	const void *value = (const char *)values + o->offset;
	const char *text;
	switch (o->type) {
	case OPTION_INT:
		return buf_addf(out, "%" PRId64, *(const int64_t *)value / unit_of(o));
	case OPTION_NUMBER:
		return *(const double *)value == NOT_SAID && o->least > NOT_SAID
			       ? out->status
			       : buf_addf(out, "%.15g", *(const double *)value);
	case OPTION_MONEY:
		return *(const int64_t *)value < 0 ? out->status
						   : money_print(out, *(const int64_t *)value, 2);
	case OPTION_FLAG:
		return buf_addstr(out, *(const bool *)value ? "yes" : "no");
	case OPTION_LIST:
		return list_text(o, value, out);
	default:
		text = *(const char *const *)value;
		return buf_addstr(out, text ? text : "");
	}
}

int option_choice(const char *choices, const char *word)
{
	struct view all = view_of(choices);
	int place = 0;
	for (size_t from = 0; from <= all.len; place++) {
		size_t to = view_find(all, from, "|");
		if (to == VIEW_NONE)
			to = all.len;
		if (view_eqstr(view_sub(all, from, to), word))
			return place;
		from = to + 1;
	}
	return -1;
}

bool option_is_path(const struct option *o)
{
	return o->value && (strcmp(o->value, "FILE") == 0 || strcmp(o->value, "DIR") == 0 ||
			    strcmp(o->value, "PATH") == 0);
}

const char *option_value(const struct option *o)
{
	return o->type == OPTION_FLAG ? NULL : o->choices && !o->value ? o->choices : o->value;
}

/* As in "(0: as many as the teacher takes)". */
static bool is_told(const char *help, const char *fallback)
{
	const char *open = strrchr(help, '(');
	size_t len = strlen(fallback);
	return !len || (open && strncmp(open + 1, fallback, len) == 0 && open[1 + len] == ':');
}

int option_describe(const struct option *o, const char *fallback, struct buf *out)
{
	buf_addstr(out, o->help);
	if (o->type == OPTION_FLAG)
		return out->status;
	if (!fallback && o->unsaid)
		fallback = o->unsaid;
	if (!fallback || is_told(o->help, fallback))
		return out->status;
	bool closes = out->len && out->data[out->len - 1] == ')';
	if (closes)
		buf_cut(out, out->len - 1);
	return buf_addf(out, "%sdefault: %s)", closes ? "; " : " (", fallback);
}
