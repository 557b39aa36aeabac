/* record.h - one JSON record, of any shape people use, as a task.
 *
 *     struct task task;
 *     status = record_task(json_root(doc), arena, &task, err);
 *
 * Shapes are told apart by the field that only they have:
 *   - "messages": OpenAI's chat data, roles user, assistant and system
 *   - "conversations": ShareGPT's, roles human, gpt and system
 *   - "instruction": Self-Instruct's with "instances", Alpaca's with "input" and "output";
 *     "system" and "history", pairs of question and answer, may stand before them
 *   - "prompt" and "completion": two texts, or two rows of messages that follow each other
 * Any of them may have "id", "name", "root" and "is_classification". Of a chat the first
 * user turn is the instruction and the first answer after it the output; one that holds
 * more keeps all its turns. Fields that are not named are skipped; null is as good as
 * missing.
 */
#ifndef DATA_RECORD_H
#define DATA_RECORD_H

#include "base/arena.h"
#include "data/task.h"
#include "io/json.h"
#include "sow/sow.h"

/* Texts are copied into `a`, without white space at their ends. SOW_OK, SOW_NOMEM, or
 * SOW_INVALID with what was expected ("'input' is a number; expected a text"): the caller
 * knows where, and puts it before. */
int record_task(const json_value *record, struct arena *a, struct task *task,
		struct sow_error *err);

#endif
