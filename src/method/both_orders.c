#include "method/both_orders.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "method/again.h"

struct view orders_keep(const struct both_orders *j, struct arena *a)
{
	struct buf text = BUF_INIT;
	buf_addf(&text, "{\"is_pair\":%s,\"orders\":[", j->is_pair ? "true" : "false");
	for (int i = 0; i < ORDERS; i++) {
		buf_addf(&text, "%s{\"answer\":", i ? "," : "");
		json_add_text(&text, j->answers[i]);
		if (j->said[i]) {
			buf_addstr(&text, ",\"said\":");
			json_add_value(&text, j->said[i]);
		} else if (j->whys[i].len) {
			buf_addch(&text, ',');
			again_members(j->replies[i], j->whys[i], &text);
		}
		buf_addch(&text, '}');
	}
	buf_addstr(&text, "]}");
	return arena_takebuf(a, &text);
}

int orders_recall(struct view kept, struct arena *a, struct both_orders *j)
{
	const json_value *context = json_own(kept, a), *orders = json_get(context, "orders");
	int i = 0;
	*j = (struct both_orders){ .is_pair = json_bool(json_get(context, "is_pair")) };
	for (const json_value *v = json_first(orders); v && i < ORDERS; v = json_next(orders, v), i++) {
		j->answers[i] = json_text(json_get(v, "answer"));
		j->said[i] = json_get(v, "said");
		j->replies[i] = json_text(json_get(v, "reply"));
		j->whys[i] = json_text(json_get(v, "why"));
	}
	return context ? SOW_OK : SOW_NOMEM;
}

int orders_missing(const struct both_orders *j, size_t n)
{
	return n || j->said[FIRST] ? SECOND : FIRST;
}

size_t orders_count_missing(const struct both_orders *j)
{
	return (size_t)(!j->said[FIRST] + !j->said[SECOND]);
}

enum verdict orders_verdict(const struct both_orders *j, int order)
{
	struct view winner = json_text(json_get(j->said[order], "winner"));
	if (view_eqstr(winner, "tie"))
		return TIE;
	return view_eqstr(winner, "A") == (order == FIRST) ? FIRST : SECOND;
}

struct view orders_note(const struct both_orders *j, struct arena *a)
{
	struct buf text = BUF_INIT;
	buf_addstr(&text, "{\"verdicts\":[");
	if (j->said[FIRST])
		buf_addf(&text, "%d,%d", (int)orders_verdict(j, FIRST), (int)orders_verdict(j, SECOND));
	buf_addf(&text, "],\"lengths\":[%zu,%zu]}", utf8_count(j->answers[FIRST].p, j->answers[FIRST].len),
		 utf8_count(j->answers[SECOND].p, j->answers[SECOND].len));
	return arena_takebuf(a, &text);
}

/* The figures */

enum {
	RECORDS, WON, WON_FIRST, WON_SECOND, TIED, FLIPPED, HALF, EQUAL, DECIDED, SHOWN_FIRST, UNEVEN, LONGER,
};

#define SHARE_OF(row) .of = (row) + 1

const struct tally orders_tallies[] = {
	[RECORDS] = { "compared", "records compared" },
	[WON] = { "won", "an answer won in both orders", SHARE_OF(RECORDS) },
	[WON_FIRST] = { "won_first", "  the first of the two", SHARE_OF(RECORDS) },
	[WON_SECOND] = { "won_second", "  the second", SHARE_OF(RECORDS) },
	[TIED] = { "tied", "tie in both orders", SHARE_OF(RECORDS) },
	[FLIPPED] = { "flipped", "the other won in the other order", SHARE_OF(RECORDS) },
	[HALF] = { "half_tied", "won in one order, tie in the other", SHARE_OF(RECORDS) },
	[EQUAL] = { "same_text", "the same text twice, not asked about", SHARE_OF(RECORDS) },
	[DECIDED] = { "verdicts", "verdicts for one of the answers" },
	[SHOWN_FIRST] = { "shown_first_won", "  for the one that was shown first", SHARE_OF(DECIDED) },
	[UNEVEN] = { "verdicts_uneven", "verdicts on answers of unequal length" },
	[LONGER] = { "longer_won", "  for the longer one", SHARE_OF(UNEVEN) },
	{ 0 },
};

static void tally_record(enum verdict one, enum verdict other, int64_t counts[])
{
	counts[RECORDS]++;
	counts[WON] += one == other && one != TIE;
	counts[WON_FIRST] += one == other && one == FIRST;
	counts[WON_SECOND] += one == other && one == SECOND;
	counts[TIED] += one == other && one == TIE;
	counts[FLIPPED] += one != other && one != TIE && other != TIE;
	counts[HALF] += one != other && (one == TIE || other == TIE);
}

int orders_tally(const struct unit *u, struct arena *scratch, int64_t counts[TALLIES_MAX])
{
	if (!u->context.len)
		return SOW_OK;
	const json_value *context = json_own(u->context, scratch);
	const json_value *said = json_first(json_get(context, "verdicts"));
	const json_value *lengths = json_get(context, "lengths"), *length = json_first(lengths);
	int64_t first = json_integer(length), second = json_integer(json_next(lengths, length));
	if (!context || !length) /* none, or it failed before */
		return context ? SOW_OK : SOW_NOMEM;
	if (!said) {
		counts[RECORDS]++;
		counts[EQUAL]++;
		return SOW_OK;
	}
	const enum verdict verdicts[ORDERS] = {
		(enum verdict)json_integer(said),
		(enum verdict)json_integer(json_next(json_get(context, "verdicts"), said)),
	};
	tally_record(verdicts[FIRST], verdicts[SECOND], counts);
	for (int order = 0; order < ORDERS; order++) {
		enum verdict v = verdicts[order];
		bool is_uneven = v != TIE && first != second;
		counts[DECIDED] += v != TIE;
		counts[SHOWN_FIRST] += (int)v == order;
		counts[UNEVEN] += is_uneven;
		counts[LONGER] += is_uneven && (v == FIRST) == (first > second);
	}
	return SOW_OK;
}
