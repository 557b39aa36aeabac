#include "data/parquet_rows.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "data/array.h"
#include "data/parquet_cells.h"
#include "io/json.h"
#include "io/parquet.h"

/* The position in a column. */
struct cursor {
	struct parquet_slice slice;
	size_t at, value;            /* the next entry, and the next value */
};

struct parquet_rows {
	struct parquet_in *in;
	const struct parquet_node *nodes;
	size_t count;
	size_t *leaves;              /* the node of each column */
	struct cursor *cursors;
	size_t columns;
	int64_t left;                /* rows of the group */
	size_t number;               /* of the row, from 1 */
	struct buf json;
	struct arena *scratch;
	size_t strange;              /* a node of the row whose bytes are not UTF-8; 0: none */
	char *name;
	struct sow_error failure;    /* the final one */
};

/* Steps through a row: each leaf under a node gives one entry after the other, and all of them agree on the
 * nodes above. Functions return false once r->failure says why. */

static bool damaged(struct parquet_rows *r, size_t column)
{
	parquet_wrong(r->in, r->leaves[column], &r->failure,
		      "is damaged: it does not fit the rows (row %zu)", r->number);
	return false;
}

/* Reads more entries, if any: *more is false at the end of the row group. */
static bool look(struct parquet_rows *r, size_t column, bool *more)
{
	struct cursor *c = &r->cursors[column];
	*more = c->at < c->slice.count;
	if (*more)
		return true;
	c->at = c->value = c->slice.count = 0;
	int status = parquet_read(r->in, column, &c->slice, &r->failure);
	*more = status > 0;
	return status >= 0;
}

/* True if the column's next entry is one of that repetition; sets its definition level. */
static bool enter(struct parquet_rows *r, size_t column, int rep, int *def)
{
	bool more;
	struct cursor *c = &r->cursors[column];
	if (!look(r, column, &more))
		return false;
	if (!more || c->slice.rep[c->at] != rep)
		return damaged(r, column);
	*def = c->slice.def[c->at];
	return true;
}

/* *more: the repeated node has another element. */
static bool goes_on(struct parquet_rows *r, const struct parquet_node *n, bool *more)
{
	const struct cursor *c = &r->cursors[n->column];
	if (!look(r, n->column, more))
		return false;
	*more = *more && c->slice.rep[c->at] == n->rep;
	return true;
}

/* A leaf's value, or null. */
static bool add_leaf(struct parquet_rows *r, size_t node, int rep)
{
	const struct parquet_node *n = &r->nodes[node];
	struct cursor *c = &r->cursors[n->column];
	int def;
	if (!enter(r, n->column, rep, &def))
		return false;
	c->at++;
	if (def != n->def) {
		buf_addstr(&r->json, "null");
		return true;
	}
	if (!parquet_cell(n, c->slice.values, c->value++, &r->json, r->scratch) && !r->strange)
		r->strange = node;
	return true;
}

/* Skips a missing node: one entry of each of its columns. */
static bool pass(struct parquet_rows *r, size_t node, int rep)
{
	const struct parquet_node *n = &r->nodes[node];
	for (size_t i = node; i < n->end; i++) {
		size_t column = r->nodes[i].column;
		int def;
		if (r->nodes[i].type == PARQUET_GROUP)
			continue;
		if (!enter(r, column, rep, &def))
			return false;
		if (def >= n->def)
			return damaged(r, column);
		r->cursors[column].at++;
	}
	return true;
}

static bool add_node(struct parquet_rows *r, size_t node, int rep);

static bool is_there(struct parquet_rows *r, size_t node, int rep, bool *there)
{
	int def;
	bool ok = enter(r, r->nodes[node].column, rep, &def);
	*there = ok && def >= r->nodes[node].def;
	return ok;
}

/* A group's members, except missing ones. */
static bool add_members(struct parquet_rows *r, size_t node, int rep)
{
	buf_addch(&r->json, '{');
	for (size_t k = node + 1; k < r->nodes[node].end; k = r->nodes[k].end) {
		bool there = true, repeated = r->nodes[k].times == PARQUET_REPEATED;
		if (!repeated && !is_there(r, k, rep, &there))
			return false;
		if (there)
			json_add_key(&r->json, view_of(r->nodes[k].name));
		if (!(there ? add_node(r, k, rep) : pass(r, k, rep)))
			return false;
	}
	buf_addch(&r->json, '}');
	return true;
}

static bool is_only_child(const struct parquet_rows *r, size_t node, size_t child)
{
	return child < r->nodes[node].end && r->nodes[child].end == r->nodes[node].end;
}

/* The repeated node of a list or a map; 0: it has none, despite its annotation. */
static size_t repeated_in(const struct parquet_rows *r, size_t node)
{
	const struct parquet_node *n = &r->nodes[node];
	bool is = n->type == PARQUET_GROUP && is_only_child(r, node, node + 1) &&
		  r->nodes[node + 1].times == PARQUET_REPEATED;
	return is ? node + 1 : 0;
}

/* What a list's elements are: the repeated node, or the one node in it. Source: the Parquet
 * format's LogicalTypes.md, its rules for old files included. */
static size_t element_of(const struct parquet_rows *r, size_t list, size_t repeated)
{
	const struct parquet_node *n = &r->nodes[repeated];
	const char *above = r->nodes[list].name;
	size_t len = strlen(above);
	bool tuple = strncmp(n->name, above, len) == 0 && strcmp(n->name + len, "_tuple") == 0;
	bool own = n->type != PARQUET_GROUP || !is_only_child(r, repeated, repeated + 1) ||
		   strcmp(n->name, "array") == 0 || tuple ||
		   r->nodes[repeated + 1].times == PARQUET_REPEATED;
	return own ? repeated : repeated + 1;
}

/* The value of a node without its own repetition. */
static bool add_content(struct parquet_rows *r, size_t node, int rep);

static bool add_content_or_null(struct parquet_rows *r, size_t node, int rep)
{
	bool there;
	if (!is_there(r, node, rep, &there))
		return false;
	if (there)
		return add_content(r, node, rep);
	buf_addstr(&r->json, "null");
	return pass(r, node, rep);
}

static bool add_element(struct parquet_rows *r, size_t repeated, size_t element, int rep)
{
	return element == repeated ? add_content(r, element, rep)
				   : add_content_or_null(r, element, rep);
}

/* The key of a map's entry as a text, as JSON requires. */
static bool add_key(struct parquet_rows *r, size_t key, int rep)
{
	size_t before = r->json.len;
	if (!add_node(r, key, rep))
		return false;
	if (r->json.data[before] != '"') {
		struct view text = view_from(r->json.data + before, r->json.len - before);
		char *copy = arena_copyview(r->scratch, text);
		buf_cut(&r->json, before);
		json_add_text(&r->json, view_from(copy, text.len));
	}
	return true;
}

static bool add_entry(struct parquet_rows *r, size_t repeated, size_t value, int rep)
{
	if (!add_key(r, repeated + 1, rep))
		return false;
	buf_addch(&r->json, ':');
	return add_content_or_null(r, value, rep);
}

/* All that a repeated node holds, between brackets: elements, or with `value` a map's entries. */
static bool add_repeated(struct parquet_rows *r, size_t repeated, size_t element, size_t value,
			 int rep)
{
	const struct parquet_node *n = &r->nodes[repeated];
	bool more;
	buf_addch(&r->json, value ? '{' : '[');
	if (!is_there(r, repeated, rep, &more) || (!more && !pass(r, repeated, rep)))
		return false;
	for (bool first = true; more; first = false) {
		if (!first)
			buf_addch(&r->json, ',');
		if (!(value ? add_entry(r, repeated, value, rep)
			    : add_element(r, repeated, element, rep)))
			return false;
		rep = n->rep;
		if (buf_failed(&r->json) || !goes_on(r, n, &more))
			return false;
	}
	buf_addch(&r->json, value ? '}' : ']');
	return true;
}

/* The value's node of a map whose entries have a key and a value; else 0. */
static size_t value_in(const struct parquet_rows *r, size_t repeated)
{
	size_t value = r->nodes[repeated + 1].end;
	bool is = r->nodes[repeated].type == PARQUET_GROUP && value < r->nodes[repeated].end &&
		  r->nodes[value].end == r->nodes[repeated].end &&
		  r->nodes[repeated + 1].type != PARQUET_GROUP &&
		  r->nodes[repeated + 1].times != PARQUET_REPEATED &&
		  r->nodes[value].times != PARQUET_REPEATED;
	return is ? value : 0;
}

static bool add_content(struct parquet_rows *r, size_t node, int rep)
{
	const struct parquet_node *n = &r->nodes[node];
	size_t repeated = repeated_in(r, node);
	if (n->type != PARQUET_GROUP)
		return add_leaf(r, node, rep);
	if (n->meaning == PARQUET_MAP && repeated && r->nodes[repeated].type == PARQUET_GROUP &&
	    value_in(r, repeated))
		return add_repeated(r, repeated, 0, value_in(r, repeated), rep);
	if (n->meaning == PARQUET_LIST && repeated)
		return add_repeated(r, repeated, element_of(r, node, repeated), 0, rep);
	return add_members(r, node, rep);
}

static bool add_node(struct parquet_rows *r, size_t node, int rep)
{
	if (r->nodes[node].times == PARQUET_REPEATED)
		return add_repeated(r, node, node, 0, rep);
	return add_content(r, node, rep);
}

/* The file */

/* Checks all columns before the first row. */
static int check(struct parquet_rows *r, struct sow_error *err)
{
	for (size_t i = 1; i < r->count; i++) {
		if (r->nodes[i].type != PARQUET_GROUP && !parquet_cell_is_known(&r->nodes[i]))
			return parquet_wrong(r->in, i, err, "is of a kind that cannot be read; expected "
					     "texts, numbers, truth values, dates, times, lists, structs "
					     "or maps");
	}
	for (size_t i = 0; i < r->count; i++) {
		for (size_t k = i + 1; k < r->nodes[i].end; k = r->nodes[k].end) {
			for (size_t j = i + 1; j < k; j = r->nodes[j].end) {
				if (strcmp(r->nodes[j].name, r->nodes[k].name) == 0)
					return parquet_wrong(r->in, k, err, "appears twice");
			}
		}
	}
	return SOW_OK;
}

static int start(struct parquet_rows *r, FILE *file, const char *name, struct sow_error *err)
{
	r->in = parquet_open(file, name, err);
	if (!r->in)
		return err->status;
	r->nodes = parquet_nodes(r->in, &r->count);
	for (size_t i = 0; i < r->count; i++)
		r->columns += r->nodes[i].type != PARQUET_GROUP;
	r->cursors = mem_zalloc(r->columns * sizeof(*r->cursors));
	r->leaves = mem_zalloc(r->columns * sizeof(*r->leaves));
	r->name = mem_copystr(name);
	r->scratch = arena_new();
	for (size_t i = 0; i < r->count; i++) {
		if (r->nodes[i].type != PARQUET_GROUP)
			r->leaves[r->nodes[i].column] = i;
	}
	return check(r, err);
}

struct parquet_rows *parquet_rows_open(FILE *file, const char *name, struct sow_error *err)
{
	struct sow_error own = { 0 };
	struct parquet_rows *r = mem_zalloc(sizeof(*r));
	r->json = (struct buf)BUF_INIT;
	r->json.cap = ARRAY_ELEMENT_MAX;
	int status = start(r, file, name, &own);
	if (!status)
		return r;
	error_set(err, status, "%s", own.text);
	parquet_rows_close(r);
	return NULL;
}

void parquet_rows_close(struct parquet_rows *r)
{
	if (!r)
		return;
	parquet_close(r->in);
	arena_free(r->scratch);
	buf_release(&r->json);
	mem_free(r->cursors);
	mem_free(r->leaves);
	mem_free(r->name);
	mem_free(r);
}

bool parquet_rows_broken(const struct parquet_rows *r)
{
	return r->failure.status != SOW_OK;
}

/* Checks that each column ends with its group's last row. */
static int end_group(struct parquet_rows *r)
{
	bool more = false;
	for (size_t i = 0; i < r->columns && r->number; i++) {
		if (!look(r, i, &more))
			return r->failure.status;
		if (more) {
			damaged(r, i);
			return r->failure.status;
		}
	}
	return SOW_OK;
}

static int next_group(struct parquet_rows *r)
{
	int status = end_group(r);
	if (status)
		return status;
	status = parquet_next_group(r->in, &r->left, &r->failure);
	for (size_t i = 0; i < r->columns; i++)
		r->cursors[i] = (struct cursor){ 0 };
	return status;
}

static int fail_row(struct parquet_rows *r)
{
	struct sow_error *err = &r->failure;
	if (err->status)
		return err->status;
	if (r->json.status == SOW_TOOBIG)
		return error_set(err, SOW_TOOBIG, "%s:%zu: the row is longer than %zu MiB", r->name,
				 r->number, ARRAY_ELEMENT_MAX >> 20);
	return error_nomem(err);
}

static int next_row(struct parquet_rows *r, struct view *json, struct sow_error *err)
{
	struct sow_error why = { 0 };
	int status = r->left ? 1 : next_group(r);
	if (status <= 0)
		return status;
	r->left--;
	r->number++;
	r->strange = 0;
	buf_clear(&r->json);
	arena_clear(r->scratch);
	if (!add_members(r, 0, 0) || buf_failed(&r->json))
		return fail_row(r);
	*json = view_from(r->json.data, r->json.len);
	if (!r->strange)
		return 1;
	parquet_wrong(r->in, r->strange, &why, "holds bytes that are not UTF-8");
	struct view said = view_of(why.text); /* cut, where the name is long */
	said = view_sub(said, strlen(r->name) + 1, said.len);
	return error_set(err, SOW_INVALID, "%s:%zu:%.*s", r->name, r->number, VIEW_ARG(said));
}

int parquet_rows_next(struct parquet_rows *r, struct view *json, struct sow_error *err)
{
	struct sow_error own = { 0 };
	int status = r->failure.status ? (int)r->failure.status : next_row(r, json, &own);
	if (status >= 0)
		return status;
	return error_set(err, status, "%s", r->failure.status ? r->failure.text : own.text);
}
