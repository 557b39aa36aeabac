#include "method/simulated_user.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "text/rouge.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define PHRASE_MAX 96
#define WORDS_ALIKE 6 /* texts of fewer words may be equal: "Yes, please." */

/* Words in the form of speech_add_words; a test checks the tables. */
#define TABLE(name) static const char *const name[]

TABLE(labels) = { "assistant:", "[assistant]", "ai:", "**assistant" };

TABLE(openings) = {
	"sure here", "sure i can", "sure i'd be", "sure let me", "certainly here", "certainly i can",
	"of course here", "of course i can", "absolutely here", "i'd be happy to help", "i would be happy to help",
	"i'd be glad to help", "i'm happy to help", "happy to help", "glad to help", "you're welcome", "you are welcome",
	"great question", "that's a great question", "good question", "hello how can i", "hi how can i",
	"natürlich hier", "gerne hier", "gern geschehen", "bien sûr voici", "je vous en prie", "de rien",
	"claro aquí", "por supuesto aquí", "de nada", "claro aqui", "certo ecco", "prego",
	"当 然 以 下", "不 客 气",
};

TABLE(offers) = {
	"how can i help you", "how can i assist you", "how may i help you", "how may i assist you",
	"what can i help you with", "what can i do for you", "feel free to ask", "feel free to let me know",
	"don't hesitate to ask", "do not hesitate to ask", "if you have any other questions",
	"if you have any more questions", "if you have any further questions", "if you need any further",
	"if you need more help", "is there anything else i can", "anything else you'd like to know",
	"anything else you would like to know", "i'm here to help", "i am here to help", "i hope this helps you",
	"hope this helps", "would you like me to", "do you want me to", "what would you like", "what else would you like",
	"what else you would like", "what else do you want",
	"wie kann ich ihnen helfen", "wie kann ich dir helfen", "comment puis je vous aider", "n'hésitez pas à",
	"en qué puedo ayudarte", "en qué puedo ayudarle", "cómo puedo ayudarte", "no dudes en",
	"como posso ajudar", "come posso aiutarti", "有 什 么 可 以 帮",
};

TABLE(thanks) = {
	"thank you", "thanks", "thank", "thx", "i appreciate", "much appreciated", "appreciate it", "that's all",
	"that is all", "that was all", "goodbye", "bye", "have a great day", "have a nice day", "have a good day",
	"take care", "danke", "vielen dank", "auf wiedersehen", "tschüss", "merci", "au revoir", "gracias",
	"adiós", "obrigado", "obrigada", "grazie", "bedankt", "dank je", "спасибо", "благодарю", "谢 谢", "多 谢",
	"感 谢", "あ り が と う", "감사합니다", "고마워요",
};

/* Phrases that accompany thanks. */
TABLE(closings) = {
	"helpful", "helps a lot", "this helps", "that helps", "very clear", "makes sense", "perfect", "great",
	"wonderful", "excellent", "amazing", "awesome", "got it", "i understand", "understood", "i'll try",
	"i will try", "i'll do that", "i will do that", "i'll keep", "i will keep", "i'll be sure", "i will be sure",
	"i'll definitely", "i will definitely", "that answers", "looking forward", "that was", "this was",
	"exactly what i needed", "all i needed", "have a", "see you", "no more questions", "no further questions",
};

/* A sentence that requests something is not only thanks. */
TABLE(requests) = {
	"please", "could you", "can you", "would you", "will you", "how", "what", "why", "which", "when", "where",
	"but", "however", "now", "also", "one more", "another", "tell me", "show me", "give me", "explain",
	"bitte", "können sie", "kannst du", "aber", "s'il vous", "pouvez vous", "mais", "por favor", "puedes", "pero",
	"请", "но",
};

static bool opens_with(struct view words, const char *phrase)
{
	char needle[PHRASE_MAX];
	snprintf(needle, sizeof(needle), " %s ", phrase);
	return view_starts(words, needle);
}

static bool has(struct view words, const char *phrase)
{
	char needle[PHRASE_MAX];
	snprintf(needle, sizeof(needle), " %s ", phrase);
	return view_find(words, 0, needle) != VIEW_NONE;
}

static const char *within(struct view words, const char *const *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (has(words, table[i]))
			return table[i];
	}
	return NULL;
}

static bool starts_fold(struct view text, const char *label)
{
	size_t len = strlen(label);
	return text.len >= len && view_eqfold(view_sub(text, 0, len), view_from(label, len));
}

const char *simulated_as_assistant(const struct speech *s)
{
	struct view words = view_from(s->words.data, s->words.len);
	for (size_t i = 0; i < COUNT(labels); i++) {
		if (starts_fold(s->text, labels[i]))
			return labels[i];
	}
	for (size_t i = 0; i < COUNT(openings); i++) {
		if (opens_with(words, openings[i]))
			return openings[i];
	}
	return within(words, offers, COUNT(offers));
}

/* The number of words in a text with a blank before each and one after the last. */
static size_t count_words(struct view words)
{
	size_t blanks = 0;
	for (size_t i = 0; i < words.len; i++)
		blanks += words.p[i] == ' ';
	return blanks ? blanks - 1 : 0;
}

const char *simulated_thanks(const struct speech *s, size_t most)
{
	struct view rest = view_from(s->sentences.data, s->sentences.len), line;
	const char *met = NULL;
	if (count_words(view_from(s->words.data, s->words.len)) > most ||
	    view_find(s->text, 0, "?") != VIEW_NONE || view_find(s->text, 0, "\xEF\xBC\x9F") != VIEW_NONE)
		return NULL;
	while (view_line(&rest, &line)) {
		const char *thanked = within(line, thanks, COUNT(thanks));
		bool is_empty = !count_words(line);
		if (!is_empty && (within(line, requests, COUNT(requests)) ||
				  !(thanked || within(line, closings, COUNT(closings)))))
			return NULL;
		met = met ? met : thanked;
	}
	return met;
}

/* Together */

bool simulated_opens(const struct turn *turns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (turns[i].role == ROLE_USER || turns[i].role == ROLE_ASSISTANT)
			return false;
	}
	return true;
}

static bool is_alike(const struct rules *rules, struct view text, struct view other)
{
	return rules_word_count(rules, text) >= WORDS_ALIKE &&
	       rouge_l(WORDS_UNICODE, text, other) > rules_number(rules, RULE_REPEATS_ITSELF);
}

bool simulated_repeats(const struct rules *rules, const struct turn *turns, size_t count, enum role role,
		       struct view text)
{
	for (size_t i = 0; i < count && rules_on(rules, RULE_REPEATS_ITSELF); i++) {
		if (turns[i].role == role && is_alike(rules, text, turns[i].text))
			return true;
	}
	return false;
}

static enum rule_id check_words(const struct simulated *user, const struct speech *s,
				const struct speech *persona, const char **met)
{
	const struct rules *rules = user->rules;
	bool opens = simulated_opens(user->turns, user->count);
	if (rules_on(rules, RULE_AS_ASSISTANT) && (*met = simulated_as_assistant(s)))
		return RULE_AS_ASSISTANT;
	/* later a user may say "I can't open it" */
	if (opens && rules_on(rules, RULE_REFUSAL_OPENING) && (*met = speech_refusal(s)))
		return RULE_REFUSAL_OPENING;
	if (rules_on(rules, RULE_SELF_NAMING) && (*met = speech_self_naming(s, persona)))
		return RULE_SELF_NAMING;
	if (rules_on(rules, RULE_ONLY_THANKS) &&
	    (*met = simulated_thanks(s, (size_t)rules_number(rules, RULE_ONLY_THANKS))))
		return RULE_ONLY_THANKS;
	return RULE_COUNT;
}

/* Checks against the turns before. */
static enum rule_id check_talk(const struct simulated *user, struct view text, const char **met)
{
	const struct turn *last = user->count ? &user->turns[user->count - 1] : NULL;
	if (last && last->role == ROLE_ASSISTANT && rules_on(user->rules, RULE_AS_ASSISTANT) &&
	    is_alike(user->rules, text, last->text)) {
		*met = "repeats the answer";
		return RULE_AS_ASSISTANT;
	}
	return simulated_repeats(user->rules, user->turns, user->count, ROLE_USER, text) ? RULE_REPEATS_ITSELF
											   : RULE_COUNT;
}

enum rule_id simulated_check(const struct simulated *user, struct view text, struct view *detail)
{
	struct speech s, persona;
	const char *met = NULL;
	speech_open(&s, text);
	speech_open(&persona, user->persona);
	enum rule_id broken = text.len ? check_words(user, &s, &persona, &met) : RULE_EMPTY;
	if (broken == RULE_COUNT)
		broken = check_talk(user, text, &met);
	*detail = view_of(met);
	speech_close(&s);
	speech_close(&persona);
	return broken;
}
