/* grammar.h - the main verb of an English sentence and its direct object, by link-grammar.
 *
 *     struct grammar *g = grammar_new(err);
 *     struct clause clause;
 *     if (grammar_parse(g, "Write a poem about rain.", &clause) == GRAMMAR_FOUND)
 *             ... clause.verb "write", clause.object "poem", as they stand ...
 *     grammar_free(g);
 *
 * The parser links pairs of words; the links from the left wall lead to the main verb, from
 * there through conjunctions and auxiliaries, and a link O to the object, or B where a
 * question has it in front. Only the parser's first choice counts. What it cannot parse whole
 * is tried again with up to two words left out, none of them between verb and object.
 *
 * The library takes a locale and has messages of its own: neither gets out of here, but
 * grammar_new and grammar_free must not run beside other threads that ask for the locale.
 * Threads: any number parse with one grammar. Memory: 25 MB, and some MB a long sentence.
 * Time: 15 ms a sentence; bounded by GRAMMAR_SECONDS of processor time a try, so that which
 * long sentences are given up may differ from run to run.
 */
#ifndef TEXT_VERB_NOUN_GRAMMAR_H
#define TEXT_VERB_NOUN_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

#include "sow/sow.h"

#define GRAMMAR_WORDS_MAX 40
#define GRAMMAR_BYTES_MAX 4096 /* the library writes past its memory from 16 KB without a blank on */
#define GRAMMAR_SECONDS 2
#define CLAUSE_WORD_MAX 64

enum grammar_outcome {
	GRAMMAR_FOUND,
	GRAMMAR_NO_OBJECT,   /* parsed, and no verb with a noun for its object */
	GRAMMAR_NO_PARSE,
	GRAMMAR_TIMEOUT,
	GRAMMAR_TOO_LONG,    /* not tried */
	GRAMMAR_OUTCOMES
};

struct clause {
	char verb[CLAUSE_WORD_MAX];
	char object[CLAUSE_WORD_MAX];
	bool imperative;     /* the verb is in its basic form */
	bool singular;       /* the object is, or cannot be counted */
};

struct grammar;

/* NULL on failure: SOW_MISSING without the dictionary, with what to install; SOW_NOMEM. */
struct grammar *grammar_new(struct sow_error *err);
void grammar_free(struct grammar *g);         /* NULL is fine */
/* So many threads are going to parse: the library's clock is that of the whole process, and
 * each shall have its time. */
void grammar_share(struct grammar *g, size_t threads);

/* One sentence of UTF-8. With `first` that may be an imperative ("name" in "Name three …"),
 * a parse in which it is not is no answer; NULL: any. */
enum grammar_outcome grammar_parse(struct grammar *g, const char *sentence, const char *first,
				   struct clause *clause);

#endif
