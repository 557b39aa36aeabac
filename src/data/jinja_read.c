/* From the text of a template to its nodes: texts, tags and blocks. */
#include "data/jinja_private.h"

#include <string.h>

#include "base/error.h"

enum tag { TAG_NONE, TAG_FIELD, TAG_BLOCK, TAG_REMARK };

/* Texts and tags */

/* The position of the mark that closes a tag, after texts in quotes; VIEW_NONE: none. */
static size_t find_close(struct view text, size_t at, const char *close, bool has_quotes)
{
	char quote = '\0';
	for (; at + 1 < text.len; at++) {
		char c = text.p[at];
		if (quote && c == '\\')
			at++;
		else if (quote)
			quote = c == quote ? '\0' : quote;
		else if (text.p[at] == close[0] && text.p[at + 1] == close[1])
			return at;
		else if (has_quotes && (c == '"' || c == '\''))
			quote = c;
	}
	return VIEW_NONE;
}

static size_t find_open(struct view text, size_t at, enum tag *tag)
{
	static const char marks[] = "{%#";
	for (; at + 1 < text.len; at++) {
		const char *mark = text.p[at] == '{' && text.p[at + 1] ? strchr(marks, text.p[at + 1]) : NULL;
		if (mark)
			return *tag = (enum tag)(TAG_FIELD + (mark - marks)), at;
	}
	*tag = TAG_NONE;
	return text.len;
}

/* The text up to the next tag, which is then open. */
static bool open_tag(struct jinja_reader *r, struct view *text, enum tag *tag)
{
	static const char *const closes[] = { "", "}}", "%}", "#}" };
	struct view whole = r->whole;
	size_t open = find_open(whole, r->at, tag);
	*text = view_sub(whole, r->at, open);
	if (r->trims)
		*text = view_trim_front(*text);
	r->trims = false;
	r->at = r->end = r->next = whole.len;
	if (*tag == TAG_NONE)
		return true;
	size_t close = find_close(whole, open + 2, closes[*tag], *tag != TAG_REMARK);
	if (close == VIEW_NONE)
		return jinja_wrong(r, open, closes[*tag], view_of("")) != NULL;
	r->at = open + 2;
	r->end = close;
	if (r->at < r->end && whole.p[r->at] == '-') {
		*text = view_trim_back(*text);
		r->at++;
	}
	if (r->at < r->end && whole.p[r->end - 1] == '-') {
		r->trims = true;
		r->end--;
	}
	r->next = close + 2;
	if (*tag != TAG_FIELD && r->next < whole.len && whole.p[r->next] == '\n')
		r->next++;
	return true;
}

/* Fails if the tag has more text. */
static bool close_tag(struct jinja_reader *r)
{
	struct view rest = jinja_peek(r);
	if (rest.len)
		return jinja_wrong(r, r->at, "the end of the tag", rest) != NULL;
	r->at = r->next;
	return true;
}

/* Blocks */

static struct jinja_node *make_node(struct jinja_reader *r, enum jinja_node_kind kind)
{
	struct jinja_node *n = jinja_make(r, sizeof(*n));
	n->kind = kind;
	return n;
}

static bool read_nodes(struct jinja_reader *r, struct jinja_node **out, struct view *closed_by);

/* The body of a block, up to a tag with another word than if and for: *closed_by. The rest of that tag after
 * the word is not read yet. */
static bool read_body(struct jinja_reader *r, struct jinja_node **out, struct view *closed_by)
{
	size_t opened = r->at;
	r->at = r->next;
	if (++r->depth > JINJA_DEPTH_MAX)
		return jinja_wrong(r, opened, "fewer blocks in one another", view_of("")) != NULL;
	bool ok = read_nodes(r, out, closed_by);
	r->depth--;
	if (ok && !closed_by->len)
		return jinja_wrong(r, opened, "the end of this block: {% endif %} or {% endfor %}",
			     view_of("")) != NULL;
	return ok;
}

/* After "if" or "elif". */
static bool read_if(struct jinja_reader *r, struct jinja_node *n)
{
	struct view word;
	n->expr = jinja_read_expr(r);
	if (!n->expr || !read_body(r, &n->body, &word))
		return false;
	if (view_eqstr(word, "elif")) {
		bool too_deep = ++r->depth > JINJA_DEPTH_MAX;
		n->otherwise = too_deep ? jinja_wrong(r, r->at, "fewer {% elif %}", view_of(""))
					: make_node(r, NODE_IF);
		bool ok = n->otherwise && read_if(r, n->otherwise);
		r->depth--;
		return ok;
	}
	if (view_eqstr(word, "else") && (!close_tag(r) || !read_body(r, &n->otherwise, &word)))
		return false;
	if (!view_eqstr(word, "endif"))
		return jinja_wrong(r, r->at, "{% endif %}", word) != NULL;
	return close_tag(r);
}

/* After "for". */
static bool read_for(struct jinja_reader *r, struct jinja_node *n)
{
	struct view word;
	n->text = jinja_take_name(r);
	if (!n->text.len)
		return jinja_wrong(r, r->at, "the name of a variable", jinja_peek(r)) != NULL;
	if (!jinja_take(r, "in"))
		return jinja_wrong(r, r->at, "in", jinja_peek(r)) != NULL;
	n->expr = jinja_read_expr(r);
	if (!n->expr || !read_body(r, &n->body, &word))
		return false;
	if (!view_eqstr(word, "endfor"))
		return jinja_wrong(r, r->at, "{% endfor %}", word) != NULL;
	return close_tag(r);
}

/* The text up to {% endraw %}, unchanged. */
static bool read_raw(struct jinja_reader *r, struct jinja_node *n)
{
	size_t start = r->next;
	if (!close_tag(r))
		return false;
	for (size_t at = start; (at = view_find(r->whole, at, "{%")) != VIEW_NONE; at += 2) {
		r->at = at + 2;
		r->end = find_close(r->whole, r->at, "%}", false);
		if (r->end == VIEW_NONE)
			break;
		r->next = r->end + 2;
		if (jinja_take(r, "endraw")) {
			n->text = view_sub(r->whole, start, at);
			return close_tag(r);
		}
	}
	return jinja_wrong(r, start, "{% endraw %}", view_of("")) != NULL;
}

/* An open tag: 1 if it is a node, 0 if it closes a block, negative on failure. */
static int read_tag(struct jinja_reader *r, enum tag tag, struct jinja_node **n,
		    struct view *closed_by)
{
	static const struct {
		const char *word;
		enum jinja_node_kind kind;
		bool (*read)(struct jinja_reader *r, struct jinja_node *n);
	} blocks[] = {
		{ "if", NODE_IF, read_if }, { "for", NODE_FOR, read_for }, { "raw", NODE_TEXT, read_raw },
	};
	if (tag == TAG_FIELD) {
		if (!(*n = make_node(r, NODE_FIELD)) || !((*n)->expr = jinja_read_expr(r)))
			return SOW_INVALID;
		r->at = r->next;
		return 1;
	}
	for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++) {
		if (jinja_take(r, blocks[i].word))
			return (*n = make_node(r, blocks[i].kind)) && blocks[i].read(r, *n) ? 1 : SOW_INVALID;
	}
	size_t at = r->at;
	*closed_by = jinja_take_name(r);
	static const char *const ends[] = { "elif", "else", "endif", "endfor" };
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (view_eqstr(*closed_by, ends[i]))
			return 0;
	}
	r->at = at;
	jinja_wrong(r, at, "if, elif, else, endif, for, endfor, raw or endraw", jinja_peek(r));
	return SOW_INVALID;
}

static bool add_text(struct jinja_reader *r, struct view text, struct jinja_node ***last)
{
	if (!text.len)
		return true;
	struct jinja_node *n = make_node(r, NODE_TEXT);
	n->text = text;
	**last = n;
	*last = &n->next;
	return true;
}

static bool read_nodes(struct jinja_reader *r, struct jinja_node **out, struct view *closed_by)
{
	struct jinja_node **last = out;
	*closed_by = view_of("");
	for (;;) {
		struct view text;
		enum tag tag;
		if (!open_tag(r, &text, &tag) || !add_text(r, text, &last))
			return false;
		if (tag == TAG_NONE)
			return true;
		if (tag == TAG_REMARK) {
			r->at = r->next;
			continue;
		}
		int status = read_tag(r, tag, last, closed_by);
		if (status <= 0)
			return !status;
		last = &(*last)->next;
	}
}

struct jinja *jinja_read(struct arena *a, const char *name, struct view text, struct sow_error *err)
{
	struct jinja_reader r = { .arena = a, .name = name, .whole = text, .err = err };
	struct jinja *t = jinja_make(&r, sizeof(*t));
	struct view word;
	if (!read_nodes(&r, &t->nodes, &word))
		return NULL;
	return word.len ? jinja_wrong(&r, r.at, "an open block before this", word) : t;
}

struct jinja *jinja_read_condition(struct arena *a, const char *name, struct view text,
				   struct sow_error *err)
{
	struct jinja_reader r = { .arena = a, .name = name, .whole = text, .end = text.len, .err = err };
	struct jinja *t = jinja_make(&r, sizeof(*t));
	if (!(t->condition = jinja_read_expr(&r)))
		return NULL;
	return t;
}
