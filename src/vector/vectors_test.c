#include "vector/vectors.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/draw.h"
#include "io/folder.h"
#include "io/outfile.h"

static void products_of_rows(void **state)
{
	(void)state;
	struct vectors v = VECTORS_INIT;
	struct draw d = draw_start(1, 1, 0);
	double row[31];
	for (size_t n = 0; n < 100; n++) {
		for (size_t i = 0; i < 31; i++)
			row[i] = draw_fraction(&d) - 0.5;
		assert_int_equal(vectors_add(&v, row, 31), SOW_OK);
		float product = vectors_product(&v, n, n);
		assert_true(product == v.norms[n]);
		assert_true(vectors_distance2_of(product, v.norms[n], v.norms[n]) == 0);
		assert_true(vectors_cosine(&v, n, n) == 1);
	}
	vectors_release(&v);
}

static void cosines(void **state)
{
	(void)state;
	struct vectors v = VECTORS_INIT;
	static const double rows[][2] = { { 3, 4 }, { 30, 40 }, { -4, 3 }, { 0, 0 } };
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(vectors_add(&v, rows[i], 2), SOW_OK);
	assert_true(fabs(vectors_cosine(&v, 0, 1) - 1) < 1e-6);
	assert_true(vectors_cosine(&v, 0, 2) == 0);
	assert_true(vectors_cosine(&v, 0, 3) == 0);
	assert_int_equal(vectors_add(&v, rows[0], 1), SOW_INVALID);
	const double infinite[] = { 1, INFINITY };
	assert_int_equal(vectors_add(&v, infinite, 2), SOW_INVALID);
	vectors_release(&v);
}

static char *write_array(const char *dir, const char *name, const char *header, const void *numbers, size_t len)
{
	static char path[512];
	struct sow_error err;
	char head[10] = "\x93NUMPY\x01";
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	head[8] = (char)strlen(header);
	struct outfile *f = outfile_open(path, &err);
	outfile_write(f, head, 10);
	outfile_write(f, header, strlen(header));
	outfile_write(f, numbers, len);
	assert_int_equal(outfile_finish(f, &err), SOW_OK);
	return path;
}

static char *write_npy(const char *dir, const char *header, const void *numbers, size_t len)
{
	return write_array(dir, "x.npy", header, numbers, len);
}

/* Rows of which there are fewer than asked for, also of a compressed array. */
static void parts_of_arrays(void **state)
{
	(void)state;
	struct buf dir = BUF_INIT;
	assert_int_equal(folder_scratch(&dir, NULL), SOW_OK);
	static const float numbers[] = { 1, 2, 3, 4, 5, NAN };
	static const char *const names[] = { "x.npy", "x.npy.gz" };
	for (size_t i = 0; i < 2; i++) {
		struct vectors v = VECTORS_INIT;
		struct sow_error err = { 0 };
		size_t rows = 0;
		const char *path = write_array(dir.data, names[i], "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }\n",
					       numbers, sizeof(numbers));
		assert_int_equal(vectors_read_npy_part(&v, path, 1, 1, &rows, &err), SOW_OK);
		assert_true(rows == 3 && v.count == 1 && v.dims == 2 && v.rows[0] == 3 && v.rows[1] == 4);
		assert_int_equal(vectors_read_npy_part(&v, path, 3, 9, &rows, &err), SOW_OK);
		assert_int_equal(vectors_read_npy_part(&v, path, 9, 9, &rows, &err), SOW_OK);
		assert_int_equal(v.count, 1);
		assert_int_equal(vectors_read_npy_part(&v, path, 1, 9, &rows, &err), SOW_INVALID);
		assert_non_null(strstr(err.text, ": row 2: expected numbers that are finite"));
		vectors_release(&v);
	}
	folder_remove(dir.data);
	buf_release(&dir);
}

static void arrays_of_numpy(void **state)
{
	(void)state;
	struct buf dir = BUF_INIT;
	assert_int_equal(folder_scratch(&dir, NULL), SOW_OK);
	static const float single[] = { 1, 2, 3, 4, 5, 6 };
	static const double real[] = { 1, 2, 3, 4, 5, 6 };
	static const struct { const char *header; bool wide, fine; } cases[] = {
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }\n", false, true },
		{ "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }\n", true, true },
		{ "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }\n", true, true },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2), }\n", false, false },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }\n", false, false },
		{ "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }\n", false, false },
		{ "{'descr': '<i4', 'fortran_order': False, 'shape': (3, 2), }\n", false, false },
		{ "{'descr': '>f4', 'fortran_order': False, 'shape': (3, 2), }\n", false, false },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (18446744073709551615, 2), }\n", false, false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct vectors v = VECTORS_INIT;
		struct sow_error err = { 0 };
		const char *path = write_npy(dir.data, cases[i].header, cases[i].wide ? (const void *)real : single,
					     cases[i].wide ? sizeof(real) : sizeof(single));
		int status = vectors_read_npy(&v, path, &err);
		if ((status == SOW_OK) != cases[i].fine)
			fail_msg("%s: %d %s", cases[i].header, status, err.text);
		if (cases[i].fine)
			assert_true(v.count * v.dims == 6 && v.rows[1] == 2 &&
				    v.rows[(v.count - 1) * v.stride + v.dims - 1] == 6);
		vectors_release(&v);
	}
	folder_remove(dir.data);
	buf_release(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(products_of_rows),
		cmocka_unit_test(cosines),
		cmocka_unit_test(arrays_of_numpy),
		cmocka_unit_test(parts_of_arrays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
