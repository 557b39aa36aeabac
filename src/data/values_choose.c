#include "data/values_private.h"

#include <string.h>

#include "io/compress.h"
#include "io/json.h"

#define PARQUET_BEGINS "PAR1\x15" /* and the first byte of the header that follows */
#define KNOWN_LEAST 2 /* names in a first line that make it a header, whatever else it has */

bool values_is_called(const struct values *v, const char *ending)
{
	return compression_stem_ends(values_name(v), ending);
}

/* The contents of the first line: a whole value, values, or the beginning of one. */
enum first_line { LINE_WHOLE, LINE_MORE, LINE_BEGUN, LINE_BROKEN };

/* True if another object begins where an object cannot: after a line that opens nothing. */
static bool begins_anew(struct view line, struct view rest)
{
	struct view before = view_trim(line), next = { 0 };
	while (view_line(&rest, &next) && !view_trim(next).len)
		;
	return before.len && !strchr("[{:,", before.p[before.len - 1]) && next.len &&
	       *next.p == '{';
}

static enum first_line look_at_line(struct view window)
{
	struct array one = ARRAY_BARE_INIT;
	struct view rest = window, line, element;
	bool ends = memchr(window.p, '\n', window.len) != NULL;
	view_line(&rest, &line);
	struct view left = line;
	int status = array_next(&one, &left, &element);
	bool in_text = one.in_text;
	array_release(&one);
	if (status > 0) {
		left = view_trim(left);
		return left.len && !(left.len == 1 && *left.p == ',') ? LINE_MORE : LINE_WHOLE;
	}
	/* a line break is never inside a text; a line that the window cuts is one long line */
	return !ends || in_text || begins_anew(line, rest) ? LINE_BROKEN : LINE_BEGUN;
}

static int choose_object(struct values *v, struct view window)
{
	size_t start;
	if (envelope_find(v, window, &start))
		return envelope_begin(v, window, start);
	enum first_line line = look_at_line(window);
	if (line == LINE_WHOLE || line == LINE_BROKEN)
		values_use_lines(v);
	else
		values_use_elements(v, true);
	return SOW_OK;
}

static size_t spaces(struct view v)
{
	size_t n = 0;
	while (n < v.len && ascii_space(v.p[n]))
		n++;
	return n;
}

static bool choose_array(struct values *v, struct view window)
{
	struct view inside = view_sub(window, 1, window.len);
	inside = view_sub(inside, spaces(inside), inside.len);
	char c = inside.len ? *inside.p : '\0';
	if (list_begins_with_turn(window))
		values_use_elements(v, true); /* conversations */
	else if (c == '{' || c == '"' || c == '[' || view_eqstr(view_trim(inside), "]"))
		values_use_elements(v, false);
	else
		return false;
	return true;
}

/* True for the beginning of a data file of a kind that is not text. */
static bool is_other_kind(struct view window)
{
	static const char *const begins[] = {
		"PK\x03\x04", "ARROW1", "SQLite format 3", "%PDF-", "\x89HDF", "7z\xBC\xAF",
	};
	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++) {
		if (view_starts(window, begins[i]))
			return true;
	}
	return false;
}

static int choose_text(struct values *v, struct view window)
{
	struct view rest = window, line;
	size_t known = 0;
	view_line(&rest, &line);
	bool is_csv = values_is_called(v, ".csv");
	bool is_tsv = values_is_called(v, ".tsv") || values_is_called(v, ".tab");
	bool is_json = values_is_called(v, ".json") || values_is_called(v, ".jsonl") ||
		       values_is_called(v, ".ndjson");
	char delimiter = csv_delimiter(line, &known);
	bool looks = known >= KNOWN_LEAST || (known && csv_is_names(line, delimiter));
	if (is_csv || is_tsv || (looks && !is_json))
		values_use_csv(v, is_tsv && !known ? '\t' : delimiter);
	else if (is_json)
		return values_wrong(v, (struct text_place){ v->number + 1, 1 }, &v->failure,
				"expected JSON: an object, an array or a text in double quotes");
	else if (is_other_kind(window))
		return values_wrong(v, (struct text_place){ v->number + 1, 1 }, &v->failure,
				    "expected text; this is another kind of file, such as Arrow, "
				    "XLSX or ZIP");
	else
		values_use_text(v);
	return SOW_OK;
}

static int choose_by(struct values *v, struct view window)
{
	struct view rest = window, line;
	struct sow_error own = { 0 };
	if (view_starts(window, PARQUET_BEGINS) ||
	    (view_starts(window, "PAR1") && values_is_called(v, ".parquet")))
		return values_use_parquet(v);
	if (values_is_called(v, ".parquet"))
		return values_wrong(v, (struct text_place){ v->number + 1, 1 }, &v->failure,
				    "expected Parquet, which begins with PAR1");
	if (v->o.lines) {
		values_use_text(v);
		return SOW_OK;
	}
	if (v->o.delimiter) {
		values_use_csv(v, v->o.delimiter);
		return SOW_OK;
	}
	if (*window.p == '{')
		return choose_object(v, window);
	if (*window.p == '[' && choose_array(v, window))
		return SOW_OK;
	if (*window.p == '"') {
		view_line(&rest, &line);
		line = values_without_comma(line);
		struct json *doc = json_parse(line.p, line.len, &own);
		json_free(doc);
		if (doc) {
			values_use_lines(v);
			return SOW_OK;
		}
	}
	return choose_text(v, window);
}

/* Skips blank blocks; the first line that is not blank stays whole. */
int values_choose(struct values *v)
{
	struct view bytes;
	int status;
	values_use_text(v);
	v->kind = "nothing";
	while ((status = values_peek(v, INFILE_PEEK_MAX, &bytes)) > 0) {
		size_t blank = spaces(bytes), line = 0;
		bool found = blank < bytes.len;
		if (!found)
			line = blank;
		for (size_t i = 0; i < blank; i++) {
			if (bytes.p[i] != '\n')
				continue;
			v->number++;
			line = i + 1;
		}
		values_take(v, line);
		v->array.at = (struct text_place){ v->number + 1, 1 };
		if (!found)
			continue;
		struct view begun = view_sub(bytes, blank, bytes.len);
		if (*begun.p == '{' || *begun.p == '[') { /* these count their own columns */
			v->array.at.column = blank - line + 1;
			values_take(v, blank - line);
		}
		return choose_by(v, begun);
	}
	return status;
}
