/* What a teacher wrote, taken apart by the parsers of method/reply.h and released.h, and each item
 * of the list judged by the rules. */
#include <string.h>

#include "check.h"
#include "method/elimination.h"
#include "method/evolution.h"
#include "method/judge.h"
#include "method/released.h"
#include "method/reply.h"
#include "method/rules.h"

/* Empty views may point anywhere. */
static void check_text(struct view text, struct view reply)
{
	CHECK(!text.len || is_inside(text, reply));
	CHECK(is_trimmed(text));
}

static struct views list(struct view reply, struct arena *a)
{
	struct views items = { 0 };
	list_read(reply, true, a, &items);
	return items;
}

static bool holds(struct view text, const char *head)
{
	return view_find(text, 0, head) != VIEW_NONE;
}

static bool in_order(struct view a, struct view b)
{
	return !a.len || !b.len || a.p + a.len <= b.p;
}

static void check_instances(struct view reply)
{
	struct instances found = { 0 };
	reply_instances(reply, &found);
	for (size_t i = 0; i < found.count; i++) {
		struct instance it = found.list[i];
		check_text(it.input, reply);
		check_text(it.output, reply);
		CHECK(in_order(it.input, it.output));
		CHECK(!holds(it.input, "Output:"));
		CHECK(!holds(it.output, "Output:") && !holds(it.output, "Input:"));
		if (i)
			CHECK(in_order(found.list[i - 1].output, it.input) &&
			      in_order(found.list[i - 1].output, it.output));
	}
	instances_release(&found);
}

/* The released code's: exactly where the words stand. */
static void check_released(struct view reply)
{
	struct instances found = { 0 };
	struct views items = { 0 };
	released_list(reply, &items);
	CHECK(items.count);
	for (size_t i = 0; i < items.count; i++)
		check_text(items.list[i], reply);
	released_instances(reply, &found);
	for (size_t i = 0; i < found.count; i++) {
		check_text(found.list[i].input, reply);
		check_text(found.list[i].output, reply);
		CHECK(!holds(found.list[i].input, "Example") && !holds(found.list[i].output, "Example"));
	}
	found.count = 0;
	released_labels(reply, &found);
	CHECK((found.count != 0) == holds(reply, "Class label:"));
	if (released_yes(reply))
		CHECK(reply_yes(reply));
	instances_release(&found);
	views_release(&items);
}

static void check_labels(struct view reply)
{
	struct instances found = { 0 };
	reply_labels(reply, &found);
	CHECK(found.count || !holds(reply, "Class label:"));
	for (size_t i = 0; i < found.count; i++) {
		struct instance it = found.list[i];
		check_text(it.input, reply);
		check_text(it.output, reply);
		CHECK(in_order(it.output, it.input));
		CHECK(!holds(it.output, "\n"));
		CHECK(!holds(it.output, "Class label:") && !holds(it.input, "Class label:"));
		if (i)
			CHECK(in_order(found.list[i - 1].input, it.output));
	}
	instances_release(&found);
}

static void check_records(struct view reply, bool begun)
{
	struct reply_blocks found = { 0 };
	reply_blocks(reply, begun, &found);
	for (size_t i = 0; i < found.count; i++) {
		const struct reply_block *r = &found.list[i];
		check_text(r->block, reply);
		CHECK(r->block.len && !holds(r->block, "###"));
		check_text(r->instruction, r->block);
		check_text(r->instance.input, r->block);
		check_text(r->instance.output, r->block);
		CHECK(in_order(r->instruction, r->instance.input));
		CHECK(in_order(r->instance.input, r->instance.output));
		CHECK(!r->malformed || (!r->instruction.len && !r->instance.output.len));
		if (i)
			CHECK(in_order(found.list[i - 1].block, r->block));
	}
	reply_blocks_release(&found);
}

static void check_evolution(struct view reply)
{
	struct view text = evolution_read(reply), detail;
	check_text(text, reply);
	CHECK(text.len <= view_trim(reply).len);
	(void)evolution_is_equal(reply);
	double grade = judge_read(reply);
	CHECK(grade == 0 || (grade >= 1 && grade <= 10));
	struct rules *rules = rules_new();
	struct arena *a = arena_new();
	/* its own words are no scaffold's */
	const struct evolved own = { text, text, view_of("") }, other = { text, view_of("\1"), view_of("") };
	enum rule_id broken = elimination_of_text(rules, &own, a, &detail);
	CHECK(broken == RULE_EQUAL_TO_PARENT || (broken > RULE_SCAFFOLD && detail.len));
	broken = elimination_of_text(rules, &other, a, &detail);
	CHECK(broken == RULE_COUNT || detail.len);
	(void)elimination_of_answer(rules, text, text, &detail);
	broken = elimination_of_answer(rules, view_of(""), text, &detail);
	CHECK(text.len || broken == RULE_EMPTY_ANSWER);
	arena_free(a);
	rules_free(rules);
}

static bool holds_fold(struct view text, const char *word)
{
	size_t len = strlen(word);
	for (size_t at = 0; at + len <= text.len; at++) {
		if (view_eqfold(view_sub(text, at, at + len), view_of(word)))
			return true;
	}
	return false;
}

static void check_yes(struct view reply)
{
	if (reply_yes(reply))
		CHECK(holds_fold(reply, "yes"));
}

/* Rules are asked in order: with the one that was broken switched off, a later one or none is. */
static void check_rules(const struct views *items, bool spaced)
{
	struct rules *rules = rules_new();
	CHECK(rules);
	if (spaced)
		rules_count_spaced(rules);
	for (size_t i = 0; i < items->count; i++) {
		struct view item = items->list[i], detail;
		enum rule_id id = rules_check(rules, item, &detail);
		CHECK(id == RULE_COUNT || (id >= RULE_EMPTY && id <= RULE_NON_ASCII));
		CHECK(id == RULE_KEYWORD || !detail.len || is_inside(detail, item));
		CHECK((id == RULE_EMPTY) == !item.len);
		if (id == RULE_COUNT || rule_table[id].fixed)
			continue;
		char setting[64];
		snprintf(setting, sizeof(setting), "%s=off", rule_table[id].name);
		CHECK(rules_set(rules, setting, NULL) == SOW_OK);
		CHECK(rules_check(rules, item, &detail) > id);
		snprintf(setting, sizeof(setting), "%s=on", rule_table[id].name);
		CHECK(rules_set(rules, setting, NULL) == SOW_OK);
	}
	rules_free(rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view reply = view_from((const char *)data, size);
	struct arena *a = arena_new();
	struct views items = list(reply, a);
	check_yes(reply);
	check_instances(reply);
	check_released(reply);
	check_labels(reply);
	check_records(reply, false);
	check_records(reply, true);
	check_evolution(reply);
	check_rules(&items, false);
	check_rules(&items, true);
	views_release(&items);
	arena_free(a);
	return 0;
}
