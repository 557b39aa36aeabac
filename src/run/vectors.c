#include "run/vectors.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "data/request.h"
#include "io/outfile.h"
#include "method/method.h"
#include "run/open_records.h"
#include "store/store.h"

/* Calls `each` once for every record that open_records gives. */
static int each_of(struct store *s, int (*each)(void *data, const float *numbers, size_t count),
		   void *data, struct sow_error *err)
{
	struct store_counts counts = { 0 };
	struct setting method;
	int64_t last;
	struct arena *a = arena_new();
	int status = store_count(s, 0, &counts, err);
	if (!status)
		status = store_steps(s, &last, err);
	if (!status)
		status = store_setting(s, a, last, "method", &method, err);
	const struct method *m = status > 0 ? method_find_view(method.value) : NULL;
	if (status >= 0)
		status = store_each_vector(s, 0, counts.inputs ? 0 : counts.target, m && m->order_input, each,
					   data, err);
	arena_free(a);
	return status;
}

int run_each_vector(const char *dir, int (*each)(void *data, const float *numbers, size_t count),
		    void *data, struct sow_error *err)
{
	struct store *s = open_run(dir, err);
	int status = s ? store_snapshot(s, err) : (int)err->status;
	if (!status)
		status = each_of(s, each, data, err);
	store_close(s);
	return status;
}

/* The file, in two passes: its header has the number of rows. */
struct npy_file {
	struct outfile *file;
	size_t rows, with, dims;
	bool is_even;
};

static int look(void *data, const float *numbers, size_t count)
{
	struct npy_file *a = data;
	(void)numbers;
	if (count && !a->with)
		a->dims = count;
	a->rows++;
	a->with += count > 0;
	a->is_even = a->is_even && (!count || count == a->dims);
	return SOW_OK;
}

/* NumPy's own form, version 1: the header ends at a multiple of 64 bytes. */
static void write_header(struct npy_file *a)
{
	struct buf text = BUF_INIT;
	buf_addf(&text, "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }", a->rows, a->dims);
	while ((10 + text.len + 1) % 64)
		buf_addch(&text, ' ');
	buf_addch(&text, '\n');
	const char head[10] = { (char)0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (char)(text.len & 0xff),
				(char)(text.len >> 8) };
	outfile_write(a->file, head, sizeof(head));
	outfile_write(a->file, text.data, text.len);
	buf_release(&text);
}

static int write_row(void *data, const float *numbers, size_t count)
{
	struct npy_file *a = data;
	struct buf bytes = BUF_INIT;
	const struct reply row = { .numbers = numbers, .number_count = count };
	reply_numbers_write(&row, &bytes);
	outfile_write(a->file, bytes.data, bytes.len);
	buf_release(&bytes);
	return SOW_OK;
}

static int write_file(struct store *s, struct npy_file *a, const char *path, struct sow_error *err)
{
	a->file = outfile_open(path, err);
	if (!a->file)
		return (int)err->status;
	write_header(a);
	int status = each_of(s, write_row, a, err);
	if (!status)
		return outfile_finish(a->file, err);
	outfile_drop(a->file);
	return status;
}

int run_write_vectors(struct store *s, const char *dir, struct sow_error *err)
{
	struct npy_file a = { .is_even = true };
	struct buf path = BUF_INIT;
	int status = each_of(s, look, &a, err);
	if (status || !a.with)
		return status;
	if (!a.is_even || a.with != a.rows)
		return error_set(err, SOW_INVALID, "%s: of %zu records %zu have a vector%s; %s was not written",
				 dir, a.rows, a.with, a.is_even ? "" : ", of several lengths", RUN_VECTORS_FILE);
	buf_addf(&path, "%s/%s", dir, RUN_VECTORS_FILE);
	status = write_file(s, &a, path.data, err);
	buf_release(&path);
	return status;
}
