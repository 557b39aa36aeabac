/* format_private.h - the rows of the table in format.c: records, and files beside. */
#ifndef DATA_FORMAT_PRIVATE_H
#define DATA_FORMAT_PRIVATE_H

#include "data/format.h"

int record_self_instruct(struct json_out *out, const struct sample *s, struct arena *scratch);
int record_alpaca(struct json_out *out, const struct sample *s, struct arena *scratch);
int record_messages(struct json_out *out, const struct sample *s, struct arena *scratch);
int record_sharegpt(struct json_out *out, const struct sample *s, struct arena *scratch);
int record_completion(struct json_out *out, const struct sample *s, struct arena *scratch);
int record_trl(struct json_out *out, const struct sample *s, struct arena *scratch);

/* Does it end with an answer that says something? */
bool record_is_answered(const struct sample *s);

int beside_axolotl(const struct beside *b, struct buf *out, struct sow_error *err);
int beside_llama_factory(const struct beside *b, struct buf *out, struct sow_error *err);

#endif
