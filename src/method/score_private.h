/* score_private.h - shared by the parts of score.c: score_kinds.c has the scores, a row each, score_asks.c
 * the requests for their numbers, and score_open.c opens the wanted ones. */
#ifndef METHOD_SCORE_PRIVATE_H
#define METHOD_SCORE_PRIVATE_H

#include "base/buf.h"
#include "data/jinja.h"
#include "method/judged.h"
#include "method/likelihood.h"
#include "method/map_reply.h"
#include "method/method.h"
#include "method/prompt.h"
#include "method/vector.h"
#include "text/novelty.h"
#include "text/words.h"

enum { OF_QUESTION = 1, OF_ANSWER = 2, OF_SEEN = 4 };

/* The requests for numbers: first the texts that a model reads before the answer. */
enum text {
	TEXT_ALPACA,         /* Alpaca's template with the question */
	TEXT_ALPACA_ALONE,   /* its end without it */
	TEXT_PLAIN,          /* the question itself */
	TEXT_PLAIN_ALONE,    /* nothing */
	TEXT_COUNT,
	ASKED_COMPLEXITY = TEXT_COUNT, /* digits, for each user's turn */
	ASKED_QUALITY,       /* the same, with its answer */
	ASKED_SELECTIT,      /* digits, for each of SelectIT's prompts */
	ASKED_REWARD,
	ASKED_COUNT
};

#define DEITA_DIGITS 6
#define SELECTIT_DIGITS 5
#define SELECTIT_PROMPTS 5 /* of its nine, as many as the released code takes */

/* The numbers in the replies, by request. */
struct heard {
	struct likelihood l[TEXT_COUNT];
	const struct reply *const *replies[ASKED_COUNT];
	size_t counts[ASKED_COUNT];
};

struct own {
	struct list with, rubrics;
	const char *question, *answer, *embed_of, *suffix;
	int64_t cut;
};

/* The questions so far. */
struct seen {
	struct vocabulary *vocabulary;
	struct novelty *novelty;
	struct words words;
};

struct score_kind;

struct score {
	struct method_state run;
	const struct own *own;
	const struct score_kind **kinds; /* the wanted ones, once each, in the table's order */
	size_t count;
	enum text texts[ASKED_COUNT];    /* those that they need */
	size_t text_count;
	size_t most[TEXT_COUNT];         /* tokens of each that count */
	bool embeds;
	enum vector_of embed_of;
	struct jinja *question, *answer; /* NULL: the record's own */
	struct map_options write;
	struct map_reply *writer;
	struct seen *seen;               /* NULL: novelty is not wanted */
	struct prompt *selectit[SELECTIT_PROMPTS];
	struct judged judged;
};

/* A score: from texts it has `write`, from numbers `value`, from a judge neither. */
struct score_kind {
	const char *name;
	const char *fields[2];
	unsigned needs;                  /* OF_QUESTION … */
	/* Appends the fields with their values. SOW_OK or SOW_NOMEM. */
	int (*write)(const struct score *m, struct view question, struct view answer, struct buf *out);
	double (*value)(const struct heard *h, size_t most);
	unsigned texts;                  /* the requests for it, a bit each */
	enum { NO_JUDGE, JUDGE_RUBRICS, JUDGE_ONE, JUDGE_TAGS } judge; /* ONE: the rubric of its name */
	size_t most;                     /* its paper's cut, in tokens */
	bool embeds;                     /* it is a vector, not a field */
};

/* score_kinds.c */
extern const struct score_kind score_kinds[];
extern const size_t score_kind_count;
#define KINDS_SHOWN \
	"length, repetition, refusal, language, novelty; by likelihoods: perplexity, ifd, ifd-perplexity, " \
	"superfilter, deita-complexity, deita-quality, deita, selectit; by a reward model: reward; by a " \
	"judge: rubric, difficulty, alpagasus, tags; by an embedding model: embed"
/* Finds the nearest of the earlier questions, then adds this one. SOW_TOOBIG: the text is too long. */
int score_nearest(struct seen *s, struct view question, double *nearest);

/* score_open.c */
int score_open(void *state, struct sow_error *err);
void score_close(void *state);
unsigned score_asks(const void *own);
/* True if a wanted score needs OF_QUESTION …. */
bool score_wants(const struct score *m, unsigned need);

/* score_asks.c */
enum request_kind score_request_kind(enum text asked);
/* The number of such requests for a unit, and the ith of them. SOW_OK, SOW_NOMEM, SOW_INVALID, SOW_TOOBIG. */
size_t score_asked(const struct unit *u, enum text asked);
int score_ask(const struct score *m, const struct unit *u, enum text asked, size_t i, struct request *r);
/* Instruction and input as one text. */
struct view score_question(const struct unit *u, struct arena *a);

#endif
