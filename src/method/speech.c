#include "method/speech.h"

#include <stdio.h>
#include <string.h>

#include "method/dress.h"
#include "text/spacing.h"
#include "text/words.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define PHRASE_MAX 96

/* Tables hold words in the form of speech_add_words: folded, one blank between two, letters of scripts
 * without spaces apart. A test checks this. */
#define TABLE(name) static const char *const name[]

TABLE(apologies) = {
	"i'm sorry", "i am sorry", "i'm so sorry", "i'm very sorry", "i'm really sorry", "i am very sorry",
	"sorry", "i apologize", "i apologise", "my apologies", "apologies", "unfortunately", "regrettably",
	"i'm afraid", "i am afraid", "i regret",
	"es tut mir leid", "tut mir leid", "entschuldigung", "leider",
	"je suis désolé", "je suis désolée", "désolé", "désolée", "je m'excuse", "malheureusement",
	"lo siento", "lo lamento", "disculpa", "lamentablemente", "desafortunadamente",
	"desculpe", "sinto muito", "lamento", "peço desculpas", "infelizmente",
	"mi dispiace", "mi scuso", "purtroppo", "het spijt me", "helaas",
	"извините", "к сожалению", "прошу прощения", "мне жаль", "przepraszam", "niestety", "üzgünüm",
	"抱 歉", "很 抱 歉", "非 常 抱 歉", "对 不 起", "不 好 意 思",
	"죄송합니다", "죄송하지만", "미안하지만",
};

TABLE(links) = {
	"but", "however", "that", "aber", "doch", "mais", "pero", "mas", "ma", "maar", "но", "ale", "ancak",
	"但", "但 是", "不 过",
};

/* After an apology. */
TABLE(inabilities) = {
	"i can't", "i cannot", "i can not", "i'm unable", "i am unable", "i'm not able", "i am not able",
	"i won't be able", "i will not be able", "i must decline", "i have to decline", "i need to decline",
	"i'm not comfortable", "i don't have the ability", "i do not have the ability",
	"i'm just an ai", "i am just an ai", "as an ai", "as a language model",
	"ich kann", "kann ich", "das kann ich", "dabei kann ich", "je ne peux", "je ne suis pas en mesure",
	"no puedo", "no me es posible", "não posso", "não consigo", "non posso", "non sono in grado",
	"ik kan", "я не могу", "не могу", "nie mogę", "我 无 法", "我 不 能", "无 法", "不 能",
	"도와드릴", "그 요청", "해당 요청",
};

/* Without an apology, "I can't" must be followed by an activity. */
TABLE(unable_to) = {
	"i can't", "i cannot", "i can not", "i'm unable to", "i am unable to", "i'm not able to",
	"i am not able to", "i won't", "i will not", "i won't be able to", "i will not be able to",
};
TABLE(deeds) = {
	"assist", "help with", "help you", "provide you", "provide that", "provide the", "provide any",
	"provide information", "provide assistance", "provide a", "fulfill", "fulfil", "comply", "create",
	"generate", "engage in", "discuss", "complete this", "complete that", "complete the", "respond to",
	"process", "access", "perform", "rewrite", "continue with", "participate in", "do that",
	"answer that", "answer this",
};
TABLE(refusals) = {
	"i must decline", "i have to decline", "i'm going to have to decline",
	"ich kann ihnen dabei nicht", "ich kann dir dabei nicht", "ich kann ihnen nicht helfen",
	"ich kann dir nicht helfen", "dabei kann ich nicht helfen", "ich kann diese anfrage nicht",
	"ich kann diese aufgabe nicht", "das kann ich nicht beantworten",
	"je ne peux pas vous aider", "je ne peux pas t'aider", "je ne peux pas répondre à cette",
	"je ne suis pas en mesure de", "no puedo ayudarte con", "no puedo ayudarle con",
	"no puedo ayudar con", "no puedo responder a", "no puedo cumplir con",
	"não posso ajudar com", "não posso ajudá", "não posso responder a", "não consigo ajudar com",
	"non posso aiutarti con", "non posso aiutarla con", "non posso rispondere a",
	"ik kan je daar niet mee helpen", "ik kan u daar niet mee helpen", "ik kan daar niet mee helpen",
	"я не могу помочь", "я не могу ответить на этот", "я не могу выполнить", "nie mogę pomóc",
	"我 无 法 提 供", "我 无 法 回 答", "我 无 法 协 助", "我 无 法 帮 助", "我 无 法 满 足",
	"我 不 能 提 供", "我 不 能 回 答", "我 不 能 协 助",
	"申 し 訳 あ り ま せ ん が お 手 伝 い", "申 し 訳 あ り ま せ ん が そ の", "申 し 訳 ご ざ い ま せ ん が そ の",
	"申 し 訳 ご ざ い ま せ ん が お", "お 手 伝 い で き ま せ ん",
};

/* Anywhere. */
TABLE(self_names) = {
	"as an ai language model", "as an ai assistant", "as an ai model", "as an ai i", "as an ai developed by",
	"as an artificial intelligence language model", "as an artificial intelligence i",
	"as a large language model", "as a language model i", "i am an ai language model",
	"i'm an ai language model", "i am an ai assistant", "i'm an ai assistant", "i am an ai developed",
	"i'm an ai developed", "i am just an ai", "i'm just an ai", "i am a large language model",
	"i'm a large language model", "i am chatgpt", "i'm chatgpt", "i am qwen", "i'm qwen",
	"developed by openai", "created by openai", "trained by openai", "created by anthropic",
	"developed by anthropic", "created by alibaba cloud", "developed by alibaba cloud",
	"als ki sprachmodell", "als ki assistent", "ich bin ein ki sprachmodell", "ich bin eine ki und",
	"en tant que modèle de langage", "en tant qu'ia", "en tant qu'intelligence artificielle",
	"como modelo de lenguaje", "como modelo de linguagem", "como una inteligencia artificial",
	"como uma inteligência artificial", "come modello linguistico", "come modello di linguaggio",
	"als ai taalmodel", "als taalmodel", "как языковая модель", "как искусственный интеллект я",
	"作 为 一 个 人 工 智 能", "作 为 人 工 智 能", "作 为 一 个 ai", "作 为 ai", "作 为 一 个 语 言 模 型",
	"我 是 一 个 人 工 智 能", "我 是 一 个 ai", "ai 言 語 モ デ ル と し て", "ai 언어 모델로서", "인공지능 언어 모델로서",
};

/* Auto Evol-Instruct's, of a text that ends with a question. */
TABLE(obliging) = { "understood", "thank you", "sure" };

/* In a sentence, … */
TABLE(asking) = {
	"please provide", "please share", "please specify", "please clarify", "please paste", "please upload",
	"please supply", "please send", "please enter", "could you provide", "can you provide",
	"could you share", "could you specify", "could you clarify", "bitte geben sie", "bitte gib",
	"bitte stellen sie", "bitte teilen sie", "veuillez fournir", "veuillez indiquer", "merci de fournir",
	"por favor proporciona", "por favor proporcione", "por favor comparte", "por favor forneça",
	"per favore fornisci", "si prega di fornire", "пожалуйста предоставьте", "пожалуйста укажите",
	"请 提 供", "请 您 提 供", "请 告 诉 我",
};
/* … that ends with the missing data … */
TABLE(missing) = {
	"the data", "your data", "the text", "your text", "the prompt", "your prompt", "the original prompt",
	"the task", "your task", "the original task", "the instruction", "the instructions",
	"the original instruction", "the input", "your input", "the question", "your question", "the article",
	"the passage", "the sentence", "the paragraph", "the code", "your code", "the document",
	"die daten", "den text", "die aufgabe", "les données", "le texte", "los datos", "el texto", "os dados",
	"o texto",
};
/* … or its purpose. */
TABLE(offers) = {
	"so i can", "so that i can", "so that i may", "so i may", "like me to", "want me to", "need me to",
	"for me to", "i can help", "i can assist", "i'll be able", "i will be able", "i'd be happy",
	"i would be happy", "i'll be happy", "damit ich", "afin que je", "pour que je", "para que pueda",
	"para que yo pueda", "para que eu possa", "così posso", "чтобы я", "以 便 我",
};

/* Only phrases that cannot mean "the text message", "the passage to India" or "the author of Faust". */
TABLE(of_a_text) = {
	"in the text", "in this text", "of this text", "by the text", "from the text", "to the text", "to this text",
	"does the text", "the text say", "the text says", "the text mention", "the text mentions",
	"the text describe", "the text describes", "the text suggest", "the text suggests", "the text tell",
	"the text tells", "the text telling", "the text state", "the text states", "the text recommend",
	"the text recommends", "the text explain", "the text explains", "the text about", "theme of the text",
	"purpose of the text", "point of the text", "goal of the text", "theme of the passage",
	"purpose of the passage", "point of the passage", "the given information", "the information given",
	"the provided information", "the information provided", "the given text", "the provided text", "the text above",
	"the text provided", "in the passage", "in this passage", "to the passage", "to this passage",
	"does the passage", "from the passage", "the given passage", "the provided passage", "in the excerpt",
	"in this excerpt", "to the excerpt", "the given excerpt", "in the paragraph", "in this paragraph",
	"in the article", "in this article", "to the article", "does the article", "in this document",
	"in the given document", "to the document", "does the document", "does the author say",
	"does the author mention", "does the author mean", "according to the author",
	"in dem text", "im text", "laut text", "laut dem text", "in diesem text", "dans le texte", "dans ce texte",
	"selon le texte", "en el texto", "en este texto", "según el texto", "no texto", "neste texto",
	"segundo o texto", "nel testo", "secondo il testo", "in de tekst", "volgens de tekst", "в тексте",
	"согласно тексту",
};

TABLE(answers) = {
	"the answer is", "the answer to", "the correct answer is", "the solution is", "the solution to",
	"here is the answer", "here's the answer", "here is the solution", "here's the solution",
	"here is an answer", "here is a possible answer", "here is a solution", "here is a possible solution",
	"sure here is the answer", "sure here's the answer", "to answer this question",
	"to answer your question", "in conclusion", "die antwort lautet", "die antwort ist", "die lösung ist",
	"la réponse est", "la respuesta es", "a resposta é", "la risposta è", "het antwoord is", "ответ на",
	"答 案 是",
};
TABLE(answer_lines) = {
	"answer", "correct answer", "sample answer", "model answer", "final answer", "solution", "antwort",
	"lösung", "réponse", "respuesta", "solución", "resposta", "solução", "risposta", "soluzione",
	"antwoord", "ответ", "решение", "答案", "解答", "回答",
};

static int add_word(void *data, struct view word)
{
	struct buf *out = data;
	for (size_t at = 0; at < word.len;) {
		size_t mark = view_find(word, at, "\xE2\x80\x99"); /* ’ */
		buf_add(out, word.p + at, (mark == VIEW_NONE ? word.len : mark) - at);
		if (mark != VIEW_NONE)
			buf_addch(out, '\'');
		at = mark == VIEW_NONE ? word.len : mark + 3;
	}
	buf_addch(out, ' ');
	return 0;
}

void speech_add_words(struct buf *out, struct view text)
{
	buf_addch(out, ' ');
	words_each(WORDS_UNICODE, text.p, text.len, add_word, out);
}

/* Length of the sentence at the start of `text`, its mark included. */
static size_t sentence(struct view text)
{
	size_t at = 0;
	while (at < text.len && (!text.p[at] || !strchr(".?!\n", text.p[at])) &&
	       !view_starts(view_sub(text, at, text.len), "\xE3\x80\x82"))
		at++;
	return at < text.len ? at + 1 : at;
}

void speech_open(struct speech *s, struct view text)
{
	*s = (struct speech){ .text = spacing_trim(text), .words = BUF_INIT, .sentences = BUF_INIT };
	speech_add_words(&s->words, s->text);
	for (struct view rest = s->text; rest.len;) {
		size_t len = sentence(rest);
		speech_add_words(&s->sentences, view_sub(rest, 0, len));
		buf_addch(&s->sentences, '\n');
		rest = view_sub(rest, len, rest.len);
	}
}

void speech_close(struct speech *s)
{
	buf_release(&s->words);
	buf_release(&s->sentences);
}

static struct view view_words(const struct speech *s)
{
	return view_from(s->words.data, s->words.len);
}

/* True if the words at `at`, a blank before them, begin with the phrase. *behind is the blank after it. */
static bool is_at(struct view words, size_t at, const char *phrase, size_t *behind)
{
	size_t len = strlen(phrase);
	if (at + len + 1 >= words.len || memcmp(words.p + at + 1, phrase, len) != 0 ||
	    words.p[at + 1 + len] != ' ')
		return false;
	*behind = at + 1 + len;
	return true;
}

static const char *opening(struct view words, size_t at, const char *const *table, size_t count,
			   size_t *behind)
{
	size_t best = 0, end = 0;
	const char *met = NULL;
	for (size_t i = 0; i < count; i++) {
		/* the longest: "i won't be able to" is more than "i won't" */
		if (is_at(words, at, table[i], &end) && end > best) {
			best = *behind = end;
			met = table[i];
		}
	}
	return met;
}
#define OPENING(words, at, table, behind) opening(words, at, table, COUNT(table), behind)

static bool has_phrase(struct view words, const char *phrase)
{
	char needle[PHRASE_MAX];
	snprintf(needle, sizeof(needle), " %s ", phrase);
	return view_find(words, 0, needle) != VIEW_NONE;
}

/* The phrase of the table that is in `words`, but not in `context`. */
static const char *within(struct view words, struct view context, const char *const *table,
			  size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (has_phrase(words, table[i]) && !has_phrase(context, table[i]))
			return table[i];
	}
	return NULL;
}
#define WITHIN(words, context, table) within(words, context, table, COUNT(table))

const char *speech_of_text(const struct speech *s)
{
	return WITHIN(view_words(s), view_of(""), of_a_text);
}

const char *speech_refusal(const struct speech *s)
{
	struct view words = view_words(s);
	size_t at = 0, behind;
	const char *met = OPENING(words, 0, refusals, &behind);
	if (met)
		return met;
	if (OPENING(words, 0, apologies, &at)) {
		while (OPENING(words, at, links, &at))
			;
		return OPENING(words, at, inabilities, &behind);
	}
	met = OPENING(words, 0, unable_to, &at);
	return met && OPENING(words, at, deeds, &behind) ? met : NULL;
}

const char *speech_self_naming(const struct speech *s, const struct speech *context)
{
	return WITHIN(view_words(s), view_words(context), self_names);
}

static bool ends_with_question(struct view text)
{
	return view_ends(text, "?") || view_ends(text, "\xEF\xBC\x9F");
}

static bool ends_as(struct view words, const char *const *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(table[i]);
		if (words.len > len + 1 && words.p[words.len - len - 2] == ' ' &&
		    view_starts(view_sub(words, words.len - len - 1, words.len), table[i]))
			return true;
	}
	return false;
}

static const char *asks_in(struct view words)
{
	const struct view none = { "", 0 };
	const char *met = WITHIN(words, none, asking);
	if (!met)
		return NULL;
	return ends_as(words, missing, COUNT(missing)) || WITHIN(words, none, offers) ? met : NULL;
}

const char *speech_asks_back(const struct speech *s)
{
	size_t behind;
	struct view rest = view_from(s->sentences.data, s->sentences.len), line;
	const char *met = OPENING(view_words(s), 0, obliging, &behind);
	if (met && ends_with_question(s->text))
		return met;
	for (met = NULL; !met && view_line(&rest, &line);)
		met = asks_in(line);
	return met;
}

/* "**Answer:** 42": the name of the field, if a text follows it that is not a blank to fill in. */
static const char *answer_line(struct view text)
{
	struct view rest = text, line;
	while (view_line(&rest, &line)) {
		for (size_t i = 0; i < COUNT(answer_lines); i++) {
			struct cursor c = { .line = line };
			dress_open(&c);
			if (!cursor_word(&c, answer_lines[i]))
				continue;
			(void)dress_close(&c);
			cursor_blanks(&c);
			if (cursor_peek(&c, NULL) == 0xFF1A)
				c.at += strlen("\xEF\xBC\x9A");
			else if (!cursor_take(&c, ':'))
				continue;
			(void)dress_close(&c);
			struct view behind = spacing_trim(view_from(line.p + c.at,
						(size_t)(text.p + text.len - line.p) - c.at));
			if (behind.len && !strchr("[_<(.", behind.p[0]))
				return answer_lines[i];
		}
	}
	return NULL;
}

const char *speech_answer(const struct speech *s, const struct speech *context)
{
	size_t behind;
	const char *met = OPENING(view_words(s), 0, answers, &behind);
	if (met)
		return met;
	met = answer_line(s->text);
	return met && !answer_line(context->text) ? met : NULL;
}

/* The blank after `count` words from the blank at `at`; VIEW_NONE if there are fewer. */
static size_t behind_words(struct view words, size_t at, size_t count)
{
	for (; count && at != VIEW_NONE; count--)
		at = view_find(words, at + 1, " ");
	return at;
}

static bool holds(struct view text, struct view part)
{
	return part.len <= text.len && memmem(text.p, text.len, part.p, part.len);
}

struct view speech_shared(const struct speech *s, struct view source, const struct speech *context,
			  size_t count)
{
	struct view words = view_words(s);
	for (size_t at = 0; count; at = view_find(words, at + 1, " ")) {
		size_t end = behind_words(words, at, count);
		if (end == VIEW_NONE)
			break;
		struct view run = view_sub(words, at, end + 1);
		if (holds(source, run) && !holds(view_words(context), run))
			return view_trim(run);
	}
	return view_of("");
}
