/* replay.c - run a fuzz target over a folder of inputs, without libFuzzer
 *
 *     fuzz-NAME CORPUS
 *
 * Every file in the folder goes through LLVMFuzzerTestOneInput once, in an exact
 * copy of its length on the heap, so that ASan sees a read past its end. Its name is
 * printed before, so that the last name is that of the one that failed. An empty or
 * missing corpus is a failure: such a test could not fail.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX ((size_t)16 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
	int status = -1;
	uint8_t *data = NULL, *input = NULL;
	size_t size;
	FILE *file = fopen(path, "rb");

	if (!file)
		goto out;
	data = malloc(INPUT_MAX);
	if (!data)
		goto out;
	size = fread(data, 1, INPUT_MAX, file);
	if (ferror(file) || !feof(file))
		goto out;
	input = malloc(size ? size : 1);
	if (!input)
		goto out;
	memcpy(input, data, size);
	puts(path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(input, size);
	status = 0;
out:
	if (status)
		fprintf(stderr, "replay: cannot read %s\n", path);
	free(input);
	free(data);
	if (file)
		fclose(file);
	return status;
}

int main(int argc, char **argv)
{
	int failed = 0, count = 0;
	DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;

	if (!folder) {
		fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
		return 2;
	}
	for (struct dirent *entry; (entry = readdir(folder));) {
		char path[4096];
		int len = snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);

		if (entry->d_name[0] == '.')
			continue;
		if (len < 0 || (size_t)len >= sizeof(path) || replay(path))
			failed++;
		count++;
	}
	closedir(folder);
	printf("%d inputs, %d failed\n", count, failed);
	return failed || !count;
}
