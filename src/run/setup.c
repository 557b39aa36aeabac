#include "run/setup.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/embedded.h"
#include "base/error.h"
#include "io/hash.h"
#include "io/infile.h"

static const char builtin_seeds[] = "data/seed_tasks.jsonl";

/* What is in force once --strict-paper has had its say. */
struct effective {
	const struct recipe *recipe;
	const char *tokenizer;
	const char *style;
	int64_t lookahead;
};

/* -- identity ----------------------------------------------------------------------- */

static int add_identity(struct setup *s, const char *name, struct view value, struct view shown)
{
	char *value_copy = arena_copyview(s->arena, value);
	char *shown_copy = arena_copyview(s->arena, shown);
	if (!value_copy || !shown_copy)
		return SOW_NOMEM;
	s->identity[s->identity_count++] = (struct identity){
		name, view_from(value_copy, value.len), view_from(shown_copy, shown.len),
	};
	return SOW_OK;
}

static void hash_text(struct hasher *h, struct view text)
{
	uint64_t len = text.len;
	hasher_add(h, &len, sizeof(len));
	hasher_add(h, text.p, text.len);
}

/* What counts of tasks as examples and as neighbours, whatever file form they came in. */
static int hash_tasks(const struct tasks *tasks, char hex[HASH_HEX_SIZE])
{
	struct hasher *h = hasher_new();
	if (!h)
		return SOW_NOMEM;
	for (size_t i = 0; i < tasks->count; i++) {
		hash_text(h, tasks->list[i].instruction);
		hash_text(h, view_of(tasks->list[i].is_classification ? "1" : "0"));
	}
	struct hash hash;
	int status = hasher_finish(h, &hash);
	if (!status)
		hash_hex(&hash, hex);
	return status;
}

static int add_tasks_identity(struct setup *s, const char *name, const struct tasks *tasks,
			      struct view shown)
{
	char hex[HASH_HEX_SIZE] = "";
	if (tasks->count && hash_tasks(tasks, hex))
		return SOW_NOMEM;
	return add_identity(s, name, view_of(hex), shown);
}

/* Fields whose value is what the option says. */
static int add_plain_identity(struct setup *s, const struct effective *e)
{
	static const char *const elsewhere[] = { "seeds", "against", "prompts" };
	struct buf text = BUF_INIT;
	int status = SOW_OK;
	for (size_t i = 0; i < recipe_field_count && !status; i++) {
		const struct field *f = &recipe_fields[i];
		bool skip = f->kind != FIELD_IDENTITY;
		for (size_t j = 0; j < sizeof(elsewhere) / sizeof(*elsewhere); j++)
			skip = skip || strcmp(f->name, elsewhere[j]) == 0;
		if (skip)
			continue;
		buf_clear(&text);
		if (strcmp(f->name, "tokenizer") == 0)
			buf_addstr(&text, e->tokenizer);
		else if (strcmp(f->name, "prompt-style") == 0)
			buf_addstr(&text, e->style);
		else if (strcmp(f->name, "lookahead") == 0)
			buf_addf(&text, "%lld", (long long)e->lookahead);
		else
			recipe_text(e->recipe, f, &text);
		struct view value = view_from(text.data, text.len);
		status = buf_failed(&text) ? SOW_NOMEM : add_identity(s, f->name, value, value);
	}
	buf_release(&text);
	return status;
}

/* -- seeds and what to be new against -------------------------------------------------- */

static int read_seeds(struct setup *s, const struct recipe *r, struct sow_error *err)
{
	int status;
	if (r->seeds) {
		status = tasks_read(&s->seeds, s->arena, r->seeds, err);
	} else {
		const struct embedded_file *f = embedded_find(builtin_seeds);
		status = tasks_parse(&s->seeds, s->arena, builtin_seeds,
				     view_from(f->text, f->len), err);
	}
	for (size_t i = 0; i < s->seeds.count && !status; i++) {
		struct task *t = &s->seeds.list[i];
		char id[32];
		snprintf(id, sizeof(id), "seed_%zu", i);
		if (!t->id.len) {
			char *copy = arena_copystr(s->arena, id);
			t->id = view_of(copy);
			if (!copy)
				status = error_nomem(err);
		}
		if (!status && pool_add_seed(s->pool, t->id, t->instruction, t->is_classification))
			status = error_nomem(err);
	}
	if (!status && !pool_seeds(s->pool, r->classification_only))
		status = error_set(err, SOW_INVALID, "%s: no classification task among the seeds",
				   r->seeds ? r->seeds : builtin_seeds);
	return status;
}

static int read_against(struct setup *s, const char *path, struct sow_error *err)
{
	size_t first = s->against.count;
	int status = tasks_read(&s->against, s->arena, path, err);
	for (size_t i = first; i < s->against.count && !status; i++) {
		struct buf id = BUF_INIT;
		buf_addf(&id, "%s:%zu", path, i - first + 1);
		char *copy = buf_failed(&id) ? NULL : arena_copy(s->arena, id.data, id.len);
		s->against.list[i].id = view_from(copy, id.len);
		buf_release(&id);
		if (!copy || pool_add_against(s->pool, s->against.list[i].id,
					      s->against.list[i].instruction))
			status = error_nomem(err);
	}
	return status;
}

static int read_tasks(struct setup *s, const struct recipe *r, struct sow_error *err)
{
	struct buf shown = BUF_INIT;
	int status = read_seeds(s, r, err);
	if (!status && add_tasks_identity(s, "seeds", &s->seeds,
					  view_of(r->seeds ? r->seeds : "built in")))
		status = error_nomem(err);
	for (size_t i = 0; i < r->against.count && !status; i++) {
		buf_addf(&shown, "%s%s", i ? "\n" : "", r->against.items[i]);
		status = read_against(s, r->against.items[i], err);
	}
	if (!status && (buf_failed(&shown) ||
			add_tasks_identity(s, "against", &s->against,
					   view_from(shown.data, shown.len))))
		status = error_nomem(err);
	buf_release(&shown);
	return status;
}

/* -- prompts ------------------------------------------------------------------------- */

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
	int status = buf_failed(&path) ? error_nomem(err) : SOW_OK;
	if (!status && access(path.data, F_OK) != 0)
		status = SOW_MISSING;
	if (!status)
		status = infile_whole(path.data, &whole, err);
	char *copy = status ? NULL : arena_copy(p->arena, whole.data, whole.len);
	*text = view_from(copy, whole.len);
	if (!status && !copy)
		status = error_nomem(err);
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
		hash_text(p->hasher, *text);
	return status;
}

static int open_method(struct setup *s, const struct effective *e, struct sow_error *err)
{
	const struct recipe *r = e->recipe;
	struct prompts prompts = { .arena = s->arena, .folder = r->prompts,
				   .hasher = hasher_new() };
	if (!prompts.hasher)
		return error_nomem(err);
	const struct method_options options = {
		.pool = s->pool, .rules = s->rules, .find_prompt = find_prompt,
		.find_data = &prompts, .seed = (uint64_t)r->seed,
		.language = r->language, .topic = r->topic,
		.chat = strcmp(e->style, "chat") == 0,
		.released = strcmp(r->variant, "released") == 0,
		.capitalize = r->capitalize, .classification_only = r->classification_only,
	};
	struct hash hash;
	char hex[HASH_HEX_SIZE];
	s->state = s->method->open(&options, err);
	if (hasher_finish(prompts.hasher, &hash))
		return error_nomem(err);
	hash_hex(&hash, hex);
	if (!s->state)
		return err && err->status ? (int)err->status : SOW_INVALID;
	if (r->prompts && !prompts.replaced)
		return error_set(err, SOW_INVALID, "%s: no prompt in there is used; expected some of "
				 "those in prompts/, such as self_instruct/instructions.txt",
				 r->prompts);
	return add_identity(s, "prompts", view_of(hex), view_of(r->prompts ? r->prompts : "built in"))
		       ? error_nomem(err) : SOW_OK;
}

/* -- all of it ------------------------------------------------------------------------ */

static bool is_english(const char *language)
{
	return !language || view_eqfold(view_of(language), view_of("english"));
}

static int set_rules(struct setup *s, const struct recipe *r, struct sow_error *err)
{
	int status = s->rules ? SOW_OK : error_nomem(err);
	if (!status && r->strict_paper)
		rules_count_spaced(s->rules);
	/* The rule bans other languages; a user may still ask for it by name. */
	if (!status && !is_english(r->language))
		status = rules_set(s->rules, "non-ascii=off", err);
	for (size_t i = 0; i < r->rules.count && !status; i++)
		status = rules_set(s->rules, r->rules.items[i], err);
	return status;
}

static int fill(struct setup *s, const struct effective *e, const char *model,
		struct sow_error *err)
{
	const struct recipe *r = e->recipe;
	s->method = method_find(r->method);
	if (!s->method)
		return error_set(err, SOW_USAGE, "%s: no such method", r->method);
	int status = set_rules(s, r, err);
	if (status)
		return status;
	s->lookahead = e->lookahead;
	s->pool = pool_new(strcmp(e->tokenizer, "ascii") == 0 ? WORDS_ASCII : WORDS_UNICODE,
			   rules_number(s->rules, RULE_NEAR_DUPLICATE));
	if (!s->pool || add_identity(s, "method", view_of(r->method), view_of(r->method)) ||
	    add_identity(s, "model", view_of(model), view_of(model)) ||
	    add_plain_identity(s, e))
		return error_nomem(err);
	status = read_tasks(s, r, err);
	return status ? status : open_method(s, e, err);
}

int setup_init(struct setup *s, const struct recipe *r, const char *model, bool prefers_chat,
	       struct sow_error *err)
{
	struct effective e = {
		.recipe = r,
		.tokenizer = r->strict_paper ? "ascii" : r->tokenizer,
		.style = r->prompt_style ? r->prompt_style : prefers_chat ? "chat" : "completion",
		.lookahead = r->strict_paper ? 1 : r->lookahead,
	};
	*s = (struct setup){ .arena = arena_new(), .rules = rules_new() };
	int status = s->arena ? fill(s, &e, model, err) : error_nomem(err);
	if (status)
		setup_release(s);
	return status;
}

void setup_release(struct setup *s)
{
	if (s->state)
		s->method->close(s->state);
	pool_free(s->pool);
	rules_free(s->rules);
	tasks_release(&s->seeds);
	tasks_release(&s->against);
	arena_free(s->arena);
	*s = (struct setup){ 0 };
}
