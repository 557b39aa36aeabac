#include "method/elimination.h"

#include <string.h>

#include "method/speech.h"
#include "text/phrase.h"
#include "text/words.h"

#define HASHED_MOST 40 /* bytes between two "#" that may be a heading of a prompt */

/* Of the paper's prompts and of ours; whole words, in any case. */
static const char *const scaffold[] = {
	"given prompt", "rewritten prompt", "new prompt", "created prompt", "evolved prompt",
	"rewritten task", "evolved task",
};

/* English words without meaning by themselves, case-folded. */
static const char *const stop_words[] = {
	"a", "about", "above", "after", "again", "against", "all", "also", "am", "an", "and", "any",
	"are", "as", "at", "be", "because", "been", "before", "being", "below", "between", "both",
	"but", "by", "can", "could", "did", "do", "does", "doing", "down", "during", "each", "few",
	"for", "from", "further", "had", "has", "have", "having", "he", "her", "here", "hers",
	"herself", "him", "himself", "his", "how", "i", "i'd", "i'll", "i'm", "i've", "if", "in",
	"into", "is", "it", "it's", "its", "itself", "just", "let", "let's", "may", "me", "might",
	"more", "most", "must", "my", "myself", "now", "of", "off", "on", "once", "only", "or",
	"other", "our", "ours", "ourselves", "out", "over", "own", "s", "same", "shall", "she",
	"should", "so", "some", "such", "t", "than", "that", "that's", "the", "their", "theirs",
	"them", "themselves", "then", "there", "there's", "these", "they", "this", "those", "through",
	"to", "too", "under", "until", "up", "very", "was", "we", "were", "what", "when", "where",
	"which", "while", "who", "whom", "whose", "why", "will", "with", "would", "you", "you're",
	"your", "yours", "yourself", "yourselves",
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* "#Rewritten Prompt#": letters and blanks between two "#", no blank at the ends. */
static struct view find_hashed(struct view text)
{
	for (size_t at = 0; (at = view_find(text, at, "#")) != VIEW_NONE; at++) {
		size_t end = at + 1;
		while (end < text.len && end - at <= HASHED_MOST &&
		       (ascii_alpha(text.p[end]) || text.p[end] == ' '))
			end++;
		struct view inside = view_sub(text, at + 1, end);
		if (end < text.len && text.p[end] == '#' && inside.len &&
		    view_eq(inside, view_trim(inside)))
			return view_sub(text, at, end + 1);
	}
	return view_of("");
}

static bool holds(struct view text, struct view part)
{
	for (size_t at = 0; at + part.len <= text.len; at++) {
		if (view_eqfold(view_sub(text, at, at + part.len), part))
			return true;
	}
	return false;
}

static bool has_scaffold(struct view text, struct view parent, struct view *detail)
{
	for (size_t i = 0; i < COUNT(scaffold); i++) {
		if (phrase_find(text, scaffold[i]) && !phrase_find(parent, scaffold[i])) {
			*detail = view_of(scaffold[i]);
			return true;
		}
	}
	*detail = find_hashed(text);
	return detail->len && !holds(parent, *detail);
}

/* The rules of speech.h; an answer (`is_answer`) may hold answers. */
static enum rule_id of_speech(const struct rules *r, const struct speech *s,
			      const struct speech *context, bool is_answer, const char **met)
{
	bool is_short = rules_word_count(r, s->text) < rules_number(r, RULE_ASKS_BACK);
	if (rules_on(r, RULE_REFUSAL_OPENING) && (*met = speech_refusal(s)))
		return RULE_REFUSAL_OPENING;
	if (rules_on(r, RULE_SELF_NAMING) && (*met = speech_self_naming(s, context)))
		return RULE_SELF_NAMING;
	if (rules_on(r, RULE_ASKS_BACK) && is_short && (*met = speech_asks_back(s)))
		return RULE_ASKS_BACK;
	if (!is_answer && rules_on(r, RULE_HOLDS_ANSWER) && (*met = speech_answer(s, context)))
		return RULE_HOLDS_ANSWER;
	return RULE_COUNT;
}

/* A text and the one to compare it with, as words. */
struct pair {
	struct speech text, context;
};

static void pair_open(struct pair *p, struct view text, struct view context)
{
	speech_open(&p->text, text);
	speech_open(&p->context, context);
}

static void pair_close(struct pair *p)
{
	speech_close(&p->text);
	speech_close(&p->context);
}

static enum rule_id speech_rules(const struct rules *r, struct view text, struct view context,
				 bool is_answer, struct view *detail)
{
	struct pair p;
	const char *met = NULL;
	pair_open(&p, text, context);
	enum rule_id broken = of_speech(r, &p.text, &p.context, is_answer, &met);
	*detail = view_of(met);
	pair_close(&p);
	return broken;
}

enum rule_id elimination_of_speech(const struct rules *r, struct view text, struct view context,
				   struct view *detail)
{
	return speech_rules(r, text, context, false, detail);
}

/* True if it repeats the prompt's own words. */
static bool repeats_prompt(const struct rules *r, const struct evolved *e, struct arena *a,
			   struct view *detail)
{
	struct pair p;
	pair_open(&p, e->text, e->parent);
	struct view run = speech_shared(&p.text, e->prompt, &p.context,
					(size_t)rules_number(r, RULE_REPEATS_PROMPT));
	*detail = view_from(arena_copyview(a, run), run.len);
	pair_close(&p);
	return run.len;
}

enum rule_id elimination_of_text(const struct rules *r, const struct evolved *e, struct arena *a,
				 struct view *detail)
{
	*detail = view_of("");
	if (rules_on(r, RULE_SCAFFOLD) && has_scaffold(e->text, e->parent, detail))
		return RULE_SCAFFOLD;
	if (rules_on(r, RULE_REPEATS_PROMPT) && repeats_prompt(r, e, a, detail))
		return RULE_REPEATS_PROMPT;
	enum rule_id broken = elimination_of_speech(r, e->text, e->parent, detail);
	if (broken != RULE_COUNT)
		return broken;
	bool is_equal = rules_on(r, RULE_EQUAL_TO_PARENT) && view_eq(view_trim(e->text), view_trim(e->parent));
	*detail = view_of(is_equal ? "word for word" : "");
	return is_equal ? RULE_EQUAL_TO_PARENT : RULE_COUNT;
}

/* True for a choice "B)", "(b)", "B." or "2)" as a separate word, with an A or 1 in the text. */
static bool has_second_choice(struct view text)
{
	for (size_t at = 0; at + 1 < text.len; at++) {
		bool is_own = at == 0 || ascii_space(text.p[at - 1]) || text.p[at - 1] == '(' ||
			      text.p[at - 1] == '[';
		if (is_own && strchr("Bb2", text.p[at]) && text.p[at] && strchr(").:]", text.p[at + 1]) &&
		    text.p[at + 1])
			return true;
	}
	return false;
}

/* "true/false", "Yes / No", but no "and/or", and no address. */
static bool has_slash(struct view text)
{
	for (size_t at = 0; (at = view_find(text, at, "/")) != VIEW_NONE; at++) {
		size_t before = at, behind = at + 1;
		while (before && text.p[before - 1] == ' ')
			before--;
		while (behind < text.len && text.p[behind] == ' ')
			behind++;
		if (before && behind < text.len && ascii_alpha(text.p[before - 1]) &&
		    ascii_alpha(text.p[behind]))
			return true;
	}
	return false;
}

bool elimination_offers_choices(struct view question)
{
	static const char *const ors[] = { "or", "oder", "ou", "o", "или", "lub", "veya",
					   "choose", "select", "pick", "which of" };
	static const char *const ors_of_han[] = { "\xE8\xBF\x98\xE6\x98\xAF", "\xE6\x88\x96",
						  "\xE3\x81\x8B\xE3\x80\x81", "\xEB\x98\x90\xEB\x8A\x94" };
	for (size_t i = 0; i < COUNT(ors); i++) {
		if (phrase_find(question, ors[i]))
			return true;
	}
	for (size_t i = 0; i < COUNT(ors_of_han); i++) {
		if (view_find(question, 0, ors_of_han[i]) != VIEW_NONE)
			return true;
	}
	return has_second_choice(question) || has_slash(question);
}

struct said {
	size_t words;
	bool something;
};

/* Stops at a word with a meaning. */
static int hear(void *data, struct view word)
{
	struct said *s = data;
	s->words++;
	for (size_t i = 0; i < COUNT(stop_words); i++) {
		if (view_eqstr(word, stop_words[i]))
			return 0;
	}
	s->something = true;
	return 1;
}

/* True for a sign that the question has between blanks, commas or quotation marks: "<, > or =". */
static bool is_sign_of(struct view sign, struct view question)
{
	for (size_t at = 0; sign.len && at + sign.len <= question.len; at++) {
		bool before = at == 0 || strchr(" \n\"'(`", question.p[at - 1]);
		char behind = at + sign.len < question.len ? question.p[at + sign.len] : ' ';
		bool is_there = view_eq(view_sub(question, at, at + sign.len), sign);
		if (is_there && before && strchr(" ,\n\"')`?", behind))
			return true;
	}
	return false;
}

/* True if the answer is only punctuation and stop words. */
static bool is_empty(struct view question, struct view answer)
{
	struct said said = { 0 };
	words_each(WORDS_UNICODE, answer.p, answer.len, hear, &said);
	if (said.something || said.words > 1)
		return !said.something;
	bool is_choice = said.words || is_sign_of(view_trim(answer), question);
	return !is_choice || !elimination_offers_choices(question);
}

enum rule_id elimination_of_answer(const struct rules *r, struct view question, struct view answer,
				   struct view *detail)
{
	enum rule_id broken = speech_rules(r, answer, question, true, detail);
	if (broken != RULE_COUNT)
		return broken;
	*detail = view_of("");
	if (rules_on(r, RULE_REFUSAL) && phrase_find(answer, "sorry") &&
	    rules_word_count(r, answer) < rules_number(r, RULE_REFUSAL))
		return RULE_REFUSAL;
	return rules_on(r, RULE_EMPTY_ANSWER) && is_empty(question, answer) ? RULE_EMPTY_ANSWER : RULE_COUNT;
}
