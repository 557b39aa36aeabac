#include "cli/merge_runs.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "io/folder.h"
#include "report/status.h"
#include "run/open_records.h"
#include "store/merge.h"
#include "verdicts/verdicts.h"

/* A merged run resumes after its last ticket, so it would never ask what an unfinished shard left out. */
static int check_done(const char *dir, struct sow_error *err)
{
	struct run_status st;
	struct arena *a = arena_new();
	struct store *s = open_run(dir, err);
	int status = s ? run_status_read(&st, s, a, err) : (int)err->status;
	if (!status && !run_status_done(&st))
		status = error_set(err, SOW_INVALID, "%s: is not done; the command that began it resumes it", dir);
	store_close(s);
	arena_free(a);
	return status;
}

/* Merges into a temporary folder beside `dir` and renames that when it is complete. */
int merge_runs(const char *dir, const char *const *runs, size_t count, struct sow_error *err)
{
	struct buf beside = BUF_INIT;
	int status = SOW_OK;
	if (!folder_is_free(dir))
		return error_set(err, SOW_USAGE, "%s: already exists; expected a new directory", dir);
	for (size_t i = 0; i < count && !status; i++)
		status = check_done(runs[i], err);
	if (!status)
		status = folder_make_temporary(dir, &beside, err);
	if (!status)
		status = store_merge(beside.data, runs, count, err);
	if (!status)
		status = verdicts_merge(beside.data, runs, count, err);
	if (!status)
		status = folder_rename(beside.data, dir, err);
	if (status && beside.len)
		folder_remove(beside.data);
	buf_release(&beside);
	return status;
}
