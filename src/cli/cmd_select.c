#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/reading.h"
#include "cli/talk.h"
#include "cli/writing.h"
#include "data/format.h"
#include "data/jinja.h"
#include "io/outfile.h"
#include "run/open_records.h"
#include "select/formula.h"
#include "select/pick.h"
#include "text/words.h"

#define PICKERS "top|random|longest|kcenter|facility|deita|dpp|rds"
enum how { TOP, RANDOM, LONGEST, KCENTER, FACILITY, DEITA, DPP, RDS };

struct chosen_options {
	struct writing writing;
	struct reading reading;
	const char *top, *by, *where, *balance, *pick, *vectors, *vector, *towards, *explain;
	double threshold;
	int64_t threads;
	bool ranked;
};

#define AT(field) offsetof(struct chosen_options, field)

static const struct option options[] = {
	{ "top", 'n', OPTION_TEXT, AT(top), "N|P%", "how many to take, or which part of those that may be "
	  "taken (default: all)" },
	{ "by", 0, OPTION_TEXT, AT(by), "FORMULA",
	  "a record's score: a field, or fields with + - * / and log, exp, sqrt, abs, min, max, words, "
	  "chars, such as 'deita-complexity * deita-quality'; the highest is best" },
	{ "where", 0, OPTION_TEXT, AT(where), "CONDITION",
	  "only records for which this holds, as in map: 'ifd < 1 and lang == \"en\"'; a missing field is "
	  "false" },
	{ "pick", 0, OPTION_CHOICE, AT(pick), NULL,
	  "which are taken (docs/guide/select.md)", .choices = PICKERS, .fallback = "top" },
	{ "balance", 0, OPTION_TEXT, AT(balance), "FIELD",
	  "of top, random and longest: the values of this field take turns" },
	{ "vectors", 0, OPTION_TEXT, AT(vectors), "FILE.npy",
	  "a vector a record, in the order of the file, as NumPy writes it" },
	{ "vector", 0, OPTION_TEXT, AT(vector), "FIELD", "the vectors are in this field of the records" },
	{ "towards", 0, OPTION_TEXT, AT(towards), "FILE.npy", "of rds: the vectors of what is aimed at" },
	{ "threshold", 0, OPTION_NUMBER, AT(threshold), "C",
	  "of deita: a cosine above this is too near", 0, 1, .fallback = "0.9" },
	{ "ranked", 0, OPTION_FLAG, AT(ranked), NULL,
	  "write them in the order in which they were taken (default: as they came)" },
	{ "explain", 0, OPTION_TEXT, AT(explain), "FILE",
	  "a JSON object for every record: its score, its rank, and why it was left out" },
	{ "threads", 0, OPTION_INT, AT(threads), "N", "cores to use (0: all)", 0, 1024, .fallback = "0" },
	WRITING_OPTIONS(struct chosen_options, writing),
	READING_OPTIONS(struct chosen_options, reading),
};

/* Why a record is not taken; NULL: it may be. */
static const char REASON_WHERE[] = "where", REASON_NO_SCORE[] = "no score", REASON_RANK[] = "rank",
		  REASON_NEAR[] = "too near";

struct selection {
	struct chosen_options *o;
	enum how how;
	struct arena *arena;
	struct record_list records;
	struct formula *by;
	struct jinja *where;
	const char **reason;         /* by record */
	double *score;               /* by record; NAN: none */
	size_t *group, groups;       /* of --balance, by record */
	struct map values;
	struct vectors vectors, targets;
	const char *missing;         /* the first field without which there was no score */
	/* those that may be taken */
	size_t *open, open_count;
	struct chosen chosen;        /* of these, by their number among them */
	size_t *rank;                /* by record, from 1; 0: not taken */
};

/* What is asked for */

static int wanted(const struct selection *s, size_t *count, struct sow_error *err)
{
	const char *said = s->o->top;
	char *end;
	*count = s->open_count;
	if (!said)
		return SOW_OK;
	double n = strtod(said, &end);
	bool share = *end == '%';
	if (end == said || end[share] || !(n >= 0) || (share ? n > 100 : n != floor(n)))
		return error_set(err, SOW_USAGE, "--top: expected a whole number or a share such as 10%%, not '%s'",
				 said);
	n = share ? floor(n / 100 * (double)s->open_count) : n;
	*count = n < (double)s->open_count ? (size_t)n : s->open_count;
	return SOW_OK;
}

static bool needs_vectors(enum how how)
{
	return how >= KCENTER;
}

static int check(const struct command *c, const struct chosen_options *o, enum how how)
{
	if (how == DEITA && !o->by)
		return talk_wrong(c, "--pick deita: expected --by, whose order it walks down");
	if (needs_vectors(how) && !o->vectors == !o->vector)
		return talk_wrong(c, "--pick %s: expected --vectors FILE.npy or --vector FIELD", o->pick);
	if (!needs_vectors(how) && (o->vectors || o->vector))
		return talk_wrong(c, "--pick %s takes no vectors", o->pick);
	if ((how == RDS) != (o->towards != NULL))
		return talk_wrong(c, how == RDS ? "--pick rds: expected --towards FILE.npy"
						: "--towards is for --pick rds");
	if (o->balance && how > LONGEST)
		return talk_wrong(c, "--balance goes with --pick top, random and longest");
	if (how == TOP && o->top && !o->by)
		return talk_wrong(c, "--top: by what? Give --by FORMULA, or another --pick");
	if (o->explain && o->writing.out && outfile_same(o->explain, o->writing.out))
		return talk_wrong(c, "--explain and -o name one file");
	if (!o->top && !o->where && how != DEITA && !o->ranked)
		return talk_wrong(c, "expected --top or --where: without, every record is taken");
	return -1;
}

/* The records */

static size_t words_of_answer(const struct record *r)
{
	struct view text = r->instance_count ? r->instances[0].output : view_of("");
	return words_count(text.p, text.len);
}

static int find_group(struct selection *s, size_t i, const json_value *object)
{
	struct view value = json_compact(json_get(object, s->o->balance), s->arena);
	uint64_t *known = map_get(&s->values, value.p ? value.p : "", value.len);
	s->group[i] = known ? (size_t)*known : s->groups;
	return known ? SOW_OK : map_put(&s->values, value.p ? value.p : "", value.len, s->groups++);
}

static int add_vector(struct selection *s, size_t i, const json_value *object, struct sow_error *err)
{
	const json_value *list = json_get(object, s->o->vector), *v;
	size_t n = 0, dims = json_count(list);
	double *row = json_type(list) == JSON_ARRAY && dims ? mem_alloc(dims * sizeof(*row)) : NULL;
	bool numbers = row != NULL;
	for (v = json_first(list); row && v; v = json_next(list, v)) {
		numbers = numbers && json_type(v) == JSON_NUMBER;
		row[n++] = json_number(v);
	}
	int status = numbers ? vectors_add(&s->vectors, row, dims) : SOW_INVALID;
	mem_free(row);
	if (status == SOW_INVALID)
		return error_set(err, status, "record %zu: %s: expected a list of %s numbers", i + 1,
				 s->o->vector, s->vectors.count ? "as many" : "finite");
	return status ? error_nomem(err) : SOW_OK;
}

/* Its score, its group, and whether it may be taken. */
static int look_at(struct selection *s, size_t i, struct sow_error *err)
{
	struct view text;
	struct arena *a = arena_new();
	const char *missing = NULL;
	int status = a ? format_object(&s->records.list[i], a, &text) : SOW_NOMEM;
	const json_value *object = status ? NULL : json_own(text, a);
	int holds = object && s->where ? jinja_holds(s->where, object) : 1;
	s->score[i] = NAN;
	if (!object || holds < 0)
		status = SOW_NOMEM;
	if (!status && !holds)
		s->reason[i] = REASON_WHERE;
	if (!status && s->by && formula_value(s->by, object, &s->score[i], &missing)) {
		s->score[i] = NAN;
		s->reason[i] = s->reason[i] ? s->reason[i] : REASON_NO_SCORE;
		s->missing = s->missing || !missing ? s->missing : missing;
	}
	if (!status && s->how == LONGEST)
		s->score[i] = (double)words_of_answer(&s->records.list[i]);
	if (!status && s->o->balance)
		status = find_group(s, i, object);
	status = status ? error_nomem(err) : s->o->vector ? add_vector(s, i, object, err) : SOW_OK;
	arena_free(a);
	return status;
}

static int read_all(struct selection *s, const char *path, struct sow_error *err)
{
	struct records *r = open_records(path, &s->o->reading.options, err);
	int status = r ? record_list_take(&s->records, s->arena, r, err) : (int)err->status;
	if (!status)
		reading_tell(r, s->o->writing.quiet);
	records_close(r);
	size_t n = s->records.count + 1;
	s->reason = mem_zalloc(n * sizeof(*s->reason));
	s->score = mem_zalloc(n * sizeof(*s->score));
	s->group = mem_zalloc(n * sizeof(*s->group));
	s->open = mem_zalloc(n * sizeof(*s->open));
	s->rank = mem_zalloc(n * sizeof(*s->rank));
	if (!status && (!s->reason || !s->score || !s->group || !s->open || !s->rank))
		status = error_nomem(err);
	for (size_t i = 0; i < s->records.count && !status; i++)
		status = look_at(s, i, err);
	return status;
}

static int read_vectors(struct selection *s, struct sow_error *err)
{
	const struct chosen_options *o = s->o;
	int status = o->vectors ? vectors_read_npy(&s->vectors, o->vectors, err) : SOW_OK;
	if (!status && needs_vectors(s->how) && s->vectors.count != s->records.count)
		status = error_set(err, SOW_INVALID, "%s: %zu vectors for %zu records", o->vectors,
				   s->vectors.count, s->records.count);
	if (!status && o->towards)
		status = vectors_read_npy(&s->targets, o->towards, err);
	if (!status && o->towards && (s->targets.dims != s->vectors.dims || !s->targets.count))
		status = error_set(err, SOW_INVALID, "%s: expected vectors of %zu numbers, not of %zu", o->towards,
				   s->vectors.dims, s->targets.dims);
	return status;
}

/* Picking */

/* Only those that may be taken, their scores and vectors side by side. */
static int gather(struct selection *s, double **score, struct vectors *v, struct sow_error *err)
{
	double *row = mem_alloc((s->vectors.dims + 1) * sizeof(*row));
	*score = mem_alloc((s->records.count + 1) * sizeof(**score));
	int status = row && *score ? SOW_OK : SOW_NOMEM;
	for (size_t i = 0; i < s->records.count && !status; i++) {
		if (s->reason[i])
			continue;
		(*score)[s->open_count] = s->score[i];
		s->open[s->open_count++] = i;
		for (size_t k = 0; k < s->vectors.dims; k++)
			row[k] = (double)s->vectors.rows[i * s->vectors.stride + k];
		if (s->vectors.dims)
			status = vectors_add(v, row, s->vectors.dims);
	}
	mem_free(row);
	return status ? error_nomem(err) : SOW_OK;
}

static int balance(struct selection *s, struct sow_error *err)
{
	size_t *group = mem_alloc((s->open_count + 1) * sizeof(*group));
	int status = group ? SOW_OK : SOW_NOMEM;
	for (size_t i = 0; i < s->open_count && group; i++)
		group[i] = s->group[s->open[i]];
	if (!status)
		status = pick_balance(s->chosen.list, s->chosen.count, group, s->groups);
	mem_free(group);
	return status ? error_nomem(err) : SOW_OK;
}

static int pick(struct selection *s, struct sow_error *err)
{
	static const enum picker hows[] = { PICK_TOP, PICK_RANDOM, PICK_TOP, PICK_KCENTER, PICK_FACILITY,
					    PICK_DEITA, PICK_DPP, PICK_RDS };
	struct vectors v = VECTORS_INIT;
	double *score = NULL;
	struct pick p = { .vectors = &v, .targets = &s->targets, .threshold = s->o->threshold,
			  .seed = (uint64_t)s->o->writing.seed };
	size_t count;
	int status = gather(s, &score, &v, err);
	if (!status)
		status = wanted(s, &count, err);
	struct workers *crew = status ? NULL : workers_new((size_t)s->o->threads);
	if (!status && !crew)
		status = error_nomem(err);
	if (!status) {
		p.count = s->open_count;
		p.score = s->by || s->how == LONGEST ? score : NULL;
		p.wanted = s->o->balance ? s->open_count : count;
		status = pick_run(hows[s->how], &p, crew, &s->chosen, err);
	}
	if (!status && s->o->balance)
		status = balance(s, err);
	if (!status && s->chosen.count > count)
		s->chosen.count = count;
	workers_free(crew);
	vectors_release(&v);
	mem_free(score);
	return status;
}

static void note_ranks(struct selection *s)
{
	for (size_t n = 0; n < s->chosen.count; n++)
		s->rank[s->open[s->chosen.list[n]]] = n + 1;
	for (size_t n = 0; n < s->open_count; n++) {
		size_t i = s->open[n];
		if (!s->rank[i])
			s->reason[i] = s->chosen.near[n] != PICK_NONE ? REASON_NEAR : REASON_RANK;
	}
}

/* What comes out */

static int explain_one(const struct selection *s, size_t i, size_t *n, struct buf *out)
{
	struct json_out *json = json_out_new();
	const struct view id = s->records.list[i].id;
	bool is_open = *n < s->open_count && s->open[*n] == i;
	if (!json)
		return SOW_NOMEM;
	json_out_object(json, NULL);
	json_out_integer(json, "record", (int64_t)i + 1);
	if (id.len)
		json_out_text(json, "id", id);
	json_out_bool(json, "kept", s->rank[i] > 0);
	if (s->rank[i])
		json_out_integer(json, "rank", (int64_t)s->rank[i]);
	if (isfinite(s->score[i]))
		json_out_number(json, "score", s->score[i]);
	if (s->reason[i])
		json_out_text(json, "reason", view_of(s->reason[i]));
	if (is_open && s->chosen.near[*n] != PICK_NONE) {
		json_out_integer(json, "near", (int64_t)s->open[s->chosen.near[*n]] + 1);
		json_out_number(json, "cosine", s->chosen.cosine[*n]);
	}
	*n += is_open;
	json_out_end(json);
	buf_clear(out);
	int status = json_out_write(json, out, JSON_LINE);
	json_out_free(json);
	return status;
}

static int explain(const struct selection *s, struct sow_error *err)
{
	struct outfile *f = outfile_open(s->o->explain, err);
	struct buf line = BUF_INIT;
	size_t n = 0;
	int status = f ? SOW_OK : (int)err->status;
	for (size_t i = 0; i < s->records.count && !status; i++) {
		status = explain_one(s, i, &n, &line) ? error_nomem(err) : SOW_OK;
		if (!status)
			outfile_write(f, line.data, line.len);
		if (!status && (!line.len || line.data[line.len - 1] != '\n'))
			outfile_write(f, "\n", 1);
	}
	buf_release(&line);
	if (status)
		outfile_drop(f);
	return status ? status : outfile_finish(f, err);
}

static int write_all(struct selection *s, const char *name, struct sow_error *err)
{
	struct writing *w = &s->o->writing;
	const struct card facts = { .source = name };
	int status = writing_open(w, err);
	if (s->o->ranked) {
		for (size_t n = 0; n < s->chosen.count && !status; n++)
			status = writing_add(w, &s->records.list[s->open[s->chosen.list[n]]], err);
	} else {
		for (size_t i = 0; i < s->records.count && !status; i++)
			status = s->rank[i] ? writing_add(w, &s->records.list[i], err) : SOW_OK;
	}
	return status ? status : writing_finish(w, &facts, err);
}

static void tell(const struct selection *s)
{
	size_t where = 0, no_score = 0, near = 0;
	struct buf line = BUF_INIT;
	for (size_t i = 0; i < s->records.count; i++) {
		where += s->reason[i] == REASON_WHERE;
		no_score += s->reason[i] == REASON_NO_SCORE;
		near += s->reason[i] == REASON_NEAR;
	}
	buf_addf(&line, "%zu of %zu records taken", s->chosen.count, s->records.count);
	if (where)
		buf_addf(&line, "; %zu are not --where", where);
	if (no_score)
		buf_addf(&line, "; %zu have no score (%s)", no_score, s->missing ? s->missing : "no number comes out");
	if (near)
		buf_addf(&line, "; %zu are too near", near);
	/* records without a score are told in any case: what is lost is said */
	if (!buf_failed(&line) && (no_score || !s->o->writing.quiet))
		talk_line("%s", line.data);
	buf_release(&line);
}

static int prepare(struct selection *s, struct sow_error *err)
{
	const struct chosen_options *o = s->o;
	if (!s->arena)
		return error_nomem(err);
	if (o->by && !(s->by = formula_read(s->arena, o->by, err)))
		return error_prefix(err, "--by");
	if (o->where && !(s->where = jinja_read_condition(s->arena, "where", view_of(o->where), err)))
		return SOW_INVALID;
	return SOW_OK;
}

static int select_records(struct selection *s, const char *path, struct sow_error *err)
{
	int status = prepare(s, err);
	if (!status)
		status = read_all(s, path, err);
	if (!status)
		status = read_vectors(s, err);
	if (!status)
		status = pick(s, err);
	if (status)
		return status;
	note_ranks(s);
	status = write_all(s, path, err);
	if (!status && s->o->explain)
		status = explain(s, err);
	if (!status)
		tell(s);
	return status;
}

static void release(struct selection *s)
{
	record_list_release(&s->records);
	map_release(&s->values);
	vectors_release(&s->vectors);
	vectors_release(&s->targets);
	chosen_release(&s->chosen);
	mem_free(s->reason);
	mem_free(s->score);
	mem_free(s->group);
	mem_free(s->open);
	mem_free(s->rank);
	arena_free(s->arena);
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	struct chosen_options *o = values;
	struct sow_error err = { 0 };
	enum how how = (enum how)option_choice(PICKERS, o->pick);
	if (!o->writing.format)
		o->writing.format = "records";
	int exit = check(c, o, how);
	if (exit < 0)
		exit = writing_check(c, &o->writing);
	if (exit < 0)
		exit = reading_check(c, &o->reading, args->operand, args->arena);
	if (exit < 0) {
		struct selection s = { .o = o, .how = how, .arena = arena_new(), .values = MAP_INIT,
				       .vectors = VECTORS_INIT, .targets = VECTORS_INIT };
		o->reading.options.objects = format_find(o->writing.format)->any;
		exit = select_records(&s, args->operand, &err) ? talk_error(&err) : EXIT_DONE;
		release(&s);
	}
	writing_release(&o->writing);
	return exit;
}

const struct command command_select = {
	.name = "select",
	.summary = "choose the best records, or those that cover the rest",
	.usage = "IN [--by FORMULA] [--top N|P%] [--where CONDITION] [--pick HOW] [-o OUT]",
	.about = "Chooses among the records of a file or a run, without a model: by a score that they have, "
		 "by a condition, by chance, by length, or by vectors so that they differ. The same input "
		 "and options always choose the same. Holds all records in memory. What is left out and why "
		 "is told by --explain.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen_options),
	.operand = "IN",
	.example = "sow select graded --by accuracy --top 10% -o best.jsonl\n"
		   "sow select data.jsonl --where 'ifd < 1' --by ifd --top 1000 -o cherry.jsonl\n"
		   "sow select data.jsonl --pick kcenter --vectors embeddings.npy --top 1000 -o broad.jsonl",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
