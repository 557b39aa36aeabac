#include "vector/widen.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/draw.h"

#define BLOCKS 500

/* All there are, and where they do not come in eights. */
static void halves(void **state)
{
	static uint16_t all[1 << 16];
	static float wide[1 << 16];
	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		all[i] = (uint16_t)i;
	halves_widen(all, 8, wide);
	halves_widen(all + 8, sizeof(all) / sizeof(*all) - 8, wide + 8);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		int power = (int)(i >> 10 & 31), rest = (int)(i & 0x3ff);
		float one, want = ldexpf((float)(power ? 1024 + rest : rest), (power ? power : 1) - 25);
		want = power < 31 ? want : rest ? NAN : INFINITY;
		want = i & 0x8000 ? -want : want;
		halves_widen(all + i, 1, &one);
		assert_true(isnan(want) ? isnan(one) && isnan(wide[i])
					: memcmp(&one, &want, 4) == 0 && memcmp(&wide[i], &want, 4) == 0);
	}
}

/* A factor and a least number of a model: finite. */
static uint16_t draw_half(struct draw *d)
{
	uint16_t half = (uint16_t)draw_below(d, 1 << 16);
	return (half >> 10 & 31) == 31 ? half & 0x83ff : half;
}

static void nibbles(void **state)
{
	(void)state;
	static struct block_of_nibbles blocks[BLOCKS];
	static float fast[BLOCKS * 32], plain[BLOCKS * 32];
	struct draw d = draw_start(1, 1, 0);
	for (size_t b = 0; b < BLOCKS; b++) {
		blocks[b].factor = draw_half(&d);
		blocks[b].least = draw_half(&d);
		for (size_t i = 0; i < 16; i++)
			blocks[b].numbers[i] = (uint8_t)draw_below(&d, 256);
	}
	blocks[0] = (struct block_of_nibbles){ 0x3c00, 0xc000, { 0x51 } }; /* 1, -2: 1 and 5 */
	nibbles_widen(blocks, BLOCKS, fast);
	nibbles_widen_plain(blocks, BLOCKS, plain);
	assert_memory_equal(fast, plain, sizeof(fast));
	assert_true(fast[0] == -1 && fast[16] == 3 && fast[1] == -2);
}

static void bytes(void **state)
{
	(void)state;
	static struct block_of_bytes blocks[BLOCKS];
	static float fast[BLOCKS * 32], plain[BLOCKS * 32];
	struct draw d = draw_start(2, 1, 0);
	for (size_t b = 0; b < BLOCKS; b++) {
		blocks[b].factor = draw_half(&d);
		for (size_t i = 0; i < 32; i++)
			blocks[b].numbers[i] = (int8_t)(int)(draw_below(&d, 256) - 128);
	}
	blocks[0] = (struct block_of_bytes){ 0x3800, { -128, 3 } }; /* a half */
	bytes_widen(blocks, BLOCKS, fast);
	bytes_widen_plain(blocks, BLOCKS, plain);
	assert_memory_equal(fast, plain, sizeof(fast));
	assert_true(fast[0] == -64 && fast[1] == 1.5f && fast[2] == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(halves), cmocka_unit_test(nibbles), cmocka_unit_test(bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
