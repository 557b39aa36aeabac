#include "scratch.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *scratch_new(void)
{
	const char *tmp = getenv("TMPDIR");
	char path[512];
	snprintf(path, sizeof(path), "%s/sow-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	char *dir = mkdtemp(path) ? strdup(path) : NULL;
	if (!dir)
		abort();
	return dir;
}

void scratch_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "wb");
	if (!f || fputs(text, f) < 0 || fclose(f))
		abort();
}

static int drop(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	return walk->level ? remove(path) : 0;
}

void scratch_empty(const char *dir)
{
	nftw(dir, drop, 16, FTW_DEPTH | FTW_PHYS);
}

void scratch_free(char *dir)
{
	scratch_empty(dir);
	rmdir(dir);
	free(dir);
}
