/* A Parquet file, as arbitrary bytes: its rows are JSON, and it comes to an end. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "check.h"
#include "data/parquet_rows.h"
#include "io/json.h"

#define ROWS_MOST 1000 /* a few bytes can stand for billions of rows without values */

static void check_row(struct view json)
{
	struct arena *a = arena_new();
	struct sow_error err = { 0 };
	size_t repaired = 0;
	struct json *doc = json_parse_lenient(json, a, &repaired, NULL, &err);
	CHECK(doc && json_type(json_root(doc)) == JSON_OBJECT);
	CHECK(!memchr(json.p, '\n', json.len));
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sow_error err = { 0 };
	struct view json;
	size_t rows = 0;
	int status = 1;
	FILE *file = size ? fmemopen((void *)(uintptr_t)data, size, "rb") : NULL;
	if (!file)
		return 0;
	struct parquet_rows *r = parquet_rows_open(file, "data.parquet", &err);
	CHECK(r || is_message(&err));
	while (r && rows < ROWS_MOST && (status = parquet_rows_next(r, &json, &err)) != 0) {
		CHECK(status > 0 || is_message(&err));
		CHECK(status > 0 || err.status != SOW_OK);
		if (status < 0 && parquet_rows_broken(r))
			break;
		if (status > 0)
			check_row(json);
		rows++;
	}
	parquet_rows_close(r);
	return 0;
}
