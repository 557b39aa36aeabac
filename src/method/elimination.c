#include "method/elimination.h"

#include "text/phrase.h"
#include "text/words.h"

#define HASHED_MOST 40 /* bytes between two "#" that may be a heading of a prompt */

/* Of the paper's prompts and of ours; whole words, in any case. */
static const char *const scaffold[] = {
	"given prompt", "rewritten prompt", "new prompt", "created prompt", "evolved prompt",
	"rewritten task", "evolved task",
};

/* English words that say nothing by themselves, case-folded. */
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

enum rule_id elimination_of_text(const struct rules *r, struct view evolved, struct view parent,
				 struct view *detail)
{
	if (rules_on(r, RULE_SCAFFOLD) && has_scaffold(evolved, parent, detail))
		return RULE_SCAFFOLD;
	*detail = view_of("");
	if (rules_on(r, RULE_EQUAL_TO_PARENT) && view_eq(view_trim(evolved), view_trim(parent))) {
		*detail = view_of("word for word");
		return RULE_EQUAL_TO_PARENT;
	}
	return RULE_COUNT;
}

/* 1 at a word that says something. */
static int says_something(void *data, struct view word)
{
	(void)data;
	for (size_t i = 0; i < COUNT(stop_words); i++) {
		if (view_eqstr(word, stop_words[i]))
			return 0;
	}
	return 1;
}

int elimination_of_answer(const struct rules *r, struct view answer, enum rule_id *broken)
{
	*broken = RULE_COUNT;
	if (rules_on(r, RULE_REFUSAL) && phrase_find(answer, "sorry") &&
	    rules_words(r, answer) < rules_number(r, RULE_REFUSAL)) {
		*broken = RULE_REFUSAL;
		return SOW_OK;
	}
	if (!rules_on(r, RULE_EMPTY_ANSWER))
		return SOW_OK;
	int said = words_each(WORDS_UNICODE, answer.p, answer.len, says_something, NULL);
	if (said == 0)
		*broken = RULE_EMPTY_ANSWER;
	return said < 0 ? said : SOW_OK;
}
