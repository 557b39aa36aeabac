#include "data/json_mend.h"

#include <string.h>

const char *const mend_repair_names[MEND_REPAIRS] = {
	[MEND_COMMA] = "comma", [MEND_COMMENT] = "comment", [MEND_QUOTES] = "quotes",
	[MEND_NAME] = "name", [MEND_LITERAL] = "literal", [MEND_CONTROL] = "control",
	[MEND_ESCAPE] = "escape",
};

struct mending {
	struct view text;
	size_t at;
	struct buf *out;
	size_t depth;
	struct mended *result;
};

/* Texts begin and end with the marks of one row. */
struct quotes {
	const char *open, *close;
	bool is_apostrophe;      /* the closing mark is also an apostrophe */
};
static const struct quotes all_quotes[] = {
	{ "\"", "\"", false },
	{ "'", "'", true },
	{ "\xE2\x80\x9C", "\xE2\x80\x9D", false }, /* “ ” */
	{ "\xE2\x80\x98", "\xE2\x80\x99", true },  /* ‘ ’ */
};
#define QUOTES (sizeof(all_quotes) / sizeof(all_quotes[0]))

static struct view rest_of(const struct mending *m)
{
	return view_sub(m->text, m->at, m->text.len);
}

static bool ended(const struct mending *m)
{
	return m->at >= m->text.len;
}

/* Every function that reads returns true if reading may continue. */
static bool broken(struct mending *m, const char *expected)
{
	m->result->kind = MEND_BROKEN;
	m->result->end = m->at;
	m->result->expected = expected;
	return false;
}

static bool cut(struct mending *m)
{
	m->result->kind = MEND_CUT;
	m->result->end = m->text.len;
	return false;
}

static bool unexpected(struct mending *m, const char *expected)
{
	return ended(m) ? cut(m) : broken(m, expected);
}

static bool take(struct mending *m, const char *what)
{
	if (!view_starts(rest_of(m), what))
		return false;
	m->at += strlen(what);
	return true;
}

/* Moves past `what`, or to the end. */
static void take_up_to(struct mending *m, const char *what)
{
	size_t found = view_find(m->text, m->at, what);
	m->at = found == VIEW_NONE ? m->text.len : found + strlen(what);
}

static void skip(struct mending *m)
{
	for (;;) {
		while (!ended(m) && ascii_space(m->text.p[m->at]))
			m->at++;
		if (take(m, "//"))
			take_up_to(m, "\n");
		else if (take(m, "/*"))
			take_up_to(m, "*/");
		else
			break;
		m->result->repairs[MEND_COMMENT]++;
	}
	if (view_eqstr(rest_of(m), "/")) /* a comment that is cut */
		m->at++;
}

static const struct quotes *quotes_at(const struct mending *m)
{
	for (size_t i = 0; i < QUOTES; i++) {
		if (view_starts(rest_of(m), all_quotes[i].open))
			return &all_quotes[i];
	}
	return NULL;
}

static bool is_letter(unsigned char c)
{
	return c >= 0x80 || ascii_alpha((char)c);
}

/* True if the closing mark at this place, which may be an apostrophe, ends its text. */
static bool ends_text(const struct mending *m, const struct quotes *q)
{
	struct view behind = view_sub(m->text, m->at + strlen(q->close), m->text.len);
	size_t i = 0;
	while (i < behind.len && ascii_space(behind.p[i]))
		i++;
	return i == behind.len || memchr(",:}]", behind.p[i], 4);
}

static bool is_between_letters(const struct mending *m, const struct quotes *q)
{
	size_t behind = m->at + strlen(q->close);
	return m->at && behind < m->text.len && is_letter((unsigned char)m->text.p[m->at - 1]) &&
	       is_letter((unsigned char)m->text.p[behind]);
}

static bool take_escape(struct mending *m)
{
	if (m->at + 1 >= m->text.len)
		return cut(m);
	char c = m->text.p[m->at + 1];
	if (c == '\'') {
		m->result->repairs[MEND_ESCAPE]++;
		buf_addch(m->out, '\'');
	} else if (c && strchr("\"\\/bfnrtu", c)) {
		buf_add(m->out, m->text.p + m->at, 2);
	} else {
		return broken(m, "an escape that JSON has");
	}
	m->at += 2;
	return true;
}

static void take_character(struct mending *m)
{
	unsigned char c = (unsigned char)m->text.p[m->at++];
	const char *short_form = c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : NULL;
	if (c >= ' ' && c != '"') {
		buf_addch(m->out, (char)c);
		return;
	}
	m->result->repairs[MEND_CONTROL] += c != '"';
	if (c == '"')
		buf_addstr(m->out, "\\\"");
	else if (short_form)
		buf_addstr(m->out, short_form);
	else
		buf_addf(m->out, "\\u%04X", c);
}

/* A text, up to its closing mark. */
static bool read_text(struct mending *m, const struct quotes *q)
{
	bool nests = strcmp(q->open, q->close) != 0;
	m->at += strlen(q->open);
	m->result->repairs[MEND_QUOTES] += q != all_quotes;
	buf_addch(m->out, '"');
	while (!ended(m)) {
		if (m->text.p[m->at] == '\\') {
			if (!take_escape(m))
				return false;
		} else if (view_starts(rest_of(m), q->close) &&
			   (!q->is_apostrophe || ends_text(m, q))) {
			m->at += strlen(q->close);
			buf_addch(m->out, '"');
			return true;
		} else if (view_starts(rest_of(m), q->close) && !is_between_letters(m, q)) {
			return broken(m, "a quote that can be read in one way only");
		} else if (nests && view_starts(rest_of(m), q->open)) {
			return broken(m, "no quote of the same kind within a text");
		} else {
			take_character(m);
		}
	}
	return cut(m);
}

static bool is_word(char c)
{
	return ascii_alpha(c) || ascii_digit(c) || c == '_' || c == '$';
}

static struct view word_at(const struct mending *m)
{
	struct view rest = rest_of(m);
	size_t n = 0;
	while (n < rest.len && is_word(rest.p[n]))
		n++;
	return view_sub(rest, 0, n);
}

static bool read_word(struct mending *m)
{
	static const struct {
		const char *word, *json;
	} words[] = {
		{ "true", "true" }, { "false", "false" }, { "null", "null" },
		{ "True", "true" }, { "False", "false" }, { "None", "null" },
	};
	struct view word = word_at(m);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		/* a text that ends within a word is cut */
		bool is_part = word.len == rest_of(m).len &&
			       strlen(words[i].word) > word.len &&
			       strncmp(words[i].word, word.p, word.len) == 0;
		if (is_part) {
			m->at = m->text.len;
			return cut(m);
		}
		if (!view_eqstr(word, words[i].word))
			continue;
		m->at += word.len;
		m->result->repairs[MEND_LITERAL] += i > 2;
		buf_addstr(m->out, words[i].json);
		return true;
	}
	return broken(m, "a value");
}

static size_t digits_at(const struct mending *m)
{
	struct view rest = rest_of(m);
	size_t n = 0;
	while (n < rest.len && ascii_digit(rest.p[n]))
		n++;
	return n;
}

static bool take_digits(struct mending *m)
{
	size_t n = digits_at(m);
	m->at += n;
	return n || unexpected(m, "a digit");
}

/* As in strict JSON. */
static bool read_number(struct mending *m)
{
	size_t from = m->at;
	take(m, "-");
	if (m->at < m->text.len && m->text.p[m->at] == '0' && digits_at(m) > 1)
		return broken(m, "a number without a leading 0");
	if (!take_digits(m) || (take(m, ".") && !take_digits(m)))
		return false;
	if (take(m, "e") || take(m, "E")) {
		if (!take(m, "+"))
			take(m, "-");
		if (!take_digits(m))
			return false;
	}
	if (!ended(m) && (is_word(m->text.p[m->at]) || m->text.p[m->at] == '.'))
		return broken(m, "the end of a number");
	buf_add(m->out, m->text.p + from, m->at - from);
	return true;
}

static bool read_value(struct mending *m);

/* After a member or item: true if another follows, with its comma written. *done if the bracket closes. */
static bool read_comma(struct mending *m, const char *close, const char *expected, bool *done)
{
	skip(m);
	*done = take(m, close);
	if (*done)
		return true;
	if (!take(m, ","))
		return unexpected(m, expected);
	skip(m);
	*done = take(m, close);
	if (*done)
		m->result->repairs[MEND_COMMA]++;
	else
		buf_addch(m->out, ',');
	return true;
}

/* A name and its colon. */
static bool read_name(struct mending *m)
{
	const struct quotes *q = quotes_at(m);
	struct view word = word_at(m);
	if (q) {
		m->result->begun = true;
		if (!read_text(m, q))
			return false;
	} else if (word.len && !ascii_digit(word.p[0])) {
		m->at += word.len;
		m->result->repairs[MEND_NAME]++;
		buf_addch(m->out, '"');
		buf_add(m->out, word.p, word.len);
		buf_addch(m->out, '"');
	} else {
		return unexpected(m, "a name in double quotes");
	}
	skip(m);
	if (!take(m, ":"))
		return unexpected(m, ": after the name");
	m->result->begun = true;
	buf_addch(m->out, ':');
	return true;
}

static bool read_object(struct mending *m)
{
	buf_addch(m->out, '{');
	skip(m);
	for (bool done = take(m, "}"); !done;) {
		if (!read_name(m) || !read_value(m) || !read_comma(m, "}", ", or }", &done))
			return false;
	}
	buf_addch(m->out, '}');
	return true;
}

static bool read_array(struct mending *m)
{
	buf_addch(m->out, '[');
	skip(m);
	if (!ended(m) && (quotes_at(m) || m->text.p[m->at] == '{' || m->text.p[m->at] == '['))
		m->result->begun = true;
	for (bool done = take(m, "]"); !done;) {
		if (!read_value(m) || !read_comma(m, "]", ", or ]", &done))
			return false;
	}
	buf_addch(m->out, ']');
	return true;
}

static bool read_container(struct mending *m, bool is_object)
{
	if (m->depth == MEND_DEPTH_MAX)
		return broken(m, "values that nest less deep");
	m->at++;
	m->depth++;
	bool whole = is_object ? read_object(m) : read_array(m);
	m->depth--;
	return whole;
}

static bool read_value(struct mending *m)
{
	skip(m);
	if (ended(m))
		return cut(m);
	char c = m->text.p[m->at];
	const struct quotes *q = quotes_at(m);
	if (q)
		return read_text(m, q);
	if (c == '{' || c == '[')
		return read_container(m, c == '{');
	return c == '-' || ascii_digit(c) ? read_number(m) : read_word(m);
}

struct mended json_mend(struct view text, struct buf *strict)
{
	struct mended result = { .kind = MEND_WHOLE };
	struct mending m = { .text = text, .out = strict, .result = &result };
	if (read_value(&m))
		result.end = m.at;
	return result;
}
