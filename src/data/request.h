/* request.h - a request to a teacher, and its reply.
 *
 * A prompt is a row of parts. Parts with a role are a chat: neighbours of one role are one message, but a
 * part that is more than a text (a turn that calls tools or answers a call, pictures) is always a separate
 * message. Parts without a role are raw text to continue. Leading parts marked `shared` are the same for
 * every request of a stage (demonstrations): a teacher may compute them once, the store keeps them once.
 * Sharing never changes the prompt.
 *
 * Most requests generate a text. Others score a given one (how likely each of its tokens is after the prompt;
 * sampling.max_tokens, if set, is how many tokens of prompt and text count: later ones need not be scored),
 * embed the prompt (a vector), choose (how likely each of a few words is to come next), or rate an answer
 * (how good a reward model finds the given text after the prompt); their replies are numbers.
 */
#ifndef DATA_REQUEST_H
#define DATA_REQUEST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/view.h"
#include "data/turn.h"
#include "io/hash.h"

struct part {
	enum role role;
	bool shared;
	struct view text;
	/* of a turn that is more than a text; else empty */
	struct view content;      /* JSON array, instead of the text */
	struct view tool_calls;   /* JSON array; the text is null if empty */
	struct view tool_call_id, name;
};

/* True if it is always a separate message. */
bool part_is_whole(const struct part *p);

#define STOPS_MAX 8

struct sampling {
	double temperature;       /* 0: greedy; negative: unset, the teacher's default */
	double top_p;             /* 1: off; 0: greedy, as in the paper's table; negative: unset */
	double first_temperature; /* of a reply's first token; 0: as of the others. Only models without a
				   * server support it */
	double presence_penalty;  /* -2..2, on generated tokens */
	double frequency_penalty; /* -2..2, on generated tokens */
	int32_t top_k;            /* 0: off */
	int32_t max_tokens;       /* 0: unset */
	struct view stops[STOPS_MAX]; /* texts that end the reply; not part of it */
	size_t stop_count;
};

#define REQUEST_PARTS_MAX 256

/* How to make a teacher write a turn that is not the assistant's. */
enum turn_opening {
	OPENS_NOTHING,               /* impossible: it takes only chats */
	OPENS_TEXT,                  /* by raw text that ends with the turn's opening */
	OPENS_TURN,                  /* by request.opens: the model's own template is known */
	OPENS_ANY                    /* either: replies are recorded or invented */
};

enum request_kind { REQUEST_GENERATE, REQUEST_SCORE, REQUEST_EMBED, REQUEST_CHOOSE, REQUEST_RATE };
#define REQUEST_KINDS (REQUEST_RATE + 1)
extern const char *const request_kind_names[]; /* "generate", "score", "embed", "choose", "rate" */

struct request {
	struct arena *arena;      /* owns every text below */
	enum request_kind kind;
	struct part *parts;
	size_t part_count, part_room;
	struct view tools;        /* JSON array of the functions that the reply may call; empty: none */
	enum role opens;          /* ROLE_USER: the model continues with a user's turn, whose opening follows
				   * the messages; ROLE_NONE: with the assistant's */
	struct view given;        /* to score and to rate: the text; to choose: the words, a JSON array of
				   * texts; else empty */
	struct view schema;       /* JSON Schema (data/schema.h) that the reply must fit; empty: none. A
				   * teacher may ignore it: the caller checks */
	/* For rehearsals, and not in the canonical form: the name of the prompt it was made from
	 * ("evol/deepen"), and the instruction in it. Empty: none. */
	struct view prompt, about;
	struct view example;      /* a possible reply, for rehearsals; not in the canonical form; empty:
				   * unknown */
	struct sampling sampling;
	uint32_t sample;          /* number of the sample, 0 for the only one */
	uint64_t seed;            /* for the teacher's sampler; not part of the key */
	struct hash key;          /* set by request_set_key */
	int64_t tag;              /* for the sender's use; comes back with the reply */
	atomic_int refs;       /* see request_ref */
};

/* All zero: no parts, greedy, no tokens. */
struct request *request_new(void);
void request_free(struct request *r);         /* NULL is fine */
/* On success stores the request in *out; on failure frees it and sets *out to NULL. Returns `status`. */
int request_finish(struct request *r, int status, struct request **out);
/* Adds a reference: the request stays until each holder has called request_free. Returns `r`. A request with
 * several references is read only. */
struct request *request_ref(struct request *r);

/* Adds a copy of `text`. SOW_OK or SOW_TOOBIG. Empty texts are skipped. */
int request_add(struct request *r, enum role role, bool shared, struct view text);
/* Adds a turn with all members that a server gets: no reasoning, no weight. Skips an empty turn. Returns the
 * same. */
int request_add_turn(struct request *r, const struct turn *t);
void request_set_tools(struct request *r, struct view tools);
void request_set_given(struct request *r, struct view text);
void request_set_schema(struct request *r, struct view schema); /* compact JSON */
void request_set_prompt(struct request *r, struct view name, struct view about);
void request_set_example(struct request *r, struct view example);
int request_add_stop(struct request *r, const char *stop);

/* The canonical form as one line of JSON: model identity, messages or prompt, tools and schema if any,
 * sampling, sample; for a kind other than generate, that kind, the given text and max_tokens in place of the
 * last two. Its SHA-256 is the key. Equal for equal questions, however they are cut into parts.
 * `request_set_key` computes key and, from `run_seed` and the key, the seed: the first
 * 8 bytes, little endian, of SHA-256 over run_seed (8 bytes, little endian) and the key.
 * SOW_OK, SOW_TOOBIG, SOW_USAGE if parts with a role and without one are mixed,
 * SOW_INVALID if a text is not UTF-8 or a number not finite. */
int request_canonical(const struct request *r, struct view model, struct buf *out);
int request_set_key(struct request *r, struct view model, uint64_t run_seed);

enum finish {
	FINISH_STOP,    /* the model ended, or a stop text was met */
	FINISH_LENGTH,  /* cut at max_tokens */
	FINISH_ERROR,   /* refused permanently: `text` is the teacher's message */
	FINISH_NONE     /* not answered, `text` says why: not an outcome, never stored */
};
extern const char *const finish_names[]; /* "stop", "length", "error", "none" */
int finish_find(struct view name, enum finish *out); /* SOW_OK or SOW_INVALID */

struct usage {
	int64_t prompt_tokens;
	int64_t shared_tokens;     /* of the prompt's: not recomputed (a server's "cached") */
	int64_t completion_tokens;
	int64_t reasoning_tokens;  /* of the completion's: thought, not written */
	bool estimated;            /* the teacher did not count: estimated from the texts */
};

struct reply {
	int64_t tag;
	struct hash key;
	struct view text;          /* UTF-8; stored after the struct */
	struct view reasoning;     /* a reasoning model's thought; never read as the answer */
	enum finish finish;
	bool clipped;              /* cut by the teacher's own limit, not by max_tokens: do not keep it for
				    * others, whose limit may be higher */
	const float *numbers;      /* scored: the natural logarithm of the probability of each token
				    * of the given text, except the first if nothing precedes it; embedded:
				    * the vector; chosen: the same logarithm of each word, minus infinity
				    * where the teacher does not report one; rated: one number. Stored after
				    * the struct */
	size_t number_count;
	struct usage usage;
	bool direct;               /* of a teacher that sends batches: sent outside them, at the full price */
	int32_t attempts;          /* times it was sent; 0 reads as 1 */
	int32_t unknown;           /* of them, those that may have cost money without a reply */
	int64_t began;             /* wall clock, ns */
	int64_t took;              /* ns */
};

/* A reply with copies of `text` and `reasoning`, all else zero; bytes that are not UTF-8 become
 * U+FFFD, one for each broken character as Unicode advises. */
struct reply *reply_new(struct view text);
struct reply *reply_new_reasoned(struct view text, struct view reasoning);
/* The same with copies of numbers, and no text. */
struct reply *reply_new_numbers(const float *numbers, size_t count);
/* Appends its numbers as the bytes to store: 4 for each, little endian. */
void reply_numbers_write(const struct reply *r, struct buf *out);
/* The reply of such bytes. */
struct reply *reply_numbers_read(struct view bytes);
void reply_free(struct reply *r);             /* NULL is fine */

/* Writes the members of a part other than role and text into the open object. */
struct json_out;
void part_members(const struct part *p, struct json_out *json);

/* Writes the members temperature, top_p, …, stop into the open object; an unset temperature or top_p is left
 * out. */
void sampling_json(const struct sampling *s, struct json_out *json);

/* Cuts *text at the start of its first stop text; true if there was one. */
bool sampling_cut(const struct sampling *s, struct view *text);

#endif
