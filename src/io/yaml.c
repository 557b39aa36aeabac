#include "io/yaml.h"

#include <libfyaml.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/utf8.h"

/* A list or mapping that is still open. */
struct frame {
	struct yaml_node *node;
	const struct yaml_item **tail; /* where the next item goes */
	const struct yaml_node *key; /* of a mapping: the value is to come */
	struct view anchor;          /* "": none */
	struct map keys;             /* -> the first item with it */
	const struct yaml_item *merged, **merged_tail; /* of "<<" */
};

struct builder {
	struct arena *arena;
	const struct yaml_node *root;
	struct frame frames[YAML_DEPTH_MAX];
	size_t depth;
	struct map anchors;          /* -> node */
	size_t items;
	bool done;                   /* the document has ended */
	struct yaml_place last;      /* of what came last: where nothing stands */
	struct yaml_place *place;    /* of what is wrong */
	struct sow_error *err;
};

/* What may be in a text */

/* YAML's printable characters (YAML 1.2.2, 5.1). */
static bool is_printable(uint32_t c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0x7F) || c == 0x85 ||
	       (c >= 0xA0 && c != 0xFFFE && c != 0xFFFF);
}

/* The library stops at such bytes without a word. */
static int check_text(struct view text, struct yaml_place *place, struct sow_error *err)
{
	*place = (struct yaml_place){ 1, 1 };
	if (text.len > YAML_BYTES_MAX)
		return error_set(err, SOW_TOOBIG, "longer than %zu KiB", YAML_BYTES_MAX >> 10);
	for (size_t at = 0; at < text.len;) {
		uint32_t c = 0;
		size_t len = utf8_next(text.p + at, text.len - at, &c);
		if (!len)
			return error_set(err, SOW_INVALID, "expected UTF-8");
		if (!is_printable(c))
			return error_set(err, SOW_INVALID, "expected text, not the control character "
					 "U+%04X", (unsigned)c);
		place->column += at || c != 0xFEFF; /* a byte order mark has no column */
		if (c == '\n')
			*place = (struct yaml_place){ place->line + 1, 1 };
		at += len;
	}
	return SOW_OK;
}

/* The tree */

static int wrong(struct builder *b, struct yaml_place place, const char *what)
{
	*b->place = place;
	return error_set(b->err, SOW_INVALID, "%s", what);
}

static int count_item(struct builder *b, struct yaml_place place)
{
	if (++b->items <= YAML_ITEMS_MAX)
		return SOW_OK;
	*b->place = place;
	return error_set(b->err, SOW_TOOBIG, "more than %d items", YAML_ITEMS_MAX);
}

static bool is_merge(const struct frame *f)
{
	return f->key && !f->key->quoted && view_eqstr(f->key->text, "<<");
}

static int add_item(struct builder *b, struct frame *f, const struct yaml_node *key,
		    const struct yaml_node *value)
{
	struct yaml_item *item = arena_alloc(b->arena, sizeof(*item));
	*item = (struct yaml_item){ .key = key, .value = value };
	if (is_merge(f)) {
		*f->merged_tail = item;
		f->merged_tail = &item->next;
		return count_item(b, key->place);
	}
	if (key) {
		const uint64_t *first = map_get(&f->keys, key->text.p, key->text.len);
		if (first)
			item->again = (const struct yaml_item *)(uintptr_t)*first;
		else
			map_put(&f->keys, key->text.p, key->text.len, (uint64_t)(uintptr_t)item);
	}
	*f->tail = item;
	f->tail = &item->next;
	return count_item(b, value->place);
}

/* A node is whole: to where it belongs. */
static int put(struct builder *b, const struct yaml_node *node)
{
	if (!b->depth) {
		b->root = node;
		return SOW_OK;
	}
	struct frame *f = &b->frames[b->depth - 1];
	if (f->node->kind == YAML_LIST)
		return add_item(b, f, NULL, node);
	if (!f->key) {
		if (node->kind != YAML_TEXT)
			return wrong(b, node->place, "expected a name before the \":\"");
		f->key = node;
		return SOW_OK;
	}
	int status = add_item(b, f, f->key, node);
	f->key = NULL;
	return status;
}

static void name_node(struct builder *b, struct view anchor, const struct yaml_node *node)
{
	if (anchor.len)
		map_put(&b->anchors, anchor.p, anchor.len, (uint64_t)(uintptr_t)node);
}

/* What `from` has and the mapping of `f` has not. */
static int merge_one(struct builder *b, struct frame *f, const struct yaml_node *from)
{
	if (from->kind != YAML_MAPPING)
		return wrong(b, from->place, "expected a mapping after \"<<\", or a list of them");
	int status = SOW_OK;
	for (const struct yaml_item *i = from->first; i && !status; i = i->next) {
		if (!map_get(&f->keys, i->key->text.p, i->key->text.len))
			status = add_item(b, f, i->key, i->value);
	}
	return status;
}

static int merge(struct builder *b, struct frame *f)
{
	int status = SOW_OK;
	for (const struct yaml_item *m = f->merged; m && !status; m = m->next) {
		if (m->value->kind != YAML_LIST)
			status = merge_one(b, f, m->value);
		else
			for (const struct yaml_item *i = m->value->first; i && !status; i = i->next)
				status = merge_one(b, f, i->value);
	}
	return status;
}

/* Events */

static struct yaml_place place_of(struct builder *b, struct fy_event *e)
{
	const struct fy_mark *mark = fy_event_start_mark(e);
	if (mark && mark->line >= 0 && mark->column >= 0)
		b->last = (struct yaml_place){ (size_t)mark->line + 1, (size_t)mark->column + 1 };
	return b->last;
}

static int copy_token(struct builder *b, struct fy_token *token, struct view *out)
{
	size_t len = 0;
	const char *text = token ? fy_token_get_text(token, &len) : "";
	if (!text)
		return error_nomem(b->err);
	*out = view_from(arena_copy(b->arena, text, len), len);
	return SOW_OK;
}

static int refuse_tag(struct builder *b, struct fy_token *tag, struct yaml_place place)
{
	return tag ? wrong(b, place, "expected no tag (\"!\"): a text is a text here") : SOW_OK;
}

static int take_text(struct builder *b, struct fy_event *e)
{
	struct view anchor;
	struct yaml_node *node = arena_alloc(b->arena, sizeof(*node));
	*node = (struct yaml_node){ .kind = YAML_TEXT, .place = place_of(b, e) };
	enum fy_scalar_style style = fy_token_scalar_style(e->scalar.value);
	node->quoted = style != FYSS_PLAIN;
	if (style == FYSS_LITERAL || style == FYSS_FOLDED)
		node->place.column = 1; /* the mark is where its lines begin, or beside that */
	if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED)
		node->place.column -= node->place.column > 1; /* the mark is after it */
	int status = refuse_tag(b, e->scalar.tag, node->place);
	if (!status)
		status = copy_token(b, e->scalar.value, &node->text);
	if (!status)
		status = copy_token(b, e->scalar.anchor, &anchor);
	if (status)
		return status;
	name_node(b, anchor, node);
	return put(b, node);
}

static int take_alias(struct builder *b, struct fy_event *e)
{
	struct yaml_place place = place_of(b, e);
	struct view name;
	int status = copy_token(b, e->alias.anchor, &name);
	if (status)
		return status;
	const uint64_t *node = map_get(&b->anchors, name.p, name.len);
	if (node)
		return put(b, (const struct yaml_node *)(uintptr_t)*node);
	place.column -= place.column > 1; /* the mark is after the star */
	*b->place = place;
	return error_set(b->err, SOW_INVALID, "expected an anchor \"&%s\" before this alias", name.p);
}

static int open_node(struct builder *b, enum yaml_kind kind, struct fy_event *e,
		     struct fy_token *anchor, struct fy_token *tag)
{
	struct yaml_place place = place_of(b, e);
	if (b->depth == YAML_DEPTH_MAX)
		return wrong(b, place, "expected less: this is nested too deep");
	struct frame *f = &b->frames[b->depth];
	struct yaml_node *node = arena_alloc(b->arena, sizeof(*node));
	*f = (struct frame){ .node = node, .tail = &node->first,
			     .merged_tail = &f->merged };
	node->kind = kind;
	node->place = place;
	int status = refuse_tag(b, tag, place);
	if (!status && anchor)
		status = copy_token(b, anchor, &f->anchor);
	b->depth += !status;
	return status;
}

static int close_node(struct builder *b)
{
	struct frame *f = &b->frames[b->depth - 1];
	int status = merge(b, f);
	map_release(&f->keys);
	b->depth--;
	if (status)
		return status;
	name_node(b, f->anchor, f->node);
	return put(b, f->node);
}

static int take(struct builder *b, struct fy_event *e)
{
	switch (e->type) {
	case FYET_DOCUMENT_START:
		return b->done ? wrong(b, place_of(b, e), "expected one document, not a second") : SOW_OK;
	case FYET_DOCUMENT_END:
		b->done = true;
		return SOW_OK;
	case FYET_SCALAR:
		return take_text(b, e);
	case FYET_ALIAS:
		return take_alias(b, e);
	case FYET_SEQUENCE_START:
		return open_node(b, YAML_LIST, e, e->sequence_start.anchor, e->sequence_start.tag);
	case FYET_MAPPING_START:
		return open_node(b, YAML_MAPPING, e, e->mapping_start.anchor, e->mapping_start.tag);
	case FYET_SEQUENCE_END:
	case FYET_MAPPING_END:
		return close_node(b);
	default:
		return SOW_OK;
	}
}

/* The parser */

/* What the library did not like, in its words. */
static int library_error(struct builder *b, struct fy_diag *diag)
{
	void *at = NULL;
	const struct fy_diag_error *e = fy_diag_errors_iterate(diag, &at);
	if (!e || e->line < 1 || e->column < 1)
		return wrong(b, b->last, e ? e->msg : "expected YAML");
	return wrong(b, (struct yaml_place){ (size_t)e->line, (size_t)e->column }, e->msg);
}

static int parse(struct builder *b, struct fy_parser *parser, struct fy_diag *diag)
{
	int status = SOW_OK;
	struct fy_event *e = NULL;
	while (!status && (e = fy_parser_parse(parser))) {
		status = take(b, e);
		fy_parser_event_free(parser, e);
	}
	if (!status && fy_parser_get_stream_error(parser))
		status = library_error(b, diag);
	return status;
}

int yaml_parse(struct view text, struct arena *a, const struct yaml_node **root,
	       struct yaml_place *place, struct sow_error *err)
{
	struct builder b = { .arena = a, .last = { 1, 1 }, .place = place, .err = err };
	struct fy_diag_cfg quiet;
	struct fy_parser *parser = NULL;
	*root = NULL;
	int status = check_text(text, place, err);
	if (status)
		return status;
	fy_diag_cfg_default(&quiet);
	quiet.fp = NULL;
	struct fy_diag *diag = fy_diag_create(&quiet);
	if (diag) {
		fy_diag_set_collect_errors(diag, true);
		const struct fy_parse_cfg cfg = { .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG,
						  .diag = diag };
		parser = fy_parser_create(&cfg);
	}
	status = parser && !fy_parser_set_string(parser, text.p, text.len) ? SOW_OK : error_nomem(err);
	if (!status)
		status = parse(&b, parser, diag);
	if (!status)
		*root = b.root;
	while (b.depth)
		map_release(&b.frames[--b.depth].keys);
	map_release(&b.anchors);
	if (parser)
		fy_parser_destroy(parser);
	fy_diag_destroy(diag);
	return status;
}

bool yaml_is_nothing(const struct yaml_node *node)
{
	static const char *const words[] = { "", "~", "null" };
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (node->kind == YAML_TEXT && !node->quoted && view_eqstr(node->text, words[i]))
			return true;
	}
	return false;
}
