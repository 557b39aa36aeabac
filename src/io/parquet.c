#include "io/parquet_private.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"

#define ALLOCATION_MAX ((size_t)512 << 20) /* what a damaged file may ask for at once */
#define SLICE_MOST ((size_t)1024)        /* entries of a slice */
#define SLICE_LEAST ((size_t)16)         /* the same where there are many columns */
#define SLICES_MOST ((size_t)1 << 18)    /* entries of all columns' slices */
#define SLICE_BYTES ((size_t)1 << 20)    /* of a slice, where one entry has no more */
#define LENGTH_MAX ((size_t)1 << 16)     /* of PARQUET_FIXED */

struct column {
	carquet_column_reader_t *reader;
	size_t node;
	size_t width;                /* of a value */
	size_t most;                 /* entries of a slice */
	int16_t *def, *rep;
	char *values;
};

struct parquet_in {
	char *name;
	FILE *file;
	carquet_reader_t *reader;
	struct parquet_node *nodes;
	size_t node_count;
	struct column *columns;
	size_t column_count;
	int32_t group;               /* the next */
};

static void *take(size_t size, void *data)
{
	(void)data;
	return size <= ALLOCATION_MAX ? mem_try_alloc(size) : NULL;
}

static void *take_again(void *p, size_t size, void *data)
{
	(void)data;
	return size <= ALLOCATION_MAX ? mem_try_realloc(p, size) : NULL;
}

static void give(void *p, void *data)
{
	(void)data;
	mem_free(p);
}

static void use_our_memory(void)
{
	static const carquet_allocator_t ours = { take, take_again, give, NULL };
	carquet_set_allocator(&ours);
}

void parquet_begin(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, use_our_memory);
}

/* Schema, as it is read */

const enum parquet_type parquet_types[PARQUET_TYPES] = {
	[CARQUET_PHYSICAL_BOOLEAN] = PARQUET_BOOL,
	[CARQUET_PHYSICAL_INT32] = PARQUET_INT32,
	[CARQUET_PHYSICAL_INT64] = PARQUET_INT64,
	[CARQUET_PHYSICAL_INT96] = PARQUET_INT96,
	[CARQUET_PHYSICAL_FLOAT] = PARQUET_FLOAT,
	[CARQUET_PHYSICAL_DOUBLE] = PARQUET_DOUBLE,
	[CARQUET_PHYSICAL_BYTE_ARRAY] = PARQUET_BYTES,
	[CARQUET_PHYSICAL_FIXED_LEN_BYTE_ARRAY] = PARQUET_FIXED,
};

static int unit_digits(carquet_time_unit_t unit)
{
	return unit == CARQUET_TIME_UNIT_MILLIS ? 3 : unit == CARQUET_TIME_UNIT_MICROS ? 6 : 9;
}

/* A damaged file leaves other bytes where a truth value should be. */
static bool is_true(const bool *b)
{
	unsigned char byte;
	memcpy(&byte, b, 1);
	return byte == true;
}

static void use_logical(struct parquet_node *n, const carquet_logical_type_t *t)
{
	switch (t->id) {
	case CARQUET_LOGICAL_STRING:
	case CARQUET_LOGICAL_ENUM:
		n->meaning = PARQUET_TEXT;
		break;
	case CARQUET_LOGICAL_MAP:
		n->meaning = PARQUET_MAP;
		break;
	case CARQUET_LOGICAL_LIST:
		n->meaning = PARQUET_LIST;
		break;
	case CARQUET_LOGICAL_DECIMAL:
		n->meaning = PARQUET_DECIMAL;
		n->digits = t->params.decimal.scale;
		break;
	case CARQUET_LOGICAL_DATE:
		n->meaning = PARQUET_DATE;
		break;
	case CARQUET_LOGICAL_TIME:
		n->meaning = PARQUET_TIME;
		n->digits = unit_digits(t->params.time.unit);
		break;
	case CARQUET_LOGICAL_TIMESTAMP:
		n->meaning = PARQUET_TIMESTAMP;
		n->digits = unit_digits(t->params.timestamp.unit);
		n->utc = is_true(&t->params.timestamp.is_adjusted_to_utc);
		break;
	case CARQUET_LOGICAL_INTEGER:
		n->meaning = is_true(&t->params.integer.is_signed) ? PARQUET_AS_IS : PARQUET_UNSIGNED;
		break;
	case CARQUET_LOGICAL_JSON:
		n->meaning = PARQUET_JSON;
		break;
	case CARQUET_LOGICAL_UUID:
		n->meaning = PARQUET_UUID;
		break;
	case CARQUET_LOGICAL_FLOAT16:
		n->meaning = PARQUET_HALF;
		break;
	case CARQUET_LOGICAL_UNKNOWN:
	case CARQUET_LOGICAL_NULL:
		n->meaning = PARQUET_AS_IS;
		break;
	default:
		n->meaning = PARQUET_OTHER;
	}
}

static void use_converted(struct parquet_node *n, const parquet_schema_element_t *e)
{
	switch (e->converted_type) {
	case CARQUET_CONVERTED_UTF8:
	case CARQUET_CONVERTED_ENUM:
		n->meaning = PARQUET_TEXT;
		break;
	case CARQUET_CONVERTED_MAP:
	case CARQUET_CONVERTED_MAP_KEY_VALUE:
		n->meaning = PARQUET_MAP;
		break;
	case CARQUET_CONVERTED_LIST:
		n->meaning = PARQUET_LIST;
		break;
	case CARQUET_CONVERTED_DECIMAL:
		n->meaning = PARQUET_DECIMAL;
		n->digits = e->scale;
		break;
	case CARQUET_CONVERTED_DATE:
		n->meaning = PARQUET_DATE;
		break;
	case CARQUET_CONVERTED_TIME_MILLIS:
	case CARQUET_CONVERTED_TIME_MICROS:
		n->meaning = PARQUET_TIME;
		n->digits = e->converted_type == CARQUET_CONVERTED_TIME_MILLIS ? 3 : 6;
		break;
	case CARQUET_CONVERTED_TIMESTAMP_MILLIS:
	case CARQUET_CONVERTED_TIMESTAMP_MICROS:
		n->meaning = PARQUET_TIMESTAMP;
		n->digits = e->converted_type == CARQUET_CONVERTED_TIMESTAMP_MILLIS ? 3 : 6;
		n->utc = true;
		break;
	case CARQUET_CONVERTED_UINT_8:
	case CARQUET_CONVERTED_UINT_16:
	case CARQUET_CONVERTED_UINT_32:
	case CARQUET_CONVERTED_UINT_64:
		n->meaning = PARQUET_UNSIGNED;
		break;
	case CARQUET_CONVERTED_JSON:
		n->meaning = PARQUET_JSON;
		break;
	case CARQUET_CONVERTED_BSON:
	case CARQUET_CONVERTED_INTERVAL:
		n->meaning = PARQUET_OTHER;
		break;
	default:
		n->meaning = PARQUET_AS_IS;
	}
}

static enum parquet_times times_of(const parquet_schema_element_t *e)
{
	if (!e->has_repetition || e->repetition_type == CARQUET_REPETITION_REQUIRED)
		return PARQUET_ONCE;
	return e->repetition_type == CARQUET_REPETITION_REPEATED ? PARQUET_REPEATED
								 : PARQUET_OPTIONAL;
}

/* A node and all below it; carquet has refused deeper schemas than 100. */
static int add_node(struct parquet_in *in, const carquet_schema_t *schema, size_t *at,
		    const struct parquet_node *above, struct sow_error *err)
{
	size_t own = (*at)++;
	const parquet_schema_element_t *e = &schema->elements[own];
	struct parquet_node *n = &in->nodes[own];
	bool root = !above;
	n->name = e->name ? e->name : "";
	n->times = root ? PARQUET_ONCE : times_of(e);
	n->def = (int16_t)((above ? above->def : 0) + (n->times != PARQUET_ONCE));
	n->rep = (int16_t)((above ? above->rep : 0) + (n->times == PARQUET_REPEATED));
	n->column = in->column_count;
	n->end = own + 1;
	if (e->has_logical_type)
		use_logical(n, &e->logical_type);
	else if (e->has_converted_type)
		use_converted(n, e);
	int status = SOW_OK;
	for (int32_t i = 0; i < e->num_children && !status; i++) {
		if (*at >= in->node_count)
			return error_set(err, SOW_INVALID, "%s: damaged: its schema is cut", in->name);
		status = add_node(in, schema, at, n, err);
		n->end = *at;
	}
	if (status || e->num_children > 0)
		return status;
	if (!e->has_type || e->type < 0 || (size_t)e->type >= PARQUET_TYPES)
		return parquet_wrong(in, own, err, "has neither a type nor columns of its own");
	n->type = parquet_types[e->type];
	n->length = e->type_length > 0 ? (size_t)e->type_length : 0;
	if (n->type == PARQUET_FIXED && (!n->length || n->length > LENGTH_MAX))
		return parquet_wrong(in, own, err, "has values of %d bytes; expected 1 to %zu",
				     e->type_length, LENGTH_MAX);
	in->column_count++;
	return SOW_OK;
}

static size_t value_width(const struct parquet_node *n)
{
	static const size_t widths[] = {
		[PARQUET_BOOL] = 1, [PARQUET_INT32] = 4, [PARQUET_INT64] = 8, [PARQUET_INT96] = 12,
		[PARQUET_FLOAT] = 4, [PARQUET_DOUBLE] = 8,
		[PARQUET_BYTES] = sizeof(struct parquet_bytes),
	};
	_Static_assert(sizeof(struct parquet_bytes) == sizeof(carquet_byte_array_t), "as carquet's");
	return n->type == PARQUET_FIXED ? n->length : widths[n->type];
}

static size_t within(size_t n, size_t least, size_t most)
{
	return n < least ? least : n > most ? most : n;
}

static void make_column(struct parquet_in *in, size_t node)
{
	struct column *c = &in->columns[in->nodes[node].column];
	c->node = node;
	c->width = value_width(&in->nodes[node]);
	c->most = within(SLICES_MOST / in->column_count, SLICE_LEAST, SLICE_MOST);
	c->most = within(SLICE_BYTES / c->width, SLICE_LEAST, c->most);
	c->def = mem_zalloc(c->most * sizeof(*c->def));
	c->rep = mem_zalloc(c->most * sizeof(*c->rep));
	c->values = mem_zalloc(c->most * c->width);
}

static int read_schema(struct parquet_in *in, struct sow_error *err)
{
	const carquet_schema_t *schema = carquet_reader_schema(in->reader);
	size_t at = 0;
	if (schema->num_elements < 1)
		return error_set(err, SOW_INVALID, "%s: damaged: it has no schema", in->name);
	in->node_count = (size_t)schema->num_elements;
	in->nodes = mem_zalloc(in->node_count * sizeof(*in->nodes));
	int status = schema->elements[0].num_children > 0 ? add_node(in, schema, &at, NULL, err)
							  : SOW_OK;
	if (status)
		return status;
	if (!in->column_count)
		return error_set(err, SOW_INVALID, "%s: no columns in it", in->name);
	if (at != in->node_count || in->column_count != (size_t)carquet_schema_num_columns(schema))
		return error_set(err, SOW_INVALID, "%s: damaged: its schema is not a tree", in->name);
	in->columns = mem_zalloc(in->column_count * sizeof(*in->columns));
	for (size_t i = 0; i < in->node_count; i++) {
		if (in->nodes[i].type != PARQUET_GROUP)
			make_column(in, i);
	}
	return SOW_OK;
}

/* Reading */

/* Names come from the file: bytes that are not UTF-8 become question marks. */
static void make_text(char *text)
{
	size_t bad;
	while (!utf8_valid(text, strlen(text), &bad))
		text[bad] = '?';
}

static int fail_open(const char *name, const carquet_error_t *e, struct sow_error *err)
{
	if (e->code == CARQUET_ERROR_OUT_OF_MEMORY)
		return error_set(err, SOW_NOMEM, "%s: out of memory", name);
	char text[sizeof(e->message)];
	snprintf(text, sizeof(text), "%s", e->message[0] ? e->message : carquet_status_string(e->code));
	make_text(text);
	return error_set(err, SOW_INVALID, "%s: not Parquet that can be read: %s", name, text);
}

struct parquet_in *parquet_open(FILE *file, const char *name, struct sow_error *err)
{
	carquet_error_t e = CARQUET_ERROR_INIT;
	carquet_reader_options_t options;
	struct parquet_in *in = mem_zalloc(sizeof(*in));
	parquet_begin();
	carquet_reader_options_init(&options);
	options.num_threads = 1;
	in->file = file;
	in->name = mem_copystr(name);
	in->reader = carquet_reader_open_file(file, &options, &e);
	int status = in->reader ? read_schema(in, err) : fail_open(name, &e, err);
	if (!status)
		return in;
	parquet_close(in);
	return NULL;
}

static void free_columns(struct parquet_in *in)
{
	for (size_t i = 0; i < in->column_count && in->columns; i++) {
		carquet_column_reader_free(in->columns[i].reader);
		in->columns[i].reader = NULL;
	}
}

void parquet_close(struct parquet_in *in)
{
	if (!in)
		return;
	free_columns(in);
	for (size_t i = 0; i < in->column_count && in->columns; i++) {
		mem_free(in->columns[i].def);
		mem_free(in->columns[i].rep);
		mem_free(in->columns[i].values);
	}
	carquet_reader_close(in->reader);
	if (in->file)
		fclose(in->file);
	mem_free(in->columns);
	mem_free(in->nodes);
	mem_free(in->name);
	mem_free(in);
}

const struct parquet_node *parquet_nodes(const struct parquet_in *in, size_t *count)
{
	*count = in->node_count;
	return in->nodes;
}

int parquet_wrong(const struct parquet_in *in, size_t node, struct sow_error *err, const char *fmt,
		  ...)
{
	char text[512];
	struct buf path = BUF_INIT;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (size_t i = 1; i <= node; i++) {
		if (i == node || in->nodes[i].end > node)
			buf_addf(&path, "%s%s", path.len ? "." : "", in->nodes[i].name);
	}
	make_text(text);
	if (path.len)
		make_text(path.data);
	int status = error_set(err, SOW_INVALID, "%s: column '%s' %s", in->name, path.data, text);
	buf_release(&path);
	return status;
}

static int fail_column(struct parquet_in *in, const struct column *c, const carquet_error_t *e,
		       struct sow_error *err)
{
	if (e->code == CARQUET_ERROR_OUT_OF_MEMORY)
		return error_set(err, SOW_NOMEM, "%s: out of memory", in->name);
	return parquet_wrong(in, c->node, err, "cannot be read: %s",
			     e->message[0] ? e->message : carquet_status_string(e->code));
}

static int begin_group(struct parquet_in *in, int32_t group, struct sow_error *err)
{
	carquet_error_t e = CARQUET_ERROR_INIT;
	for (size_t i = 0; i < in->column_count; i++) {
		struct column *c = &in->columns[i];
		c->reader = carquet_reader_get_column(in->reader, group, (int32_t)i, &e);
		if (!c->reader)
			return fail_column(in, c, &e, err);
		carquet_compression_t codec = c->reader->col_meta->codec;
		if (codec == CARQUET_COMPRESSION_BROTLI || codec == CARQUET_COMPRESSION_LZO)
			return parquet_wrong(in, c->node, err, "is compressed by %s; expected zstd, snappy, "
					     "gzip, LZ4 or none", carquet_compression_name(codec));
	}
	return SOW_OK;
}

int parquet_next_group(struct parquet_in *in, int64_t *rows, struct sow_error *err)
{
	free_columns(in);
	*rows = 0;
	while (in->group < carquet_reader_num_row_groups(in->reader)) {
		carquet_row_group_metadata_t meta;
		int32_t group = in->group++;
		if (carquet_reader_row_group_metadata(in->reader, group, &meta) != CARQUET_OK ||
		    meta.num_rows < 0)
			return error_set(err, SOW_INVALID, "%s: damaged: row group %d", in->name,
					 (int)group);
		*rows = meta.num_rows;
		if (*rows) {
			int status = begin_group(in, group, err);
			return status ? status : 1;
		}
	}
	return 0;
}

/* Entries of the page at hand, which is loaded where there is none; pages without any are passed
 * over. 0 at the end. */
static int64_t entries_ahead(carquet_column_reader_t *reader, carquet_error_t *e)
{
	while (reader->values_remaining > 0) {
		if (reader->page_loaded && reader->page_values_read >= reader->page_num_values)
			carquet_column_clear_retained_pages(reader);
		if (carquet_column_ensure_page_loaded(reader, e) != CARQUET_OK)
			return -1;
		int64_t more = reader->page_num_values - reader->page_values_read;
		if (more > 0)
			return more < reader->values_remaining ? more : reader->values_remaining;
	}
	return 0;
}

static int check_levels(struct parquet_in *in, const struct column *c, size_t count,
			struct sow_error *err)
{
	const struct parquet_node *n = &in->nodes[c->node];
	int wrong = 0;
	for (size_t i = 0; i < count; i++)
		wrong |= c->def[i] < 0 || c->def[i] > n->def || c->rep[i] < 0 || c->rep[i] > n->rep;
	return wrong ? parquet_wrong(in, c->node, err, "is damaged: a level is out of range") : SOW_OK;
}

int parquet_read(struct parquet_in *in, size_t column, struct parquet_slice *slice,
		 struct sow_error *err)
{
	struct column *c = &in->columns[column];
	carquet_error_t e = CARQUET_ERROR_INIT;
	int64_t ahead = entries_ahead(c->reader, &e);
	if (ahead <= 0)
		return ahead ? fail_column(in, c, &e, err) : 0;
	int64_t most = ahead < (int64_t)c->most ? ahead : (int64_t)c->most;
	memset(c->values, 0, (size_t)most * c->width);
	int64_t count = carquet_column_read_batch_ex(c->reader, c->values, most, c->def, c->rep, &e);
	if (count <= 0 || e.code != CARQUET_OK)
		return fail_column(in, c, &e, err);
	*slice = (struct parquet_slice){ (size_t)count, c->def, c->rep, c->values };
	int status = check_levels(in, c, (size_t)count, err);
	return status ? status : 1;
}
