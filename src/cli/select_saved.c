#include "cli/select_ranks_private.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "clean/checkpoint.h"
#include "cli/console.h"

/* A rank's checkpoint: the facts about all records, followed by a reason for each record of its part. */

int select_save(const struct spread_selection *x, const struct select_made *made, struct sow_error *err)
{
	const struct checkpoints c = rank_job_checkpoints(x->t, "decided");
	struct buf all = { .data = buf_empty, .cap = SIZE_MAX / 2 };
	buf_add(&all, (const char *)made, sizeof(*made));
	buf_add(&all, (const char *)x->reasons, x->count);
	const struct checkpoint k = { .entries = all.data, .count = all.len, .size = 1 };
	int status = checkpoint_save(&c, &k, err);
	buf_release(&all);
	return ranks_agree(x->t->ranks, status, err);
}

int select_load(struct spread_selection *x, struct select_made *made, bool *chosen, struct sow_error *err)
{
	const struct checkpoints c = rank_job_checkpoints(x->t, "decided");
	struct checkpoint k = { .size = 1 };
	uint64_t found = checkpoint_load(&c, &k) && k.count >= sizeof(*made);
	int status = ranks_allreduce(x->t->ranks, SOW_OK, &found, 1, err);
	*chosen = !status && found == ranks_count(x->t->ranks);
	if (*chosen) {
		memcpy(made, k.entries, sizeof(*made));
		made->made.kind = ""; /* a pointer is of one process */
		x->count = (size_t)k.count - sizeof(*made);
		mem_grow(&x->reasons, &x->reason_room, x->count + 1);
		memcpy(x->reasons, (const char *)k.entries + sizeof(*made), x->count);
		if (!x->output->quiet && ranks_rank(x->t->ranks) == 0)
			console_line("%s: resuming: the choice is made", x->t->out.work.path.data);
	}
	mem_free(k.entries);
	return status;
}
