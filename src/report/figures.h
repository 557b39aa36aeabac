/* figures.h - numbers as data: each is stated once, and appears in text, in JSON and on the page.
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
 * A figure has a key, a label, a unit and a value. The key names it in JSON; a figure without one
 * appears in text only. The label is what people read; a figure without one appears in JSON only.
 * Beside the value, people see its share of a whole, its parts in parentheses, and a note (a
 * reason, a bar, a spark).
 *
 * Figures live in objects and arrays. A labelled one is a section: the label is its title, and an
 * empty line goes before it. In JSON, an object without a key adds its members to its parent. An
 * array of objects can be a table: one row per object, headed by the labels of the first.
 *
 * Texts belong to the caller, except those that figures_words and its kin make, which live as long
 * as the tree. Every function returns a figure that the caller may change.
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

/* What a value measures, and so how it is printed. */
enum figure_unit {
	/* integers */
	UNIT_COUNT,                  /* "52,445" */
	UNIT_NANO_DOLLARS,           /* "$12.35" */
	UNIT_NANOSECONDS,            /* "4 min 12 s" */
	UNIT_DATE,                   /* nanoseconds of the wall clock: "2026-03-01 14:05 UTC" */
	/* numbers */
	UNIT_TENTHS, UNIT_HUNDREDTHS, /* "15.9", "5.48" */
	UNIT_ABOUT,                  /* an estimated count, rounded to three digits */
	UNIT_DOLLARS,
	UNIT_PERCENT,                /* "93.2 %" */
	/* else */
	UNIT_TEXT, UNIT_BOOL,
	UNIT_NONE,                   /* no value: "-", and null */
	UNIT_REMARK,                 /* a line of text */
	UNIT_LIST,                   /* integers, in JSON only */
	UNIT_OBJECT, UNIT_ARRAY
};

/* How the rows of a section are laid out, in columns. */
struct figure_layout {
	size_t indent, label;        /* before the label, and its width */
	int value;                   /* the value's width, right-aligned; 0: no column */
	size_t wrap;                 /* texts are wrapped here; 0: not wrapped */
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
	int64_t of;                  /* the whole that it is a share of; 0: none */
	const char *note;            /* NULL: none */
	bool is_part;                /* of the figure before it, "98 (7 from the cache)"; 0 is left out */
	int width;                   /* in a table, in columns; negative: left-aligned */
	/* of an object or an array */
	struct figure_layout layout; /* all 0: its parent's */
	bool is_table;
	bool is_hidden;              /* from people: JSON only */
	bool has_gap;                /* an empty line goes before it, as before a section */
	struct figure *parent, *next;
};

struct figures {
	struct arena *arena;
	struct figure root;
	struct figure *open;
};

void figures_init(struct figures *f);
void figures_release(struct figures *f);

/* Each adds to the open object or array. In an array `key` is NULL, and everything but a
 * remark is in JSON. */
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
/* Copies the integers; JSON only. */
void figures_list(struct figures *f, const char *key, const int64_t *list, size_t count);
/* An unknown value. */
struct figure *figures_none(struct figures *f, const char *key, const char *label);
void figures_remark(struct figures *f, const char *text);

/* A text that lives as long as `f`; never NULL. */
const char *figures_words(struct figures *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The same from a view, from a finished buffer (which it releases), from a value as printed. */
const char *figures_copy(struct figures *f, struct view text);
const char *figures_take(struct figures *f, struct buf *text);
const char *figures_say(struct figures *f, enum figure_unit unit, int64_t n);
const char *figures_say_number(struct figures *f, enum figure_unit unit, double x);

/* Text for people. */
void figures_print(const struct figures *f, struct buf *out);
/* One JSON object for programs. SOW_OK or SOW_INVALID if a text is not UTF-8. */
int figures_json(const struct figures *f, struct buf *out, enum json_style style);
/* The figures of figures_print as JSON for the tables of a page: a title alone, then its rows of
 * label, value, share, and parts with note: [["Outputs"], ["empty", "12", "6.0 %", ""], …]. */
int figures_rows(const struct figures *f, struct buf *out);
/* Text, or JSON over several lines, for commands to print. SOW_OK, or a failure with *err set. */
int figures_show(const struct figures *f, bool is_json, struct buf *out, struct sow_error *err);

#endif
