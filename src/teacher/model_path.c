#include "teacher/model_path.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/beside.h"
#include "base/error.h"
#include "config.h"
#include "io/folder.h"

static void add_installed(struct buf *out)
{
	struct buf place = BUF_INIT;
	buf_addf(&place, "%s/%s", SOW_LLAMA_LIBDIR_INSTALLED, folder_base_name(SOW_DEFAULT_MODEL));
	beside_program(out, place.data);
	buf_release_part(&place, out);
}

static void add_built(struct buf *out)
{
	buf_addstr(out, SOW_DEFAULT_MODEL);
}

/* Where tools/setup puts it for whoever runs it. */
static void add_cached(struct buf *out)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	if (cache && cache[0] == '/')
		buf_addf(out, "%s", cache);
	else if (home && home[0] == '/')
		buf_addf(out, "%s/.cache", home);
	else
		return;
	buf_addf(out, "/sow/deps/models/%s", folder_base_name(SOW_DEFAULT_MODEL));
}

int model_path_default(struct buf *out, struct sow_error *err)
{
	static void (*const places[])(struct buf *) = { add_installed, add_built, add_cached };
	size_t start = out->len;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		places[i](out);
		if (buf_failed(out))
			return error_nomem(err);
		if (out->len > start && access(out->data + start, F_OK) == 0)
			return SOW_OK;
		buf_cut(out, start);
	}
	return error_set(err, SOW_MISSING,
			 "the built-in model is not on this machine yet; to fetch it, run: "
			 "sow doctor --fetch; to use another, give --teacher FILE.gguf or "
			 "--teacher URL");
}
