#include "text/verb_noun/grammar.h"

#include <link-grammar/link-includes.h>
#include <locale.h>
#include <string.h>

#include "base/error.h"
#include "base/exe_path.h"
#include "base/mem.h"
#include "base/view.h"
#include "text/verb_noun/lemma.h"
#include "text/words.h"

#define NONE ((size_t)-1)
#define CHOICES 20   /* parses looked at for an imperative */
#define NULLS_MAX 2  /* words left out */

struct grammar {
	Dictionary dictionary;
	locale_t locale;             /* UTF-8, which it reads texts in */
	int seconds;                 /* a try may take */
};

/* The library */

static void say_nothing(lg_errinfo *info, void *data)
{
	(void)info;
	(void)data;
}

void grammar_share(struct grammar *g, size_t threads)
{
	g->seconds = GRAMMAR_SECONDS * (int)(threads < 1 ? 1 : threads > 1024 ? 1024 : threads);
}

/* A program that moved has its dictionary beside it; else the library knows a folder. */
static void point_at_installed(void)
{
	struct buf path = BUF_INIT;
	if (exe_path_find(&path, "../share/sow/link-grammar"))
		dictionary_set_data_dir(path.data);
	buf_release(&path);
}

struct grammar *grammar_new(struct sow_error *err)
{
	struct grammar *g = mem_zalloc(sizeof(*g));
	grammar_share(g, 1);
	/* it sets the program's locale */
	char *before = mem_copystr(setlocale(LC_ALL, NULL));
	g->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	lg_error_set_handler(say_nothing, NULL);
	point_at_installed();
	if (g->locale)
		g->dictionary = dictionary_create_lang("en");
	setlocale(LC_ALL, before);
	if (!g->locale)
		error_nomem(err);
	else if (!g->dictionary)
		error_set(err, SOW_MISSING, "link-grammar's English dictionary is not there: the "
			  "Debian package link-grammar-dictionaries-en has it");
	mem_free(before);
	if (g->dictionary)
		return g;
	grammar_free(g);
	return NULL;
}

void grammar_free(struct grammar *g)
{
	if (!g)
		return;
	if (g->dictionary)
		dictionary_delete(g->dictionary);
	if (g->locale)
		freelocale(g->locale);
	mem_free(g);
}

/* One parse: words and links between them */

static const char *word_at(Linkage l, size_t w)
{
	return linkage_get_word(l, w);
}

/* The word without its subscript and marks: "list" of "list.n", "SSN" of "SSN[!<ALL…>]". */
static struct view bare(Linkage l, size_t w)
{
	struct view word = view_of(word_at(l, w));
	size_t mark = view_find(word, 1, "[");
	if (mark != VIEW_NONE)
		return view_sub(word, 0, mark);
	size_t dot = word.len;
	while (dot > 1 && word.p[dot - 1] != '.')
		dot--;
	return dot > 1 ? view_sub(word, 0, dot - 1) : word;
}

/* Is the label of that kind? "O" is one of "Os" and "Opn", not of "OF": a kind is all of
 * the label's capitals, further letters are its details. */
static bool is_kind(const char *label, const char *kind)
{
	size_t len = strlen(kind);
	return strncmp(label, kind, len) == 0 && !(label[len] >= 'A' && label[len] <= 'Z');
}

/* The word on the right of a link of that kind whose left is `left` (NONE: none). */
static size_t right_of(Linkage l, size_t left, const char *kind)
{
	for (size_t i = 0; i < linkage_get_num_links(l); i++) {
		if (linkage_get_link_lword(l, i) == left &&
		    is_kind(linkage_get_link_label(l, i), kind))
			return linkage_get_link_rword(l, i);
	}
	return NONE;
}

static size_t left_of(Linkage l, size_t right, const char *kind)
{
	for (size_t i = 0; i < linkage_get_num_links(l); i++) {
		if (linkage_get_link_rword(l, i) == right &&
		    is_kind(linkage_get_link_label(l, i), kind))
			return linkage_get_link_lword(l, i);
	}
	return NONE;
}

static bool in_list(struct view word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (view_eqfold(word, view_of(list[i])))
			return true;
	}
	return false;
}

static bool keep(char out[CLAUSE_WORD_MAX], struct view word)
{
	if (word.len >= CLAUSE_WORD_MAX)
		return false;
	memcpy(out, word.p, word.len);
	out[word.len] = '\0';
	return true;
}

/* The main verb */

static const char *const copulas[] = { "be", "is", "are", "was", "were", "am", "been", "being",
				       "'s", "'re", "'m" };
#define COPULAS (sizeof(copulas) / sizeof(copulas[0]))

/* "using", not "bring". */
static bool is_participle(struct view word)
{
	char text[CLAUSE_WORD_MAX];
	return view_eqfold(word, view_of("given")) ||
	       (view_ends(word, "ing") && keep(text, word) && !lemma_is(LEMMA_VERB, text));
}

static size_t imperative_at(Linkage l, size_t from)
{
	size_t w = right_of(l, from, "Wi");
	return w != NONE ? w : right_of(l, from, "Wg");
}

/* "Given a list, sort it": what leads is no main verb; behind a comma another clause begins. */
static size_t clause_behind(Linkage l, size_t lead)
{
	for (size_t w = lead + 1; w < linkage_get_num_words(l); w++) {
		size_t head = *word_at(l, w) == ',' ? imperative_at(l, w) : NONE;
		if (head != NONE)
			return head;
	}
	return NONE;
}

/* Through "and": the first of the verbs it joins. */
static size_t through_conjunction(Linkage l, size_t head)
{
	size_t joined = left_of(l, head, "VJl");
	return joined == NONE ? head : joined;
}

/* "To win, run": what leads is an infinitive, which the parser takes to be joined by the
 * comma to what is asked for. */
static size_t behind_infinitive(Linkage l)
{
	for (size_t w = 1; w < linkage_get_num_words(l); w++) {
		size_t second = *word_at(l, w) == ',' ? right_of(l, w, "VJr") : NONE;
		if (second != NONE)
			return second;
	}
	return clause_behind(l, 0);
}

/* Through auxiliaries: "can you write", "has spilled", "am planning", "are given". */
static size_t through_auxiliaries(Linkage l, size_t head)
{
	static const char *const auxiliaries[] = {
		"can", "could", "will", "would", "shall", "should", "may", "might", "must", "do",
		"does", "did", "have", "has", "had", "don't", "let's", "be", "is", "are", "was",
		"were", "am", "been", "being", "'s", "'re", "'m", "'ll", "'ve", "'d" };
	static const char *const kinds[] = { "I", "PP", "Pg", "Pv" };
	for (int steps = 0; steps < 6; steps++) {
		size_t next = NONE;
		if (!in_list(bare(l, head), auxiliaries,
			     sizeof(auxiliaries) / sizeof(auxiliaries[0])))
			return head;
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && next == NONE; i++)
			next = right_of(l, head, kinds[i]);
		if (next == NONE)
			return head;
		head = next;
	}
	return head;
}

static size_t main_verb(Linkage l, bool *imperative)
{
	size_t head = imperative_at(l, 0);
	*imperative = head != NONE;
	if (head == NONE && right_of(l, 0, "Wo") != NONE) {
		*imperative = true;
		return behind_infinitive(l);
	}
	if (head == NONE && right_of(l, 0, "Wx") != NONE)
		head = right_of(l, 0, "Wx");
	if (head == NONE)
		head = right_of(l, 0, "WV");
	if (head == NONE)
		head = right_of(l, 0, "Qd");
	if (head == NONE)
		return NONE;
	head = through_auxiliaries(l, through_conjunction(l, head));
	if (!is_participle(bare(l, head)) || left_of(l, head, "Pg") != NONE ||
	    left_of(l, head, "Pv") != NONE)
		return head;
	head = clause_behind(l, head);
	*imperative = true;
	return head == NONE ? NONE : through_conjunction(l, head);
}

/* Its object */

/* Words that stand for a thing and name none, whatever the parser takes them for. */
static bool is_pronoun(struct view word)
{
	static const char *const pronouns[] = {
		"it", "this", "that", "these", "those", "them", "him", "her", "us", "me", "you",
		"i", "we", "they", "he", "she", "one", "ones", "something", "anything", "nothing",
		"everything", "someone", "anyone", "everyone", "nobody", "somebody", "anybody",
		"each", "all", "both", "some", "any", "none", "most", "more", "many", "few", "much",
		"what", "which", "who", "whom", "whatever", "myself", "yourself", "itself", "so",
		"following", "same", "other", "others", "another", "first", "second", "third",
		"last", "yes", "no" };
	return in_list(word, pronouns, sizeof(pronouns) / sizeof(pronouns[0]));
}

/* By its subscript, or for words that the dictionary does not have by the guess. */
static bool is_noun(Linkage l, size_t w)
{
	static const char *const good[] = { ".n", ".s", ".f", ".d", ".p", ".u", "[?].n", ".m",
					    "<CAPITALIZED-WORDS>", "<PL-CAPITALIZED-WORDS>",
					    "<ALL-UPPER>" };
	const char *word = word_at(l, w);
	struct view name = bare(l, w);
	bool found = false;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]) && !found; i++)
		found = strstr(word, good[i]) != NULL;
	for (size_t i = 0; i < name.len && found; i++)
		found = ascii_alpha(name.p[i]) || name.p[i] == '-' ||
			(unsigned char)name.p[i] >= 0x80;
	return found && name.len > 1 && !is_pronoun(name);
}

/* The first of the things that "and" joins. */
static size_t first_joined(Linkage l, size_t w)
{
	for (int steps = 0; steps < 20; steps++) {
		size_t left = left_of(l, w, "SJl");
		if (left == NONE)
			return w;
		w = left;
	}
	return w;
}

/* Of several objects the last: "give me a recipe". */
static size_t object_behind(Linkage l, size_t verb, bool *singular)
{
	size_t found = NONE;
	for (size_t i = 0; i < linkage_get_num_links(l); i++) {
		const char *label = linkage_get_link_label(l, i);
		if (linkage_get_link_lword(l, i) != verb || !is_kind(label, "O"))
			continue;
		size_t w = first_joined(l, linkage_get_link_rword(l, i));
		if (!is_noun(l, w) || (found != NONE && w < found))
			continue;
		found = w;
		*singular = label[1] == 's' || label[1] == 'u';
	}
	return found;
}

/* "Which steps should we take": a link from the noun, which itself has "which" before it. */
static size_t object_before(Linkage l, size_t verb, bool *singular)
{
	size_t noun = left_of(l, verb, "B");
	*singular = false;
	if (noun == NONE || right_of(l, 0, "Wq") == NONE || left_of(l, noun, "D") == NONE ||
	    right_of(l, noun, "Rw") == NONE)
		return NONE;
	return is_noun(l, noun) ? noun : NONE;
}

/* A word that was left out between the two makes them strangers. */
static bool is_whole(Linkage l, size_t from, size_t to)
{
	for (size_t w = from; w < to; w++) {
		bool linked = false;
		for (size_t i = 0; i < linkage_get_num_links(l) && !linked; i++)
			linked = linkage_get_link_lword(l, i) == w ||
				 linkage_get_link_rword(l, i) == w;
		if (!linked)
			return false;
	}
	return true;
}

/* "Check if …": the object is a clause. */
static bool asks_clause(Linkage l, size_t verb)
{
	static const char *const openings[] = { "if", "whether", "how", "why", "when", "where" };
	return verb + 1 < linkage_get_num_words(l) &&
	       in_list(bare(l, verb + 1), openings, sizeof(openings) / sizeof(openings[0]));
}

/* What cannot have a direct object, whatever the parser says: a copula, a question's "do"
 * ("What does it mean?"), a passive but of verbs that have two objects and keep one. */
static bool takes_object(Linkage l, size_t verb, bool question)
{
	static const char *const giving[] = { "given", "offered", "shown", "told", "asked", "sent",
					      "taught", "granted", "promised", "paid" };
	struct view word = bare(l, verb);
	if (in_list(word, copulas, COPULAS) || asks_clause(l, verb))
		return false;
	if (question && (view_eqfold(word, view_of("do")) || view_eqfold(word, view_of("does")) ||
			 view_eqfold(word, view_of("did"))))
		return false;
	return left_of(l, verb, "Pv") == NONE ||
	       in_list(word, giving, sizeof(giving) / sizeof(giving[0]));
}

/* What a parse says; `imperative` tells of its main verb even if it has no object. */
static enum grammar_outcome read_parse(Linkage l, bool question, struct clause *clause,
				       struct view *root)
{
	size_t verb = main_verb(l, &clause->imperative);
	*root = verb == NONE ? view_of("") : bare(l, verb);
	if (verb == NONE || !takes_object(l, verb, question))
		return GRAMMAR_NO_OBJECT;
	size_t object = object_behind(l, verb, &clause->singular);
	if (object == NONE)
		object = object_before(l, verb, &clause->singular);
	if (object == NONE || !is_whole(l, verb < object ? verb : object,
					verb < object ? object : verb))
		return GRAMMAR_NO_OBJECT;
	return keep(clause->verb, *root) && keep(clause->object, bare(l, object))
		       ? GRAMMAR_FOUND
		       : GRAMMAR_NO_OBJECT;
}

/* Parsing */

/* What is known of a sentence before it is parsed. */
struct hint {
	const char *first;           /* it should be an imperative of this verb; NULL: any */
	struct view begins;          /* its first word */
	bool question;
};

/* The first choice. If the sentence should be an imperative, its verb is known: the first
 * choice must have it so, and may leave it to a later one to find an object. Sentences that
 * are none must have been parsed whole: with words left out, the parser finds odd verbs. */
static enum grammar_outcome choose(Sentence s, Parse_Options o, const struct hint *hint,
				   struct clause *clause)
{
	const char *first = hint->first;
	int count = sentence_num_valid_linkages(s);
	for (int i = 0; i < count && i < (first ? CHOICES : 1); i++) {
		struct view root;
		Linkage l = linkage_create((LinkageIdx)i, s, o);
		if (!l)
			break;
		enum grammar_outcome outcome = read_parse(l, hint->question, clause, &root);
		bool right = first ? clause->imperative && view_eqfold(root, view_of(first))
				   : !sentence_null_count(s) || view_eqfold(root, hint->begins);
		linkage_delete(l);
		if (right && outcome == GRAMMAR_FOUND)
			return outcome;
		if (!right && !i)
			break;
	}
	return GRAMMAR_NO_OBJECT;
}

static enum grammar_outcome parse(Sentence s, Parse_Options o, const struct hint *hint,
				  struct clause *clause)
{
	if (sentence_split(s, o) < 0)
		return GRAMMAR_NO_PARSE;
	int found = sentence_parse(s, o);
	if (found <= 0 && !parse_options_resources_exhausted(o)) {
		parse_options_set_min_null_count(o, 1);
		parse_options_set_max_null_count(o, NULLS_MAX);
		parse_options_reset_resources(o);
		found = sentence_parse(s, o);
	}
	if (found > 0)
		return choose(s, o, hint, clause);
	return parse_options_resources_exhausted(o) ? GRAMMAR_TIMEOUT : GRAMMAR_NO_PARSE;
}

static Parse_Options make_options(const struct grammar *g)
{
	Parse_Options o = parse_options_create();
	if (!o)
		return NULL;
	parse_options_set_verbosity(o, 0);
	parse_options_set_spell_guess(o, 0);
	parse_options_set_linkage_limit(o, 100);
	parse_options_set_max_parse_time(o, g->seconds);
	parse_options_set_min_null_count(o, 0);
	parse_options_set_max_null_count(o, 0);
	parse_options_set_repeatable_rand(o, true);
	return o;
}

enum grammar_outcome grammar_parse(struct grammar *g, const char *sentence, const char *first,
				   struct clause *clause)
{
	enum grammar_outcome outcome = GRAMMAR_NO_PARSE;
	struct view text = view_of(sentence);
	size_t blank = view_find(text, 0, " ");
	struct hint hint = { first, view_sub(text, 0, blank), view_ends(text, "?") };
	*clause = (struct clause){ .imperative = false };
	if (text.len > GRAMMAR_BYTES_MAX ||
	    words_count_spaced(text.p, text.len) > GRAMMAR_WORDS_MAX)
		return GRAMMAR_TOO_LONG;
	locale_t before = uselocale(g->locale);
	lg_error_set_handler(say_nothing, NULL); /* each thread has its own */
	Parse_Options o = make_options(g);
	Sentence s = o ? sentence_create(sentence, g->dictionary) : NULL;
	if (s) {
		outcome = parse(s, o, &hint, clause);
		sentence_delete(s);
	}
	if (o)
		parse_options_delete(o);
	uselocale(before);
	return outcome;
}
