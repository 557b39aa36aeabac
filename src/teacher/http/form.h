/* form.h - the ways to ask a server for numbers instead of a text.
 *
 * How likely a given text is, which of a few words comes next, how good an answer is: for none of these
 * do all servers speak one language. Each way is a row: where and how to ask, and how to read the
 * answer. The first request of a kind tries one way after another until the server answers with numbers;
 * later requests use that way. A broken answer says nothing about the form: the same form is tried
 * again, a few times.
 *
 *     enum form_slot slot = form_slot(request);
 *     const struct form *f = forms_now(&server->forms, slot);      // the form to use
 *     … f->write …
 *     kind = form_read(f, body, request, &answer);                 // answer.numbers
 *     forms_take(&server->forms, slot)                             // it answered: that is its form
 *     forms_next(&server->forms, slot)                             // it did not; false: none is left
 */
#ifndef TEACHER_HTTP_FORM_H
#define TEACHER_HTTP_FORM_H

#include <stdbool.h>

#include "teacher/http/answer.h"
#include "teacher/http/body.h"
#include "teacher/http/param_support.h"

/* The kinds of questions; each has its ways. */
enum form_slot {
	SLOT_NONE,             /* a text: the language's own business (wire.h) */
	SLOT_SCORE,
	SLOT_CHOOSE,           /* after raw text */
	SLOT_CHOOSE_CHAT,
	SLOT_RATE,
	FORM_SLOTS
};
extern const char *const form_slot_names[FORM_SLOTS]; /* "log-probabilities of a given text", … */
enum form_slot form_slot(const struct request *r);

struct form {
	const char *name;      /* "echo" */
	enum form_slot slot;
	const char *path;      /* appended to the server's address */
	bool is_at_root;       /* … without the "/v1" at its end */
	/* Appends the body. */
	void (*write)(struct buf *out, const struct body_style *s, const struct param_support *d,
		      const struct request *r, struct params_sent *sent);
	/* Numbers and usage. ANSWER_EMPTY: there are none, the server does not know the question. */
	enum answer_kind (*read)(const json_value *root, const struct request *r, struct answer *a);
};

#define FORMS_MAX 8            /* of a slot */
const struct form *form_at(enum form_slot slot, size_t i); /* NULL past the last */
/* The names of a slot's forms, for messages: "prompt_logprobs, echo or sglang". */
void form_names(enum form_slot slot, struct buf *out);
/* Is there a form of that name? */
bool form_is(const char *name);
/* … and is it one of several whose numbers differ? Log-probabilities are the same in every form; rewards
 * come on the scale of the form. */
bool form_decides(const char *name);

/* What is known of one server's forms. */
struct forms {
	struct {
		size_t at;           /* the row in use */
		bool is_known;       /* the server answered in it */
		int asking;          /* requests in flight while it is unknown */
		int unusable;        /* answers in that form that say nothing about it */
	} slots[FORM_SLOTS];
	const char *only;            /* the user's choice; NULL: found by trying */
	struct http_endpoint *endpoints[FORM_SLOTS][FORMS_MAX];
};

/* NULL: the user's choice is not a form of this slot. */
const struct form *forms_now(struct forms *f, enum form_slot slot);
bool forms_next(struct forms *f, enum form_slot slot);
/* After a broken answer. False: there were too many, try the next form. */
bool forms_again(struct forms *f, enum form_slot slot);
/* True if that is news. */
bool forms_take(struct forms *f, enum form_slot slot);

/* Reads a body in a form. As for answer_read, answer_release is due. */
enum answer_kind form_read(const struct form *f, struct view body, const struct request *r,
			   struct answer *a);

/* Did the server take the question for a text request, so that its answer has no numbers? Not if the
 * rest of the answer may be lost. */
bool form_is_ignored(const struct answer *a);

/* The rows, a file for each question. */
extern const struct form forms_of_scores[], forms_of_choices[], forms_of_rates[];

/* For their readers: one more number. */
void form_add(struct answer *a, double number);
void form_usage(const json_value *usage, struct answer *a);

#endif
