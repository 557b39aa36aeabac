#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "method/speech.h"
/* The tables themselves, to see that each entry is as texts are made. */
#include "method/speech.c"

static void check_table(const char *const *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct buf words = BUF_INIT, expected = BUF_INIT;
		speech_add_words(&words, view_of(table[i]));
		buf_addf(&expected, " %s ", table[i]);
		assert_string_equal(words.data, expected.data);
		assert_true(expected.len < PHRASE_MAX);
		buf_release(&words);
		buf_release(&expected);
	}
}
#define CHECK_TABLE(t) check_table(t, COUNT(t))

static void tables(void **state)
{
	(void)state;
	CHECK_TABLE(apologies);
	CHECK_TABLE(links);
	CHECK_TABLE(inabilities);
	CHECK_TABLE(unable_to);
	CHECK_TABLE(deeds);
	CHECK_TABLE(refusals);
	CHECK_TABLE(self_names);
	CHECK_TABLE(obliging);
	CHECK_TABLE(asking);
	CHECK_TABLE(missing);
	CHECK_TABLE(offers);
	CHECK_TABLE(answers);
	CHECK_TABLE(of_a_text);
}

enum which { REFUSAL, SELF_NAMING, ASKS_BACK, ANSWER, OF_TEXT };

static bool is_met(enum which which, const char *text, const char *context)
{
	struct speech s, c;
	speech_open(&s, view_of(text));
	speech_open(&c, view_of(context));
	const char *met = which == REFUSAL       ? speech_refusal(&s)
			  : which == SELF_NAMING ? speech_self_naming(&s, &c)
			  : which == ASKS_BACK   ? speech_asks_back(&s)
			  : which == ANSWER      ? speech_answer(&s, &c)
						 : speech_of_text(&s);
	speech_close(&s);
	speech_close(&c);
	return met;
}

static void check(enum which which, const char *const *texts, bool expected)
{
	for (; *texts; texts++) {
		if (is_met(which, *texts, "") != expected)
			fail_msg("%s", *texts);
	}
}

static void refusals_by_their_opening(void **state)
{
	(void)state;
	static const char *const yes[] = {
		"I apologize, but I can't assist with that.", "I'm sorry, but I cannot help with this.",
		"I’m sorry, but I can’t assist with that request.", "Sorry, I can't do that.",
		"I CANNOT ASSIST with that.", "**I can't help you** with it.",
		"Unfortunately, I am unable to open links.", "I'm unable to fulfill this request.",
		"I am not able to provide that.", "I won't be able to comply.", "I must decline.",
		"Es tut mir leid, aber ich kann dir dabei nicht helfen.",
		"Ich kann Ihnen dabei nicht helfen.", "Leider kann ich das nicht.",
		"Je suis désolé, mais je ne peux pas vous aider.", "Lo siento, pero no puedo ayudar con eso.",
		"Desculpe, mas não posso ajudar com isso.", "Mi dispiace, ma non posso aiutarti.",
		"Het spijt me, maar ik kan daar niet mee helpen.", "Извините, но я не могу помочь.",
		"抱歉，我无法提供这些信息。", "对不起，但我不能回答。",
		"申し訳ありませんが、お手伝いできません。", "죄송하지만 도와드릴 수 없습니다.", NULL,
	};
	static const char *const no[] = {
		"", "I can.", "I can't believe it rained all day.", "I can't help but smile.",
		"I'm sorry, the train has left.", "Sorry, we are closed.", "I cannot stand the heat.",
		"I apologize for the delay of your parcel.", "Unfortunately the bridge fell.",
		"Write a letter that says: I'm sorry, but I can't come.",
		"She said: I can't assist with that.", "I'm unable to sleep. Give me ten tips.",
		"Leider regnet es.", "Lo siento mucho por tu pérdida.", "抱歉信怎么写？", "I'm sorry.",
		"Yes. I'm sorry, but I can't assist with that.", NULL,
	};
	check(REFUSAL, yes, true);
	check(REFUSAL, no, false);
}

static void self_naming(void **state)
{
	(void)state;
	static const char *const yes[] = {
		"As an AI language model, I have no body.", "It depends; as an AI assistant I have no taste.",
		"I am ChatGPT, a model.", "I was developed by OpenAI.", "Als KI-Sprachmodell weiß ich das nicht.",
		"En tant que modèle de langage, je …", "Как языковая модель, я …", "作为一个人工智能，我没有身体。", NULL,
	};
	static const char *const no[] = {
		"", "As an airline pilot I fly.", "Explain what an AI language model is.",
		"An assistant helped as an aide.", "The model was developed by a small team.", NULL,
	};
	check(SELF_NAMING, yes, true);
	check(SELF_NAMING, no, false);
	assert_false(is_met(SELF_NAMING, "As an AI language model, I …", "Go on: \"As an AI language model\""));
}

static void asking_back(void **state)
{
	(void)state;
	static const char *const yes[] = {
		"Please provide the data.", "Sure! What would you like me to do?", "Understood. Which one?",
		"Thank you! Could you say more?", "I see. Please provide the text you'd like me to sum up.",
		"Please share your text so that I can help.", "Veuillez fournir le texte.",
		"Could you provide the task?", "请提供数据，以便我回答。", "Bitte geben Sie die Daten an, damit ich …",
		"A table is needed.\nPlease provide the input", NULL,
	};
	static const char *const no[] = {
		"", "Please provide three examples of each.", "Please provide the steps of the proof, and a sketch.",
		"What is sure to happen?", "Sure is a word. Explain it.", "Thank you notes: write three of them.",
		"Please share the cake among nine people.", "The data is what I can help with. Provide it.",
		"Write a letter that opens with thank you?", NULL,
	};
	check(ASKS_BACK, yes, true);
	check(ASKS_BACK, no, false);
}

static void answers_for_instructions(void **state)
{
	(void)state;
	static const char *const yes[] = {
		"The answer is 42.", "Here's the solution: x = 2.", "Name it.\nAnswer: the Nile",
		"What is it?\n\n**Answer:** the Nile", "Was ist das?\nAntwort: der Nil", "Name it.\nSolution:\nThe Nile",
		"问题？\n答案：尼罗河", "Here is the answer you wanted.", NULL,
	};
	static const char *const no[] = {
		"", "Answer the question below.", "Name a river.\nAnswer:", "Name a river.\nAnswer: [your answer]",
		"Name a river.\nAnswer: ____", "What is the answer: yes or no?", "Explain why the answer is 42.",
		"Solutions: sort them by price.", "Find the solution to x + 2 = 4.", NULL,
	};
	check(ANSWER, yes, true);
	check(ANSWER, no, false);
	assert_false(is_met(ANSWER, "Mark it harder.\nAnswer: the Nile", "Mark it.\nAnswer: the Nile"));
}

static void texts_that_nobody_else_has_seen(void **state)
{
	(void)state;
	static const char *const yes[] = {
		"What is the purpose of the wells mentioned in the text?", "According to the passage, who sings?",
		"What does the author mean by a knot?", "In this Article: what is sold?", "Was steht im Text?",
		"Selon le texte, qui chante ?", "¿Qué dice en el texto?", "Summarize the given text.",
		"Why does the text suggest that chains wear?", "What is the main theme of the text?",
		"What is the main goal of the text on tyres?", "What is the purpose of the passage on saddles?", "How long, by the given information, does it keep?",
		NULL,
	};
	static const char *const no[] = {
		"", "What is a text?", "Who wrote the text messages of 1998?", "Who is the author of Faust?",
		"How long is the passage to India?", "What did the document of 1648 end?", "How deep is the well?",
		"Write a text about bees.", "What is the purpose of a passage between houses?",
		"Which information about bees was given to Aristotle?", NULL,
	};
	check(OF_TEXT, yes, true);
	check(OF_TEXT, no, false);
}

static void shared_runs(void **state)
{
	(void)state;
	static const struct {
		const char *text, *context;
		size_t count;
		const char *run;
	} cases[] = {
		{ "Say why even a strong assistant has more trouble.", "", 6, "even a strong assistant has more" },
		{ "Say why even a strong assistant has less.", "", 6, "" },
		{ "Say why even a strong assistant has less.", "", 5, "even a strong assistant has" },
		{ "EVEN, a strong: assistant has more!", "", 6, "even a strong assistant has more" },
		{ "even a strong assistant has more", "Even a strong assistant has more.", 6, "" },
		/* not over the end of a text of the source */
		{ "with it add one more constraint now", "", 6, "" },
		{ "", "", 6, "" },
		{ "even a strong", "", 0, "" },
	};
	struct buf source = BUF_INIT;
	speech_add_words(&source, view_of("so that even a strong assistant has more trouble with it"));
	speech_add_words(&source, view_of("add one more constraint"));
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct speech s, c;
		speech_open(&s, view_of(cases[i].text));
		speech_open(&c, view_of(cases[i].context));
		struct view run = speech_shared(&s, view_from(source.data, source.len), &c, cases[i].count);
		if (!view_eqstr(run, cases[i].run))
			fail_msg("%zu: %.*s", i, VIEW_ARG(run));
		speech_close(&s);
		speech_close(&c);
	}
	buf_release(&source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables),
		cmocka_unit_test(refusals_by_their_opening),
		cmocka_unit_test(self_naming),
		cmocka_unit_test(asking_back),
		cmocka_unit_test(answers_for_instructions),
		cmocka_unit_test(texts_that_nobody_else_has_seen),
		cmocka_unit_test(shared_runs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
