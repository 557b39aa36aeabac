/* Parquet, written. */
#include "io/parquet_private.h"

#include <stdio.h>

#include "base/error.h"
#include "base/mem.h"
#include "io/outfile.h"

struct parquet_out {
	FILE *file;                  /* writes into the outfile */
	carquet_schema_t *schema;
	carquet_writer_t *writer;
};

static ssize_t pass_on(void *data, const char *bytes, size_t len)
{
	return outfile_write(data, bytes, len) ? 0 : (ssize_t)len;
}

static int fail_write(const carquet_error_t *e, carquet_status_t status, struct sow_error *err)
{
	if (status == CARQUET_ERROR_OUT_OF_MEMORY)
		return error_nomem(err);
	if (status == CARQUET_ERROR_FILE_WRITE) /* only the outfile knows why */
		return error_set(err, SOW_IO, "cannot write Parquet");
	return error_set(err, SOW_INVALID, "cannot write Parquet: %s",
			 e && e->message[0] ? e->message : carquet_status_string(status));
}

static carquet_logical_type_t logical_of(const struct parquet_node *n)
{
	return (carquet_logical_type_t){ .id = n->meaning == PARQUET_JSON ? CARQUET_LOGICAL_JSON
									   : CARQUET_LOGICAL_STRING };
}

static carquet_physical_type_t physical_of(const struct parquet_node *n)
{
	carquet_physical_type_t t = CARQUET_PHYSICAL_BOOLEAN;
	while (parquet_types[t] != n->type)
		t++;
	return t;
}

/* The node and all below it: false when out of memory. */
static bool add_element(carquet_schema_t *schema, const struct parquet_node *nodes, size_t i,
			int32_t above)
{
	const struct parquet_node *n = &nodes[i];
	carquet_field_repetition_t times = n->times == PARQUET_ONCE ? CARQUET_REPETITION_REQUIRED
								    : CARQUET_REPETITION_OPTIONAL;
	if (n->type != PARQUET_GROUP) {
		carquet_logical_type_t logical = logical_of(n);
		bool is_text = n->meaning == PARQUET_TEXT || n->meaning == PARQUET_JSON;
		return carquet_schema_add_column(schema, n->name, physical_of(n),
						 is_text ? &logical : NULL, times, 0,
						 above) == CARQUET_OK;
	}
	int32_t own = n->meaning == PARQUET_LIST
			      ? carquet_schema_add_list_group(schema, n->name, times, above)
			      : carquet_schema_add_group(schema, n->name, times, above);
	bool added = own >= 0;
	for (size_t k = i + 1; k < n->end && added; k = nodes[k].end)
		added = add_element(schema, nodes, k, own);
	return added;
}

static int make_schema(struct parquet_out *out, const struct parquet_node *nodes,
		       struct sow_error *err)
{
	carquet_error_t e = CARQUET_ERROR_INIT;
	out->schema = carquet_schema_create(&e);
	bool added = out->schema;
	for (size_t k = 1; k < nodes[0].end && added; k = nodes[k].end)
		added = add_element(out->schema, nodes, k, 0);
	return added ? SOW_OK : error_nomem(err);
}

static int make_writer(struct parquet_out *out, const struct parquet_node *nodes, size_t count,
		       struct sow_error *err)
{
	carquet_error_t e = CARQUET_ERROR_INIT;
	carquet_writer_options_t o;
	carquet_writer_options_init(&o);
	o.compression = CARQUET_COMPRESSION_ZSTD;
	o.compression_level = 1;
	o.created_by = "sow";
	o.row_group_size = INT64_MAX; /* the caller ends a group */
	o.async_io = false;
	out->writer = carquet_writer_create_file(out->file, out->schema, &o, &e);
	if (!out->writer)
		return fail_write(&e, e.code, err);
	for (size_t i = 0, column = 0; i < count; i++) {
		if (nodes[i].type == PARQUET_GROUP)
			continue;
		carquet_status_t status = CARQUET_OK;
		if (nodes[i].few)
			status = carquet_writer_set_column_encoding(out->writer, (int32_t)column,
								   CARQUET_ENCODING_RLE_DICTIONARY);
		if (status != CARQUET_OK)
			return fail_write(NULL, status, err);
		column++;
	}
	return SOW_OK;
}

struct parquet_out *parquet_create(struct outfile *file, const struct parquet_node *nodes,
				   size_t count, struct sow_error *err)
{
	const cookie_io_functions_t calls = { .write = pass_on };
	struct parquet_out *out = mem_zalloc(sizeof(*out));
	parquet_begin();
	out->file = fopencookie(file, "wb", calls);
	if (!out->file || make_schema(out, nodes, err)) {
		error_nomem(err);
		parquet_drop(out);
		return NULL;
	}
	if (make_writer(out, nodes, count, err)) {
		parquet_drop(out);
		return NULL;
	}
	return out;
}

int parquet_write(struct parquet_out *out, size_t column, const struct parquet_slice *slice,
		  struct sow_error *err)
{
	carquet_status_t status = carquet_writer_write_batch(out->writer, (int32_t)column,
							    slice->values, (int64_t)slice->count,
							    slice->def, slice->rep);
	return status == CARQUET_OK ? SOW_OK : fail_write(NULL, status, err);
}

int parquet_end_group(struct parquet_out *out, struct sow_error *err)
{
	carquet_status_t status = carquet_writer_new_row_group(out->writer);
	return status == CARQUET_OK ? SOW_OK : fail_write(NULL, status, err);
}

int parquet_finish(struct parquet_out *out, struct sow_error *err)
{
	carquet_status_t done = carquet_writer_close(out->writer);
	out->writer = NULL;
	int status = done == CARQUET_OK ? SOW_OK : fail_write(NULL, done, err);
	if (fclose(out->file) != 0 && !status)
		status = fail_write(NULL, CARQUET_ERROR_FILE_WRITE, err);
	out->file = NULL;
	parquet_drop(out);
	return status;
}

void parquet_drop(struct parquet_out *out)
{
	if (!out)
		return;
	if (out->writer)
		carquet_writer_abort(out->writer);
	if (out->file)
		fclose(out->file);
	carquet_schema_free(out->schema);
	mem_free(out);
}
