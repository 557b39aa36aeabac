#include "base/nearest.h"

#include <stdint.h>
#include <string.h>

#define LONGEST 64

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance; SIZE_MAX for words too long to be names. */
static size_t edits(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);
	size_t row[3][LONGEST + 1];
	if (na > LONGEST || nb > LONGEST)
		return SIZE_MAX;
	for (size_t j = 0; j <= nb; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t *now = row[i % 3], *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];
		now[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t replace = up[j - 1] + (a[i - 1] != b[j - 1]);
			now[j] = least(replace, least(up[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], up2[j - 2] + 1);
		}
	}
	return row[na % 3][nb];
}

const char *nearest_name(const char *word, const char *(*name)(const void *data, size_t i),
			 const void *data, size_t count)
{
	size_t bound = strlen(word) / 3 > 2 ? strlen(word) / 3 : 2;
	const char *best = NULL;
	for (size_t i = 0; i < count; i++) {
		const char *candidate = name(data, i);
		size_t distance = edits(word, candidate);
		if (distance <= bound && distance < strlen(candidate)) {
			best = candidate;
			bound = distance ? distance - 1 : 0;
			if (!distance)
				break;
		}
	}
	return best;
}
