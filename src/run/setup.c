#include "run/setup.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/embedded.h"
#include "base/error.h"
#include "io/hash.h"
#include "io/infile.h"
#include "method/judge.h"
#include "run/choice.h"
#include "run/map_files.h"
#include "run/seeds.h"

static bool is_released(const struct recipe_step *step)
{
	return step->o.variant && strcmp(step->o.variant, "released") == 0;
}

/* Identity */

static void add_identity(struct setup *s, const char *name, struct view value, struct view shown)
{
	char *value_copy = arena_copyview(s->arena, value);
	char *shown_copy = arena_copyview(s->arena, shown);
	s->identity[s->identity_count++] = (struct identity){
		.name = name, .value = view_from(value_copy, value.len),
		.shown = view_from(shown_copy, shown.len),
	};
}

static void add_tasks_identity(struct setup *s, const char *name, const struct record_list *tasks,
			       bool whole, struct view shown)
{
	char hex[HASH_HEX_SIZE] = "";
	if (tasks->count)
		record_list_hash(tasks, whole, hex);
	add_identity(s, name, view_of(hex), shown);
}

/* A user's text or a file with it: compared by its content, shown as it was given. */
static void add_text_identity(struct setup *s, const char *name, const char *given, struct view text)
{
	struct hash hash;
	char hex[HASH_HEX_SIZE] = "";
	if (given) {
		struct hasher *h = hasher_new();
		hasher_text(h, text);
		hasher_finish(h, &hash);
		hash_hex(&hash, hex);
	}
	add_identity(s, name, view_of(hex), view_of(given ? given : ""));
}

/* Is its identity added elsewhere, or is it not part of identity? */
static bool is_elsewhere(const struct option *o, const struct method *m)
{
	static const char *const names[] = { "seeds", "against", "prompts", "input", "prompt", "schema",
					     "join", "documents", "towards" };
	if (m->takes_objects && strcmp(o->name, "system") == 0)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(o->name, names[i]) == 0)
			return true;
	}
	return false;
}

/* Options that are compared by their own text. */
static void add_plain_identity(struct setup *s)
{
	const struct option *list[RECIPE_OPTIONS_MAX];
	size_t count = recipe_options(s->method, list);
	struct buf text = BUF_INIT;
	for (size_t i = 0; i < count; i++) {
		const struct option *o = list[i];
		if (!o->identity || !recipe_is_of_step(o) || is_elsewhere(o, s->method))
			continue;
		buf_clear(&text);
		recipe_text(NULL, s->step, NULL, o, &text);
		struct view value = view_from(text.data, text.len);
		add_identity(s, o->name, value, value);
		const char *fallback = recipe_default(o, s->method);
		s->identity[s->identity_count - 1].before =
			fallback ? fallback : o->type == OPTION_FLAG ? "no" : "";
	}
	buf_release(&text);
}

/* The writers' models, where records name them. */
static void add_writers_identity(struct setup *s)
{
	struct buf names = BUF_INIT;
	if (!s->method->several_writers)
		return;
	for (int i = 0; i < WRITERS_MAX; i++) {
		if (s->writers[i])
			buf_addf(&names, "%s%s", names.len ? "\n" : "", s->writers[i]);
	}
	struct view text = view_from(names.data, names.len);
	add_identity(s, "writers", text, text);
	buf_release(&names);
}

/* The effective rules: from the recipe, the method and the defaults of this program. */
static void add_rules_identity(struct setup *s)
{
	struct buf text = BUF_INIT;
	rules_text(s->rules, s->method->name, &text);
	add_identity(s, IDENTITY_RULES, view_from(text.data, text.len), view_of(""));
	s->identity[s->identity_count - 1].before = s->identity[s->identity_count - 1].value.p;
	buf_release(&text);
}

/* Seeds and the files to differ from */

/* The index of instructions grows with the input. */
static int fail_pool(struct sow_error *err)
{
	return error_set(err, SOW_NOMEM, "the pool of instructions: out of memory");
}

static int read_seeds(struct setup *s, const struct recipe_step *r, struct sow_error *err)
{
	int status = seeds_read(&s->seeds, s->arena, r->seeds, err);
	/* In this case the released code knows no other seeds, and finds no instruction similar to them. */
	bool only = is_released(r) && r->o.classification_only;
	for (size_t i = 0; i < s->seeds.count && !status; i++) {
		if (only && !s->seeds.list[i].is_classification)
			continue;
		if (pool_add_seed(s->pool, &s->seeds.list[i]))
			status = fail_pool(err);
	}
	if (!status && !pool_seeds(s->pool, r->o.classification_only))
		status = error_set(err, SOW_INVALID, "%s: no classification task among the seeds",
				   r->seeds ? r->seeds : seeds_builtin);
	return status;
}

static int read_against(struct setup *s, const char *path, struct sow_error *err)
{
	size_t first = s->against.count;
	int status = open_record_list(&s->against, s->arena, path, err);
	for (size_t i = first; i < s->against.count && !status; i++) {
		struct buf id = BUF_INIT;
		buf_addf(&id, "%s:%zu", path, i - first + 1);
		char *copy = arena_copy(s->arena, id.data, id.len);
		s->against.list[i].id = view_from(copy, id.len);
		buf_release(&id);
		if (pool_add_against(s->pool, s->against.list[i].id,
					      s->against.list[i].instruction))
			status = fail_pool(err);
	}
	return status;
}

static int read_tasks(struct setup *s, const struct recipe_step *r, struct sow_error *err)
{
	struct buf shown = BUF_INIT;
	int status = SOW_OK;
	pool_begin_bulk(s->pool);
	if (!s->method->no_seeds)
		status = read_seeds(s, r, err);
	if (!status && !s->method->takes_input)
		add_tasks_identity(s, "seeds", &s->seeds, s->method->shows_records,
				   view_of(r->seeds ? r->seeds : SEEDS_BUILTIN_SHOWN));
	for (size_t i = 0; i < r->against.count && !status; i++) {
		buf_addf(&shown, "%s%s", i ? "\n" : "", r->against.items[i]);
		status = read_against(s, r->against.items[i], err);
	}
	int loaded = status ? SOW_OK : pool_end_bulk(s->pool);
	if (loaded == SOW_TOOBIG)
		status = error_set(err, SOW_TOOBIG, "seeds, or what to be new against: an instruction of "
				   "more than %d words", WORDS_MAX);
	else if (!status && loaded)
		status = fail_pool(err);
	if (!status)
		add_tasks_identity(s, "against", &s->against, false, view_from(shown.data, shown.len));
	if (!status && s->method->takes_input)
		s->identity[s->identity_count - 1].before = "";
	buf_release(&shown);
	return status;
}

/* Prompts */

struct prompts {
	struct arena *arena;
	const char *folder;  /* the user's; NULL: none */
	size_t replaced;     /* how many came from it */
	struct hasher *hasher;
};

static int find_in_folder(struct prompts *p, const char *name, struct view *text,
			  struct sow_error *err)
{
	struct buf path = BUF_INIT, whole = BUF_INIT;
	buf_addf(&path, "%s/%s", p->folder, name);
	int status = SOW_OK;
	if (access(path.data, F_OK) != 0)
		status = SOW_MISSING;
	if (!status)
		status = infile_whole(path.data, &whole, err);
	if (!status)
		*text = arena_takebuf(p->arena, &whole);
	p->replaced += !status;
	buf_release(&path);
	buf_release(&whole);
	return status;
}

static int find_prompt(void *data, const char *name, struct view *text, struct sow_error *err)
{
	struct prompts *p = data;
	char path[256];
	int status = p->folder ? find_in_folder(p, name, text, err) : SOW_MISSING;
	if (status == SOW_MISSING) {
		snprintf(path, sizeof(path), "prompts/%s", name);
		const struct embedded_file *f = embedded_find(path);
		if (!f)
			return error_set(err, SOW_MISSING, "%s: no such prompt", path);
		*text = view_from(f->text, f->len);
		status = SOW_OK;
	}
	if (!status)
		hasher_text(p->hasher, *text);
	return status;
}

/* A text, or the text of a file: a value with a blank or a field in it is not a path. */
static int read_text(struct setup *s, const char *said, const char *what, const char **name,
		     struct view *text, struct sow_error *err)
{
	struct buf whole = BUF_INIT;
	bool is_text = !said || !recipe_names_file(said);
	int status = is_text ? SOW_OK : infile_whole(said, &whole, err);
	if (!status && is_text)
		buf_addstr(&whole, said ? said : "");
	if (status == SOW_IO && err && strcmp(what, "schema") != 0) {
		struct sow_error why = *err;
		error_set(err, SOW_IO, "%s; a %s that is not a file has a blank or {{a field}} in it", why.text,
			  what);
	}
	*name = is_text ? what : said;
	if (!status)
		*text = arena_takebuf(s->arena, &whole);
	buf_release(&whole);
	return status;
}

/* The step's own texts, which are part of its identity; reads nothing for a method without any. */
static int read_map(struct setup *s, struct map_options *map, struct sow_error *err)
{
	const char *name;
	if (!method_takes(s->method, "prompt"))
		return SOW_OK;
	int status = read_text(s, map->prompt_said, "prompt", &map->prompt_name, &map->prompt, err);
	if (!status)
		status = read_text(s, s->step->o.system, "system", &name, &map->system, err);
	if (!status)
		status = read_text(s, map->schema_said, "schema", &map->schema_name, &map->schema, err);
	return status;
}

static void add_map_identity(struct setup *s, const struct map_options *map)
{
	add_text_identity(s, "prompt", map->prompt_said, map->prompt);
	add_text_identity(s, "system", s->step->o.system, map->system);
	add_text_identity(s, "schema", map->schema_said, map->schema);
}

/* A draw is identified by its text and, if that names a file, by the file's content. */
static void set_draws_identity(struct setup *s, struct view said)
{
	for (size_t i = 0; i < s->identity_count; i++) {
		if (strcmp(s->identity[i].name, "draw") == 0)
			s->identity[i].value = said;
	}
}

/* The files that are read whole, and their identity. */
static int read_map_files(struct setup *s, struct map_options *map, struct sow_error *err)
{
	struct map_files f;
	if (!method_takes(s->method, "join"))
		return SOW_OK;
	int status = map_files_read(&f, s->step, s->arena, err);
	if (status)
		return status;
	map->draw_files = f.draws;
	map->join_file = f.join;
	if (f.draws_said.len)
		set_draws_identity(s, f.draws_said);
	add_identity(s, "join", view_of(f.join_hash), view_of(map->join_said ? map->join_said : ""));
	s->identity[s->identity_count - 1].before = "";
	return SOW_OK;
}

static struct method_options method_options(const struct setup *s, struct prompts *prompts)
{
	struct method_options o = s->step->o;
	o.pool = s->pool;
	o.inputs = s->source ? source_held(s->source, &o.input_count) : NULL;
	o.is_shard = s->shard.count > 1;
	o.is_rehearsal = s->rehearses;
	o.examples = s->examples.count ? &s->examples : NULL;
	o.rules = s->rules;
	o.prompts = (struct prompt_shelf){ .find = find_prompt, .data = prompts,
					   .chat = strcmp(s->step->prompt_style, "chat") == 0 };
	o.seed = (uint64_t)s->seed;
	o.opens = s->style.opens;
	o.writers = s->writers;
	o.again = o.again || !s->step->input; /* answer a step's tasks anew */
	return o;
}

/* Opens the judge last: the order in which prompts are read is part of their hash. */
static int open_state(struct setup *s, const struct method_options *o, bool measures,
		      struct sow_error *err)
{
	const struct stage *grading = measures ? &stage_difficulty
				      : s->step->best_of > 1 ? &stage_judging : NULL;
	struct method_state *state = method_open(s->method, s->arena, o, err);
	if (state && grading)
		state->o.judge = judge_new(s->arena, &o->prompts, grading, err);
	s->state = state;
	return state && (!grading || state->o.judge) ? SOW_OK : SOW_INVALID;
}

static int open_method(struct setup *s, bool measures, struct sow_error *err)
{
	struct prompts prompts = { .arena = s->arena, .folder = s->step->prompts };
	struct method_options options = method_options(s, &prompts);
	int status = read_map(s, &options.map, err);
	if (status)
		return status;
	if (s->method->takes_objects)
		add_map_identity(s, &options.map);
	status = read_map_files(s, &options.map, err);
	if (status)
		return status;
	prompts.hasher = hasher_new();
	struct hash hash;
	char hex[HASH_HEX_SIZE];
	status = open_state(s, &options, measures, err);
	hasher_finish(prompts.hasher, &hash);
	hash_hex(&hash, hex);
	if (status)
		return err && err->status ? (int)err->status : status;
	if (prompts.folder && !prompts.replaced)
		return error_set(err, SOW_INVALID, "%s: no prompt in there is used; expected some of "
				 "those in prompts/, such as self_instruct/instructions.txt",
				 prompts.folder);
	if (!s->method->takes_objects || prompts.folder) /* else the prompts are the method's own texts */
		add_identity(s, "prompts", view_of(hex), view_of(prompts.folder ? prompts.folder : "built in"));
	return SOW_OK;
}

/* All of it */

static bool is_english(const char *language)
{
	return !language || view_eqfold(view_of(language), view_of("english"));
}

static int switch_off(struct rules *rules, const char *name, struct sow_error *err)
{
	char setting[64];
	snprintf(setting, sizeof(setting), "%s=off", name);
	return rules_set(rules, setting, err);
}

static int set_rules(struct setup *s, const struct recipe_step *step, struct sow_error *err)
{
	int status = SOW_OK;
	if (step->strict_paper)
		rules_count_spaced(s->rules);
	for (const char *const *own = s->method->rules; own && *own && !status; own++)
		status = rules_set(s->rules, *own, err);
	const char *const *released = is_released(step) ? s->method->released_rules : NULL;
	for (; released && *released && !status; released++)
		status = rules_set(s->rules, *released, err);
	const char *const *more = step->strict_paper ? s->method->own_rules : NULL;
	for (; more && *more && !status; more++)
		status = switch_off(s->rules, *more, err);
	/* The rule bans other languages; a user may still turn it on by name. */
	if (!status && !is_english(step->o.language))
		status = rules_set(s->rules, "non-ascii=off", err);
	for (size_t i = 0; i < step->rules.count && !status; i++) {
		status = rules_fit(step->rules.items[i], s->method->name, err);
		if (!status)
			status = rules_set(s->rules, step->rules.items[i], err);
	}
	return status;
}

static int open_pool(struct setup *s, struct sow_error *err)
{
	bool ascii = strcmp(s->step->tokenizer, "ascii") == 0;
	s->pool = pool_new(ascii ? WORDS_ASCII : WORDS_UNICODE,
			   rules_number(s->rules, RULE_NEAR_DUPLICATE));
	return s->pool ? read_tasks(s, s->step, err) : fail_pool(err);
}

/* Documents have a separate row: its shown form is the input of a later command. */
static void add_documents_identity(struct setup *s, const char *hex)
{
	struct buf shown = BUF_INIT;
	const struct list *paths = &s->step->documents;
	for (size_t i = 0; i < paths->count; i++)
		buf_addf(&shown, "%s%s", i ? "\n" : "", paths->items[i]);
	add_identity(s, "documents", view_of(hex), view_from(shown.data, shown.len));
	s->identity[s->identity_count - 1].before = "";
	buf_release(&shown);
}

static void add_input_identity(struct setup *s)
{
	const struct recipe_step *step = s->step;
	char hex[HASH_HEX_SIZE] = "";
	bool is_documents = step->documents.count;
	if (s->source)
		hash_hex(source_hash(s->source), hex);
	const char *shown = is_documents ? "" : step->input ? step->input : "the step before";
	add_identity(s, "input", view_of(is_documents ? "" : hex), view_of(shown));
	if (method_takes(s->method, "documents"))
		add_documents_identity(s, is_documents ? hex : "");
}

/* An input is a file, documents, or the tasks of the step before; the last follows from that step. */
static int open_input(struct setup *s, size_t number, struct sow_error *err)
{
	const struct recipe_step *step = s->step;
	bool has_input = recipe_has_input(step);
	if (step->input && step->documents.count)
		return error_set(err, SOW_USAGE, "expected --input or --documents, not both");
	if (!has_input && number == 1)
		return error_set(err, SOW_USAGE, "missing --input FILE%s: what %s is to work on",
				 method_takes(s->method, "documents") ? " or --documents PATH" : "",
				 s->method->name);
	if (!has_input && (step->map.count || step->delimiter || step->skip_bad))
		return error_set(err, SOW_USAGE, "map, delimiter and skip-bad are for a file; step %zu works "
				 "on what the one before made", number);
	if (has_input && !(s->source = source_input(step, s->seed, s->shard, err)))
		return err && err->status ? (int)err->status : SOW_IO;
	add_input_identity(s);
	return SOW_OK;
}

/* The step in force: with the paper's values under --strict-paper, and with the teacher's preferred
 * style. */
static int copy_step(struct setup *s, const struct recipe_step *given, struct sow_error *err)
{
	struct recipe_step *step = arena_alloc(s->arena, sizeof(*step));
	size_t own_size = given->method->own_size;
	*step = *given;
	if (own_size) {
		step->o.own = arena_alloc(s->arena, own_size);
		memcpy(step->o.own, given->o.own, own_size);
	}
	if (!step->prompt_style)
		step->prompt_style = s->style.prefers_chat ? "chat" : "completion";
	s->step = step;
	int status = step->strict_paper ? recipe_insist(step, s->arena, err) : SOW_OK;
	s->lookahead = step->lookahead;
	return status;
}

/* Opens the further inputs of a choice. */
static int open_choice(struct setup *s, const struct recipe *r, size_t number, struct sow_error *err)
{
	const char *file = s->method->examples ? s->method->examples(s->step->o.own) : NULL;
	char hex[HASH_HEX_SIZE] = "";
	int status = choice_check_vectors(r, number, err);
	if (!status && file)
		status = choice_read_examples(file, &s->examples, s->arena, hex, err);
	if (!status && s->method->examples) {
		add_identity(s, "towards", view_of(hex), view_of(file ? file : ""));
		s->identity[s->identity_count - 1].before = "";
	}
	return status;
}

static int fill(struct setup *s, const struct recipe *r, size_t number, bool measures, struct sow_error *err)
{
	const struct recipe_step *step = s->step;
	if (step->o.samples > 1 && step->best_of > 1)
		return error_set(err, SOW_USAGE, "expected --samples or --best-of, not both");
	int status = set_rules(s, step, err);
	if (status)
		return status;
	struct view name = view_of(s->method->name);
	add_identity(s, "method", name, name);
	add_plain_identity(s);
	add_writers_identity(s);
	add_rules_identity(s);
	if (!s->method->takes_input || s->method->finds_new)
		status = open_pool(s, err);
	if (!status && s->method->takes_input && !measures)
		status = open_input(s, number, err);
	if (!status && s->method->order_input)
		status = open_choice(s, r, number, err);
	return status ? status : open_method(s, measures, err);
}

static const char *name_of_model(const struct recipe_teacher *t)
{
	return t->o.model ? t->o.model : t->teachers.count ? t->teachers.items[0] : "the built-in model";
}

/* The first step reads the input, so the run's shard is a part of that. */
static int read_shard(struct setup *s, const struct recipe *r, struct sow_error *err)
{
	if (!shard_read(view_of(r->shard ? r->shard : ""), &s->shard))
		return error_set(err, SOW_USAGE, "--shard: expected K/N with K from 1 to N, such as 3/16, not '%s'",
				 r->shard);
	if (r->shard && !r->steps[0].method->takes_input)
		return error_set(err, SOW_USAGE, "--shard is for a run that begins with an input; %s draws from "
				 "a pool that all of its tasks share", r->steps[0].method->name);
	return SOW_OK;
}

int setup_init(struct setup *s, const struct recipe *r, size_t number,
	       const struct teacher_style *style, bool measures, struct sow_error *err)
{
	const struct recipe_step *step = &r->steps[number - 1];
	*s = (struct setup){ .arena = arena_new(), .method = step->method, .seed = r->seed,
			     .rehearses = r->rehearses,
			     .rules = rules_new(), .style = *style };
	for (int i = 0; i < WRITERS_MAX; i++) {
		if (r->has_duty[writer_duties[i]])
			s->writers[i] = name_of_model(&r->teachers[writer_duties[i]]);
	}
	int status = copy_step(s, step, err);
	if (!status)
		status = read_shard(s, r, err);
	if (!status)
		status = fill(s, r, number, measures, err);
	if (status)
		setup_release(s);
	return status;
}

void setup_release(struct setup *s)
{
	pool_free(s->pool);
	method_close(s->method, s->state);
	rules_free(s->rules);
	source_free(s->source);
	record_list_release(&s->seeds);
	record_list_release(&s->against);
	record_list_release(&s->examples);
	arena_free(s->arena);
	*s = (struct setup){ 0 };
}
