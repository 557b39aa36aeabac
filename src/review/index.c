#include "review/index.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "io/spool.h"

struct names {
	struct map numbers;
	char **texts;
	int64_t *uses;
	size_t count, room, uses_room;
};

struct index {
	pthread_mutex_t lock;
	FILE *spool;
	uint64_t end;                /* of the spool's contents */
	struct index_entry *list;
	size_t count, room;
	struct names names[NAMES_KINDS];
	char *score_names[INDEX_SCORES];
	float *scores[INDEX_SCORES];
	size_t score_room[INDEX_SCORES], score_count;
};

static size_t add_name(struct names *n, struct view name)
{
	mem_grow(&n->texts, &n->room, n->count + 1);
	mem_grow(&n->uses, &n->uses_room, n->count + 1);
	n->texts[n->count] = mem_copy(name.p, name.len);
	n->uses[n->count] = 0;
	return n->count++;
}

struct index *index_new(struct sow_error *err)
{
	struct index *ix = mem_zalloc(sizeof(*ix));
	pthread_mutex_init(&ix->lock, NULL);
	ix->spool = spool_new(NULL, err);
	if (!ix->spool) {
		index_free(ix);
		return NULL;
	}
	for (int kind = 0; kind < NAMES_KINDS; kind++)
		add_name(&ix->names[kind], view_of("")); /* none */
	return ix;
}

void index_free(struct index *ix)
{
	if (!ix)
		return;
	for (int kind = 0; kind < NAMES_KINDS; kind++) {
		struct names *n = &ix->names[kind];
		for (size_t i = 0; i < n->count; i++)
			mem_free(n->texts[i]);
		mem_free(n->texts);
		mem_free(n->uses);
		map_release(&n->numbers);
	}
	for (size_t i = 0; i < ix->score_count; i++) {
		mem_free(ix->score_names[i]);
		mem_free(ix->scores[i]);
	}
	if (ix->spool)
		fclose(ix->spool);
	mem_free(ix->list);
	pthread_mutex_destroy(&ix->lock);
	mem_free(ix);
}

void index_lock(struct index *ix)
{
	pthread_mutex_lock(&ix->lock);
}

void index_unlock(struct index *ix)
{
	pthread_mutex_unlock(&ix->lock);
}

/* Names and numbers */

uint16_t index_name(struct index *ix, enum index_names kind, struct view name)
{
	struct names *n = &ix->names[kind];
	if (!name.len)
		return 0;
	const uint64_t *known = map_get(&n->numbers, name.p, name.len);
	if (known)
		return (uint16_t)*known;
	if (n->count == INDEX_NAMES_MAX)
		name = view_of("others");
	known = map_get(&n->numbers, name.p, name.len);
	if (known)
		return (uint16_t)*known;
	map_put(&n->numbers, name.p, name.len, n->count);
	return (uint16_t)add_name(n, name);
}

size_t index_name_count(const struct index *ix, enum index_names kind)
{
	return ix->names[kind].count;
}

struct view index_name_text(const struct index *ix, enum index_names kind, size_t number)
{
	return view_of(ix->names[kind].texts[number]);
}

int64_t index_name_uses(const struct index *ix, enum index_names kind, size_t number)
{
	return ix->names[kind].uses[number];
}

void index_set_name(struct index *ix, size_t i, enum index_names kind, uint16_t number)
{
	uint16_t *at = &ix->list[i].name[kind];
	ix->names[kind].uses[*at] -= *at != 0;
	*at = number;
	ix->names[kind].uses[number] += number != 0;
}

static size_t find_score(struct index *ix, struct view name)
{
	for (size_t i = 0; i < ix->score_count; i++) {
		if (view_eqstr(name, ix->score_names[i]))
			return i;
	}
	if (ix->score_count == INDEX_SCORES)
		return INDEX_SCORES;
	char *text = mem_copy(name.p, name.len);
	mem_grow(&ix->scores[ix->score_count], &ix->score_room[ix->score_count], ix->room ? ix->room : 1);
	for (size_t i = 0; i < ix->count; i++)
		ix->scores[ix->score_count][i] = NAN;
	ix->score_names[ix->score_count] = text;
	return ix->score_count++;
}

size_t index_score(struct index *ix, struct view name)
{
	index_lock(ix);
	size_t score = find_score(ix, name);
	index_unlock(ix);
	return score;
}

size_t index_score_count(const struct index *ix)
{
	return ix->score_count;
}

const char *index_score_name(const struct index *ix, size_t score)
{
	return ix->score_names[score];
}

double index_score_of(const struct index *ix, size_t score, size_t i)
{
	return (double)ix->scores[score][i];
}

/* Entries */

size_t index_count(const struct index *ix)
{
	return ix->count;
}

size_t index_tasks(const struct index *ix)
{
	size_t count = ix->count;
	for (size_t n = 1; n < ix->names[NAMES_RULE].count; n++)
		count -= (size_t)ix->names[NAMES_RULE].uses[n];
	return count;
}

struct index_entry *index_entry(struct index *ix, size_t i)
{
	return &ix->list[i];
}

size_t index_copy(const struct index *ix, size_t i)
{
	size_t count = 1;
	uint64_t digest = ix->list[i].digest;
	for (size_t n = 0; n < i; n++)
		count += ix->list[n].digest == digest;
	return count;
}

static void grow(struct index *ix)
{
	mem_grow(&ix->list, &ix->room, ix->count + 1);
	for (size_t s = 0; s < ix->score_count; s++)
		mem_grow(&ix->scores[s], &ix->score_room[s], ix->count + 1);
}

static int write_spool(struct index *ix, struct view json, struct sow_error *err)
{
	struct view pieces[] = { json, view_of("\n") };
	uint64_t at = ix->end;
	for (size_t i = 0; i < 2; i++) {
		while (pieces[i].len) {
			ssize_t wrote = pwrite(fileno(ix->spool), pieces[i].p, pieces[i].len, (off_t)at);
			if (wrote < 0 && errno == EINTR)
				continue;
			if (wrote <= 0)
				return error_errno(err, "the temporary folder");
			at += (uint64_t)wrote;
			pieces[i] = view_sub(pieces[i], (size_t)wrote, pieces[i].len);
		}
	}
	return SOW_OK;
}

int index_add(struct index *ix, struct view json, const struct index_facts *facts,
	      struct sow_error *err)
{
	if (ix->count >= INDEX_MAX || json.len >= BUF_MOST)
		return error_set(err, SOW_TOOBIG, "more records, or a longer one, than can be reviewed");
	int status = write_spool(ix, json, err);
	if (status)
		return status;
	index_lock(ix);
	grow(ix);
	ix->list[ix->count] = (struct index_entry){
		.offset = ix->end, .len = (uint32_t)json.len, .digest = facts->digest,
		.verdict = facts->verdict, .step = (uint16_t)facts->step,
		.round = (uint16_t)facts->round, .rarity = NAN,
	};
	for (size_t s = 0; s < ix->score_count; s++)
		ix->scores[s][ix->count] = (float)facts->scores[s];
	ix->end += json.len + 1;
	ix->count++;
	index_set_name(ix, ix->count - 1, NAMES_RULE, index_name(ix, NAMES_RULE, facts->rule));
	index_unlock(ix);
	return SOW_OK;
}

static int read_spool(struct index *ix, uint64_t from, size_t len, struct buf *out,
		      struct sow_error *err)
{
	char *room = buf_space(out, len);
	for (size_t got = 0; got < len;) {
		ssize_t n = pread(fileno(ix->spool), room + got, len - got, (off_t)(from + got));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_errno(err, "the temporary folder");
		got += (size_t)n;
	}
	buf_wrote(out, len);
	return SOW_OK;
}

int index_read(struct index *ix, size_t i, struct buf *out, struct sow_error *err)
{
	index_lock(ix);
	struct index_entry e = ix->list[i];
	index_unlock(ix);
	return read_spool(ix, e.offset, e.len, out, err);
}

int index_read_some(struct index *ix, size_t i, size_t *count, struct buf *out, struct sow_error *err)
{
	size_t len = 0, n = 0;
	if (!*count)
		return SOW_OK;
	index_lock(ix);
	uint64_t from = ix->list[i].offset;
	for (; n < *count; n++) {
		const struct index_entry *e = &ix->list[i + n];
		size_t whole = (size_t)(e->offset + e->len + 1 - from);
		if (n && whole > INDEX_SOME)
			break;
		len = whole;
	}
	index_unlock(ix);
	*count = n;
	return read_spool(ix, from, len, out, err);
}
