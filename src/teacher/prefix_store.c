#include "teacher/prefix_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "io/folder.h"
#include "io/hash.h"
#include "io/infile.h"
#include "io/outfile.h"

#define SUFFIX ".prefix"
#define FORMAT "1"

struct prefix_store {
	struct buf folder;
	char *model_name;
	int64_t most;
};

struct prefix_store *prefix_store_open(const char *model_name, int64_t most)
{
	struct prefix_store *s = mem_zalloc(sizeof(*s));
	s->folder = (struct buf)BUF_INIT;
	s->most = most ? most : PREFIX_STORE_MAX;
	s->model_name = mem_copystr(model_name);
	int status = folder_cache(NULL, &s->folder, NULL);
	buf_addstr(&s->folder, "/prefixes");
	if (status || folder_make(s->folder.data, NULL)) {
		prefix_store_close(s);
		return NULL;
	}
	return s;
}

void prefix_store_close(struct prefix_store *s)
{
	if (!s)
		return;
	buf_release(&s->folder);
	mem_free(s->model_name);
	mem_free(s);
}

/* Everything that determines the state of these tokens. */
static void find_path(const struct prefix_store *s, const struct prefix *p, struct buf *out)
{
	struct hasher *h = hasher_new();
	struct hash name;
	char hex[HASH_HEX_SIZE];
	hasher_text(h, view_of(FORMAT));
	hasher_text(h, view_of(s->model_name));
	hasher_text(h, view_of(model_build()));
	hasher_add(h, p->tokens.ids, p->tokens.count * sizeof(*p->tokens.ids));
	hasher_finish(h, &name);
	hash_hex(&name, hex);
	buf_addf(out, "%s/%s" SUFFIX, s->folder.data, hex);
}

static bool is_whole(const struct buf *file)
{
	struct hash sum;
	if (file->len <= sizeof(sum))
		return false;
	hash_bytes(file->data + sizeof(sum), file->len - sizeof(sum), &sum);
	return memcmp(&sum, file->data, sizeof(sum)) == 0;
}

bool prefix_store_load(struct prefix_store *s, struct model *m, struct prefix *p)
{
	struct buf path = BUF_INIT, file = BUF_INIT;
	if (!s || p->tokens.count < PREFIX_STORE_TOKENS)
		return false;
	find_path(s, p, &path);
	bool found = access(path.data, R_OK) == 0 && infile_whole(path.data, &file, NULL) == SOW_OK;
	bool loaded = found && is_whole(&file) &&
		      model_load(m, p->sequence, view_from(file.data + sizeof(struct hash),
							   file.len - sizeof(struct hash)));
	if (loaded) {
		p->evaluated = p->tokens.count;
		utimensat(AT_FDCWD, path.data, NULL, 0); /* used now */
	} else if (found) {
		unlink(path.data);
	}
	buf_release(&file);
	buf_release(&path);
	return loaded;
}

struct kept {
	char name[80];
	struct timespec used;
	int64_t bytes;
};

static int by_use(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;
	if (x->used.tv_sec != y->used.tv_sec)
		return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
	return (x->used.tv_nsec > y->used.tv_nsec) - (x->used.tv_nsec < y->used.tv_nsec);
}

/* Lists the kept files. Returns the count; the caller frees the list. */
static size_t list_kept(DIR *dir, struct kept **list)
{
	const struct dirent *e;
	size_t count = 0, room = 0;
	while ((e = readdir(dir))) {
		struct stat st;
		size_t len = strlen(e->d_name);
		if (!view_ends(view_of(e->d_name), SUFFIX) || len >= sizeof((*list)->name) ||
		    fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
			continue;
		mem_grow(list, &room, count + 1);
		memcpy((*list)[count].name, e->d_name, len + 1);
		(*list)[count].used = st.st_mtim;
		(*list)[count++].bytes = st.st_size;
	}
	return count;
}

/* Makes room for `more` bytes. */
static void prune(const struct prefix_store *s, int64_t more)
{
	struct kept *list = NULL;
	DIR *dir = opendir(s->folder.data);
	if (!dir)
		return;
	size_t count = list_kept(dir, &list);
	int64_t bytes = more;
	for (size_t i = 0; i < count; i++)
		bytes += list[i].bytes;
	if (count)
		qsort(list, count, sizeof(*list), by_use);
	for (size_t i = 0; i < count && bytes > s->most; i++) {
		if (unlinkat(dirfd(dir), list[i].name, 0) == 0)
			bytes -= list[i].bytes;
	}
	closedir(dir);
	mem_free(list);
}

void prefix_store_save(struct prefix_store *s, struct model *m, const struct prefix *p)
{
	struct hash sum;
	if (!s || s->most <= (int64_t)sizeof(sum) || p->tokens.count < PREFIX_STORE_TOKENS)
		return;
	struct buf path = BUF_INIT, state = { .data = buf_empty, .cap = (size_t)s->most - sizeof(sum) };
	find_path(s, p, &path);
	bool is_worth = access(path.data, F_OK) != 0 && model_save(m, p->sequence, &state);
	if (is_worth) {
		hash_bytes(state.data, state.len, &sum);
		prune(s, (int64_t)(state.len + sizeof(sum)));
	}
	struct outfile *file = is_worth ? outfile_open(path.data, NULL) : NULL;
	if (file) {
		outfile_write(file, (const char *)&sum, sizeof(sum));
		outfile_write(file, state.data, state.len);
		outfile_finish(file, NULL);
	}
	buf_release(&state);
	buf_release(&path);
}
