#include "fake.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/draw.h"
#include "base/error.h"
#include "base/mem.h"

#define ROOM 256

struct fake {
	struct request *asked[ROOM];
	size_t count;
	struct draw order;
	size_t tickets; /* of the script */
	int number;
	char name[16];
};

static uint64_t shuffle;
static size_t asked_of[FAKES];
static struct view script;

void fake_shuffle(uint64_t seed)
{
	shuffle = seed;
}

void fake_script(struct view text)
{
	script = text;
}

size_t fake_asked(int number)
{
	size_t count = asked_of[number];
	asked_of[number] = 0;
	return count;
}

static bool claims(const char *spec)
{
	(void)spec;
	return false;
}

static int fake_open(void **state, const struct teacher_options *o, struct sow_error *err)
{
	struct fake *f = mem_zalloc(sizeof(*f));
	if (!f)
		return error_nomem(err);
	f->number = o->parallel < FAKES ? o->parallel : 0;
	snprintf(f->name, sizeof(f->name), f->number ? "fake %d" : "fake", f->number);
	f->order = draw_start(shuffle, 1, 0);
	*state = f;
	return SOW_OK;
}

static void fake_close(void *state)
{
	struct fake *f = state;
	for (size_t i = 0; i < f->count; i++)
		request_free(f->asked[i]);
	mem_free(f);
}

static const char *identity(void *state)
{
	return ((struct fake *)state)->name;
}

static int capacity(void *state)
{
	(void)state;
	return 64;
}

static bool prefers_chat(void *state)
{
	(void)state;
	return false;
}

static int take(void *state, struct request *r)
{
	struct fake *f = state;
	if (f->count == ROOM)
		return 0;
	f->asked[f->count++] = r;
	asked_of[f->number]++;
	return 1;
}

static int answer(const struct request *r, struct view text, enum finish finish,
		  void (*done)(void *data, struct reply *r), void *data, struct sow_error *err)
{
	if (finish != FINISH_ERROR)
		sampling_cut(&r->sampling, &text);
	struct reply *reply = reply_new(text);
	if (!reply)
		return error_nomem(err);
	reply->tag = r->tag;
	reply->key = r->key;
	reply->finish = finish;
	reply->began = clock_wall();
	reply->took = CLOCK_MS;
	reply->usage = (struct usage){ .prompt_tokens = 100,
					       .completion_tokens = (int64_t)text.len / 4 };
	done(data, reply);
	return SOW_OK;
}

static void whole_prompt(const struct request *r, struct buf *out)
{
	for (size_t i = 0; i < r->part_count; i++)
		buf_add(out, r->parts[i].text.p, r->parts[i].text.len);
}

/* The stages are told apart by the paper's bounds on a reply. */
enum asks { ASKS_INSTRUCTIONS, ASKS_CLASSIFICATION, ASKS_INSTANCES };

static enum asks asks_for(const struct request *r)
{
	return r->sampling.max_tokens == 1024 ? ASKS_INSTRUCTIONS
	     : r->sampling.max_tokens == 3 ? ASKS_CLASSIFICATION : ASKS_INSTANCES;
}

/* -- the inventor --------------------------------------------------------------------- */

static const char *const verbs[] = {
	"Describe", "Explain", "List", "Summarise", "Translate", "Rewrite", "Compare", "Invent",
	"Estimate", "Correct", "Sort", "Name", "Propose", "Count", "Continue", "Criticise",
	"Plan", "Convert", "Define", "Shorten", "Extend", "Rank", "Paraphrase", "Annotate",
};
static const char *const nouns[] = {
	"letter", "recipe", "river", "contract", "melody", "garden", "engine", "bridge", "poem",
	"lesson", "budget", "journey", "theorem", "market", "harbour", "orchard", "festival",
	"library", "kitchen", "mountain", "protocol", "language", "calendar", "workshop", "meadow",
	"sentence", "novel", "interview", "timetable", "invoice", "argument", "proverb", "planet",
};
static const char *const syllables[] = {
	"ba", "lo", "mi", "ter", "ran", "vu", "shi", "po", "kel", "dra", "nes", "fo", "gu", "wi",
};
#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const char *pick(struct draw *d, const char *const *list, size_t count)
{
	return list[draw_below(d, count)];
}

static void invent_instruction(struct draw *d, struct buf *out)
{
	switch (draw_below(d, 16)) {
	case 0:
		buf_addstr(out, "Go on.");
		return;
	case 1:
		buf_addf(out, "Draw a picture of a %s", pick(d, nouns, COUNT(nouns)));
		return;
	case 2:
		buf_addf(out, "Write a program that prints a %s", pick(d, nouns, COUNT(nouns)));
		return;
	case 3:
		buf_addf(out, "\xC3\x89" "crivez une lettre sur le %s", pick(d, nouns, COUNT(nouns)));
		return;
	default:
		buf_addf(out, "%s the %s of", pick(d, verbs, COUNT(verbs)),
			 pick(d, nouns, COUNT(nouns)));
		for (size_t words = 3 + draw_below(d, 8); words; words--) {
			buf_addch(out, ' ');
			for (size_t i = 1 + draw_below(d, 3); i; i--)
				buf_addstr(out, pick(d, syllables, COUNT(syllables)));
		}
	}
}

static void invent_list(struct draw *d, struct buf *out)
{
	size_t count = 1 + draw_below(d, 7);
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_addf(out, "\nTask %zu: ", 9 + i);
		else
			buf_addch(out, ' ');
		invent_instruction(d, out);
	}
}

static void invent_instances(struct draw *d, bool labels, struct buf *out)
{
	size_t count = draw_below(d, 8);
	if (!count)
		buf_addstr(out, "I do not know.");
	for (size_t i = 0; i < count; i++) {
		const char *noun = pick(d, nouns, COUNT(nouns)), *verb = pick(d, verbs, COUNT(verbs));
		if (labels)
			buf_addf(out, "Class label: %s\nInput: the %s\n", draw_below(d, 2) ? "yes" : "no",
				 noun);
		else
			buf_addf(out, "Example %zu\nInput: a %s\nOutput: %s it.\n", i + 1, noun, verb);
	}
}

static int invent(struct fake *f, const struct request *r,
		  void (*done)(void *data, struct reply *r), void *data, struct sow_error *err)
{
	(void)f;
	uint64_t seed;
	memcpy(&seed, r->key.bytes, sizeof(seed));
	struct draw d = draw_start(seed, 2, 0);
	struct buf text = BUF_INIT;
	enum finish finish = draw_below(&d, 12) ? FINISH_STOP : FINISH_LENGTH;
	if (!draw_below(&d, 60)) {
		finish = FINISH_ERROR;
		buf_addstr(&text, "content filter");
	} else if (asks_for(r) == ASKS_INSTRUCTIONS) {
		invent_list(&d, &text);
	} else if (asks_for(r) == ASKS_CLASSIFICATION) {
		buf_addstr(&text, draw_below(&d, 4) ? " No" : " Yes");
	} else {
		invent_instances(&d, r->sampling.max_tokens == 300, &text);
	}
	int status = buf_failed(&text)
		? error_nomem(err) : answer(r, view_from(text.data, text.len), finish, done, data, err);
	buf_release(&text);
	return status;
}

/* -- the actor ------------------------------------------------------------------------ */

/* Takes the next section off *rest. */
static bool next_section(struct view *rest, struct view *head, struct view *body)
{
	struct view line;
	while (view_line(rest, head)) {
		if (!view_starts(*head, "=="))
			continue;
		const char *start = rest->p, *end = start;
		struct view ahead = *rest;
		while (view_line(&ahead, &line) && !view_starts(line, "=="))
			end = ahead.p;
		*body = view_from(start, (size_t)(end - start));
		if (view_ends(*body, "\n"))
			body->len--;
		*rest = view_from(end, (size_t)(rest->p + rest->len - end));
		return true;
	}
	return false;
}

static enum finish finish_of(struct view *head)
{
	static const struct { const char *mark; enum finish finish; } marks[] = {
		{ "==[length]", FINISH_LENGTH }, { "==[error]", FINISH_ERROR }, { "==", FINISH_STOP },
	};
	for (size_t i = 0; i < COUNT(marks); i++) {
		if (view_starts(*head, marks[i].mark)) {
			*head = view_trim(view_sub(*head, strlen(marks[i].mark), head->len));
			return marks[i].finish;
		}
	}
	return FINISH_STOP;
}

/* The instruction the prompt ends with. */
static struct view asked_about(struct view prompt, const char *tail)
{
	struct view about = view_of("");
	prompt.len -= strlen(tail);
	for (size_t at = 0; (at = view_find(prompt, at, "Task: ")) != VIEW_NONE; at++)
		about = view_sub(prompt, at + strlen("Task: "), prompt.len);
	return about;
}

static bool is_meant(struct fake *f, enum asks asks, struct view head, struct view prompt,
		     size_t *tickets)
{
	static const char question[] = "\nIs it classification?";
	static const char of_class[] = "classification ", of_instances[] = "instances ";
	if (view_eqstr(head, "instructions"))
		return (*tickets)++ == f->tickets && asks == ASKS_INSTRUCTIONS;
	if (view_starts(head, of_class))
		return asks == ASKS_CLASSIFICATION &&
		       view_eq(asked_about(prompt, question),
			       view_sub(head, strlen(of_class), head.len));
	return view_starts(head, of_instances) && asks == ASKS_INSTANCES &&
	       view_eq(view_trim(asked_about(prompt, "")),
		       view_sub(head, strlen(of_instances), head.len));
}

static int act(struct fake *f, const struct request *r,
	       void (*done)(void *data, struct reply *r), void *data, struct sow_error *err)
{
	struct buf prompt = BUF_INIT;
	struct view rest = script, head, body;
	size_t tickets = 0;
	whole_prompt(r, &prompt);
	int status = error_set(err, SOW_MISSING, "not in the script: …%.*s",
			       VIEW_ARG(view_sub(view_from(prompt.data, prompt.len),
						 prompt.len > 80 ? prompt.len - 80 : 0, prompt.len)));
	while (next_section(&rest, &head, &body)) {
		enum finish finish = finish_of(&head);
		if (!is_meant(f, asks_for(r), head, view_from(prompt.data, prompt.len), &tickets))
			continue;
		f->tickets += asks_for(r) == ASKS_INSTRUCTIONS;
		status = answer(r, body, finish, done, data, err);
		break;
	}
	buf_release(&prompt);
	return status;
}

/* -- the kinds -------------------------------------------------------------------------- */

static int step(struct fake *f,
		int (*play)(struct fake *f, const struct request *r,
			    void (*done)(void *data, struct reply *r), void *data,
			    struct sow_error *err),
		void (*done)(void *data, struct reply *r), void *data, struct sow_error *err)
{
	if (!f->count)
		return 0;
	size_t at = draw_below(&f->order, f->count);
	struct request *r = f->asked[at];
	f->asked[at] = f->asked[--f->count];
	int status = play(f, r, done, data, err);
	request_free(r);
	return status ? status : f->count > 0;
}

static int inventor_step(void *state, void (*done)(void *data, struct reply *r), void *data,
			 struct sow_error *err)
{
	return step(state, invent, done, data, err);
}

static int actor_step(void *state, void (*done)(void *data, struct reply *r), void *data,
		      struct sow_error *err)
{
	return step(state, act, done, data, err);
}

const struct teacher_kind fake_inventor = {
	.name = "inventor", .claims = claims, .open = fake_open, .close = fake_close,
	.identity = identity, .capacity = capacity, .prefers_chat = prefers_chat,
	.ask = take, .step = inventor_step,
};

const struct teacher_kind fake_actor = {
	.name = "actor", .claims = claims, .open = fake_open, .close = fake_close,
	.identity = identity, .capacity = capacity, .prefers_chat = prefers_chat,
	.ask = take, .step = actor_step,
};
