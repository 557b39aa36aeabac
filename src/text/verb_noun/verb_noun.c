#include "text/verb_noun.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "text/verb_noun/lemma.h"
#include "text/prose.h"
#include "text/words.h"

#define LABEL_WORDS 2 /* "Question:", "Product review:" */

struct verb_noun {
	struct grammar *grammar;
};

struct verb_noun *verb_noun_new(struct sow_error *err)
{
	struct verb_noun *v = mem_zalloc(sizeof(*v));
	if (!lemma_open(err))
		v->grammar = grammar_new(err);
	if (v->grammar)
		return v;
	mem_free(v);
	return NULL;
}

void verb_noun_free(struct verb_noun *v)
{
	if (!v)
		return;
	grammar_free(v->grammar);
	mem_free(v);
}

void verb_noun_share(struct verb_noun *v, size_t threads)
{
	grammar_share(v->grammar, threads);
}

/* The first word, in lower case if it is one of ASCII letters; else "". */
static void first_word(const char *clause, char out[CLAUSE_WORD_MAX])
{
	size_t len = 0;
	while (ascii_alpha(clause[len]) && len + 1 < CLAUSE_WORD_MAX) {
		out[len] = ascii_lower(clause[len]);
		len++;
	}
	bool whole = clause[len] == ' ' || clause[len] == '.' || clause[len] == ',';
	out[whole ? len : 0] = '\0';
}

/* Words that begin other sentences far more often than imperatives. */
static bool can_be_imperative(const char *word)
{
	static const char *const others[] = { "can", "could", "will", "would", "may", "might",
					      "must", "should", "do", "have", "is", "are", "was", "a", "i",
					      "in", "being", "given", "people", "like" };
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (strcmp(word, others[i]) == 0)
			return false;
	}
	return *word && lemma_is(LEMMA_VERB, word);
}

/* Which part of the sentence is parsed. */
static struct view choose_clause(struct view sentence)
{
	struct view rest, head = prose_split(sentence, &rest);
	if (!rest.len || words_count_spaced(head.p, head.len) > LABEL_WORDS)
		return head;
	return rest;
}

static bool keep_lemma(enum lemma_kind kind, const char *word, char out[CLAUSE_WORD_MAX])
{
	struct buf lemma = BUF_INIT;
	lemma_of(kind, word, &lemma);
	bool fits = lemma.len && lemma.len < CLAUSE_WORD_MAX;
	if (fits)
		memcpy(out, lemma.data, lemma.len + 1);
	buf_release(&lemma);
	return fits;
}

/* WordNet has the noun as it stands and it does not look like a plural: "data", "people". */
static bool is_itself(const struct clause *c)
{
	struct view word = view_of(c->object);
	return (c->singular || !view_ends(word, "s")) && lemma_is(LEMMA_NOUN, c->object);
}

/* A word that is in its basic form already may look like another's: "found". */
static bool name_pair(const struct clause *c, struct verb_noun_pair *pair)
{
	bool verb = keep_lemma(LEMMA_VERB, c->verb, pair->verb);
	bool noun = keep_lemma(LEMMA_NOUN, c->object, pair->noun);
	struct view bare = view_of(c->object);
	if (noun && is_itself(c)) {
		for (size_t i = 0; i <= bare.len; i++)
			pair->noun[i] = ascii_lower(bare.p[i]);
	}
	if (verb && c->imperative && lemma_is(LEMMA_VERB, c->verb)) {
		for (size_t i = 0; i <= strlen(c->verb); i++)
			pair->verb[i] = ascii_lower(c->verb[i]);
	}
	return verb && noun && lemma_is(LEMMA_VERB, pair->verb);
}

static const char *next_word(const char *text)
{
	text += strcspn(text, " ");
	return text + strspn(text, " ");
}

/* "Decide whether …", "tell me how …": the object is a clause. */
static bool asks_clause(const char *imperative)
{
	static const char *const openings[] = { "if ", "whether ", "how ", "why ", "what ", "when ",
						"where ", "who ", "to " };
	const char *second = next_word(imperative);
	if (strncmp(second, "me ", 3) == 0 || strncmp(second, "us ", 3) == 0)
		second = next_word(second);
	for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++) {
		if (strncmp(second, openings[i], strlen(openings[i])) == 0)
			return true;
	}
	return false;
}

static enum grammar_outcome ask(struct verb_noun *v, char *clause, struct verb_noun_pair *pair)
{
	char first[CLAUSE_WORD_MAX];
	struct clause found;
	if (view_eqfold(view_sub(view_of(clause), 0, 7), view_of("please ")))
		clause += 7;
	bool question = view_ends(view_of(clause), "?");
	first_word(clause, first);
	bool imperative = !question && can_be_imperative(first);
	if (imperative) /* "Name" is a word of its own to the parser */
		clause[0] = ascii_lower(clause[0]);
	if (imperative && asks_clause(clause))
		return GRAMMAR_NO_OBJECT;
	enum grammar_outcome outcome =
		grammar_parse(v->grammar, clause, imperative ? first : NULL, &found);
	if (outcome != GRAMMAR_FOUND || name_pair(&found, pair))
		return outcome;
	*pair = (struct verb_noun_pair){ "", "" };
	return GRAMMAR_NO_OBJECT;
}

enum grammar_outcome verb_noun_of(struct verb_noun *v, struct view instruction,
				  struct verb_noun_pair *pair)
{
	struct buf clause = BUF_INIT;
	*pair = (struct verb_noun_pair){ "", "" };
	prose_plain(choose_clause(prose_first(instruction)), &clause);
	enum grammar_outcome outcome = clause.len ? ask(v, clause.data, pair) : GRAMMAR_NO_PARSE;
	buf_release(&clause);
	return outcome;
}
