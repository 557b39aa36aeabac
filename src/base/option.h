/* option.h - an option of a command, or a setting of a recipe: one row of a table.
 *
 *     struct chosen { const char *out; int64_t threads; };
 *     static const struct option options[] = {
 *             { "out", 'o', OPTION_TEXT, offsetof(struct chosen, out), "FILE", "where it goes" },
 *             { "threads", 0, OPTION_INT, offsetof(struct chosen, threads), "N", "cores to use",
 *               1, 1024, .fallback = "1" },
 *     };
 *     status = option_set(&options[1], &chosen, "8", arena, err);
 *
 * The row is its only definition: the command line, recipe files, run.db, --help, the manual
 * pages, shell completion and docs/guide/recipes.md are made from it.
 *
 * Each type has one value for "not given": a text is NULL, a list empty, a flag false, and a number
 * or an amount of money NOT_SAID. A whole number that may be left out has a default.
 */
#ifndef BASE_OPTION_H
#define BASE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/view.h"
#include "sow/sow.h"

enum option_type {
	OPTION_TEXT,   /* const char * */
	OPTION_CHOICE, /* const char *: one of `choices` */
	OPTION_INT,    /* int64_t, from `least` to `most`, times `unit` */
	OPTION_NUMBER, /* double, from `least` to `most` */
	OPTION_MONEY,  /* int64_t, nano-dollars; at most `most` dollars */
	OPTION_FLAG,   /* bool */
	OPTION_LIST    /* struct list: given once for each item; of `choices`, at most `most` */
};

#define NOT_SAID (-1)

struct list {
	const char *const *items;
	size_t count;
};

/* The structure that holds its value, and what the value belongs to. */
enum option_scope {
	OPTION_OF_COMMAND,
	OPTION_OF_RUN,               /* the whole recipe */
	OPTION_OF_STEP,              /* in the part common to all steps */
	OPTION_OF_METHOD,            /* in the structure of the step's method */
	OPTION_OF_TEACHER
};

/* Which methods take an option of a step. */
enum option_taker {
	TAKEN_BY_ALL,
	TAKEN_BY_POOLS,              /* those that draw from a pool */
	TAKEN_BY_SEEDS,              /* those of them that show seeds */
	TAKEN_BY_INPUTS,             /* those that work on an input */
	TAKEN_BY_EACH_INPUT,         /* those of them that count inputs */
	TAKEN_BY_NEW,                /* those of them that find new ones, and count finished tasks */
	TAKEN_BY_NAME                /* those whose row names it */
};

struct option {
	const char *name;            /* "max-requests": --max-requests; a single letter: no long form */
	char letter;                 /* 'n': -n; 0: none */
	enum option_type type;
	size_t offset;               /* of its value in the structure of its scope */
	const char *value;           /* the value's name in --help; FILE, DIR and PATH are paths */
	const char *help;
	int64_t least, most;
	int64_t unit;                /* 0: 1 */
	const char *choices;         /* "paper|released" */
	const char *fallback;        /* default, as the user would write it; NULL: none */
	const char *unsaid;          /* if there is no default: what holds then, for --help */
	enum option_scope scope;
	enum option_taker taker;
	bool escapes;                /* of a list: keeps an item's line breaks as \n and \r */
	bool lines;                  /* of a list: an item may have several lines */
	bool identity;               /* part of the identity of a run or a step: fixed when it is resumed */
	bool records;                /* a path of records, which may be the directory of a run */
	bool per_run;                /* set for each run, though a recipe's file is shared */
	bool often;                  /* of a teacher: on the methods' own help pages */
};

/* Sets the value in `values`, the structure of its scope; a list gets one more item. Texts are
 * copied into the arena. SOW_INVALID with "expected a whole number from 0 to …, not 'x'"; values
 * that go into a recipe are UTF-8, and an item of a list there is one line unless the option has
 * lines. */
int option_set(const struct option *o, void *values, const char *text, struct arena *a,
	       struct sow_error *err);
/* Resets it to its default, or to not given. Fails likewise, though with a good table never. */
int option_reset(const struct option *o, const char *fallback, void *values, struct arena *a,
		 struct sow_error *err);
/* Appends the value as the user would write it: "" for none, a list's items a line each, with a tab
 * before the further lines of one. */
int option_text(const struct option *o, const void *values, struct buf *out);
/* Takes the first item off a list's text and appends it. False when *rest is empty. */
bool option_take_item(struct view *rest, struct buf *item);

/* The index of `word` among the choices "a|b|c", -1 if it is not one of them. */
int option_choice(const char *choices, const char *word);
bool option_is_path(const struct option *o);
const char *option_value(const struct option *o); /* the name of its value; NULL: a flag */
/* Appends its help, with the default unless the help already gives it: "(0: by cores)" does. */
int option_describe(const struct option *o, const char *fallback, struct buf *out);

#endif
