/* prefix_store.h - evaluated beginnings of prompts, kept on disk for the next run.
 *
 * The demonstrations of Self-Instruct are some 3,500 tokens, which a model of 1.5 billion
 * parameters reads for a minute on two cores. Their state is the same for every run with the same
 * model and prompts, so it is written once, into <cache>/sow/prefixes, and read back in a moment.
 *
 *     struct prefix_store *s = prefix_store_open("gguf:…");   // NULL: nothing is kept
 *     if (!prefix_store_load(s, model, p))
 *             … evaluate p->tokens …, prefix_store_save(s, model, p);
 *
 * A file's name is made of model, tokens and build of libllama; its content begins with the SHA-256 of
 * the rest, and is ignored if that does not match. All together take at most PREFIX_STORE_MAX bytes:
 * the least recently used go first. A failure only costs time.
 */
#ifndef TEACHER_PREFIX_STORE_H
#define TEACHER_PREFIX_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "teacher/model.h"
#include "teacher/prefix.h"

/* Shorter beginnings are evaluated sooner than read. */
#define PREFIX_STORE_TOKENS 128
#define PREFIX_STORE_MAX ((int64_t)1 << 30)

struct prefix_store;

/* For the model of this name (model_id.h). `most`: bytes, 0 for PREFIX_STORE_MAX. */
struct prefix_store *prefix_store_open(const char *model_name, int64_t most);
void prefix_store_close(struct prefix_store *s);         /* NULL is fine, here and below */

/* True if the store had it: the sequence of `p` holds it and `p` is evaluated. */
bool prefix_store_load(struct prefix_store *s, struct model *m, struct prefix *p);
/* Keeps one that has been evaluated. */
void prefix_store_save(struct prefix_store *s, struct model *m, const struct prefix *p);

#endif
