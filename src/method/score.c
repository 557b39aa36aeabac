/* Scores of records, to select by: of their texts alone, and of how likely a model finds the answer.
 * docs/guide/score.md is its manual.
 *
 * A unit's object is the record, with the scores of its texts from the beginning on. Instruction and
 * input are its question, context is its answer; each is as it stands in the record. What one stage
 * asks are up to four texts, a sample each. */
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/utf8.h"
#include "data/format.h"
#include "data/jinja.h"
#include "method/likelihood.h"
#include "method/map_reply.h"
#include "method/question.h"
#include "method/shown.h"
#include "method/speech.h"
#include "method/vector.h"
#include "text/language.h"
#include "text/novelty.h"
#include "text/repetition.h"
#include "text/words.h"

#define RUN_OF_WORDS 4 /* whose repetition counts */

enum { OF_QUESTION = 1, OF_ANSWER = 2, OF_SEEN = 4 };
enum { STAGE_SCORE = 1, STAGE_EMBED };

/* What a model is given to read before the answer. */
enum text {
	TEXT_ALPACA,         /* Alpaca's template with the question */
	TEXT_ALPACA_ALONE,   /* its end without it */
	TEXT_PLAIN,          /* the question itself */
	TEXT_PLAIN_ALONE,    /* nothing */
	TEXT_COUNT
};

struct own {
	struct list with;
	const char *question, *answer, *embed_of;
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
	const struct score_kind **kinds; /* those that are wanted, once each, in the table's order */
	size_t count;
	enum text texts[TEXT_COUNT];     /* those that they take */
	size_t text_count;
	size_t most[TEXT_COUNT];         /* tokens of each that count */
	bool embeds;
	enum vector_of embed_of;
	struct jinja *question, *answer; /* NULL: of the record as it is known */
	struct map_options write;
	struct map_reply *writer;
	struct seen *seen;               /* NULL: novelty is not wanted */
};

/* A score: of texts it has `write`, of likelihoods `value`. */
struct score_kind {
	const char *name;
	const char *fields[2];
	unsigned needs;
	/* Appends the fields with their values. SOW_OK or SOW_NOMEM. */
	int (*write)(const struct score *m, struct view question, struct view answer, struct buf *out);
	double (*value)(const struct likelihood l[TEXT_COUNT], size_t most);
	unsigned texts;                  /* a bit each */
	size_t most;                     /* its paper's cut, in tokens */
	bool embeds;                     /* it is a vector, and no field */
};

/* Of texts */

static int write_length(const struct score *m, struct view question, struct view answer, struct buf *out)
{
	(void)m;
	(void)question;
	return buf_addf(out, "\"length\":%zu,\"length_characters\":%zu", words_count(answer.p, answer.len),
			utf8_count(answer.p, answer.len));
}

static int write_repetition(const struct score *m, struct view question, struct view answer,
			    struct buf *out)
{
	double share;
	int status = repetition_of(answer, RUN_OF_WORDS, &share);
	(void)m;
	(void)question;
	if (status == SOW_NOMEM)
		return status;
	buf_addstr(out, "\"repetition\":");
	if (status)
		return buf_addstr(out, "null");
	json_add_number(out, share);
	return SOW_OK;
}

static int write_refusal(const struct score *m, struct view question, struct view answer, struct buf *out)
{
	struct speech s;
	(void)m;
	(void)question;
	int status = speech_open(&s, answer);
	if (!status)
		buf_addf(out, "\"refusal\":%d", speech_refusal(&s) != NULL);
	speech_close(&s);
	return status;
}

static int write_language(const struct score *m, struct view question, struct view answer,
			  struct buf *out)
{
	(void)m;
	(void)question;
	buf_addstr(out, "\"language\":");
	json_add_text(out, view_of(language_code(language_of(answer.p, answer.len))));
	return SOW_OK;
}

/* The nearest of those before, which it then is one of. SOW_TOOBIG: the text is too long. */
static int find_nearest(struct seen *s, struct view question, double *nearest)
{
	struct near near;
	double mean;
	size_t count = 0;
	int status = words_of(&s->words, s->vocabulary, question.p, question.len);
	if (status >= 0)
		status = novelty_nearest_few(s->novelty, &s->words, 1, &near, &count, &mean);
	*nearest = count ? near.score : 0;
	return status < 0 ? status : novelty_add(s->novelty, &s->words, (int64_t)novelty_count(s->novelty));
}

static int write_novelty(const struct score *m, struct view question, struct view answer, struct buf *out)
{
	double nearest;
	(void)answer;
	int status = find_nearest(m->seen, question, &nearest);
	buf_addstr(out, "\"novelty\":");
	if (status == SOW_TOOBIG)
		return buf_addstr(out, "null");
	json_add_number(out, 1 - nearest);
	return status;
}

/* Of likelihoods */

static double value_perplexity(const struct likelihood l[TEXT_COUNT], size_t most)
{
	return likelihood_perplexity(&l[TEXT_ALPACA], most);
}

static double value_ifd(const struct likelihood l[TEXT_COUNT], size_t most)
{
	return likelihood_ifd(&l[TEXT_ALPACA], &l[TEXT_ALPACA_ALONE], most);
}

static double value_ifd_perplexity(const struct likelihood l[TEXT_COUNT], size_t most)
{
	return likelihood_ifd_perplexity(&l[TEXT_ALPACA], &l[TEXT_ALPACA_ALONE], most);
}

static double value_superfilter(const struct likelihood l[TEXT_COUNT], size_t most)
{
	return likelihood_superfilter(&l[TEXT_PLAIN], &l[TEXT_PLAIN_ALONE], most);
}

#define ALPACA (1u << TEXT_ALPACA)
#define ALPACA_TWICE (1u << TEXT_ALPACA | 1u << TEXT_ALPACA_ALONE)
#define PLAIN_TWICE (1u << TEXT_PLAIN | 1u << TEXT_PLAIN_ALONE)
#define OF_TEXTS(needs_, write_) .needs = (needs_), .write = write_
#define OF_MODEL(texts_, most_, value_) \
	.needs = OF_ANSWER, .texts = texts_, .most = most_, .value = value_

static const struct score_kind kinds[] = {
	{ "length", { "length", "length_characters" }, OF_TEXTS(OF_ANSWER, write_length) },
	{ "repetition", { "repetition" }, OF_TEXTS(OF_ANSWER, write_repetition) },
	{ "refusal", { "refusal" }, OF_TEXTS(OF_ANSWER, write_refusal) },
	{ "language", { "language" }, OF_TEXTS(OF_ANSWER, write_language) },
	{ "novelty", { "novelty" }, OF_TEXTS(OF_QUESTION | OF_SEEN, write_novelty) },
	{ "perplexity", { "perplexity" }, OF_MODEL(ALPACA, 512, value_perplexity) },
	{ "ifd", { "ifd" }, OF_MODEL(ALPACA_TWICE, 512, value_ifd) },
	{ "ifd-perplexity", { "ifd_perplexity" }, OF_MODEL(ALPACA_TWICE, 512, value_ifd_perplexity) },
	{ "superfilter", { "superfilter" }, OF_MODEL(PLAIN_TWICE, 1024, value_superfilter) },
	{ "embed", { NULL }, .embeds = true },
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))
#define KINDS_SHOWN \
	"length, repetition, refusal, language, novelty; with a model: perplexity, ifd, ifd-perplexity, " \
	"superfilter; with an embedding model: embed"

/* Opening */

/* Where nothing is said, all that need no model. */
static bool is_usual(const struct score_kind *k)
{
	return !k->texts && !k->embeds;
}

/* The next name of "length,novelty" off the front; false behind the last. */
static bool next_name(struct view *rest, struct view *name)
{
	size_t end = 0;
	if (!rest->p)
		return false;
	while (end < rest->len && rest->p[end] != ',')
		end++;
	*name = view_trim(view_sub(*rest, 0, end));
	*rest = end < rest->len ? view_sub(*rest, end + 1, rest->len) : (struct view){ 0 };
	return true;
}

static bool is_named(const struct own *o, const struct score_kind *k)
{
	for (size_t i = 0; i < o->with.count; i++) {
		struct view rest = view_of(o->with.items[i]), name;
		while (next_name(&rest, &name)) {
			if (view_eqstr(name, k->name))
				return true;
		}
	}
	return o->with.count ? false : is_usual(k);
}

static unsigned asks(const void *own)
{
	unsigned asked = 0;
	for (size_t i = 0; i < KINDS; i++) {
		if (is_named(own, &kinds[i]))
			asked |= (kinds[i].texts ? ASKS_TO(REQUEST_SCORE) : 0) |
				 (kinds[i].embeds ? ASKS_TO(REQUEST_EMBED) : 0);
	}
	return asked;
}

static int check_names(const struct own *o, struct sow_error *err)
{
	for (size_t i = 0; i < o->with.count; i++) {
		struct view rest = view_of(o->with.items[i]), name;
		while (next_name(&rest, &name)) {
			size_t at = 0;
			while (at < KINDS && !view_eqstr(name, kinds[at].name))
				at++;
			if (at == KINDS)
				return error_set(err, SOW_USAGE, "--with: unknown score '%.*s'; expected "
						 KINDS_SHOWN, VIEW_ARG(name));
		}
	}
	return SOW_OK;
}

static int choose(struct score *m, struct sow_error *err)
{
	unsigned texts = 0;
	m->kinds = arena_array(m->run.arena, KINDS, sizeof(*m->kinds));
	if (!m->kinds)
		return error_nomem(err);
	for (size_t i = 0; i < KINDS; i++) {
		const struct score_kind *k = &kinds[i];
		size_t most = m->own->cut ? (size_t)m->own->cut : k->most;
		if (!is_named(m->own, k))
			continue;
		m->kinds[m->count++] = k;
		texts |= k->texts;
		m->embeds = m->embeds || k->embeds;
		for (int t = 0; t < TEXT_COUNT; t++) {
			if (k->texts >> t & 1 && most > m->most[t])
				m->most[t] = most;
		}
	}
	for (int t = 0; t < TEXT_COUNT; t++) {
		if (texts >> t & 1)
			m->texts[m->text_count++] = (enum text)t;
	}
	return m->count ? SOW_OK : error_set(err, SOW_USAGE, "--with: expected " KINDS_SHOWN);
}

static bool wants(const struct score *m, unsigned need)
{
	static const unsigned of_vector[] = { OF_QUESTION, OF_ANSWER, OF_QUESTION | OF_ANSWER };
	bool wanted = m->embeds && of_vector[m->embed_of] & need;
	for (size_t i = 0; i < m->count; i++)
		wanted = wanted || m->kinds[i]->needs & need;
	return wanted;
}

static int open_seen(struct score *m)
{
	if (!wants(m, OF_SEEN))
		return SOW_OK;
	m->seen = arena_alloc(m->run.arena, sizeof(*m->seen));
	if (!m->seen)
		return SOW_NOMEM;
	m->seen->vocabulary = vocabulary_new(WORDS_UNICODE);
	m->seen->novelty = novelty_new(0, NOVELTY_ALL);
	return m->seen->vocabulary && m->seen->novelty ? SOW_OK : SOW_NOMEM;
}

static int open_writer(struct score *m, struct sow_error *err)
{
	m->write = (struct map_options){ .as = "json", .schema = view_of("{\"type\":\"object\"}"),
					 .schema_name = "scores", .replace = m->run.o.map.replace };
	m->writer = map_reply_new(m->run.arena, &m->write, err);
	return m->writer ? SOW_OK : SOW_INVALID;
}

static int score_open(void *state, struct sow_error *err)
{
	struct score *m = state;
	struct arena *a = m->run.arena;
	const struct own *o = m->own = m->run.o.own;
	m->embed_of = (enum vector_of)option_choice(VECTOR_OFS, o->embed_of);
	int status = check_names(o, err);
	if (!status)
		status = choose(m, err);
	if (!status && o->question && !(m->question = jinja_read(a, "question", view_of(o->question), err)))
		status = SOW_INVALID;
	if (!status && o->answer && !(m->answer = jinja_read(a, "answer", view_of(o->answer), err)))
		status = SOW_INVALID;
	if (!status)
		status = open_writer(m, err);
	return !status && open_seen(m) ? error_nomem(err) : status;
}

static void score_close(void *state)
{
	struct score *m = state;
	if (!m->seen)
		return;
	novelty_free(m->seen->novelty);
	vocabulary_free(m->seen->vocabulary);
	words_release(&m->seen->words);
}

/* The record */

/* Of a conversation its turns; else the texts as they came. */
static int find_question(const struct record *input, struct arena *a, struct unit *u)
{
	struct unit asked = { 0 };
	int status = question_take(input, a, &asked);
	u->instruction = asked.instruction;
	u->input = asked.input;
	if (status || !asked.turns.len)
		return status;
	u->input = view_of("");
	return shown_asked(&asked, a, &u->instruction);
}

static int find_answer(const struct record *input, struct arena *a, struct view *out)
{
	struct instance *list;
	size_t count;
	int status = question_answers(input, a, &list, &count);
	*out = count ? list[0].output : view_of("");
	return !status && count && list[0].turn_count
		       ? shown_turns(list[0].turns, list[0].turn_count, a, out) : status;
}

/* Sets question and answer. RULE_COUNT, or the rule by which it has no scores. */
static enum rule_id read_texts(const struct score *m, const struct record *input,
			       const json_value *object, struct unit *u, struct arena *a,
			       struct buf *why, int *status)
{
	*status = m->question ? jinja_text(m->question, object, a, &u->instruction, why)
			      : find_question(input, a, u);
	if (!*status)
		*status = m->answer ? jinja_text(m->answer, object, a, &u->context, why)
				    : find_answer(input, a, &u->context);
	if (*status == SOW_INVALID) {
		*status = SOW_OK;
		return RULE_MISSING_FIELD;
	}
	bool asks_something = view_trim(u->instruction).len || view_trim(u->input).len;
	if (!*status && wants(m, OF_QUESTION) && !asks_something)
		return RULE_EMPTY;
	return *status || !wants(m, OF_ANSWER) || view_trim(u->context).len ? RULE_COUNT : RULE_NO_ANSWER;
}

/* The first field that is there already and may not be written: before anything is asked. */
static const char *find_field(const struct score *m, const json_value *object)
{
	for (size_t i = 0; i < m->count && !m->run.o.map.replace; i++) {
		for (size_t k = 0; k < 2 && m->kinds[i]->fields[k]; k++) {
			if (json_get(object, m->kinds[i]->fields[k]))
				return m->kinds[i]->fields[k];
		}
	}
	return NULL;
}

/* Writes members into the unit's record. */
static int write_fields(const struct score *m, struct unit *u, struct buf *members, struct arena *a)
{
	struct buf why = BUF_INIT;
	buf_addch(members, '}');
	struct view text = arena_takebuf(a, members), written;
	const json_value *fields = json_own(text, a), *object = json_own(u->object, a);
	int status = fields && object ? map_reply_write(m->writer, object, fields, a, &written, &why)
				      : SOW_NOMEM;
	buf_release(&why);
	if (!status)
		u->object = written;
	return status;
}

static int score_texts(const struct score *m, struct unit *u, struct arena *a)
{
	struct buf members = BUF_INIT, question = BUF_INIT;
	int status = question_show(u->instruction, u->input, &question);
	const char *between = "{";
	for (size_t i = 0; i < m->count && !status; i++) {
		if (!m->kinds[i]->write)
			continue;
		buf_addstr(&members, between);
		status = m->kinds[i]->write(m, view_from(question.data, question.len), u->context, &members);
		between = ",";
	}
	buf_release(&question);
	if (status || !members.len) {
		buf_release(&members);
		return status;
	}
	return write_fields(m, u, &members, a);
}

static int begin(const void *state, const struct unit *at, const struct record *input,
		 struct outcome *o)
{
	const struct score *m = state;
	struct accepted a = { .unit = *at };
	struct unit *u = &a.unit;
	struct buf why = BUF_INIT;
	u->item = 1;
	u->stage = m->text_count ? STAGE_SCORE : STAGE_EMBED;
	u->is_classification = -1;
	int status = format_object(input, o->arena, &u->object);
	const json_value *object = status ? NULL : json_own(u->object, o->arena);
	if (!object)
		return SOW_NOMEM;
	const char *field = find_field(m, object);
	if (field)
		buf_addf(&why, "there is a field '%s'", field);
	enum rule_id rule = field ? RULE_FIELD_EXISTS
			    : read_texts(m, input, object, u, o->arena, &why, &status);
	if (!status && rule != RULE_COUNT)
		status = outcome_fail_for(o, u, rule, u->object, &why);
	else if (!status)
		status = score_texts(m, u, o->arena);
	if (!status && u->state == UNIT_UNDER_WAY && !m->text_count && !m->embeds)
		u->state = UNIT_FINISHED;
	if (u->state != UNIT_UNDER_WAY)
		u->context = view_of("");
	buf_release(&why);
	return status ? status : outcome_accept(o, &a);
}

/* One that failed at once, and has kept no answer, was compared with nothing. */
static int recall(const void *state, const struct unit *u)
{
	const struct score *m = state;
	struct buf question = BUF_INIT;
	double nearest;
	if (!m->seen || (u->state == UNIT_FAILED && !u->context.len))
		return SOW_OK;
	int status = question_show(u->instruction, u->input, &question);
	if (!status)
		status = find_nearest(m->seen, view_from(question.data, question.len), &nearest);
	buf_release(&question);
	return status == SOW_NOMEM ? status : SOW_OK;
}

/* The requests */

static int add_alpaca(const struct unit *u, struct request *r)
{
	static const char *const openings[] = {
		"Below is an instruction that describes a task. Write a response that appropriately completes "
		"the request.\n\n### Instruction:\n",
		"Below is an instruction that describes a task, paired with an input that provides further "
		"context. Write a response that appropriately completes the request.\n\n### Instruction:\n",
	};
	bool has_input = u->input.len > 0;
	struct buf rest = BUF_INIT;
	buf_add(&rest, u->instruction.p, u->instruction.len);
	if (has_input)
		buf_addf(&rest, "\n\n### Input:\n%.*s", VIEW_ARG(u->input));
	buf_addstr(&rest, "\n\n### Response:");
	int status = request_add(r, ROLE_NONE, true, view_of(openings[has_input]));
	if (!status)
		status = buf_failed(&rest) ? SOW_NOMEM
			 : request_add(r, ROLE_NONE, false, view_from(rest.data, rest.len));
	buf_release(&rest);
	return status;
}

static int add_plain(const struct unit *u, struct request *r)
{
	struct buf text = BUF_INIT;
	buf_add(&text, u->instruction.p, u->instruction.len);
	buf_addch(&text, '\n');
	buf_add(&text, u->input.p, u->input.len);
	if (u->input.len)
		buf_addch(&text, '\n');
	int status = buf_failed(&text) ? SOW_NOMEM
		     : request_add(r, ROLE_NONE, false, view_from(text.data, text.len));
	buf_release(&text);
	return status;
}

static size_t samples(const void *state, const struct unit *u)
{
	(void)u;
	return ((const struct score *)state)->text_count;
}

static int ask(const struct score *m, const struct unit *u, enum text text, struct request *r)
{
	int status = SOW_OK;
	r->kind = REQUEST_SCORE;
	r->sampling.max_tokens = (int32_t)m->most[text];
	if (text == TEXT_ALPACA)
		status = add_alpaca(u, r);
	else if (text == TEXT_ALPACA_ALONE)
		status = request_add(r, ROLE_NONE, true, view_of("### Response:"));
	else if (text == TEXT_PLAIN)
		status = add_plain(u, r);
	return status ? status : request_set_given(r, u->context);
}

static int plan(const void *state, const struct unit *u, size_t sample, struct request **out)
{
	const struct score *m = state;
	struct request *r = request_new();
	return request_give(r, r ? ask(m, u, m->texts[sample], r) : SOW_NOMEM, out);
}

/* The replies */

static struct likelihood likelihood_of(const struct reply *r)
{
	size_t all = r->usage.prompt_tokens > 0 ? (size_t)r->usage.prompt_tokens : 0;
	return (struct likelihood){ r->numbers, r->number_count,
				    all > r->number_count ? all - r->number_count : 0 };
}

static int write_values(const struct score *m, const struct likelihood l[TEXT_COUNT], struct buf *out)
{
	const char *between = "{";
	for (size_t i = 0; i < m->count; i++) {
		const struct score_kind *k = m->kinds[i];
		if (!k->value)
			continue;
		double value = k->value(l, m->own->cut ? (size_t)m->own->cut : k->most);
		buf_addf(out, "%s\"%s\":", between, k->fields[0]);
		if (isfinite(value))
			json_add_number(out, value);
		else
			buf_addstr(out, "null");
		between = ",";
	}
	return out->status;
}

static void finish(struct unit *u)
{
	u->state = UNIT_FINISHED;
	u->context = view_of("");
}

static int admit(const void *state, struct unit *u, const struct reply *const *replies, size_t count,
		 struct outcome *o)
{
	const struct score *m = state;
	struct likelihood l[TEXT_COUNT] = { { 0 } };
	struct buf members = BUF_INIT;
	for (size_t i = 0; i < count; i++) {
		if (replies[i]->finish == FINISH_ERROR)
			return outcome_fail(o, u, RULE_REFUSED, u->object, replies[i]->text);
		l[m->texts[i]] = likelihood_of(replies[i]);
	}
	if (write_values(m, l, &members))
		return SOW_NOMEM;
	int status = write_fields(m, u, &members, o->arena);
	if (m->embeds)
		u->stage = STAGE_EMBED;
	else
		finish(u);
	return status;
}

static int plan_vector(const void *state, const struct unit *u, size_t sample, struct request **out)
{
	(void)sample;
	return vector_ask(u, ((const struct score *)state)->embed_of, out);
}

/* It stays with the reply; nothing of it is in the record. */
static int admit_vector(const void *state, struct unit *u, const struct reply *const *replies, size_t count,
			struct outcome *o)
{
	(void)state;
	(void)count;
	if (replies[0]->finish == FINISH_ERROR)
		return outcome_fail(o, u, RULE_REFUSED, u->object, replies[0]->text);
	if (!vector_is(replies[0]))
		return outcome_fail(o, u, RULE_REFUSED, u->object, view_of("the teacher's reply is not a vector"));
	finish(u);
	return SOW_OK;
}

static const struct stage scoring = {
	.name = "score",
	.kind = REQUEST_SCORE,
	.duty = DUTY_JUDGE,
	.samples = samples,
	.plan = plan,
	.admit = admit,
};

static const struct stage embedding = {
	.name = "embed",
	.kind = REQUEST_EMBED,
	.duty = DUTY_EMBED,
	.plan = plan_vector,
	.admit = admit_vector,
};

static const struct stage *const stages[] = { &scoring, &embedding, NULL };

#define MINE(member) offsetof(struct own, member)
#define OF_MINE .scope = OPTION_OF_METHOD, .identity = true

static const struct option options[] = {
	{ "with", 0, OPTION_LIST, MINE(with), "NAME,NAME",
	  "the scores: " KINDS_SHOWN "; may be given again", .unsaid = "those without a model", OF_MINE },
	{ "question", 0, OPTION_TEXT, MINE(question), "TEXT",
	  "what the record asks, with fields in double braces", .unsaid = "the record's", OF_MINE },
	{ "answer", 0, OPTION_TEXT, MINE(answer), "TEXT", "and its answer", .unsaid = "the record's",
	  OF_MINE },
	{ "embed-of", 0, OPTION_CHOICE, MINE(embed_of), NULL, "what the vector is of",
	  .choices = VECTOR_OFS, .fallback = "question", OF_MINE },
	{ "cut", 0, OPTION_INT, MINE(cut), "N",
	  "tokens of question and answer that a model's scores count (0: 512, of superfilter 1,024)", 0,
	  1000000, .fallback = "0", OF_MINE },
};

static const struct taken_option takes[] = { { "replace" }, { 0 } };

const struct method method_score = {
	.name = "score",
	.summary = "give records scores to select by: length, novelty, IFD and others",
	.about = "Writes scores of each record into fields of it, for sow select. Most are of its texts and "
		 "need no model: no teacher is asked, and none is fetched. IFD, Superfiltering's score and "
		 "perplexity ask a model how likely it finds the answer: the embedded one, or another GGUF "
		 "file. embed keeps a vector of each record beside the run, for the pickers of sow select "
		 "that want one. Records may have any shape, and keep all that they have. Every reply is on disk "
		 "before it is used, so Ctrl-C or a crash loses nothing, and the same command goes on where "
		 "it stopped.",
	.example = "sow score -i data.jsonl --with length,novelty,language -o scored\n"
		   "sow score -i data.jsonl --with ifd,embed -o scored\n"
		   "sow select scored --where 'ifd < 1' --by ifd --top 10% -o best.jsonl",
	.takes = takes,
	.options = options,
	.option_count = sizeof(options) / sizeof(*options),
	.own_size = sizeof(struct own),
	.stages = stages,
	.takes_input = true,
	.takes_objects = true,
	.asks = asks,
	.state_size = sizeof(struct score),
	.open = score_open,
	.close = score_close,
	.begin = begin,
	.recall = recall,
};
