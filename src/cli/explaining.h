/* explaining.h - what select --explain says: a JSON object for each record, in the order of the input.
 *
 *     struct explaining *e = explaining_open("why.jsonl", err);
 *     explaining_add(e, &record, &fate, i + 1);
 *     status = explaining_end(e, status, err);          // a failure leaves no file
 */
#ifndef CLI_EXPLAINING_H
#define CLI_EXPLAINING_H

#include <stddef.h>

#include "data/record.h"
#include "select/selection.h"

struct explaining;

/* NULL on failure with *err set, SOW_IO. */
struct explaining *explaining_open(const char *path, struct sow_error *err);
/* The record with this number, from 1. */
void explaining_add(struct explaining *e, const struct record *r, const struct record_fate *fate, size_t number);
/* SOW_OK, `status` where that is a failure, or SOW_IO with *err set. NULL is fine to end. */
int explaining_end(struct explaining *e, int status, struct sow_error *err);

#endif
