#include "vector/source.h"

#include <stdbool.h>

#include "base/error.h"
#include "base/mem.h"

int vectors_source_open(const struct vectors_source *from, struct vectors *v, struct sow_error *err)
{
	return from->file ? vectors_read_npy(v, from->file, err) : SOW_OK;
}

int vectors_source_add(const struct vectors_source *from, struct vectors *v, const json_value *object,
		       const char *place, struct sow_error *err)
{
	if (from->file)
		return SOW_OK;
	const json_value *list = json_get(object, from->field), *number;
	size_t n = 0, dims = json_count(list);
	bool numbers = json_type(list) == JSON_ARRAY && dims;
	double *row = mem_alloc((dims + 1) * sizeof(*row));
	for (number = json_first(list); numbers && number; number = json_next(list, number)) {
		numbers = json_type(number) == JSON_NUMBER;
		row[n++] = json_number(number);
	}
	int status = numbers ? vectors_add(v, row, dims) : SOW_INVALID;
	mem_free(row);
	if (status == SOW_INVALID && v->count && numbers && dims != v->dims)
		return error_set(err, status, "%s: %s: expected a list of %zu numbers, as before, not of %zu", place,
				 from->field, v->dims, dims);
	if (status == SOW_INVALID)
		return error_set(err, status, "%s: %s: expected a list of finite numbers", place, from->field);
	return status ? error_nomem(err) : SOW_OK;
}

int vectors_source_close(const struct vectors_source *from, const struct vectors *v, size_t records,
			 struct sow_error *err)
{
	if (v->count == records)
		return SOW_OK;
	return error_set(err, SOW_INVALID, "%s: %zu vectors for %zu records", from->file ? from->file : from->field ? from->field : "the embedding model",
			 v->count, records);
}
