#include "fake.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/draw.h"
#include "base/error.h"
#include "base/mem.h"

#define ROOM 256
#define SECTIONS_MOST 1024

struct fake {
	struct request *asked[ROOM];
	size_t count;
	struct draw order;
	bool used[SECTIONS_MOST]; /* of the script */
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
	f->number = o->parallel < FAKES ? (int)o->parallel : 0;
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

static enum turn_opening opens(void *state)
{
	(void)state;
	return OPENS_ANY;
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

/* What is asked for */

enum asks {
	ASKS_INSTRUCTIONS, ASKS_CLASSIFICATION, ASKS_INSTANCES, ASKS_RECORDS, ASKS_EVOLUTION,
	ASKS_VERDICT, ASKS_DIFFICULTY, ASKS_GRADE, ASKS_TASK, ASKS_ANSWER, ASKS_USER, ASKS_FIRST, ASKS_NEXT,
	ASKS_REQUEST, ASKS_JUDGEMENT, ASKS_ABOUT, ASKS_AGAIN
};

/* Stages are told apart by the papers' bounds on a reply and by how a prompt ends; `about` is
 * what stands before the text that is asked about. */
static const struct kind {
	enum asks asks;
	const char *name;
	int32_t max_tokens;  /* 0: any */
	const char *tail;    /* "": any */
	const char *about;   /* NULL: the whole of it */
} kinds[] = {
	{ ASKS_INSTRUCTIONS, "instructions", 1024, "", "Task: " },
	{ ASKS_CLASSIFICATION, "classification", 3, "\nIs it classification?", "Task: " },
	{ ASKS_INSTANCES, "instances", 350, "", "Task: " },
	{ ASKS_INSTANCES, "instances", 300, "", "Task: " },
	{ ASKS_RECORDS, "records", 3072, "", "Instruction: " },
	{ ASKS_EVOLUTION, "evolve", 2048, "\nEvolved task:", "Task: " },
	{ ASKS_VERDICT, "equal", 16, "\nVerdict:", "Second task: " },
	{ ASKS_VERDICT, "equal", 16, "\nEqual or Different?", "Second task: " },
	{ ASKS_DIFFICULTY, "difficulty", 8, "\nDifficulty:", "Task: " },
	{ ASKS_DIFFICULTY, "difficulty", 8, "\nDifficulty from 1 to 10:", "Task: " },
	{ ASKS_GRADE, "grade", 8, "\nGrade:", "Answer: " },
	{ ASKS_GRADE, "grade", 8, "\nGrade from 1 to 10:", "Answer\n" },
	{ ASKS_TASK, "task", 0, "\nTask:", "Person: " },
	{ ASKS_FIRST, "first", 0, "\nFirst message", "Person: " },
	{ ASKS_NEXT, "next", 0, "\nWhat the person does now", "Assistant: " },
	{ ASKS_ANSWER, "answer", 0, "\n\nAssistant:", "User: " },
	{ ASKS_REQUEST, "request", 0, "\nRequest", "Text\n" },
	{ ASKS_JUDGEMENT, "judgement", 0, "\nJudgement\n", "Question\n" },
	{ ASKS_ABOUT, "about", 0, "\nReply", "Text\n" },
	{ ASKS_AGAIN, "again", 0, " alone.\n\n", "That did not fit: " },
	{ ASKS_ANSWER, "answer", 0, "\nAnswer:", "Task: " },
	{ ASKS_ANSWER, "answer", 0, "", NULL },
};

static const struct kind *kind_of(const struct request *r, struct view prompt)
{
	static const struct kind user = { ASKS_USER, "user", 0, "", NULL };
	const struct kind *k = kinds;
	if (r->opens == ROLE_USER)
		return &user;
	while ((k->max_tokens && k->max_tokens != r->sampling.max_tokens) ||
	       !view_ends(prompt, k->tail))
		k++;
	return k;
}

/* Behind the last `about`, before the tail. */
static struct view asked_about(const struct kind *k, struct view prompt)
{
	prompt.len -= strlen(k->tail);
	struct view found = k->about ? view_of("") : prompt;
	for (size_t at = 0; k->about && (at = view_find(prompt, at, k->about)) != VIEW_NONE; at++)
		found = view_sub(prompt, at + strlen(k->about), prompt.len);
	return view_trim(found);
}

/* Each operation's prompt says what it is. */
static const char *operation_of(struct view prompt)
{
	static const struct { const char *name, *phrase; } phrases[] = {
		{ "add-constraint", "one more constraint" }, { "deepen", "deeper into" },
		{ "concretize", "specific things" }, { "reasoning", "reasoning in several steps" },
		{ "complicate-input", "data as " }, { "in-breadth", "brand-new" },
	};
	const char *name = "";
	size_t first = VIEW_NONE;
	for (size_t i = 0; i < sizeof(phrases) / sizeof(*phrases); i++) {
		size_t at = view_find(prompt, 0, phrases[i].phrase);
		if (at < first) {
			first = at;
			name = phrases[i].name;
		}
	}
	return name;
}

/* The inventor */

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

/* One draw after another: arguments of one call would be drawn in an order of the compiler's. */
static void invent_pair(struct draw *d, struct buf *out, const char *const *first, size_t count,
			const char *between)
{
	buf_addstr(out, pick(d, first, count));
	buf_addstr(out, between);
	buf_addstr(out, pick(d, nouns, COUNT(nouns)));
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
		invent_pair(d, out, verbs, COUNT(verbs), " the ");
		buf_addstr(out, " of");
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

static void invent_evolution(struct draw *d, struct buf *out)
{
	switch (draw_below(d, 16)) {
	case 0:
		return;
	case 1:
		buf_addstr(out, " #Rewritten Prompt#: ");
		break;
	case 2:
		buf_addstr(out, "Evolved task: ");
		break;
	default:
		buf_addch(out, ' ');
	}
	invent_instruction(d, out);
}

static void invent_answer(struct draw *d, struct buf *out)
{
	switch (draw_below(d, 12)) {
	case 0:
		buf_addstr(out, " I am sorry, I cannot do that.");
		return;
	case 1:
		buf_addstr(out, " It is what it is.");
		return;
	case 2:
		return;
	default:
		buf_addstr(out, " The ");
		invent_pair(d, out, nouns, COUNT(nouns), " and the ");
		buf_addch(out, '.');
	}
}

/* What a simulated user says, or that there is nothing more to say. */
static void invent_message(struct draw *d, bool may_end, struct buf *out)
{
	size_t kind = draw_below(d, 16);
	if (kind < 2) {
		buf_addstr(out, " Who knows.");
		return;
	}
	buf_addf(out, may_end ? " {\"next\":\"%s\",\"message\":\"" : " {\"message\":\"",
		 draw_below(d, 8) ? "ask" : "leave");
	if (kind == 2)
		buf_addstr(out, "Thank you, that helps!");
	else if (kind == 3)
		buf_addstr(out, "Certainly! Here is what you asked for.");
	else if (kind > 4)
		invent_instruction(d, out);
	buf_addstr(out, "\"}");
}

static void invent_request(struct draw *d, struct buf *out)
{
	buf_addstr(out, draw_below(d, 8) ? " {\"instruction\":\"" : " {\"task\":\"");
	invent_instruction(d, out);
	buf_addstr(out, "\"}");
}

static void invent_judgement(struct draw *d, struct buf *out)
{
	size_t grade = 1 + draw_below(d, 5);
	buf_addf(out, draw_below(d, 8) ? " {\"quality_reason\":\"So it is.\",\"quality\":%zu}" : " %zu", grade);
}

/* Of ask: a question, an answer, or three checks, most of which are passed; the schema tells. */
static void invent_about(struct draw *d, struct view schema, struct buf *out)
{
	static const char *const checks[] = { "supported", "answers", "alone" };
	bool is_question = view_find(schema, 0, "\"question\"") != VIEW_NONE;
	if (!draw_below(d, 12)) {
		buf_addstr(out, " Who knows.");
		return;
	}
	if (is_question || view_find(schema, 0, "\"answer\"") != VIEW_NONE) {
		buf_addf(out, " {\"%s\":\"", is_question ? "question" : "answer");
		invent_instruction(d, out);
		buf_addstr(out, "\"}");
		return;
	}
	for (size_t i = 0; i < COUNT(checks); i++)
		buf_addf(out, "%s\"%s_reason\":\"So it is.\",\"%s\":%s", i ? "," : " {", checks[i], checks[i],
			 draw_below(d, 8) ? "true" : "false");
	buf_addch(out, '}');
}

static void invent_records(struct draw *d, struct buf *out)
{
	size_t count = 1 + draw_below(d, 17);
	for (size_t n = 4; n < 4 + count; n++) {
		if (n > 4)
			buf_addf(out, "###\n%zu. Instruction:", n);
		buf_addch(out, ' ');
		invent_instruction(d, out);
		if (draw_below(d, 12))
			buf_addf(out, "\n%zu. Input:\n%s", n, draw_below(d, 2) ? "<noinput>" : "a list");
		buf_addf(out, "\n%zu. Output:\nthe %s\n", n, pick(d, nouns, COUNT(nouns)));
	}
}

static void invent_text(const struct kind *k, const struct request *r, struct draw *d,
			struct buf *out)
{
	switch (k->asks) {
	case ASKS_INSTRUCTIONS:
		invent_list(d, out);
		return;
	case ASKS_CLASSIFICATION:
		buf_addstr(out, draw_below(d, 4) ? " No" : " Yes");
		return;
	case ASKS_INSTANCES:
		invent_instances(d, r->sampling.max_tokens == 300, out);
		return;
	case ASKS_RECORDS:
		invent_records(d, out);
		return;
	case ASKS_EVOLUTION:
		invent_evolution(d, out);
		return;
	case ASKS_VERDICT:
		buf_addstr(out, draw_below(d, 6) ? " Different" : " Equal");
		return;
	case ASKS_DIFFICULTY:
	case ASKS_GRADE:
		buf_addf(out, " %zu", 1 + draw_below(d, 10));
		return;
	case ASKS_TASK:
	case ASKS_USER:
		invent_instruction(d, out);
		return;
	case ASKS_FIRST:
	case ASKS_NEXT:
		invent_message(d, k->asks == ASKS_NEXT, out);
		return;
	case ASKS_REQUEST:
		invent_request(d, out);
		return;
	case ASKS_JUDGEMENT:
		invent_judgement(d, out);
		return;
	case ASKS_ABOUT:
		invent_about(d, r->schema, out);
		return;
	case ASKS_AGAIN:
		if (view_find(r->schema, 0, "\"question\"") != VIEW_NONE ||
		    view_find(r->schema, 0, "\"answer\"") != VIEW_NONE ||
		    view_find(r->schema, 0, "\"alone\"") != VIEW_NONE)
			invent_about(d, r->schema, out);
		else if (view_find(r->schema, 0, "\"quality\"") != VIEW_NONE)
			invent_judgement(d, out);
		else if (view_find(r->schema, 0, "\"instruction\"") != VIEW_NONE)
			invent_request(d, out);
		else
			invent_message(d, view_find(r->schema, 0, "\"next\"") != VIEW_NONE, out);
		return;
	case ASKS_ANSWER:
		invent_answer(d, out);
	}
}

static int invent(struct fake *f, const struct request *r,
		  void (*done)(void *data, struct reply *r), void *data, struct sow_error *err)
{
	(void)f;
	uint64_t seed;
	memcpy(&seed, r->key.bytes, sizeof(seed));
	struct draw d = draw_start(seed, 2, 0);
	struct buf text = BUF_INIT, prompt = BUF_INIT;
	enum finish finish = draw_below(&d, 12) ? FINISH_STOP : FINISH_LENGTH;
	whole_prompt(r, &prompt);
	if (!draw_below(&d, 60)) {
		finish = FINISH_ERROR;
		buf_addstr(&text, "content filter");
	} else {
		invent_text(kind_of(r, view_from(prompt.data, prompt.len)), r, &d, &text);
	}
	int status = buf_failed(&text) || buf_failed(&prompt)
		? error_nomem(err) : answer(r, view_from(text.data, text.len), finish, done, data, err);
	buf_release(&text);
	buf_release(&prompt);
	return status;
}

/* The actor */

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

/* "NAME", and for most what it is about: of a text of several lines the first. */
static bool is_meant(const struct kind *k, struct view head, struct view prompt)
{
	char start[64];
	struct view about = asked_about(k, prompt), line;
	bool evolves = k->asks == ASKS_EVOLUTION;
	if (k->asks == ASKS_INSTRUCTIONS || k->asks == ASKS_RECORDS)
		return view_eqstr(head, k->name);
	snprintf(start, sizeof(start), "%s%s%s ", k->name, evolves ? " " : "",
		 evolves ? operation_of(prompt) : "");
	line = view_of("");
	(void)view_line(&about, &line);
	if (!line.len)
		return view_eqstr(head, k->name);
	return view_starts(head, start) && view_eq(view_sub(head, strlen(start), head.len),
						   view_trim(line));
}

static int miss(const struct kind *k, struct view prompt, struct sow_error *err)
{
	return error_set(err, SOW_MISSING, "not in the script: %s %s: …%.*s", k->name,
			 k->asks == ASKS_EVOLUTION ? operation_of(prompt) : "",
			 VIEW_ARG(view_sub(prompt, prompt.len > 120 ? prompt.len - 120 : 0, prompt.len)));
}

static int act(struct fake *f, const struct request *r,
	       void (*done)(void *data, struct reply *r), void *data, struct sow_error *err)
{
	struct buf text = BUF_INIT;
	struct view rest = script, head, body;
	whole_prompt(r, &text);
	struct view prompt = view_from(text.data, text.len);
	const struct kind *k = kind_of(r, prompt);
	int status = SOW_MISSING;
	for (size_t i = 0; i < SECTIONS_MOST && next_section(&rest, &head, &body); i++) {
		enum finish finish = finish_of(&head);
		if (f->used[i] || !is_meant(k, head, prompt))
			continue;
		f->used[i] = true;
		status = answer(r, body, finish, done, data, err);
		break;
	}
	if (status == SOW_MISSING)
		miss(k, prompt, err);
	buf_release(&text);
	return status;
}

/* The kinds */

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
	.identity = identity, .capacity = capacity, .prefers_chat = prefers_chat, .opens = opens,
	.ask = take, .step = inventor_step,
};

const struct teacher_kind fake_actor = {
	.name = "actor", .claims = claims, .open = fake_open, .close = fake_close,
	.identity = identity, .capacity = capacity, .prefers_chat = prefers_chat, .opens = opens,
	.ask = take, .step = actor_step,
};

static void (*change_reply)(struct reply *r);

/* Where a changed reply goes. */
struct receiver {
	void (*done)(void *data, struct reply *r);
	void *data;
};

static void hand_over_changed(void *data, struct reply *r)
{
	const struct receiver *to = data;
	change_reply(r);
	to->done(to->data, r);
}

static int changed_step(void *state, void (*done)(void *data, struct reply *r), void *data,
			struct sow_error *err)
{
	struct receiver to = { done, data };
	return inventor_step(state, hand_over_changed, &to, err);
}

struct teacher_kind fake_changed(void (*change)(struct reply *r))
{
	struct teacher_kind changed = fake_inventor;
	change_reply = change;
	changed.step = changed_step;
	return changed;
}
