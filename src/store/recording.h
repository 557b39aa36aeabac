/* recording.h - the replies in a run, for a teacher that gives them again. Reads every version of run.db.
 *
 *     struct recording recording;
 *     status = recording_read("run", arena, &recording, each, data, err);
 */
#ifndef STORE_RECORDING_H
#define STORE_RECORDING_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/view.h"
#include "data/request.h"
#include "io/hash.h"
#include "sow/sow.h"

/* A model that answered. */
struct recorded_model {
	const char *of;              /* "model" of the writer, "model of the judge" and so on, as in run.db */
	const char *name;
};

struct recording {
	struct recorded_model *models;
	size_t model_count;          /* 0: unknown */
	bool prefers_chat;           /* every step sent chats */
	bool can_chat;               /* some step did */
};

struct recorded {
	struct hash key;             /* of the request */
	struct view text, reasoning;
	struct view numbers;         /* as reply_numbers_write has them */
	bool is_numbers;             /* the reply is numbers, not text */
	enum finish finish;
	struct usage usage;
};

/* Calls `each` for each reply, in the order of arrival; its texts live until it returns. Stops at and
 * returns its first that is not 0. SOW_OK, SOW_IO, SOW_INVALID. Texts of *r are in `a`. */
int recording_read(const char *dir, struct arena *a, struct recording *r,
		   int (*each)(void *data, const struct recorded *one), void *data,
		   struct sow_error *err);

#endif
