#include "data/parquet_lines.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"
#include "io/json.h"

#define GROUP_BYTES ((size_t)32 << 20) /* of lines in a row group */
#define BATCH_BYTES ((size_t)1 << 20)  /* of lines whose texts are held */

/* Entries of a column that are not written yet; texts are those of the documents. */
struct pending {
	int16_t *def, *rep;
	size_t count, def_room, rep_room;
	char *values;
	size_t size, room;           /* bytes */
};

struct parquet_lines {
	struct parquet_out *out;
	const struct parquet_node *nodes;
	size_t count;
	struct pending *columns;
	size_t column_count;
	struct arena *texts;
	size_t batch, group;         /* bytes of lines in them */
};

struct parquet_lines *parquet_lines_open(struct outfile *file, const struct parquet_node *nodes,
					 size_t count, struct sow_error *err)
{
	struct parquet_lines *p = mem_zalloc(sizeof(*p));
	p->nodes = nodes;
	p->count = count;
	for (size_t i = 0; i < count; i++)
		p->column_count += nodes[i].type != PARQUET_GROUP;
	p->columns = mem_zalloc((p->column_count + 1) * sizeof(*p->columns));
	p->texts = arena_new();
	p->out = parquet_create(file, nodes, count, err);
	if (p->out)
		return p;
	parquet_lines_drop(p);
	return NULL;
}

/* A row */

static int add_levels(struct pending *c, int def, int rep)
{
	mem_grow(&c->def, &c->def_room, c->count + 1);
	mem_grow(&c->rep, &c->rep_room, c->count + 1);
	c->def[c->count] = (int16_t)def;
	c->rep[c->count++] = (int16_t)rep;
	return SOW_OK;
}

static int add_value(struct pending *c, const void *value, size_t size)
{
	mem_grow(&c->values, &c->room, c->size + size);
	memcpy(c->values + c->size, value, size);
	c->size += size;
	return SOW_OK;
}

static int add_text(struct pending *c, struct view text)
{
	const struct parquet_bytes bytes = { text.p, (int32_t)text.len };
	return text.p ? add_value(c, &bytes, sizeof(bytes)) : SOW_NOMEM;
}

/* Its digits with a NUL after them, for the C library; a double that table_columns.h accepts has 60 at
 * most. */
static const char *digits_of(const json_value *v, char room[64])
{
	struct view digits = json_scalar(v, NULL);
	size_t len = digits.len < 63 ? digits.len : 63;
	memcpy(room, digits.p, len);
	room[len] = '\0';
	return room;
}

static int add_leaf(struct parquet_lines *p, const struct parquet_node *n, const json_value *v)
{
	struct pending *c = &p->columns[n->column];
	char room[64];
	uint8_t flag = json_bool(v);
	int64_t integer;
	double real;
	switch (n->type) {
	case PARQUET_BOOL:
		return add_value(c, &flag, sizeof(flag));
	case PARQUET_INT64:
		integer = strtoll(digits_of(v, room), NULL, 10);
		return add_value(c, &integer, sizeof(integer));
	case PARQUET_DOUBLE:
		real = strtod(digits_of(v, room), NULL);
		return add_value(c, &real, sizeof(real));
	default:
		return add_text(c, n->meaning == PARQUET_JSON ? json_compact(v, p->texts) : json_text(v));
	}
}

/* An entry without a value for every column below. */
static int add_missing(struct parquet_lines *p, size_t node, int def, int rep)
{
	int status = SOW_OK;
	for (size_t i = node; i < p->nodes[node].end && !status; i++) {
		if (p->nodes[i].type != PARQUET_GROUP)
			status = add_levels(&p->columns[p->nodes[i].column], def, rep);
	}
	return status;
}

static int add_node(struct parquet_lines *p, size_t node, const json_value *v, int def, int rep);

static int add_members(struct parquet_lines *p, size_t node, const json_value *v, int rep)
{
	const struct parquet_node *n = &p->nodes[node];
	const json_value *next = json_first(v);
	int status = SOW_OK;
	for (size_t k = node + 1; k < n->end && !status; k = p->nodes[k].end)
		status = add_node(p, k, json_get_next(v, &next, p->nodes[k].name), n->def, rep);
	return status;
}

static int add_elements(struct parquet_lines *p, size_t node, const json_value *v, int rep)
{
	const struct parquet_node *n = &p->nodes[node];
	int status = SOW_OK;
	if (!json_count(v))
		return add_missing(p, node + 1, n->def, rep);
	for (const json_value *e = json_first(v); e && !status; e = json_next(v, e)) {
		status = add_node(p, node + 1, e, n->def + 1, rep);
		rep = n->rep + 1;
	}
	return status;
}

/* Adds the value at a node; `def` is the level of its parent. */
static int add_node(struct parquet_lines *p, size_t node, const json_value *v, int def, int rep)
{
	const struct parquet_node *n = &p->nodes[node];
	if (json_is_missing(v))
		return add_missing(p, node, def, rep);
	if (n->type == PARQUET_GROUP)
		return n->meaning == PARQUET_LIST ? add_elements(p, node, v, rep)
						  : add_members(p, node, v, rep);
	int status = add_levels(&p->columns[n->column], n->def, rep);
	return status ? status : add_leaf(p, n, v);
}

/* Batches */

static int write_batch(struct parquet_lines *p, struct sow_error *err)
{
	int status = SOW_OK;
	for (size_t i = 0; i < p->column_count && !status; i++) {
		struct pending *c = &p->columns[i];
		const struct parquet_slice slice = { c->count, c->def, c->rep,
						     c->values ? c->values : "" };
		if (c->count)
			status = parquet_write(p->out, i, &slice, err);
		c->count = c->size = 0;
	}
	arena_clear(p->texts);
	p->batch = 0;
	return status;
}

static int end_group(struct parquet_lines *p, struct sow_error *err)
{
	int status = write_batch(p, err);
	if (!status && p->group >= GROUP_BYTES) {
		status = parquet_end_group(p->out, err);
		p->group = 0;
	}
	return status;
}

int parquet_lines_add(struct parquet_lines *p, struct view line, struct sow_error *err)
{
	struct json *doc = json_parse_lenient(line, p->texts, NULL, NULL, err);
	if (!doc)
		return err->status;
	if (add_members(p, 0, json_root(doc), 0))
		return error_nomem(err);
	p->batch += line.len;
	p->group += line.len;
	return p->batch >= BATCH_BYTES ? end_group(p, err) : SOW_OK;
}

int parquet_lines_finish(struct parquet_lines *p, struct sow_error *err)
{
	int status = write_batch(p, err);
	if (!status) {
		status = parquet_finish(p->out, err);
		p->out = NULL;
	}
	parquet_lines_drop(p);
	return status;
}

void parquet_lines_drop(struct parquet_lines *p)
{
	if (!p)
		return;
	parquet_drop(p->out);
	for (size_t i = 0; i < p->column_count && p->columns; i++) {
		mem_free(p->columns[i].def);
		mem_free(p->columns[i].rep);
		mem_free(p->columns[i].values);
	}
	arena_free(p->texts);
	mem_free(p->columns);
	mem_free(p);
}
