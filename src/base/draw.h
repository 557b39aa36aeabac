/* draw.h - random numbers without a state to save.
 *
 * A draw is a pure function of (seed, stream, unit, number of the draw), so a run
 * that was killed draws the same numbers again, in any order and on any thread.
 *
 *     struct draw d = draw_start(seed, DRAW_ALPACA_EXAMPLES, ticket);
 *     size_t i = draw_below(&d, 175);
 *
 * The function is Philox4x32-10 (Salmon et al., SC 2011): the seed is its key;
 * stream, unit and draw are its counter.
 */
#ifndef BASE_DRAW_H
#define BASE_DRAW_H

#include <stddef.h>
#include <stdint.h>

struct draw {
	uint64_t seed;
	uint64_t unit;
	uint32_t stream;
	uint32_t number; /* of the next draw */
};

/* Every stream that draws by a run's or a user's seed, or by a fixed one. A stream belongs to one
 * question, so no two share a number, and a number is part of what a seed means: it never changes.
 * The mock teacher has a separate seed, and its streams are in mock/draws.h. */
enum draw_stream {
	/* of a run, by ticket or by ticket and item */
	DRAW_SELF_INSTRUCT_EXAMPLES = 1,
	DRAW_SELF_INSTRUCT_INSTANCES = 2, /* which of a task's instances are kept */
	DRAW_EVOL_OPERATION = 3,
	DRAW_EVOL_DATA = 4,               /* the kind of data that complicate-input adds */
	DRAW_ALPACA_EXAMPLES = 5,
	DRAW_MEASURED = 6,                /* which units the judge grades for difficulty */
	DRAW_ASK_KINDS = 12,              /* of questions, by ticket */
	DRAW_ASK_DISTRACTORS = 13,        /* chunks that a question is shown with, by ticket and item */
	DRAW_MAP_FIELDS = 7,              /* --draw, by ticket and field */
	DRAW_PAIRS = 8,                   /* which of equal answers, and which worse one, make a pair */
	/* elsewhere, by four letters; a reservoir draws its order by the next number */
	DRAW_INPUTS = 0x696E7075,         /* "inpu": the order of --shuffle */
	DRAW_EXAMPLES = 0x6578616D,       /* "exam": the replies of a rehearsed teacher */
	DRAW_TOKENS = 0x746F6B,           /* "tok": of the embedded model */
	DRAW_BACKOFF = 0x6261636B,        /* "back": the wait before a retry */
	DRAW_MINHASH = 0x6D696E68,        /* "minh": the hash functions */
	DRAW_TEMPLATE = 0x746D706C,       /* "tmpl": of --format's prompts */
	DRAW_SPLIT = 0x73706C74,          /* "splt": a data set's sides (data/dataset.c) */
	DRAW_SHUFFLE = 0x6F726472,        /* "ordr": a data set's order (data/dataset.c) */
	DRAW_REJECTED = 0x72656A64,       /* "rejd": the worse answer of a pair (data/format.c) */
	DRAW_SELECT = 0x73656C65,         /* "sele": the records of sow select --pick random */
	DRAW_PARTS = 0x70617274,          /* "part": the part of a record (select/greedi.c) */
	DRAW_SKETCH = 0x736B6574,         /* "sket": the basis of sketches (vector/sketch.c) */
	DRAW_CENTRES = 0x63656E74,        /* "cent": the first centres of k-means, by centre */
	DRAW_SHOWN = 0x73686F77,          /* "show": the records of sow view --sample */
	DRAW_SHOWN_ORDER,
	DRAW_RECORDS = 0x72656373,        /* "recs": the records of a report's page */
	DRAW_RECORDS_ORDER,
	DRAW_NEAR_REJECTS = 0x6E656172,   /* "near": its rejects with a neighbour */
	DRAW_NEAR_REJECTS_ORDER,
	DRAW_REJECTS = 0x72656A65,        /* "reje": its other rejects */
	DRAW_REJECTS_ORDER,
	DRAW_SENTENCES = 0x73656E74       /* "sent": the sentences that are parsed */
};

struct draw draw_start(uint64_t seed, uint32_t stream, uint64_t unit);

/* A unit from any bytes; `so_far` is 0, or the unit of the bytes before. Spreads well, and is
 * easily forged: not for keys. */
uint64_t draw_unit(uint64_t so_far, const void *bytes, size_t len);

uint64_t draw_u64(struct draw *d);
double draw_fraction(struct draw *d);         /* 0 <= x < 1, uniform */
size_t draw_below(struct draw *d, size_t n);  /* 0 .. n-1, unbiased; n at least 1 */

/* Chooses `k` different numbers below `n` into out[0..k-1], in random order.
 * k at most n and at most DRAW_SAMPLE_MAX. */
#define DRAW_SAMPLE_MAX 64
void draw_sample(struct draw *d, size_t n, size_t k, size_t *out);

/* Which of `most` places the nth thing (from 0) of a row of unknown length takes, so that at the end
 * each is as likely as any other to have one (Vitter's algorithm R); DRAW_NOWHERE:
 * none. The first `most` take them in order. `d` was started for this n. */
#define DRAW_NOWHERE ((size_t)-1)
size_t draw_place(struct draw *d, size_t n, size_t most);

/* Shuffles `n` numbers (Fisher-Yates). */
void draw_shuffle(struct draw *d, size_t *array, size_t n);

/* The generator itself: 128 bits from a 128-bit counter and a 64-bit key. */
void philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

#endif
