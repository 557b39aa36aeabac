#include "cli/shard_checkpoint.h"

#include <string.h>

#include "base/mem.h"
#include "cli/console.h"
#include "io/infile.h"

/* A shard as it was when this was saved. */
struct shard_stamp {
	uint64_t size;
	int64_t changed;             /* ns since 1970 */
};

enum { SHARDS = 2 };             /* of -o and of --explain */

static int look_at(const struct rank_job *t, struct shard_stamp list[SHARDS], struct sow_error *err)
{
	const struct rank_job_folder *const folders[SHARDS] = { &t->out, &t->explain };
	int status = SOW_OK;
	memset(list, 0, SHARDS * sizeof(*list));
	for (size_t i = 0; i < SHARDS && !status; i++) {
		struct infile_stamp stamp;
		if (!folders[i]->path)
			continue;
		status = infile_stamp(folders[i]->shard.data, &stamp, err);
		if (!status)
			list[i] = (struct shard_stamp){ stamp.size, stamp.changed };
	}
	return status;
}

int shard_checkpoint_save(const struct rank_job *t, const struct buf *notes, struct sow_error *err)
{
	struct shard_stamp shards[SHARDS];
	struct buf all = { .data = buf_empty, .cap = SIZE_MAX / 2 };
	const struct checkpoints c = rank_job_checkpoints(t, "written");
	if (!rank_job_is_spread(t))
		return SOW_OK;
	int status = look_at(t, shards, err);
	buf_add(&all, (const char *)shards, sizeof(shards));
	buf_add(&all, notes->data, notes->len);
	const struct checkpoint k = { .entries = all.data, .count = all.len, .size = 1 };
	if (!status)
		status = checkpoint_save(&c, &k, err);
	buf_release(&all);
	return status;
}

static bool are_longer(const struct shard_stamp now[SHARDS], const struct shard_stamp then[SHARDS])
{
	return now[0].size >= then[0].size && now[1].size >= then[1].size;
}

bool shard_checkpoint_load(const struct rank_job *t, struct buf *notes, bool *same)
{
	struct shard_stamp now[SHARDS], then[SHARDS];
	struct sow_error err = { 0 };
	struct checkpoint k = { .size = 1 };
	const struct checkpoints c = rank_job_checkpoints(t, "written");
	bool found = rank_job_is_spread(t) && checkpoint_load(&c, &k) && k.count >= sizeof(then) &&
		     !look_at(t, now, &err);
	if (found) {
		memcpy(then, k.entries, sizeof(then));
		*same = memcmp(now, then, sizeof(now)) == 0;
		found = are_longer(now, then);
	}
	if (found)
		buf_add(notes, (const char *)k.entries + sizeof(then), (size_t)k.count - sizeof(then));
	mem_free(k.entries);
	return found;
}

int shard_checkpoint_tell(const struct rank_job *t, bool found, bool quiet, struct sow_error *err)
{
	uint64_t count = found;
	int status = ranks_allreduce(t->ranks, SOW_OK, &count, 1, err);
	if (!status && count && !quiet && ranks_rank(t->ranks) == 0)
		console_line("%s: resuming: %zu of %zu parts are written", t->out.work.path.data,
			     (size_t)count, ranks_count(t->ranks));
	return status;
}

/* Of a command that filters */

struct filtered {
	struct spread_progress progress;
	struct facts facts;
	size_t told;                 /* bad records; the messages about the first of them follow this struct */
};

static int save(void *data, const struct spread_progress *progress, struct sow_error *err)
{
	const struct rank_job *t = data;
	struct buf notes = BUF_INIT;
	struct filtered s;
	memset(&s, 0, sizeof(s)); /* including its padding */
	s.progress = *progress;
	s.facts = t->facts;
	s.told = t->filter->told;
	buf_add(&notes, (const char *)&s, sizeof(s));
	buf_add(&notes, t->told.data, t->told.len);
	int status = shard_checkpoint_save(t, &notes, err);
	buf_release(&notes);
	return status;
}

static bool load(void *data, struct spread_progress *progress)
{
	struct rank_job *t = data;
	struct buf notes = BUF_INIT;
	struct filtered s;
	bool same = false, found = shard_checkpoint_load(t, &notes, &same) && notes.len >= sizeof(s);
	if (found) {
		memcpy(&s, notes.data, sizeof(s));
		found = same || !s.progress.whole; /* after the saved pieces a file may hold the start of another */
	}
	if (found) {
		*progress = s.progress;
		t->facts = s.facts;
		t->filter->told = s.told;
		buf_add(&t->told, notes.data + sizeof(s), notes.len - sizeof(s));
	}
	buf_release(&notes);
	return found;
}

void shard_checkpoint_keep(struct rank_job *t)
{
	t->keeper = (struct spread_keeper){ load, save, t };
	t->spread.keeper = &t->keeper;
}
