/* figures.h - numbers as data: said once, they stand in text, in JSON and in the report's page.
 *
 *     struct figures f;
 *     figures_init(&f);
 *     figures_object(&f, "outputs", "Outputs")->layout = (struct figure_layout){ 2, 41, 12 };
 *     figures_count(&f, "empty", "empty", 12)->of = 200;   // "  empty      12    6.0 %"
 *     figures_count(&f, "others", NULL, 188);              // in JSON only
 *     figures_end(&f);
 *     status = figures_show(&f, is_json, &out, err);
 *     figures_release(&f);
 *
 * A figure has a key, a label, a unit and a value. The key is its member in JSON: without one it
 * is for people only. The label is what people read: without one it is for programs only. What
 * else people see stands beside the value: its share of a whole, parts of it in parentheses, a
 * note (a reason, a bar, a spark).
 *
 * Figures stand in objects and arrays. A label of these is the title of a section, with an empty
 * line before it. One without a key is no object of its own: its members are its parent's. An
 * array of objects may be a table, a row an object: labels are its head then.
 *
 * Labels and notes that are built are made by figures_words. Failure sticks: out of memory shows
 * when the tree is printed or written, and until then every function gives a figure that may be
 * changed.
 */
#ifndef REPORT_FIGURES_H
#define REPORT_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/view.h"
#include "io/json.h"
#include "sow/sow.h"

/* What a value is, which says how people read it. */
enum figure_unit {
	/* integers */
	UNIT_COUNT,                  /* "52,445" */
	UNIT_NANO_DOLLARS,           /* "$12.35" */
	UNIT_NANOSECONDS,            /* "4 min 12 s" */
	UNIT_DATE,                   /* nanoseconds of the wall clock: "2026-03-01 14:05 UTC" */
	/* numbers */
	UNIT_TENTHS, UNIT_HUNDREDTHS, /* "15.9", "5.48" */
	UNIT_ABOUT,                  /* a count, no more exact than three figures */
	UNIT_DOLLARS,
	UNIT_PERCENT,                /* "93.2 %" */
	/* else */
	UNIT_TEXT, UNIT_BOOL,
	UNIT_NONE,                   /* no value: "-", and null */
	UNIT_REMARK,                 /* a label alone */
	UNIT_LIST,                   /* integers, in JSON only */
	UNIT_OBJECT, UNIT_ARRAY
};

/* Columns of the rows of a section. */
struct figure_layout {
	size_t indent, label;        /* blanks before the label, columns it has */
	int value;                   /* columns, at the right; 0: as many as it takes, at the left */
	size_t wrap;                 /* where lines of a text end */
};

struct figure {
	const char *key, *label;
	enum figure_unit unit;
	union {
		int64_t integer;
		double number;
		bool flag;
		struct view text;
		struct { const int64_t *at; size_t count; } list;
		struct { struct figure *first, *last; } members;
	};
	/* beside the value, for people */
	int64_t of;                  /* the whole that it is a share of; 0: of none */
	const char *note;            /* NULL: none */
	bool is_part;                /* of the figure before it: "98 (7 from the cache)", if not 0 */
	int width;                   /* in a table: columns, negative: at the left */
	/* of an object or an array */
	struct figure_layout layout; /* all 0: its parent's */
	bool is_table;
	bool is_hidden;              /* nothing of it is for people */
	bool has_gap;                /* an empty line before it, as before a section */
	struct figure *parent, *next;
};

struct figures {
	struct arena *arena;
	struct figure root, lost;    /* `lost`: what there was no memory for */
	struct figure *open;
	int status;                  /* SOW_OK or SOW_NOMEM */
};

void figures_init(struct figures *f);
void figures_release(struct figures *f);

/* Each adds to the object or array that is open; `key` is NULL in an array too, where a label
 * alone decides whether people see it. Texts but built ones are the caller's, and live as long. */
struct figure *figures_object(struct figures *f, const char *key, const char *title);
struct figure *figures_array(struct figures *f, const char *key, const char *title);
void figures_end(struct figures *f);
struct figure *figures_count(struct figures *f, const char *key, const char *label, int64_t n);
struct figure *figures_integer(struct figures *f, const char *key, const char *label,
			       enum figure_unit unit, int64_t n);
struct figure *figures_number(struct figures *f, const char *key, const char *label,
			      enum figure_unit unit, double x);
struct figure *figures_text(struct figures *f, const char *key, const char *label,
			    struct view text);
void figures_bool(struct figures *f, const char *key, bool flag);
/* A copy of them. */
void figures_list(struct figures *f, const char *key, const int64_t *list, size_t count);
/* No value: null in JSON, unless `key` is NULL. */
struct figure *figures_none(struct figures *f, const char *key, const char *label);
void figures_remark(struct figures *f, const char *text);

/* A text that lives as long as `f`, never NULL. */
const char *figures_words(struct figures *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The same: of a view, of a finished buffer, which it releases, of a value as people read it. */
const char *figures_copy(struct figures *f, struct view text);
const char *figures_take(struct figures *f, struct buf *text);
const char *figures_say(struct figures *f, enum figure_unit unit, int64_t n);
const char *figures_say_number(struct figures *f, enum figure_unit unit, double x);

/* For people. SOW_OK, or the failure of `f` or `out`. */
int figures_print(const struct figures *f, struct buf *out);
/* For programs: one object, over some lines or on one. SOW_OK, SOW_NOMEM, or SOW_INVALID: a text
 * is not UTF-8. */
int figures_json(const struct figures *f, struct buf *out, enum json_style style);
/* What figures_print shows, for a page to make tables of: [["Outputs"], ["empty", "12", "6.0 %",
 * ""], …], a title alone, then rows of label, value, share, parts with note. As figures_json. */
int figures_rows(const struct figures *f, struct buf *out);
/* Either one, as a command shows it. SOW_OK or *err set. */
int figures_show(const struct figures *f, bool is_json, struct buf *out, struct sow_error *err);

#endif
