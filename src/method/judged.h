/* judged.h - a chat model's judgement of a record for its scores: grades by rubrics, and open tags.
 *
 *     status = judged_open(&judged, &method->run, &rubrics, true, err);
 *     status = judged_ask(&judged, JUDGED_TAGS, question, answer, context, request);
 *     status = judged_read(&judged, JUDGED_TAGS, reply, arena, &fields, &why);
 *
 * Each is one request, repeated with the misfit where its reply does not fit; `context` has that reply and
 * the reason (again.h), or is NULL. The fields are an object: each rubric's grade and its reason; "tags", a
 * list in the spelling of text/tag.h without repetitions, and "tag_count".
 */
#ifndef METHOD_JUDGED_H
#define METHOD_JUDGED_H

#include "method/grading.h"
#include "method/json_prompt.h"

enum judged_what { JUDGED_GRADES, JUDGED_TAGS, JUDGED_COUNT };

struct judged {
	bool wants[JUDGED_COUNT];
	struct grading grading;
	struct json_prompt tags;
	struct view examples[JUDGED_COUNT]; /* replies, for rehearsals */
};

/* `rubrics`: as in grading_open; none: no grades. SOW_OK, or *err set. */
int judged_open(struct judged *j, const struct method_state *run, const struct list *rubrics, bool tags,
		struct sow_error *err);
/* SOW_OK or SOW_TOOBIG. */
int judged_ask(const struct judged *j, enum judged_what what, struct view question, struct view answer,
	       const json_value *context, struct request *r);
/* SOW_OK, or SOW_INVALID with the misfit in *why. */
int judged_read(const struct judged *j, enum judged_what what, struct view reply, struct arena *a,
		const json_value **fields, struct buf *why);

#endif
