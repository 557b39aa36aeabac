#include "data/hub_choice.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/view.h"
#include "io/compress.h"
#include "io/folder.h"

#define LISTED 12 /* names in a message */

static const char name_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";

/* Reading a name */

static int expected(const char *text, struct sow_error *err)
{
	return error_set(err, SOW_USAGE, "%s: expected hf:OWNER/NAME[@REVISION][/PATH][:SPLIT]", text);
}

/* A revision ends at a slash, except refs/convert/parquet and its like. */
static size_t revision_length(const char *text)
{
	size_t len = strcspn(text, "/:");
	for (int more = strncmp(text, "refs/", 5) == 0 ? 2 : 0; more && text[len] == '/'; more--)
		len += 1 + strcspn(text + len + 1, "/:");
	return len;
}

int hub_spec_read(struct hub_spec *s, const char *text, struct arena *a, struct sow_error *err)
{
	static const char url[] = "//datasets/";
	const char *at = text + strlen(HUB_PREFIX);
	*s = (struct hub_spec){ .text = arena_copystr(a, text) };
	if (strncmp(at, url, strlen(url)) == 0)
		at += strlen(url);
	size_t owner = strspn(at, name_characters);
	if (!owner || at[owner] != '/')
		return expected(text, err);
	size_t name = strspn(at + owner + 1, name_characters);
	if (!name)
		return expected(text, err);
	s->repository = arena_copy(a, at, owner + 1 + name);
	at += owner + 1 + name;
	if (*at == '@') {
		size_t len = revision_length(++at);
		if (!len || strspn(at, name_characters) == 0)
			return expected(text, err);
		s->revision = arena_copy(a, at, len);
		at += len;
	}
	const char *colon = strrchr(at, ':');
	size_t path = colon ? (size_t)(colon - at) : strlen(at);
	if (path && *at != '/')
		return expected(text, err);
	while (path && at[path - 1] == '/')
		path--;
	if (path)
		s->path = arena_copy(a, at + 1, path - 1);
	if (colon) {
		if (!colon[1] || colon[1 + strspn(colon + 1, name_characters)])
			return expected(text, err);
		s->split = arena_copystr(a, colon + 1);
	}
	return SOW_OK;
}

/* Files by their names */

enum kind { KIND_NONE, KIND_JSON, KIND_CSV, KIND_PARQUET };

static enum kind kind_of(const char *path)
{
	static const struct { const char *ending; enum kind kind; } kinds[] = {
		{ ".parquet", KIND_PARQUET }, { ".jsonl", KIND_JSON }, { ".ndjson", KIND_JSON },
		{ ".json", KIND_JSON }, { ".csv", KIND_CSV }, { ".tsv", KIND_CSV },
	};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (compression_stem_ends(path, kinds[i].ending))
			return kinds[i].kind;
	}
	return KIND_NONE;
}

/* True if by its name it has records. Names that begin with a dot or "__", and the files that `datasets`
 * keeps beside its data, have none. */
static bool is_data(const struct hub_entry *e)
{
	static const char *const beside[] = { "dataset_infos.json", "dataset_info.json",
					      "dataset_dict.json", "state.json" };
	for (const char *p = e->path; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (*p == '.' || strncmp(p, "__", 2) == 0)
			return false;
	}
	for (size_t i = 0; i < sizeof(beside) / sizeof(*beside); i++) {
		if (strcmp(folder_base_name(e->path), beside[i]) == 0)
			return false;
	}
	return e->size > 0 && kind_of(e->path) != KIND_NONE;
}

static const struct { const char *word, *split; } split_words[] = {
	{ "train", "train" }, { "training", "train" }, { "validation", "validation" },
	{ "valid", "validation" }, { "val", "validation" }, { "dev", "validation" }, { "test", "test" },
	{ "testing", "test" }, { "eval", "test" }, { "evaluation", "test" },
};

static const char *known_split(struct view word)
{
	for (size_t i = 0; i < sizeof(split_words) / sizeof(*split_words); i++) {
		if (view_eqfold(word, view_of(split_words[i].word)))
			return split_words[i].split;
	}
	return NULL;
}

/* The first word of a text, words being letters only, that names a split. */
static const char *split_among(struct view text)
{
	for (size_t i = 0; i < text.len;) {
		size_t from = i;
		while (i < text.len && ascii_alpha(text.p[i]))
			i++;
		const char *found = i > from ? known_split(view_sub(text, from, i)) : NULL;
		if (found)
			return found;
		i += i == from;
	}
	return NULL;
}

/* "SPLIT-00000-of-00002.parquet": the text before the numbers, or empty. */
static struct view numbered_split(const char *base)
{
	const char *of = strstr(base, "-of-");
	const char *start = of;
	while (start && start > base && ascii_digit(start[-1]))
		start--;
	bool is = of && of - start == 5 && start > base + 1 && start[-1] == '-' && ascii_digit(of[4]);
	return view_from(base, is ? (size_t)(start - 1 - base) : 0);
}

/* NULL: its name has none, or out of memory. */
static const char *split_by_name(const char *path, struct arena *a)
{
	const char *base = folder_base_name(path);
	struct view numbered = numbered_split(base), folders = view_from(path, (size_t)(base - path));
	if (numbered.len) {
		const char *known = known_split(numbered);
		return known ? known : arena_copyview(a, numbered);
	}
	const char *found = split_among(view_of(base));
	return found ? found : split_among(folders);
}

/* Existing names, for messages */

struct names {
	struct buf text;
	size_t count;
	const char *last;
};

static void add_name(struct names *n, const char *name)
{
	if (n->last && strcmp(n->last, name) == 0)
		return;
	n->last = name;
	if (n->count++ < LISTED)
		buf_addf(&n->text, "%s%s", n->text.len ? ", " : "", name);
	else if (n->count == LISTED + 1)
		buf_addstr(&n->text, ", …");
}

/* The names of some candidates, sorted by path. */
static void add_paths(struct names *n, struct hub_entry *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add_name(n, list[i]->path);
}

/* Choosing */

struct choosing {
	const struct hub_spec *s;
	const struct hub_listing *l;
	struct arena *a;
	struct hub_entry **list;     /* candidates */
	size_t count;
	struct hub_entry **rest;     /* data files that are in no configuration */
	size_t rest_count;
	struct sow_error *err;
};

static int by_path(const void *a, const void *b)
{
	const struct hub_entry *const *x = a, *const *y = b;
	return strcmp((*x)->path, (*y)->path);
}

static bool is_inside(const char *path, const char *folder)
{
	size_t len = strlen(folder);
	return strncmp(path, folder, len) == 0 && path[len] == '/';
}

static int wrong(struct choosing *c, const char *what, struct names *n)
{
	int status = error_set(c->err, SOW_INVALID, "%s: %s%s", c->s->text, what,
				 n->text.len ? n->text.data : "nothing");
	buf_release(&n->text);
	return status;
}

static void keep_inside(struct choosing *c, const char *folder)
{
	size_t kept = 0;
	for (size_t i = 0; i < c->count; i++) {
		if (is_inside(c->list[i]->path, folder))
			c->list[kept++] = c->list[i];
	}
	c->count = kept;
}

static void split_by_names(struct choosing *c)
{
	size_t named = 0;
	for (size_t i = 0; i < c->count; i++) {
		c->list[i]->split = split_by_name(c->list[i]->path, c->a);
		named += c->list[i]->split != NULL;
	}
	for (size_t i = 0; i < c->count; i++) {
		if (!c->list[i]->split)
			c->list[i]->split = named ? "other files" : "train";
	}
}

/* Configurations of the card */

static struct view config_name(const json_value *config)
{
	struct view name = json_text(json_get(config, "config_name"));
	return name.len ? name : view_of("default");
}

static const json_value *find_config(const json_value *configs, const char *name)
{
	for (const json_value *v = json_first(configs); v; v = json_next(configs, v)) {
		if (view_eqstr(config_name(v), name))
			return v;
	}
	return NULL;
}

static const json_value *default_config(const json_value *configs)
{
	for (const json_value *v = json_first(configs); v; v = json_next(configs, v)) {
		if (json_bool(json_get(v, "default")))
			return v;
	}
	const json_value *named = find_config(configs, "default");
	return named ? named : json_count(configs) == 1 ? json_first(configs) : NULL;
}

static const char *next_name(const char *path)
{
	path += strcspn(path, "/");
	return path + (*path == '/');
}

/* True if the first name of a path matches that of a pattern. */
static bool name_matches(const char *path, const char *pattern)
{
	struct buf name = BUF_INIT, wanted = BUF_INIT;
	buf_add(&name, path, strcspn(path, "/"));
	buf_add(&wanted, pattern, strcspn(pattern, "/"));
	bool same = fnmatch(wanted.data, name.data, 0) == 0;
	buf_release(&name);
	buf_release(&wanted);
	return same;
}

static bool is_deep(const char *pattern)
{
	return strncmp(pattern, "**", 2) == 0 && (!pattern[2] || pattern[2] == '/');
}

/* Name by name: "**" is any number of folders, even 0. The rest of the pattern after the last "**" is tried
 * further down the path until it fits. */
static bool matches_deep(const char *path, const char *pattern)
{
	const char *after = NULL, *from = NULL;
	while (*path) {
		if (is_deep(pattern)) {
			pattern = after = next_name(pattern);
			from = path;
			if (!*pattern)
				return true;
		} else if (*pattern && name_matches(path, pattern)) {
			path = next_name(path);
			pattern = next_name(pattern);
		} else if (after) {
			path = from = next_name(from);
			pattern = after;
		} else {
			return false;
		}
	}
	return !*pattern;
}

static bool matches(const char *path, const char *pattern)
{
	if (strncmp(pattern, "./", 2) == 0)
		pattern += 2;
	size_t len = strlen(pattern);
	if (!strpbrk(pattern, "*?["))
		return strcmp(path, pattern) == 0 || is_inside(path, pattern) ||
		       (len && pattern[len - 1] == '/' && strncmp(path, pattern, len) == 0);
	if (!strstr(pattern, "**"))
		return fnmatch(pattern, path, FNM_PATHNAME) == 0;
	return fnmatch(pattern, path, 0) == 0 || matches_deep(path, pattern);
}

/* Gives the files that a pattern, or each of a list of them, matches to a split. */
static void give_to_split(struct choosing *c, const json_value *patterns, const char *folder,
			  struct view split)
{
	bool is_list = json_type(patterns) == JSON_ARRAY;
	const json_value *v = is_list ? json_first(patterns) : patterns;
	const char *name = arena_copyview(c->a, split);
	for (; v; v = is_list ? json_next(patterns, v) : NULL) {
		struct buf pattern = BUF_INIT;
		struct view text = json_text(v);
		buf_addf(&pattern, "%s%s%.*s", folder, *folder ? "/" : "", VIEW_ARG(text));
		for (size_t i = 0; i < c->count; i++) {
			if (matches(c->list[i]->path, pattern.data))
				c->list[i]->split = name;
		}
		buf_release(&pattern);
	}
}

/* Gives the files of a configuration, if any, to its splits. */
static void give_to_splits(struct choosing *c, const json_value *config)
{
	const json_value *files = json_get(config, "data_files");
	const char *folder = arena_copyview(c->a, json_text(json_get(config, "data_dir")));
	bool has_splits = json_type(files) == JSON_ARRAY && json_type(json_first(files)) == JSON_OBJECT;
	if (!has_splits)
		give_to_split(c, files, folder, view_of("train"));
	for (const json_value *v = has_splits ? json_first(files) : NULL; v; v = json_next(files, v))
		give_to_split(c, json_get(v, "path"), folder, json_text(json_get(v, "split")));
}

/* Without data_files: the files in its folder, or all. */
static void split_by_folder(struct choosing *c, const json_value *config)
{
	struct view dir = json_text(json_get(config, "data_dir"));
	const char *folder = arena_copyview(c->a, dir);
	if (dir.len)
		keep_inside(c, folder);
	split_by_names(c);
}

/* Keeps the files of the rest that no other configuration has. */
static void narrow_rest(struct choosing *c, const json_value *config)
{
	struct choosing other = *c;
	size_t kept = 0;
	other.list = arena_array(c->a, c->rest_count + 1, sizeof(*other.list));
	for (const json_value *v = json_first(c->l->configs); v; v = json_next(c->l->configs, v)) {
		memcpy(other.list, c->rest, c->rest_count * sizeof(*other.list));
		other.count = c->rest_count;
		if (v != config && json_is_missing(json_get(v, "data_files")))
			split_by_folder(&other, v);
		else if (v != config)
			give_to_splits(&other, v);
	}
	for (size_t i = 0; i < c->rest_count; i++) {
		if (!c->rest[i]->split)
			c->rest[kept++] = c->rest[i];
	}
	c->rest_count = kept;
}

static void split_by_config(struct choosing *c, const json_value *config)
{
	if (json_is_missing(json_get(config, "data_files"))) {
		split_by_folder(c, config);
		return;
	}
	size_t kept = 0;
	give_to_splits(c, config);
	c->rest = arena_array(c->a, c->count + 1, sizeof(*c->rest));
	for (size_t i = 0; i < c->count; i++) {
		if (c->list[i]->split)
			c->list[kept++] = c->list[i];
		else
			c->rest[c->rest_count++] = c->list[i];
	}
	c->count = kept;
	narrow_rest(c, config);
}

/* Steps */

static int several_configs(struct choosing *c)
{
	struct names n = { .text = BUF_INIT };
	for (const json_value *v = json_first(c->l->configs); v; v = json_next(c->l->configs, v))
		add_name(&n, arena_copyview(c->a, config_name(v)));
	return wrong(c, "it has several configurations; name one, as hf:OWNER/NAME/CONFIGURATION: ", &n);
}

/* The file that PATH names: it is read whatever its ending. */
static struct hub_entry *named_file(const struct choosing *c)
{
	for (size_t i = 0; c->s->path && i < c->l->count; i++) {
		if (strcmp(c->l->list[i].path, c->s->path) == 0)
			return &c->l->list[i];
	}
	return NULL;
}

/* The folder or configuration that PATH names, or all files. */
static int narrow(struct choosing *c)
{
	const json_value *configs = json_count(c->l->configs) ? c->l->configs : NULL;
	const json_value *config = NULL;
	size_t inside = 0;
	for (size_t i = 0; c->s->path && i < c->count; i++)
		inside += is_inside(c->list[i]->path, c->s->path);
	if (c->s->path)
		config = find_config(configs, c->s->path);
	else if (configs && !(config = default_config(configs)))
		return several_configs(c);
	if (config) {
		split_by_config(c, config);
		return SOW_OK;
	}
	if (c->s->path && !inside) {
		struct names n = { .text = BUF_INIT };
		add_paths(&n, c->list, c->count);
		return wrong(c, "no such file, folder or configuration; it has ", &n);
	}
	if (c->s->path)
		keep_inside(c, c->s->path);
	split_by_names(c);
	return SOW_OK;
}

/* The wanted split, among those of the candidates. NULL: it is ambiguous. */
static const char *wanted_split(const struct choosing *c)
{
	const char *only = c->list[0]->split, *train = NULL;
	const char *known = c->s->split ? known_split(view_of(c->s->split)) : NULL;
	for (size_t i = 0; i < c->count; i++) {
		const char *split = c->list[i]->split;
		if (c->s->split && strcmp(split, c->s->split) == 0)
			return split;
		if (known && strcmp(split, known) == 0)
			train = split;
		if (!c->s->split && strcmp(split, "train") == 0)
			train = split;
		if (only && strcmp(split, only) != 0)
			only = NULL;
	}
	return train || c->s->split ? train : only;
}

static bool among(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i], name) == 0)
			return true;
	}
	return false;
}

/* The splits of the candidates except `without`, each once. */
static void list_splits(struct choosing *c, const char *without, struct names *n)
{
	const char **seen = arena_array(c->a, c->count, sizeof(*seen));
	size_t count = 0;
	for (size_t i = 0; i < c->count; i++) {
		const char *split = c->list[i]->split;
		if (among(split, seen, count) || (without && strcmp(split, without) == 0))
			continue;
		seen[count++] = split;
		add_name(n, split);
	}
}

static int keep_split(struct choosing *c, struct hub_choice *choice)
{
	struct names n = { .text = BUF_INIT };
	const char *wanted = wanted_split(c);
	list_splits(c, wanted, &n);
	if (!wanted)
		return wrong(c, c->s->split ? "no such split; it has " : "which split? Add :SPLIT, one of ",
			     &n);
	add_paths(&n, c->rest, c->rest_count);
	choice->split = wanted;
	choice->others = arena_takebuf(c->a, &n.text);
	size_t kept = 0;
	for (size_t i = 0; i < c->count; i++) {
		if (strcmp(c->list[i]->split, wanted) == 0)
			c->list[kept++] = c->list[i];
	}
	c->count = kept;
	return SOW_OK;
}

static int check_kinds(struct choosing *c)
{
	for (size_t i = 1; i < c->count; i++) {
		if (kind_of(c->list[i]->path) == kind_of(c->list[0]->path))
			continue;
		struct names n = { .text = BUF_INIT };
		add_paths(&n, c->list, c->count);
		return wrong(c, "files of several kinds, which may hold the same; name a file or folder, as "
			     "hf:OWNER/NAME/PATH: ", &n);
	}
	return SOW_OK;
}

static int none(struct choosing *c)
{
	return error_set(c->err, SOW_MISSING, "%s: none of its %zu files is JSON, CSV or Parquet by its "
			 "name; one that is can be named, as hf:OWNER/NAME/PATH", c->s->text, c->l->count);
}

int hub_choose(const struct hub_spec *s, const struct hub_listing *l, struct arena *a,
	       struct hub_choice *choice, struct sow_error *err)
{
	struct choosing c = { .s = s, .l = l, .a = a, .err = err };
	c.list = arena_array(a, l->count + 1, sizeof(*c.list));
	*choice = (struct hub_choice){ .list = c.list, .others = view_of("") };
	struct hub_entry *file = named_file(&c);
	if (file && s->split)
		return error_set(err, SOW_USAGE, "%s: expected a split or a file, not both", s->text);
	if (file) {
		c.list[choice->count++] = file;
		return SOW_OK;
	}
	for (size_t i = 0; i < l->count; i++) {
		l->list[i].split = NULL;
		if (is_data(&l->list[i]))
			c.list[c.count++] = &l->list[i];
	}
	qsort(c.list, c.count, sizeof(*c.list), by_path);
	int status = c.count ? narrow(&c) : none(&c);
	if (!status && !c.count)
		status = none(&c);
	if (!status)
		status = keep_split(&c, choice);
	if (!status)
		status = check_kinds(&c);
	choice->count = c.count;
	return status;
}
