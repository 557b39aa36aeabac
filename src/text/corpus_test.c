#include "text/corpus_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/draw.h"
#include "base/mem.h"
#include "io/infile.h"

size_t corpus_random(size_t n)
{
	static struct draw d;
	return draw_below(&d, n);
}

static void add(struct corpus *c, struct view text)
{
	mem_grow(&c->texts, &c->room, c->count + 1);
	char *copy = mem_copy(text.p, text.len);
	assert_non_null(copy);
	c->texts[c->count++] = view_from(copy, text.len);
}

void corpus_release(struct corpus *c)
{
	for (size_t i = 0; i < c->count; i++)
		mem_free((char *)(uintptr_t)c->texts[i].p);
	mem_free(c->texts);
	*c = (struct corpus)CORPUS_INIT;
}

bool corpus_lines(struct corpus *c, const char *path)
{
	char full[4096];
	const char *root = getenv("SOW_SOURCE_ROOT");
	snprintf(full, sizeof(full), "%s/%s", root ? root : ".", path);
	if (access(full, R_OK))
		return false;
	struct sow_error err;
	struct infile *in = infile_open(full, &err);
	assert_non_null(in);
	struct view line;
	int status;
	while ((status = infile_line(in, &line, &err)) > 0)
		add(c, line);
	assert_int_equal(status, 0);
	infile_close(in);
	return true;
}

void corpus_seeds(struct corpus *c)
{
	struct corpus lines = CORPUS_INIT;
	assert_true(corpus_lines(&lines, "data/seed_tasks.jsonl"));
	for (size_t i = 0; i < lines.count; i++) {
		struct view rest = lines.texts[i];
		for (size_t end; (end = view_find(rest, 0, "\"")) != VIEW_NONE;) {
			struct view piece = view_sub(rest, 0, end);
			if (view_find(piece, 0, " ") != VIEW_NONE && piece.len > 8)
				add(c, piece);
			rest = view_sub(rest, end + 1, rest.len);
		}
	}
	corpus_release(&lines);
	assert_true(c->count > 400);
}

bool corpus_shared(struct corpus *c)
{
	return corpus_lines(c, "../shared/data/sentences.txt.zst");
}
