/* input.h - the records of a file or of a run, one after another, each as a JSON text.
 *
 *     struct input *in = input_open(&options, err);
 *     struct input_record r;
 *     while ((status = input_next(in, &r, err)) > 0)
 *             ... r.json is the record, and r.raw is how it is written again ...
 *     input_close(in);
 *
 * values.h says which files are read. A run's tasks come in the format self-instruct, as
 * options.open_run gives them.
 */
#ifndef CLEAN_INPUT_H
#define CLEAN_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/view.h"
#include "clean/clean.h"
#include "data/array.h"
#include "sow/sow.h"

struct input;

struct input_record {
	struct view raw;             /* a line is written as it stands in the file */
	struct view json;            /* part of `raw`, but for a text line */
	size_t number;               /* its line in a file of lines, else which record it is; from 1 */
	struct text_place at;        /* where `json` begins; line 0: not in a file */
	bool is_text;                /* raw is a line of plain text */
	bool is_loose;               /* white space outside of texts is not part of it */
};

/* Of options.in. NULL on failure, as values_open and options.open_run. `o` must live as long. */
struct input *input_open(const struct clean_options *o, struct sow_error *err);
void input_close(struct input *in);          /* NULL is fine */

/* The next record, valid until the next call: 1, 0 at the end, or negative. Unless input_broken,
 * the failure is that of one record, and the next call gives the one after it. */
int input_next(struct input *in, struct input_record *r, struct sow_error *err);
bool input_broken(const struct input *in);

const char *input_name(const struct input *in); /* "standard input" for "-" */
bool input_is_run(const struct input *in);
/* True of a file of lines, whose records have the numbers of their lines; known after the first input_next. */
bool input_has_lines(const struct input *in);
/* The number of the record that the last call gave or failed at; at the end the last line's. */
size_t input_number(const struct input *in);
size_t input_line(const struct input *in);   /* where it begins; 0: not in a file */
/* Appends the format the file was read as, without its name: "CSV"; nothing for the usual formats. */
void input_kind(const struct input *in, struct buf *out);
/* Halves of surrogate pairs in UTF-16 that are read and written as U+FFFD, so far. */
size_t input_repaired(const struct input *in);
/* Names beside the array of records in an object (values_outside). */
struct view input_outside(const struct input *in);

#endif
