/* corpus_test.h - real text for the tests of this room. */
#ifndef TEXT_CORPUS_TEST_H
#define TEXT_CORPUS_TEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/view.h"

struct corpus {
	struct view *texts; /* copies */
	size_t count;
	size_t room;
};

#define CORPUS_INIT { .texts = 0 }

/* Adds the lines of a file, its path from the source root. False if it is not there. */
bool corpus_lines(struct corpus *c, const char *path);

/* Adds the strings of our seed tasks: some hundred texts, JSON escapes left as they are. */
void corpus_seeds(struct corpus *c);

/* Adds the benchmark's sentences, which lie outside the tree. False if they do not. */
bool corpus_shared(struct corpus *c);

void corpus_release(struct corpus *c);

/* A generator that is the same everywhere: the next number below `n`. */
size_t corpus_random(size_t n);

#endif
