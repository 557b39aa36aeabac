/* record_key.h - the key that ties a verdict to its record.
 *
 *     char key[RECORD_KEY_SIZE];
 *     record_digest(&record, hasher, key);        // of a file
 *     record_key_number(key, 2);                           // its second record with this content
 *
 * In a file it is the hash of the record's content: a verdict stays with it when lines are added,
 * removed or moved. The content of a record with a question is its question, answers, turns and tools; of
 * any other all its fields. In a run it is the id, which never changes.
 */
#ifndef VERDICTS_RECORD_KEY_H
#define VERDICTS_RECORD_KEY_H

#include <stddef.h>

#include "data/record.h"
#include "io/hash.h"
#include "sow/sow.h"

#define RECORD_DIGEST_LEN 32         /* hex digits: 128 bits */
#define RECORD_KEY_SIZE 64           /* "0123…#1000000" and a NUL; an id of a run fits */

void record_digest(const struct record *r, struct hasher *h, char key[RECORD_KEY_SIZE]);
/* Appends nothing for the first, "#n" for the others. */
void record_key_number(char key[RECORD_KEY_SIZE], size_t number);
/* The key without its number. */
struct view record_key_base(struct view key);

#endif
