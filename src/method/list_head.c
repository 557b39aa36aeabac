#include "method/list_head.h"

#include <string.h>

#include "method/dress.h"
#include "text/letter.h"
#include "text/spacing.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define DIGITS_MOST 4

/* Words before the number, in lower case; a word comes before its prefixes. */
static const struct {
	const char *word;
	bool is_task;
} words[] = {
	/* English, and what models of English write for it */
	{ "tasks", true }, { "task", true }, { "instructions", true }, { "instruction", true },
	{ "new task", true }, { "new instruction", true }, { "prompt", true }, { "assignment", true },
	{ "question", false }, { "exercise", false }, { "problem", false }, { "request", false },
	{ "query", false }, { "item", false }, { "idea", false }, { "challenge", false },
	{ "number", false }, { "no", false }, { "nr", false }, { "num", false },
	/* Romance languages */
	{ "tarea", true }, { "instrucción", true }, { "instruccion", true }, { "pregunta", false },
	{ "ejercicio", false }, { "tâche", true }, { "tache", true }, { "consigne", true },
	{ "exercice", false }, { "tarefa", true }, { "instrução", true }, { "pergunta", false },
	{ "compito", true }, { "attività", true }, { "istruzione", true }, { "domanda", false },
	{ "sarcina", true }, { "sarcină", true }, { "tasca", true },
	/* Germanic */
	{ "aufgabe", true }, { "anweisung", true }, { "auftrag", true }, { "frage", false },
	{ "taak", true }, { "opdracht", true }, { "vraag", false }, { "uppgift", true },
	{ "oppgave", true }, { "opgave", true }, { "verkefni", true },
	/* Slavic, Baltic */
	{ "задача", true }, { "задание", true }, { "инструкция", true }, { "вопрос", false },
	{ "завдання", true }, { "zadanie", true }, { "zadatak", true }, { "задатак", true },
	{ "úkol", true }, { "úloha", true }, { "naloga", true }, { "užduotis", true },
	{ "uzdevums", true }, { "polecenie", true },
	/* others of Europe and Asia */
	{ "feladat", true }, { "tehtävä", true }, { "ülesanne", true }, { "görev", true },
	{ "talimat", true }, { "εργασία", true }, { "άσκηση", false }, { "detyra", true },
	{ "tugas", true }, { "nhiệm vụ", true }, { "gawain", true }, { "kazi", true },
	{ "המשימה", true }, { "משימה", true }, { "المهمة", true }, { "مهمة", true }, { "وظیفه", true },
	{ "کام", true }, { "कार्य", true }, { "কাজ", true }, { "งานที่", true }, { "งาน", true },
	{ "பணி", true },
	{ "任务", true }, { "任務", true }, { "指令", true }, { "题目", false }, { "問題", false },
	{ "问题", false }, { "タスク", true }, { "課題", true }, { "指示", true }, { "과제", true },
	{ "작업", true }, { "태스크", true }, { "지시", true }, { "질문", false },
};

static const char *const english_numbers[] = {
	"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
	"twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
	"twenty",
};

/* Opening and closing brackets; full-width ones as their code points. */
static const struct { uint32_t open, close; } brackets[] = {
	{ '(', ')' }, { '[', ']' }, { '{', '}' }, { '<', '>' }, { 0xFF08, 0xFF09 }, { 0x3010, 0x3011 },
	{ 0x3014, 0x3015 }, { 0x300C, 0x300D }, { 0x300E, 0x300F }, { 0x3008, 0x3009 },
	{ 0x300A, 0x300B }, { 0xFF3B, 0xFF3D },
};

/* Index of the word at the cursor, which then moves past it; COUNT(words) if there is none. */
static size_t take_word(struct cursor *c)
{
	uint32_t first = cursor_peek(c, NULL);
	if (!letter_is(first))
		return COUNT(words);
	first = letter_small(first);
	for (size_t i = 0; i < COUNT(words); i++) {
		/* most lines begin with another byte */
		if (first < 0x80 && (uint32_t)(unsigned char)words[i].word[0] != first)
			continue;
		if (cursor_word(c, words[i].word))
			return i;
	}
	return COUNT(words);
}

/* Words of Chinese and Japanese have no blank after them: 任务九. */
static size_t take_word_of_han(struct cursor *c)
{
	for (size_t i = 0; cursor_peek(c, NULL) >= 0x3000 && i < COUNT(words); i++) {
		size_t len = strlen(words[i].word);
		if (view_starts(view_sub(c->line, c->at, c->line.len), words[i].word)) {
			c->at += len;
			return i;
		}
	}
	return COUNT(words);
}

static bool take_text(struct cursor *c, const char *text)
{
	bool there = view_starts(view_sub(c->line, c->at, c->line.len), text);
	c->at += there ? strlen(text) : 0;
	return there;
}

/* Digits of any script; a key cap may follow each (1️⃣0️⃣), and then no further mark is needed. */
static bool take_digits(struct cursor *c, int64_t *number, bool *whole)
{
	size_t len;
	int count = 0, digit;
	for (*number = 0; (digit = letter_decimal(cursor_peek(c, &len))) >= 0; count++) {
		*number = *number * 10 + digit;
		c->at += len;
		if (count == DIGITS_MOST)
			return false;
		*whole = cursor_peek(c, NULL) >= 0x80 && (take_text(c, "\xEF\xB8\x8F\xE2\x83\xA3") ||
							  take_text(c, "\xE2\x83\xA3"));
	}
	return count;
}

/* ① to ⑳, ⑴, ⒈, ❶, 🔟: with their own mark. */
static bool take_circled(struct cursor *c, int64_t *number)
{
	static const struct { uint32_t first, last; } ranges[] = {
		{ 0x2460, 0x2473 }, { 0x2474, 0x2487 }, { 0x2488, 0x249B }, { 0x2776, 0x277F },
		{ 0x2780, 0x2789 }, { 0x278A, 0x2793 },
	};
	size_t len;
	uint32_t ch = cursor_peek(c, &len);
	*number = ch == 0x1F51F ? 10 : 0;
	for (size_t i = 0; i < COUNT(ranges); i++) {
		if (ch >= ranges[i].first && ch <= ranges[i].last)
			*number = (int64_t)(ch - ranges[i].first) + 1;
	}
	c->at += *number ? len : 0;
	return *number;
}

/* 一 to 九十九. */
static bool take_han(struct cursor *c, int64_t *number)
{
	static const uint32_t digits[] = { 0x3007, 0x4E00, 0x4E8C, 0x4E09, 0x56DB, 0x4E94, 0x516D, 0x4E03,
					   0x516B, 0x4E5D };
	int64_t ten = -1, one = 0;
	size_t len, start = c->at;
	for (uint32_t ch; (ch = cursor_peek(c, &len)); c->at += len) {
		size_t digit = 0;
		while (digit < COUNT(digits) && digits[digit] != ch)
			digit++;
		if (ch == 0x5341 && ten < 0) {
			ten = one ? one : 1;
			one = 0;
		} else if (digit < COUNT(digits) && !one) {
			one = (int64_t)digit;
		} else {
			break;
		}
	}
	*number = (ten < 0 ? 0 : 10 * ten) + one;
	return c->at > start;
}

/* I to XXXIX, in capitals. */
static bool take_roman(struct cursor *c, int64_t *number)
{
	static const struct { const char *text; int64_t value; } parts[] = {
		{ "X", 10 }, { "X", 10 }, { "X", 10 }, { "IX", 9 }, { "V", 5 }, { "IV", 4 }, { "I", 1 },
		{ "I", 1 }, { "I", 1 },
	};
	struct cursor here = *c;
	*number = 0;
	for (size_t i = 0; i < COUNT(parts); i++)
		*number += take_text(&here, parts[i].text) ? parts[i].value : 0;
	if (!*number || letter_or_number(cursor_peek(&here, NULL)))
		return false;
	*c = here;
	return true;
}

static bool take_english(struct cursor *c, int64_t *number)
{
	for (size_t i = 0; i < COUNT(english_numbers); i++) {
		*number = (int64_t)i;
		if (cursor_word(c, english_numbers[i]))
			return true;
	}
	return false;
}

/* The parts of a head seen so far. */
struct parts {
	uint32_t bracket;  /* the opened one, a row of the table from 1; 0: none */
	uint32_t open;     /* the same until it is closed */
	size_t word;       /* a row of the table; COUNT(words): none */
	bool hash;         /* "#9" */
	bool ordinal;      /* 第 before the number */
	bool whole;        /* the number has its own mark: ⑨ */
	uint32_t mark;     /* between number and text; 0: none yet */
	bool wide;         /* a full-width mark, which needs no blank after it */
	bool closed;       /* emphasis was closed */
};

static bool take_number(struct cursor *c, bool has_word, struct parts *p, int64_t *number)
{
	cursor_blanks(c);
	if (has_word) {
		size_t len;
		uint32_t ch = cursor_peek(c, &len);
		/* "Task-9", "Task #9", "Task no. 9", "Tâche n° 9" */
		if (ch == '#' || ch == '-' || ch == '_' || ch == 0x2116)
			c->at += len;
		else if (cursor_word(c, "no") || cursor_word(c, "nr") || cursor_word(c, "number"))
			cursor_take(c, '.');
		else if (ch == 'n' || ch == 'N')
			take_text(c, ch == 'n' ? "n\xC2\xB0" : "N\xC2\xB0");
		cursor_blanks(c);
	}
	size_t start = c->at;
	if (take_digits(c, number, &p->whole))
		return true;
	if (c->at > start)
		return false;
	if (take_circled(c, number))
		return p->whole = true;
	if (take_han(c, number))
		return true;
	return has_word && (take_roman(c, number) || take_english(c, number));
}

/* Skips a counter (9个, 9번) and the noun of an ordinal (第九个任务). */
static size_t take_counter(struct cursor *c, const struct parts *p)
{
	static const char *const counters[] = { "个", "個", "题", "題", "项", "項", "号", "號", "条", "番",
						"번째", "번", "º", "ª" };
	bool counted = false;
	bool may_count = cursor_peek(c, NULL) >= 0x80;
	for (size_t i = 0; may_count && i < COUNT(counters) && !counted; i++)
		counted = take_text(c, counters[i]);
	return counted || p->ordinal ? take_word_of_han(c) : COUNT(words);
}

static bool is_dash(uint32_t ch)
{
	return ch == '-' || ch == 0x2013 || ch == 0x2014 || ch == '|' || ch == 0x2192;
}

/* "Task 9 (easy): …": skips a remark in brackets, if the mark follows it. */
static void skip_remark(struct cursor *c)
{
	struct cursor here = *c;
	cursor_blanks(&here);
	if (!cursor_take(&here, '('))
		return;
	size_t close = view_find(here.line, here.at, ")");
	if (close == VIEW_NONE)
		return;
	here.at = close + 1;
	(void)dress_close(&here);
	if (here.at < here.line.len && here.line.p[here.at] == ':')
		*c = here;
}

/* The marks between a number and its text, and their kinds; full-width ones need no blank after them. */
static const struct {
	uint32_t ch, counts_as;
	bool is_wide;
} marks[] = {
	{ '.', '.', false }, { ')', ')', false }, { ']', ')', false }, { ':', ':', false },
	{ 0xFF0E, '.', true }, { 0x3002, '.', true }, { 0x3001, '.', true }, { 0xFF09, ')', true },
	{ 0x3011, ')', true }, { 0xFF1A, ':', true },
};

/* The mark at the cursor, which then moves past it; 0 if there is none. A dash counts only between blanks. */
static uint32_t take_one_mark(struct cursor *c, bool gap, struct parts *p)
{
	if (view_starts(view_sub(c->line, c->at, c->line.len), "\\."))
		c->at++; /* "9\." */
	size_t len;
	uint32_t ch = cursor_peek(c, &len);
	c->at += len;
	if (is_dash(ch))
		return gap && cursor_gap(c) && p->mark != '.' ? '-' : 0;
	for (size_t i = 0; i < COUNT(marks); i++) {
		if (marks[i].ch != ch)
			continue;
		p->wide |= marks[i].is_wide;
		return marks[i].counts_as;
	}
	return 0;
}

/* One step through the marks between a number and its text; false at their end. */
static bool take_mark(struct cursor *c, struct parts *p)
{
	struct cursor here = *c;
	cursor_blanks(&here);
	bool gap = here.at > c->at || p->closed;
	size_t len;
	uint32_t ch = cursor_peek(&here, &len);
	if (dress_close(c))
		return p->closed = true;
	if (p->open) {
		bool closes = brackets[p->open - 1].close == ch;
		if (!closes)
			return false;
		p->open = 0;
		p->mark = ')';
		p->wide |= ch >= 0x80;
		c->at = here.at + len;
		return true;
	}
	bool is_last = p->mark == ':' || p->mark == '-';
	uint32_t mark = is_last ? 0 : take_one_mark(&here, gap, p);
	if (!mark || mark == p->mark || (p->mark && mark == '.'))
		return false;
	p->mark = mark;
	c->at = here.at;
	return true;
}

/* A row of the table, counted from 1; 0 without an opening bracket. */
static uint32_t take_bracket(struct cursor *c)
{
	size_t len;
	uint32_t ch = cursor_peek(c, &len);
	for (size_t i = 0; i < COUNT(brackets); i++) {
		if (brackets[i].open != ch)
			continue;
		c->at += len;
		return (uint32_t)i + 1;
	}
	return 0;
}

/* Skips dress, bracket, word and number: "- **[Task 9". */
static bool take_parts(struct cursor *c, struct parts *p, int64_t *number)
{
	dress_open(c);
	p->bracket = p->open = take_bracket(c);
	if (p->bracket)
		dress_open(c);
	p->word = take_word(c);
	if (p->word == COUNT(words))
		p->word = take_word_of_han(c);
	else
		(void)cursor_take(c, '.'); /* "Nr. 9" */
	p->hash = p->word == COUNT(words) && cursor_take(c, '#');
	p->ordinal = take_text(c, "第");
	if (!take_number(c, p->word < COUNT(words), p, number))
		return false;
	size_t behind = take_counter(c, p);
	p->word = p->word < COUNT(words) ? p->word : behind;
	return true;
}

static bool is_word_head(const struct cursor *c, const struct parts *p)
{
	bool at_end = !view_trim(view_sub(c->line, c->at, c->line.len)).len;
	return p->mark || p->closed || p->whole || at_end;
}

/* A blank must follow, or a letter: "9.Name a river.", but not "9.5 litres". */
static bool is_number_head(const struct cursor *c, const struct parts *p)
{
	bool follows = cursor_gap(c) || p->wide || p->closed ||
		       (p->mark && letter_is(cursor_peek(c, NULL)));
	return follows && (p->mark || p->whole || p->hash);
}

bool list_head_read(struct view line, struct list_head *out)
{
	struct cursor c = { .line = line };
	struct parts p = { 0 };
	cursor_blanks(&c);
	*out = (struct list_head){ .indent = c.at };
	if (!take_parts(&c, &p, &out->number))
		return false;
	bool has_word = p.word < COUNT(words);
	if (has_word)
		skip_remark(&c);
	while (take_mark(&c, &p))
		;
	if (p.open || !(has_word ? is_word_head(&c, &p) : is_number_head(&c, &p)))
		return false;
	bool is_dot = p.mark == '.' && cursor_gap(&c) && !c.marked && !p.bracket && !p.hash && !p.wide;
	out->kind = has_word ? HEAD_WORD : is_dot ? HEAD_DOT : HEAD_LOOSE;
	out->is_task = has_word && words[p.word].is_task;
	if (has_word)
		out->form = LIST_HEAD_WORDS + (out->is_task ? 0 : (uint32_t)p.word);
	else
		out->form = (p.whole ? 'o' : p.mark) | p.bracket << 8 | (uint32_t)p.hash << 7;
	out->end = c.at;
	out->emphasis = c.emphasis;
	return true;
}

bool list_head_bullet(struct view line, struct list_head *out)
{
	struct cursor c = { .line = line };
	size_t len;
	cursor_blanks(&c);
	*out = (struct list_head){ .kind = HEAD_LOOSE, .indent = c.at };
	uint32_t ch = cursor_peek(&c, &len);
	c.at += len;
	if (!len || !cursor_gap(&c) || letter_or_number(ch) || (ch < 0x80 && !strchr("-*+", (int)ch)))
		return false;
	out->form = LIST_HEAD_BULLETS + (ch < 0x80 ? ch : 0x80);
	cursor_blanks(&c);
	out->end = c.at;
	return c.at < line.len;
}

size_t list_head_label(struct view text, size_t *emphasis)
{
	struct cursor c = { .line = view_sub(text, 0, view_find(text, 0, "\n")) };
	int64_t number;
	bool whole;
	dress_open(&c);
	c.emphasis += *emphasis;
	size_t word = take_word(&c);
	if (word == COUNT(words))
		word = take_word_of_han(&c);
	if (word == COUNT(words) || !words[word].is_task)
		return 0;
	cursor_blanks(&c);
	(void)take_digits(&c, &number, &whole);
	(void)dress_close(&c);
	cursor_blanks(&c);
	if (!cursor_take(&c, ':') && !take_text(&c, "\xEF\xBC\x9A"))
		return 0;
	(void)dress_close(&c);
	*emphasis = c.emphasis;
	return c.at;
}
