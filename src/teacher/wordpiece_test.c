/* The ids are those of Hugging Face's tokenizers 0.23.3 with the tokenizer.json of all-MiniLM-L6-v2; a
 * small vocabulary of our own has what needs no model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "config.h"
#include "sow/sow.h"
#include "teacher/model.h"
#include "teacher/models.h"
#include "teacher/wordpiece.h"

#define B "\xe2\x96\x81"

static struct wordpiece *small(bool cased)
{
	static const char *const pieces[] = { "[UNK]", "[SEP]", B "play", "ing", B "un", "s", B "!", "p", B "e",
					      B "\xe4\xb8\xad" };
	struct wordpiece *w = wordpiece_new();
	assert_non_null(w);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++)
		wordpiece_add(w, view_of(pieces[i]), i < 2, (int32_t)i);
	if (cased)
		wordpiece_add(w, view_of(B "Play"), false, 20);
	wordpiece_set_unknown(w, 0);
	return w;
}

static void assert_ids(const struct wordpiece *w, const char *text, size_t most, bool is_cut,
		       const int32_t *ids, size_t count)
{
	struct tokens t = { 0 };
	bool cut = !is_cut;
	assert_int_equal(wordpiece_ids(w, view_of(text), most, &cut, &t), SOW_OK);
	if (t.count != count || (count && memcmp(t.ids, ids, count * sizeof(*ids)) != 0)) {
		for (size_t i = 0; i < t.count; i++)
			print_message("%d ", (int)t.ids[i]);
		fail_msg("other ids for '%s'", text);
	}
	assert_int_equal(cut, is_cut);
	tokens_release(&t);
}
#define IDS(...) (const int32_t[]){ __VA_ARGS__ }, sizeof((const int32_t[]){ __VA_ARGS__ }) / sizeof(int32_t)

static void test_pieces(void **state)
{
	(void)state;
	struct wordpiece *w = small(false);
	assert_ids(w, "Playing plays! \tun", 0, false, IDS(2, 3, 2, 5, 6, 4));
	assert_ids(w, "play[SEP]un", 0, false, IDS(2, 1, 4));
	assert_ids(w, "playful", 0, false, IDS(0));
	assert_ids(w, "\xc3\x89 e\xcc\x81 e", 0, false, IDS(8, 8, 8)); /* with an accent, in two ways */
	assert_ids(w, "un\xe4\xb8\xad!", 0, false, IDS(4, 9, 6));
	assert_ids(w, "", 0, false, NULL, 0);
	wordpiece_free(w);
}

static void test_cut(void **state)
{
	(void)state;
	struct wordpiece *w = small(false);
	assert_ids(w, "play plays un", 2, true, IDS(2, 2));
	assert_ids(w, "play plays un", 4, false, IDS(2, 2, 5, 4));
	assert_ids(w, "play plays un", 3, true, IDS(2, 2, 5));
	/* a word that turns out to be unknown behind the cut is so before it */
	assert_ids(w, "play playsful", 2, false, IDS(2, 0));
	assert_ids(w, "play plays!", 2, true, IDS(2, 2));
	wordpiece_free(w);
}

static void test_case(void **state)
{
	(void)state;
	struct wordpiece *w = small(true);
	assert_ids(w, "Play play \xc3\xa9", 0, false, IDS(20, 2, 0));
	wordpiece_free(w);
}

static void test_broken(void **state)
{
	(void)state;
	struct wordpiece *w = small(false);
	struct tokens t = { 0 };
	assert_int_equal(wordpiece_ids(w, view_of("un \xff"), 0, NULL, &t), SOW_INVALID);
	tokens_release(&t);
	wordpiece_free(w);
}

/* Of the model itself */

#if SOW_HAVE_LLAMA

#define IDS_MAX 64
struct reference {
	struct view text;
	int32_t ids[IDS_MAX];
	size_t count;
};
#define TEXT(s) { s, sizeof(s) - 1 }

static const struct reference references[] = {
	{ TEXT("Hello, World! It's 5 o'clock."),
	  { 7592, 1010, 2088, 999, 2009, 1005, 1055, 1019, 1051, 1005, 5119, 1012 }, 12 },
	{ TEXT("\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\xa8\xe0\xa5\x8d\xe0\xa4\xa6\xe0\xa5\x80 \xe0\xa4\xae\xe0\xa5\x87\xe0\xa4\x82 \xe0\xa4\x8f\xe0\xa4\x95 \xe0\xa4\xb5\xe0\xa4\xbe\xe0\xa4\x95\xe0\xa5\x8d\xe0\xa4\xaf \xe0\xa4\xb2\xe0\xa4\xbf\xe0\xa4\x96\xe0\xa4\xbf\xe0\xa4\x8f"),
	  { 1339, 29877, 29863, 29861, 29878, 1331, 1314, 29851, 1335, 29876, 29851, 29868, 1334, 29877, 29852, 29877, 29850 }, 17 },
	{ TEXT("\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4 \xeb\xac\xb8\xec\x9e\xa5\xec\x9d\x84 \xec\x8d\xa8 \xec\xa3\xbc\xec\x84\xb8\xec\x9a\x94"),
	  { 1469, 30006, 30021, 29991, 30014, 30020, 29999, 30008, 1459, 30014, 30021, 30000, 30006, 30025, 29999, 30017, 30022, 1462, 30008, 1464, 30014, 29997, 30009, 29999, 30013 }, 25 },
	{ TEXT("before [SEP] after [MASK]!"),
	  { 2077, 102, 2044, 103, 999 }, 5 },
	{ TEXT("[sep] [ SEP ]"),
	  { 1031, 19802, 1033, 1031, 19802, 1033 }, 6 },
	{ TEXT("Caf\xc3\xa9 na\xc3\xafve \xc3\x85NGSTR\xc3\x96M \xc4\xb0stanbul \xef\xac\x81ne"),
	  { 7668, 15743, 17076, 15687, 9960, 1984, 2638 }, 7 },
	{ TEXT("\xe4\xbb\x8a\xe6\x97\xa5\xe3\x81\xaf\xe6\x9d\xb1\xe4\xba\xac\xe3\x81\xb8\xe8\xa1\x8c\xe3\x81\x8d\xe3\x81\xbe\xe3\x81\x99\xe3\x80\x82\xe4\xb8\xad\xe6\x96\x87\xe6\xb5\x8b\xe8\xaf\x95"),
	  { 100, 1864, 1672, 1879, 1755, 1675, 1945, 1652, 30203, 30184, 1636, 1746, 1861, 100, 100 }, 15 },
	{ TEXT("\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82, \xd0\xba\xd0\xb0\xd0\xba \xd0\xb4\xd0\xb5\xd0\xbb\xd0\xb0?"),
	  { 1194, 16856, 10325, 25529, 15290, 22919, 1010, 1189, 10260, 23925, 1184, 15290, 29436, 10260, 1029 }, 15 },
	{ TEXT("tab\x09here\x0aline\x0d\xc2\xa0nbsp\xe2\x80\xa8sep\xe2\x80\x8bzero"),
	  { 21628, 2182, 2240, 1050, 5910, 2361, 19802, 6290, 2080 }, 9 },
	{ TEXT("\xce\x9f\xce\x94\xce\xa5\xce\xa3\xce\xa3\xce\x95\xce\xa5\xce\xa3 \xcf\x83\xce\xbf\xcf\x86\xcf\x8c\xcf\x82"),
	  { 1169, 29722, 29735, 29733, 29733, 29723, 29735, 29733, 1173, 29730, 29736, 15297 }, 12 },
	{ TEXT("emoji \xf0\x9f\x98\x80\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd done"),
	  { 7861, 29147, 2072, 100, 2589 }, 5 },
	{ TEXT("\xcd\xb8\xee\x80\x80x\xc2\xady\x00z\xef\xbf\xbd!"),
	  { 100, 999 }, 2 },
	{ TEXT("\xe0\xb9\x84\xe0\xb8\x97\xe0\xb8\xa2 \xe0\xb8\xa0\xe0\xb8\xb2\xe0\xb8\xa9\xe0\xb8\xb2"),
	  { 100, 100 }, 2 },
	{ TEXT("$100 + 5% = ~`^|<>"),
	  { 1002, 2531, 1009, 1019, 1003, 1027, 1066, 1036, 1034, 1064, 1026, 1028 }, 12 },
	{ TEXT("unaffable supercalifragilistic"),
	  { 14477, 20961, 3468, 3565, 9289, 10128, 29181, 24411, 4588 }, 9 },
	{ TEXT(""),
	  { 0 }, 0 },
	{ TEXT("   "),
	  { 0 }, 0 },
	{ TEXT("\xe2\x80\x9cquotes\xe2\x80\x9d \xe2\x80\x94 dash\xe2\x80\xa6"),
	  { 1523, 16614, 1524, 1517, 11454, 1529 }, 6 },
	{ TEXT("\xc3\x9f \xe1\xba\x9e Stra\xc3\x9f""e"),
	  { 1096, 1096, 2358, 27807 }, 4 },
	{ TEXT("\xf0\xaf\xa0\x80\xe3\x90\x80"),
	  { 100, 100 }, 2 },
	{ TEXT("e\xcc\x81\xcc\xa7 q\xcc\x87\xcc\xa3"),
	  { 1041, 1053 }, 2 },
	{ TEXT("\xe3\x80\xae\xed\x95\x9c\xe3\x80\xaf"),
	  { 100 }, 1 },
	{ TEXT("\xef\xbc\x91\xef\xbc\x92\xef\xbc\x93 \xef\xbc\xa1\xef\xbc\xa2"),
	  { 100, 100 }, 2 },
	{ TEXT("\x0b\x0c\x1c\xc2\x85q"),
	  { 1053 }, 1 },
};

static void assert_reference(const struct model *m, struct view text, const int32_t *ids, size_t count)
{
	struct tokens t = { 0 };
	bool cut = true;
	assert_int_equal(model_read_text(m, text, &t, &cut), SOW_OK);
	if (t.count != count + 2 || memcmp(t.ids + 1, ids, count * sizeof(*ids)) != 0) {
		for (size_t i = 0; i < t.count; i++)
			print_message("%d ", (int)t.ids[i]);
		fail_msg("other ids for '%.*s'", (int)text.len, text.p);
	}
	assert_int_equal(t.ids[0], 101);
	assert_int_equal(t.ids[t.count - 1], 102);
	assert_false(cut);
	tokens_release(&t);
}

static void test_reference(void **state)
{
	struct buf path = BUF_INIT;
	struct sow_error err = { 0 };
	char word[102];
	(void)state;
	if (models_path(MODEL_EMBEDDER, &path, NULL)) {
		buf_release(&path);
		skip();
	}
	struct model *m = model_open(path.data, 0, &err);
	assert_non_null(m);
	for (size_t i = 0; i < sizeof(references) / sizeof(*references); i++)
		assert_reference(m, references[i].text, references[i].ids, references[i].count);
	memset(word, 'x', sizeof(word));
	assert_reference(m, view_from(word, 101), (const int32_t[]){ 100 }, 1);
	memset(word, 'a', sizeof(word));
	int32_t ids[IDS_MAX] = { 13360 };
	for (int i = 1; i < 49; i++)
		ids[i] = 11057;
	ids[49] = 2050;
	assert_reference(m, view_from(word, 100), ids, 50);
	model_close(m);
	buf_release(&path);
}

#else

static void test_reference(void **state)
{
	(void)state;
	skip();
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_case),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_reference),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
