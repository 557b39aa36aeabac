/* documents REAL N TRUTH - N documents of 76 words as JSON lines, with planted near-copies
 *
 * The words of a document are drawn from all of a file of real sentences, so that they are as
 * frequent as in real text. One document in ten is a copy of one before (which is not a copy
 * itself) with 5 to 15 of a hundred words replaced by others so drawn; TRUTH gets a line
 * "COPY ORIGINAL" for each, with the numbers of their lines. The same everywhere.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/draw.h"
#include "base/mem.h"
#include "io/infile.h"
#include "io/json.h"

#define WORDS 76

struct words {
	struct view *list;
	size_t count, room;
};

static void must(bool ok)
{
	if (!ok) {
		fprintf(stderr, "documents: out of memory, or a file cannot be used\n");
		exit(1);
	}
}

static void read_words(struct words *w, const char *path)
{
	struct sow_error err;
	struct view line;
	struct infile *in = infile_open(path, &err);
	must(in != NULL);
	while (infile_line(in, &line, &err) > 0) {
		for (size_t at = 0; at < line.len;) {
			size_t end = view_find(line, at, " ");
			end = end == VIEW_NONE ? line.len : end;
			if (end > at) {
				mem_grow(&w->list, &w->room, w->count + 1);
				size_t len = end - at;
				w->list[w->count++] = view_from(mem_copy(line.p + at, len), len);
			}
			at = end + 1;
		}
	}
	infile_close(in);
}

static bool is_copy(size_t number)
{
	struct draw d = draw_start(2, 0, number);
	return number > 100 && draw_below(&d, 10) == 0;
}

/* The words of the document with that number, made again whenever they are wanted. */
static void make(const struct words *w, size_t number, uint32_t *document, size_t *original)
{
	struct draw d = draw_start(2, 1, number);
	*original = number;
	if (!is_copy(number)) {
		for (size_t i = 0; i < WORDS; i++)
			document[i] = (uint32_t)draw_below(&d, w->count);
		return;
	}
	do
		*original = draw_below(&d, number);
	while (is_copy(*original));
	size_t unused, replaced[WORDS];
	size_t count = (size_t)(WORDS * (5 + draw_below(&d, 11)) + 50) / 100;
	make(w, *original, document, &unused);
	draw_sample(&d, 64, count, replaced); /* of the first 64 words */
	for (size_t i = 0; i < count; i++)
		document[replaced[i]] = (uint32_t)draw_below(&d, w->count);
}

int main(int argc, char **argv)
{
	struct words w = { .list = NULL };
	if (argc != 4) {
		fprintf(stderr, "usage: documents REAL N TRUTH\n");
		return 2;
	}
	size_t n = strtoull(argv[2], NULL, 10);
	FILE *truth = fopen(argv[3], "w");
	struct json_out *json = json_out_new();
	struct buf text = BUF_INIT, line = BUF_INIT;
	must(truth && json);
	read_words(&w, argv[1]);
	for (size_t number = 0; number < n; number++) {
		uint32_t document[WORDS];
		size_t original;
		make(&w, number, document, &original);
		buf_clear(&text);
		for (size_t i = 0; i < WORDS; i++) {
			if (i)
				buf_addch(&text, ' ');
			buf_add(&text, w.list[document[i]].p, w.list[document[i]].len);
		}
		json_out_object(json, NULL);
		json_out_text(json, "text", view_from(text.data, text.len));
		json_out_end(json);
		buf_clear(&line);
		must(!json_out_write(json, &line, JSON_LINE) && !buf_addch(&line, '\n'));
		fwrite(line.data, 1, line.len, stdout);
		if (original != number)
			fprintf(truth, "%zu %zu\n", number + 1, original + 1);
	}
	return fclose(truth) || fflush(stdout) || ferror(stdout);
}
