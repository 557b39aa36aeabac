#include "clean/fingerprint.h"

#include <string.h>

#include "base/error.h"
#include "clean/clean.h"
#include "data/hub_read.h"
#include "io/folder.h"

/* Of all files that parts of are read. */
static int stamp_parts(const struct parts *parts, struct hash *hash, struct sow_error *err)
{
	struct hasher *h = hasher_new();
	int status = SOW_OK;
	for (size_t i = 0; i < parts->count && !status; i++) {
		struct infile_stamp stamp = { 0 };
		status = infile_stamp(parts->list[i].path, &stamp, err);
		if (!status)
			hasher_text(h, view_from((const char *)&stamp, sizeof(stamp)));
	}
	hasher_finish(h, status ? NULL : hash);
	return status;
}

int clean_fingerprint_take(const struct clean_options *o, struct clean_fingerprint *f, struct sow_error *err)
{
	*f = (struct clean_fingerprint){ .by_hash = false };
	if (o->parts)
		return stamp_parts(o->parts, &f->hash, err);
	*f = (struct clean_fingerprint){ .by_hash = hub_names(o->in) || (o->open_run && folder_is(o->in)) };
	return f->by_hash ? SOW_OK : infile_stamp(o->in, &f->stamp, err);
}

int clean_fingerprint_check(const struct clean_options *o, struct hasher *h, struct sow_error *err)
{
	struct clean_fingerprint *f = o->fingerprint;
	struct infile_stamp now;
	struct hash hash;
	bool same;
	if (!f)
		return SOW_OK;
	if (o->parts) {
		int status = stamp_parts(o->parts, &hash, err);
		if (status)
			return status;
		same = memcmp(&hash, &f->hash, sizeof(hash)) == 0;
	} else if (f->by_hash) {
		hasher_take(h, &hash);
		same = !f->read || memcmp(&hash, &f->hash, sizeof(hash)) == 0;
		f->hash = hash;
		f->read = true;
	} else {
		int status = infile_stamp(o->in, &now, err);
		if (status)
			return status;
		same = infile_same(&f->stamp, &now);
	}
	return same ? SOW_OK : error_set(err, SOW_INVALID, "%s: changed while it was read", o->in);
}
