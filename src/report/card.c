#include "report/card.h"

#include <inttypes.h>
#include <string.h>

#include "sow/sow.h"
#include "terminal/readable.h"

/* A text in YAML, in JSON's form, which YAML includes. */
static int add_yaml(struct buf *out, const char *key, struct view value)
{
	struct json_out *json = json_out_new();
	buf_addf(out, "%s: ", key);
	json_out_text(json, NULL, value);
	int status = json_out_write(json, out, JSON_LINE);
	json_out_free(json);
	buf_addch(out, '\n');
	return status;
}

static size_t lines(const struct card *card)
{
	return card->made->train.lines + card->made->validation.lines;
}

static const char *size_category(size_t n)
{
	static const struct {
		size_t below;
		const char *name;
	} sizes[] = {
		{ 1000, "n<1K" },           { 10000, "1K<n<10K" },
		{ 100000, "10K<n<100K" },   { 1000000, "100K<n<1M" },
		{ 10000000, "1M<n<10M" },   { 100000000, "10M<n<100M" },
	};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (n < sizes[i].below)
			return sizes[i].name;
	}
	return "100M<n<1B";
}

/* The extension of the files in data/. */
static const char *ending(const struct card *card)
{
	const char *kind = card->made->kind;
	return kind && strcmp(kind, "Parquet") == 0 ? "parquet" : "jsonl";
}

static int add_header(const struct card *card, struct buf *out)
{
	buf_addstr(out, "---\n");
	int status = add_yaml(out, "pretty_name", view_of(card->title));
	if (!status)
		status = add_yaml(out, "license", view_of(card->licence ? card->licence : "unknown"));
	buf_addf(out, "task_categories:\n- text-generation\n"
		 "size_categories:\n- %s\n"
		 "tags:\n- instruction-tuning\n- synthetic\n"
		 "configs:\n- config_name: default\n  data_files:\n"
		 "  - split: train\n    path: data/train-*.%s\n", size_category(lines(card)),
		 ending(card));
	if (card->made->validation.files)
		buf_addf(out, "  - split: validation\n    path: data/validation-*.%s\n", ending(card));
	buf_addstr(out, "---\n\n");
	return status;
}

/* One line of Markdown, with any special characters escaped. */
static void add_inline(struct buf *out, struct view text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];
		if ((unsigned char)c < ' ' || c == 0x7F)
			c = ' ';
		if (c == '<' || c == '&')
			buf_addstr(out, c == '<' ? "&lt;" : "&amp;");
		else if (c == '|' || c == '\\' || c == '`' || c == '*' || c == '_' || c == '[')
			buf_addf(out, "\\%c", c);
		else
			buf_addch(out, c);
	}
}

static void add_split(struct buf *out, const char *name, const struct dataset_set *set)
{
	if (!set->files)
		return;
	buf_addf(out, "| %s | ", name);
	readable_count(out, (int64_t)set->lines);
	buf_addstr(out, " | ");
	readable_count(out, (int64_t)set->records);
	buf_addf(out, " | %zu |\n", set->files);
}

static void add_statistics(const struct card *card, struct buf *out)
{
	buf_addf(out, "## What is in it\n\n"
		 "Records in the format `%s`, one JSON object a line.\n\n"
		 "| split | lines | records | files |\n|---|---:|---:|---:|\n", card->format);
	add_split(out, "train", &card->made->train);
	add_split(out, "validation", &card->made->validation);
	buf_addstr(out, "\nBoth splits together, beside the data set of the paper that introduced "
			"Self-Instruct:\n\n```\n");
	table1_print(card->table, "this set", out);
	buf_addstr(out, "```\n\n");
}

static void add_origin(const struct card *card, struct buf *out)
{
	buf_addf(out, "## How it was made\n\nWritten by sow %s", sow_version());
	if (card->source) {
		buf_addstr(out, " from the file ");
		add_inline(out, view_of(card->source));
	}
	buf_addstr(out, ".\n\n**Teacher** (the model that wrote the texts): ");
	if (card->teacher.len)
		add_inline(out, card->teacher);
	else
		buf_addstr(out, "not recorded in the source");
	buf_addstr(out, ".\n\n**Recipe**");
	if (!card->recipe_count)
		buf_addstr(out, ": not recorded in the source.\n");
	else
		buf_addstr(out, "\n\n| setting | value |\n|---|---|\n");
	for (size_t i = 0; i < card->recipe_count; i++) {
		buf_addstr(out, "| ");
		add_inline(out, card->recipe[i].name);
		buf_addstr(out, " | ");
		add_inline(out, card->recipe[i].value);
		buf_addstr(out, " |\n");
	}
	buf_addch(out, '\n');
}

static void add_lineage(const struct card *card, struct buf *out)
{
	buf_addstr(out, "## Lineage\n\n"
			"Tasks that descend from one another share a root. ");
	buf_addstr(out, card->made->validation.files
		? "The splits are cut between roots: no task of the validation set has a relative "
		  "in the training set.\n\n"
		: "There is one split, and relatives stand in it together: split by root, not by "
		  "line, if you cut it.\n\n");
}

static void add_rights(const struct card *card, struct buf *out)
{
	buf_addstr(out, "## Licence\n\n");
	if (card->licence) {
		buf_addstr(out, "Published as ");
		add_inline(out, view_of(card->licence));
		buf_addstr(out, ". ");
	} else {
		buf_addstr(out, "None was stated. ");
	}
	buf_addstr(out, "The texts were written by a model: its terms of use may bind whoever uses "
			"them, and so may the licences of the seed tasks and of other data that was "
			"given to it. The texts were not checked for truth.\n");
}

int card_write(const struct card *card, struct buf *out)
{
	int status = add_header(card, out);
	if (status)
		return status;
	buf_addstr(out, "# ");
	add_inline(out, view_of(card->title));
	buf_addstr(out, "\n\n");
	add_statistics(card, out);
	add_origin(card, out);
	add_lineage(card, out);
	add_rights(card, out);
	return out->status;
}
