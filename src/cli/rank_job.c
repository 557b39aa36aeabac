#include "cli/rank_job.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cpu.h"
#include "base/error.h"
#include "base/mem.h"
#include "cli/console.h"
#include "cli/shard_checkpoint.h"
#include "data/hub_read.h"
#include "io/compress.h"
#include "io/folder.h"
#include "io/json.h"
#include "io/outfile.h"
#include "run/open_records.h"

/* What is read */

/* As many threads as the cores that each of the ranks here has: where they are bound to some, those. */
static size_t threads_of(const struct rank_job *t, int64_t wanted)
{
	size_t cores = cpu_cores(), here = ranks_local_count();
	if (wanted || ranks_count(t->ranks) == 1)
		return (size_t)wanted;
	if (cores < (size_t)sysconf(_SC_NPROCESSORS_ONLN))
		return cores;
	return cores > here ? cores / here : 1;
}

/* What cannot be one of several files, nor be read in parts; NULL: it can. */
static const char *is_single(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : hub_names(path) ? "a data set on the Hub"
	       : run_exists(path) ? "a run" : NULL;
}

static int list_input(struct rank_job *t, const struct rank_job_files *f, const struct arguments *args,
		      struct sow_error *err)
{
	size_t n = ranks_count(t->ranks);
	t->in = args->operand;
	for (size_t i = 0; i < args->operand_count; i++) {
		const char *single = is_single(args->operands[i]);
		if (!single)
			continue;
		if (n > 1)
			return error_set(err, SOW_USAGE, "%s is %s, which one process reads; give files or a "
					 "folder of them", args->operands[i], single);
		if (args->operand_count > 1)
			return error_set(err, SOW_USAGE, "%s is %s, and cannot be one of several; give files or a "
					 "folder of them", args->operands[i], single);
		return SOW_OK; /* as it always was */
	}
	if (args->operand_count == 1 && n == 1 && !folder_is(args->operand) && !t->out.path)
		return SOW_OK;
	char others[48] = "";
	int status = input_files_list(&t->files, args->operands, args->operand_count, args->arena, err);
	if (!status)
		status = parts_divide(&t->parts, &t->files, ranks_rank(t->ranks), n, &f->values, args->arena,
				      err);
	if (status)
		return status;
	t->has_parts = true;
	if (t->files.left_out > 1)
		snprintf(others, sizeof(others), " and %zu more", t->files.left_out - 1);
	if (t->files.left_out && !ranks_rank(t->ranks)) /* said in any case */
		console_line("%s%s: not read, not a file of records by name", t->files.first_left_out,
			     others);
	if (args->operand_count > 1) {
		char *name = arena_alloc(args->arena, 64);
		snprintf(name, 64, "%zu files", t->files.count);
		t->in = name;
	}
	return SOW_OK;
}

/* All ranks run the same program with the same arguments. */
static int compare_commands(struct rank_job *t, const struct arguments *args, struct sow_error *err)
{
	struct buf own = BUF_INIT, first = BUF_INIT;
	buf_addstr(&own, sow_version());
	for (int i = 0; i < args->argc; i++)
		buf_addf(&own, "\n%s", args->argv[i]);
	buf_add(&first, own.data, own.len);
	int status = ranks_bcast(t->ranks, SOW_OK, 0, &first, err);
	if (!status && (own.len != first.len || memcmp(own.data, first.data, own.len) != 0))
		status = error_set(err, SOW_USAGE, "rank %zu is sow %s with other options than rank 0; expected the "
				   "same command in each", ranks_rank(t->ranks), sow_version());
	buf_release(&own);
	buf_release(&first);
	return ranks_agree(t->ranks, status, err);
}

/* What is written */

static bool ends_with_slash(const char *path)
{
	size_t len = strlen(path);
	return len > 1 && path[len - 1] == '/';
}

/* The folder of shards that a path names, without a slash at its end; NULL: it is a file. */
static int name_folder(struct rank_job *t, const char *option, const char *path, struct arena *a,
		       const char **name, struct sow_error *err)
{
	bool several = ranks_count(t->ranks) > 1;
	*name = NULL;
	if (several && (!path || strcmp(path, "-") == 0))
		return error_set(err, SOW_USAGE, "standard output is one, and %zu processes write; give %s DIR, a folder "
				 "that gets a file of each", ranks_count(t->ranks), option);
	bool folder = path && (ends_with_slash(path) || (folder_is(path) && strcmp(path, "-") != 0));
	if (several && !folder && input_files_takes(folder_base_name(path)))
		return error_set(err, SOW_USAGE, "%s %s: %zu processes write, a file each; expected a folder",
				 option, path, ranks_count(t->ranks));
	if (!several && !folder)
		return SOW_OK;
	size_t len = strlen(path);
	while (len > 1 && path[len - 1] == '/')
		len--;
	*name = arena_copy(a, path, len);
	return SOW_OK;
}

/* ".json.gz" of "chat.json.gz"; NULL: not the name of a file that can be read. */
static const char *ending_in(const char *name)
{
	const char *dot = input_files_takes(name) ? strrchr(name, '.') : NULL;
	if (dot && compression_by_name(name)) {
		while (dot > name && *--dot != '.')
			;
	}
	return dot;
}

/* What shards are: as the folder's name says, where `kinds` says that it counts; else JSON Lines, compressed
 * as the first input is. */
static const char *ending_of(const struct rank_job *t, const char *path, bool kinds)
{
	const char *own = kinds && path ? ending_in(folder_base_name(path)) : NULL;
	if (own)
		return own;
	switch (t->files.count ? compression_by_name(t->files.list[0].path) : COMPRESSION_NONE) {
	case COMPRESSION_GZIP: return ".jsonl.gz";
	case COMPRESSION_ZSTD: return ".jsonl.zst";
	default: return ".jsonl";
	}
}

/* Of the job as it is now. */
static void make_key(const struct rank_job *t, struct hash *key)
{
	work_folder_key(t->args, &t->files, ranks_count(t->ranks), t->outputs, key);
}

/* The outputs of this very job that it could not move any more are no obstacle, but for the last. */
static int check_free(const struct rank_job *t, struct sow_error *err)
{
	const struct rank_job_folder *const folders[] = { &t->out, &t->explain };
	for (size_t i = 0; i < 2; i++) {
		const char *path = folders[i]->path;
		if (!path || folder_is_free(path))
			continue;
		if (folders[i] == &t->explain && work_folder_is_done(path, &t->key))
			continue;
		for (size_t k = 0; k < 2 && folders[i] == &t->out; k++) {
			if (folders[k]->path && !folder_is_free(folders[k]->path))
				work_folder_tidy(folders[k]->path, &t->key);
		}
		return error_set(err, SOW_USAGE, "%s: expected a folder that is new or empty", path);
	}
	return SOW_OK;
}

static int open_folder(struct rank_job *t, struct rank_job_folder *f, struct sow_error *err)
{
	int status = SOW_OK;
	if (!f->path)
		return SOW_OK;
	if (ranks_rank(t->ranks) == 0)
		status = work_folder_open(&f->work, f->path, &t->key, err);
	if (f->work.replaces && f == &t->out) /* work is lost: said in any case */
		console_line("%s: another job was stopped here, with other options, inputs, number of processes or version "
			  "of sow; its checkpoints are removed", f->work.path.data);
	status = ranks_bcast(t->ranks, status, 0, &f->work.path, err);
	if (!status)
		status = ranks_bcast(t->ranks, status, 0, &f->work.shards, err);
	buf_addf(&f->shard, "%s/part-%05zu%s", f->work.shards.data, ranks_rank(t->ranks), f->ending);
	return status;
}

static void tell_resumes(void *data, const char *message)
{
	const struct rank_job *t = data;
	if (!t->filter->quiet)
		console_line("%s: resuming: %s", t->out.work.path.data, message);
}

/* Where the shards go. */
static int open_folders(struct rank_job *t, bool resume, struct sow_error *err)
{
	bool first = ranks_rank(t->ranks) == 0;
	if (first)
		make_key(t, &t->key);
	int status = first ? check_free(t, err) : SOW_OK;
	if (first && !status && resume && t->out.path)
		status = work_folder_find(t->out.path, &t->key, err);
	status = ranks_agree(t->ranks, status, err);
	if (!status)
		status = open_folder(t, &t->out, err);
	if (!status)
		status = open_folder(t, &t->explain, err);
	if (status || ranks_count(t->ranks) == 1)
		return status;
	struct buf key = BUF_INIT;
	buf_add(&key, (const char *)t->key.bytes, sizeof(t->key.bytes));
	status = ranks_bcast(t->ranks, SOW_OK, 0, &key, err);
	if (!status)
		memcpy(t->key.bytes, key.data, sizeof(t->key.bytes));
	buf_release(&key);
	return status;
}

static uint64_t size_of(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

struct written {
	uint64_t records, bytes, sent, memory;
};

static int write_index(const struct rank_job *t, const struct rank_job_folder *f,
		       const struct written *shards, struct sow_error *err)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	struct json_out *json = json_out_new();
	uint64_t records = 0;
	size_t n = ranks_count(t->ranks);
	for (size_t k = 0; k < n; k++)
		records += shards[k].records;
	json_out_object(json, NULL);
	json_out_text(json, "sow", view_of(sow_version()));
	json_out_integer(json, "records", (int64_t)records);
	json_out_array(json, "shards");
	for (size_t k = 0; k < n; k++) {
		char name[64];
		snprintf(name, sizeof(name), "part-%05zu%s", k, f->ending);
		json_out_object(json, NULL);
		json_out_text(json, "file", view_of(name));
		json_out_integer(json, "records", (int64_t)shards[k].records);
		json_out_integer(json, "bytes", (int64_t)shards[k].bytes);
		json_out_integer(json, "sent_bytes", (int64_t)shards[k].sent);
		json_out_integer(json, "memory_bytes", (int64_t)shards[k].memory);
		json_out_end(json);
	}
	json_out_end(json);
	json_out_end(json);
	json_out_write(json, &text, JSON_LINE);
	buf_addch(&text, '\n');
	buf_addf(&path, "%s/index.json", f->work.shards.data);
	struct outfile *out = outfile_open(path.data, err);
	if (out)
		outfile_write(out, text.data, text.len);
	int status = out ? outfile_finish(out, err) : (int)err->status;
	json_out_free(json);
	buf_release(&path);
	buf_release(&text);
	return status;
}

int rank_job_finish(struct rank_job *t, struct rank_job_folder *f, int status, uint64_t records,
		    struct sow_error *err)
{
	struct rusage used = { 0 };
	if (!f->path)
		return ranks_agree(t->ranks, status, err);
	getrusage(RUSAGE_SELF, &used);
	struct written own = { .records = records, .bytes = size_of(f->shard.data),
			     .sent = ranks_traffic(t->ranks).bytes, .memory = (uint64_t)used.ru_maxrss << 10 };
	struct written *all = mem_alloc(ranks_count(t->ranks) * sizeof(*all));
	status = ranks_allgather(t->ranks, status, &own, sizeof(own), all, err);
	if (!status && ranks_rank(t->ranks) == 0)
		status = write_index(t, f, all, err);
	mem_free(all);
	return ranks_agree(t->ranks, status, err);
}

struct checkpoints rank_job_checkpoints(const struct rank_job *t, const char *name)
{
	return (struct checkpoints){ t->out.work.path.data, name, t->key, ranks_rank(t->ranks) };
}

/* What was decided is of the inputs as they were when the job began again. */
static int check_key(const struct rank_job *t, struct sow_error *err)
{
	struct hash now;
	if (!t->out.work.resumes)
		return SOW_OK;
	make_key(t, &now);
	if (memcmp(&now, &t->key, sizeof(now)) == 0)
		return SOW_OK;
	return error_set(err, SOW_INVALID, "%s: changed while it was read", t->in);
}

/* Both folders take their places, or none: what has its place is taken back if another cannot have its own. */
static int appear(struct rank_job_folder *const folders[2], struct sow_error *err)
{
	int status = SOW_OK;
	for (size_t i = 0; i < 2 && !status; i++) {
		if (folders[i]->path)
			status = work_folder_appear(&folders[i]->work, err);
	}
	for (size_t i = 0; i < 2 && status; i++) {
		if (folders[i]->path)
			work_folder_take_back(&folders[i]->work);
	}
	return status;
}

/* What was decided stays if the disk alone was the obstacle. */
int rank_job_commit(struct rank_job *t, int status, struct sow_error *err)
{
	struct rank_job_folder *const folders[] = { &t->explain, &t->out };
	bool first = ranks_rank(t->ranks) == 0, keep;
	if (first && !status)
		status = check_key(t, err);
	if (first && !status)
		status = appear(folders, err);
	status = ranks_agree(t->ranks, status, err);
	keep = status == SOW_IO && work_folder_has_finished(&t->out.work);
	if (keep)
		console_line("what was decided stays in %s; the same command resumes there",
			     t->out.work.path.data);
	for (size_t i = 0; i < 2; i++)
		work_folder_close(&folders[i]->work, keep);
	return status;
}

/* Telling */

static void note_bad(void *data, const char *message)
{
	struct rank_job *t = data;
	if (t->filter->told++ < RECORD_FILTER_LISTED) /* so many are told of all */
		buf_addf(&t->told, "%s\n", message);
}

/* Rank 0 says what all have to say of bad records, in the order of the input. */
static int tell_bad(struct rank_job *t, const struct clean_counts *counts, struct sow_error *err)
{
	struct buf all = BUF_INIT;
	struct view line;
	buf_renew(&all);
	int status = ranks_gather(t->ranks, SOW_OK, &t->told, &all, err);
	struct view rest = view_from(all.data, all.len);
	struct clean_options plain = record_filter_options(t->filter, "");
	while (!status && view_line(&rest, &line)) {
		char *text = mem_copy(line.p, line.len);
		if (text)
			plain.tell(plain.tell_data, text);
		mem_free(text);
	}
	t->filter->told = counts->bad;
	buf_release(&all);
	return status;
}

int rank_job_merge_facts(struct rank_job *t, struct facts *f, struct sow_error *err)
{
	size_t n = ranks_count(t->ranks);
	struct facts *all = mem_alloc(n * sizeof(*all));
	int status = ranks_allgather(t->ranks, SOW_OK, f, sizeof(*f), all, err);
	*f = (struct facts){ .records = 0 };
	for (size_t k = 0; k < n && !status; k++)
		facts_merge(f, &all[k]);
	mem_free(all);
	return status;
}

/* Rank 0 says what the input was taken for. */
static int tell_facts(struct rank_job *t, struct sow_error *err)
{
	struct clean_options plain = record_filter_options(t->filter, "");
	struct buf text = BUF_INIT;
	int status = rank_job_merge_facts(t, &t->facts, err);
	if (!status && facts_describe_input(&t->facts, t->in, &text))
		plain.describe(plain.tell_data, text.data);
	buf_release(&text);
	return status;
}

void rank_job_tell_traffic(struct rank_job *t, bool quiet, struct sow_error *err)
{
	uint64_t sent = ranks_traffic(t->ranks).bytes;
	if (quiet || !rank_job_is_spread(t) || ranks_allreduce(t->ranks, SOW_OK, &sent, 1, err))
		return;
	console_line("%zu processes sent %.1f MB to each other", ranks_count(t->ranks), (double)sent / 1e6);
}

/* The whole */

void rank_job_stop(struct rank_job *t)
{
	spread_release(&t->spread);
	struct rank_job_folder *const folders[] = { &t->out, &t->explain };
	for (size_t i = 0; i < 2; i++) {
		work_folder_close(&folders[i]->work, folders[i]->work.resumes);
		buf_release(&folders[i]->shard);
	}
	buf_release(&t->told);
	ranks_leave(t->ranks);
	t->ranks = NULL;
}

/* Two names of one folder, which need not be there yet. */
static bool are_same(const char *a, const char *b)
{
	struct stat of_a, of_b;
	if (stat(a, &of_a) == 0 && stat(b, &of_b) == 0)
		return of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
	return outfile_same(a, b);
}

static int name_folders(struct rank_job *t, const struct rank_job_files *f, struct arena *a,
			struct sow_error *err)
{
	int status = f->prints ? SOW_OK : name_folder(t, "-o", f->out, a, &t->out.path, err);
	if (!status && f->explain)
		status = name_folder(t, "--explain", f->explain, a, &t->explain.path, err);
	if (!status && t->out.path && t->explain.path && are_same(t->out.path, t->explain.path))
		status = error_set(err, SOW_USAGE, "%s: expected two folders, for what is kept and for what "
				   "explains it", t->out.path);
	return status;
}

static int begin(struct rank_job *t, const struct rank_job_files *f, const struct arguments *args,
		 struct sow_error *err)
{
	int status = compare_commands(t, args, err);
	if (!status && f->resume && ranks_count(t->ranks) == 1)
		status = error_set(err, SOW_USAGE, "--resume: one process has nothing to go on with, as it keeps no "
				   "checkpoints; expected several, started by mpirun");
	if (!status)
		status = name_folders(t, f, args->arena, err);
	if (!status)
		status = list_input(t, f, args, err);
	status = ranks_agree(t->ranks, status, err);
	t->out.ending = ending_of(t, t->out.path, f->kinds);
	t->explain.ending = ending_of(t, NULL, false);
	if (!status)
		status = open_folders(t, f->resume, err);
	t->threads = threads_of(t, f->threads);
	return status;
}

int rank_job_start(struct rank_job *t, const struct rank_job_files *files, const struct arguments *args)
{
	struct sow_error err = { 0 };
	*t = (struct rank_job){ .args = args, .outputs = { files->out ? files->out : "-", files->explain } };
	t->out = t->explain = (struct rank_job_folder){ .work = WORK_FOLDER_INIT, .shard = BUF_INIT };
	t->told = (struct buf)BUF_INIT;
	t->ranks = ranks_join(&err);
	if (!t->ranks)
		return console_error(&err);
	if (!begin(t, files, args, &err))
		return -1;
	int exit = console_error(&err); /* before any other rank can end */
	rank_job_stop(t);
	return exit;
}

int rank_job_begin_filter(struct rank_job *t, struct record_filter *filter, const struct arguments *args,
			  struct clean_options *clean)
{
	const struct rank_job_files files = {
		.out = filter->out, .explain = filter->explain, .threads = filter->threads,
		.resume = filter->resume,
		.values = { .columns = clean->columns, .delimiter = clean->delimiter, .lines = clean->plain,
			    .fields = clean->fields, .field_count = clean->field_count },
	};
	int exit = rank_job_start(t, &files, args);
	if (exit >= 0)
		return exit;
	t->filter = filter;
	t->spread = (struct spread){ .ranks = t->ranks, .parts = &t->parts };
	clean->in = t->in;
	clean->parts = t->has_parts ? &t->parts : NULL;
	if (t->out.path)
		clean->out = t->out.shard.data;
	if (t->explain.path)
		clean->explain = t->explain.shard.data;
	if (rank_job_is_spread(t)) {
		t->spread.checkpoints = rank_job_checkpoints(t, "decided");
		shard_checkpoint_keep(t);
		t->spread.tell = ranks_rank(t->ranks) ? NULL : tell_resumes;
		t->spread.tell_data = t;
		clean->tell = note_bad;
		clean->tell_data = t;
		clean->describe = NULL;
		clean->facts = &t->facts;
	}
	return -1;
}

bool rank_job_is_spread(const struct rank_job *t)
{
	return ranks_count(t->ranks) > 1;
}

int rank_job_end_filter(struct rank_job *t, int status, const struct clean_counts *counts,
			const struct sow_error *err)
{
	struct sow_error why = *err;
	struct clean_counts all = *counts;
	uint64_t stopped = t->filter->stopped;
	bool several = rank_job_is_spread(t);
	t->filter->told = several ? 0 : t->filter->told; /* nothing was said so far */
	status = rank_job_finish(t, &t->explain, status, t->spread.count ? t->spread.count : counts->records, &why);
	status = rank_job_finish(t, &t->out, status, several ? t->spread.kept_count : counts->kept, &why);
	status = rank_job_commit(t, status, &why);
	if (several && !ranks_allreduce(t->ranks, SOW_OK, &stopped, 1, &why)) {
		t->filter->stopped = stopped > 0;
		if (!status)
			status = tell_bad(t, &all, &why);
		if (!status)
			status = tell_facts(t, &why);
	}
	if (!status)
		rank_job_tell_traffic(t, t->filter->quiet, &why);
	int exit = record_filter_end(t->filter, t->in, status, &all, &why);
	rank_job_stop(t);
	return exit;
}
