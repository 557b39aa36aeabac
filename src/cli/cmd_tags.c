#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "clean/tag_set.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/options.h"
#include "cli/record_input.h"
#include "cli/record_output.h"
#include "data/format.h"
#include "io/json.h"
#include "io/outfile.h"

struct chosen {
	struct record_output output;
	struct record_input input;
	const char *field, *stem, *explain;
	int64_t least, support;
	double confidence;
};

#define AT(member) offsetof(struct chosen, member)

static const struct option options[] = {
	{ "field", 0, OPTION_TEXT, AT(field), "NAME", "where a record's tags are, a list of texts",
	  .fallback = "tags" },
	{ "least", 0, OPTION_INT, AT(least), "N", "drop tags that fewer records have", 1, 1000000000,
	  .fallback = "20" },
	{ "stem", 0, OPTION_CHOICE, AT(stem), NULL,
	  "lemmas: words of English in their dictionary form, by WordNet, so that 'writing poems' is 'write poem'",
	  .choices = "lemmas|none", .fallback = "lemmas" },
	{ "support", 0, OPTION_INT, AT(support), "N",
	  "records that two tags have to share before one becomes the other (0: none does)", 0, 1000000000,
	  .fallback = "40" },
	{ "confidence", 0, OPTION_NUMBER, AT(confidence), "P",
	  "and which share of its records a tag has to have in common with the other, 0.5 to 1", 0, 1,
	  .fallback = "0.99" },
	{ "explain", 0, OPTION_TEXT, AT(explain), "FILE",
	  "a JSON object for every tag: how many records had it, and what became of it" },
	RECORD_OUTPUT_OPTIONS(struct chosen, output),
	RECORD_INPUT_OPTIONS(struct chosen, input),
};

/* The record as an object, its texts in `a`. NULL: no memory. */
static const json_value *object_of(const struct record *record, struct arena *a)
{
	struct view text;
	return format_object(record, a, &text) ? NULL : json_own(text, a);
}

static int add_tags(const struct chosen *o, struct tag_set *set, const struct record_list *records,
		    size_t *tagged, struct sow_error *err)
{
	struct arena *a = arena_new();
	int status = SOW_OK;
	for (size_t i = 0; i < records->count && !status; i++) {
		const json_value *object = object_of(&records->list[i], a);
		const json_value *tags = json_get(object, o->field);
		*tagged += json_type(tags) == JSON_ARRAY;
		if (!object)
			status = error_nomem(err);
		else if (tags && json_type(tags) != JSON_ARRAY && json_type(tags) != JSON_NULL)
			status = error_set(err, SOW_INVALID, "record %zu: %s: expected a list of tags, not %s", i + 1,
					   o->field, json_type_name(json_type(tags)));
		for (const json_value *v = json_first(tags); v && !status; v = json_next(tags, v)) {
			if (json_type(v) != JSON_TEXT)
				status = error_set(err, SOW_INVALID, "record %zu: %s: expected texts, not %s", i + 1,
						   o->field, json_type_name(json_type(v)));
			else if (tag_set_add(set, i, json_text(v)))
				status = error_nomem(err);
		}
		arena_clear(a);
	}
	arena_free(a);
	if (!status && !*tagged)
		return error_set(err, SOW_INVALID, "no record has a list '%s'; sow score --with tags makes them",
				 o->field);
	return status;
}

/* Appends the record's tags as they are called now, each once, and how many they are. */
static int write_tags(const struct tag_set *set, const json_value *tags, struct buf *out, size_t *count)
{
	struct buf list = BUF_INIT;
	int status = SOW_OK;
	*count = 0;
	for (const json_value *v = json_first(tags); v && !status; v = json_next(tags, v)) {
		struct buf quoted = BUF_INIT;
		const char *name;
		status = tag_set_find(set, json_text(v), &name);
		if (!status && name) {
			json_add_text(&quoted, view_of(name));
			buf_addch(&quoted, '\0');
			status = quoted.status;
		}
		if (!status && name && view_find(view_from(list.data, list.len), 0, quoted.data) == VIEW_NONE)
			buf_addf(&list, "%s%s", (*count)++ ? "," : "", quoted.data);
		buf_release(&quoted);
	}
	buf_addch(out, '[');
	buf_add(out, list.data, list.len);
	buf_addch(out, ']');
	status = status ? status : list.status;
	buf_release(&list);
	return status ? status : out->status;
}

/* The record's object with its new tags; "tag_count" keeps its place, or follows them. */
static int rewrite(const struct chosen *o, const struct tag_set *set, const json_value *object, struct buf *out)
{
	bool has_count = json_get(object, "tag_count") != NULL;
	size_t count = 0;
	int status = SOW_OK;
	buf_addch(out, '{');
	/* the count may stand before the tags */
	struct buf tags = BUF_INIT;
	status = write_tags(set, json_get(object, o->field), &tags, &count);
	for (const json_value *v = json_first(object); v && !status; v = json_next(object, v)) {
		bool is_tags = view_eqstr(json_key(v), o->field);
		bool is_count = view_eqstr(json_key(v), "tag_count");
		if (!is_tags && !is_count) {
			json_add_member(out, v);
			continue;
		}
		json_add_key(out, json_key(v));
		if (is_tags)
			buf_add(out, tags.data, tags.len);
		else
			buf_addf(out, "%zu", count);
		if (is_tags && !has_count)
			buf_addf(out, ",\"tag_count\":%zu", count);
	}
	buf_addch(out, '}');
	buf_release(&tags);
	return status ? status : out->status;
}

static int write_all(struct chosen *o, const char *name, const struct record_list *records,
		     const struct tag_set *set, struct sow_error *err)
{
	const struct card facts = { .source = name };
	struct arena *a = arena_new();
	int status = record_output_open(&o->output, err);
	for (size_t i = 0; i < records->count && !status; i++) {
		struct buf text = BUF_INIT;
		struct record record = records->list[i];
		const json_value *object = object_of(&record, a);
		bool is_tagged = json_type(json_get(object, o->field)) == JSON_ARRAY;
		if (!object || (is_tagged && rewrite(o, set, object, &text)))
			status = error_nomem(err);
		if (!status && is_tagged)
			record.object = view_from(text.data, text.len);
		if (!status)
			status = record_output_add(&o->output, &record, err);
		buf_release(&text);
		arena_clear(a);
	}
	arena_free(a);
	return status ? status : record_output_finish(&o->output, &facts, err);
}

static int explain(const char *path, const struct tag_set *set, struct sow_error *err)
{
	struct outfile *f = outfile_open(path, err);
	struct buf line = BUF_INIT;
	struct tag_fate fate;
	int status = f ? SOW_OK : (int)err->status;
	for (size_t i = 0; !status && tag_set_fate(set, i, &fate); i++) {
		buf_clear(&line);
		buf_addstr(&line, "{\"tag\":");
		json_add_text(&line, view_of(fate.tag));
		buf_addf(&line, ",\"records\":%zu,\"becomes\":", fate.records);
		if (fate.name)
			json_add_text(&line, view_of(fate.name));
		else
			buf_addstr(&line, "null");
		if (fate.why)
			buf_addf(&line, ",\"why\":\"%s\"", fate.why);
		buf_addstr(&line, "}\n");
		outfile_write(f, line.data, line.len);
	}
	buf_release(&line);
	if (status)
		outfile_drop(f);
	return status ? status : outfile_finish(f, err);
}

static void tell(const struct chosen *o, const struct tag_set *set, size_t tagged, size_t count)
{
	struct tag_counts n = tag_set_counts(set);
	if (tagged < count)
		console_line("%zu of %zu records have no list '%s', and stay as they are", count - tagged,
			     count, o->field);
	if (!o->output.quiet)
		console_line("%zu tags; %zu of %lld records or more; %zu by their dictionary forms; %zu after merging",
			     n.raw, n.frequent, (long long)o->least, n.lemmas, n.merged);
}

static int normalise(struct chosen *o, const char *path, struct sow_error *err)
{
	const struct tag_options how = { .least = (size_t)o->least, .lemmas = view_eqstr(view_of(o->stem), "lemmas"),
					 .support = (size_t)o->support, .confidence = o->confidence };
	struct record_list records = RECORD_LIST_INIT;
	struct arena *a = arena_new();
	struct tag_set *set = tag_set_new();
	size_t tagged = 0;
	int status = record_output_gather(&o->output, &o->input, path, a, &records, NULL, err);
	if (!status)
		status = add_tags(o, set, &records, &tagged, err);
	if (!status)
		status = tag_set_normalize(set, &how, err);
	if (!status)
		status = write_all(o, path, &records, set, err);
	if (!status && o->explain)
		status = explain(o->explain, set, err);
	if (!status)
		tell(o, set, tagged, records.count);
	record_list_release(&records);
	tag_set_free(set);
	arena_free(a);
	return status;
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	struct chosen *o = values;
	struct sow_error err = { 0 };
	int exit = -1;
	if (o->explain && o->output.out && outfile_same(o->explain, o->output.out))
		exit = usage_error(c, "--explain and -o name one file");
	if (exit < 0 && o->explain && strcmp(args->operand, "-") != 0 && outfile_same(o->explain, args->operand))
		exit = usage_error(c, "%s: --explain would replace the input", o->explain);
	if (exit < 0 && o->confidence < 0.5)
		exit = usage_error(c, "--confidence: expected 0.5 to 1");
	if (!o->output.format)
		o->output.format = "records";
	if (exit < 0)
		exit = record_output_check(c, &o->output);
	if (exit < 0 && !format_find(o->output.format)->any)
		exit = usage_error(c, "--format %s: expected records; sow convert makes any other of them",
				   o->output.format);
	if (exit < 0)
		exit = record_input_check(c, &o->input, args->operand, args->arena);
	if (exit < 0) {
		o->input.options.objects = true;
		exit = normalise(o, args->operand, &err) ? console_error(&err) : EXIT_DONE;
	}
	record_output_release(&o->output);
	return exit;
}

const struct command command_tags = {
	.name = "tags",
	.summary = "make the open tags of records a vocabulary",
	.usage = "IN [--least N] [--stem HOW] [--support N] [-o OUT]",
	.about = "Takes the tags that sow score --with tags gave each record, or any lists of texts, and makes "
		 "one vocabulary of them, as InsTag does: tags of few records are dropped, words become their "
		 "dictionary form, and a tag that always comes with a certain other one becomes that. Writes the "
		 "records with their new tags and tag_count. Without a model; the same input always gives the "
		 "same. Holds all records in memory.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen),
	.operand = "IN",
	.example = "sow score -i data.jsonl --with tags --teacher qwen-1.5b -o tagged\n"
		   "sow tags tagged --least 5 -o tags.jsonl\n"
		   "sow select tags.jsonl --by tag_count --top 10% -o best.jsonl",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
