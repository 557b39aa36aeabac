#include "base/exe_path.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

bool exe_path_find(struct buf *out, const char *place)
{
	char exe[PATH_MAX];
	size_t start = out->len;
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (len <= 0)
		return false;
	exe[len] = '\0';
	strrchr(exe, '/')[1] = '\0';
	buf_addf(out, "%s%s", exe, place);
	bool found = access(out->data + start, F_OK) == 0;
	if (!found)
		buf_cut(out, start);
	return found;
}
