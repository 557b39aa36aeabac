#include "vector/panels.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/draw.h"

#define ROWS 50
#define STRIDE 45

/* Each number stands where it belongs, whatever the rows' number and length; zeros fill up the last
 * panel, and nothing is written behind it. */
static void packed(void **state)
{
	(void)state;
	static float rows[ROWS * STRIDE], panels[(ROWS + PANEL) * STRIDE + 1], plain[(ROWS + PANEL) * STRIDE + 1];
	struct draw d = draw_start(1, 1, 0);
	for (size_t i = 0; i < ROWS * STRIDE; i++)
		rows[i] = (float)draw_fraction(&d) + 1;
	for (size_t count = 1; count <= ROWS; count++) {
		for (size_t dims = 1; dims <= STRIDE; dims++) {
			size_t size = panels_of(count) * PANEL * dims;
			memset(panels, 0xff, sizeof(panels));
			memset(plain, 0xff, sizeof(plain));
			panels_pack(panels, rows, STRIDE, count, dims);
			panels_pack_plain(plain, rows, STRIDE, count, dims);
			for (size_t i = 0; i < panels_of(count) * PANEL; i++) {
				for (size_t k = 0; k < dims; k++) {
					float want = i < count ? rows[i * STRIDE + k] : 0;
					assert_true(panels[(i / PANEL * dims + k) * PANEL + i % PANEL] == want);
				}
			}
			assert_memory_equal(panels, plain, size * sizeof(*panels));
			assert_true(isnan(panels[size]) && isnan(plain[size]));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
