/* record_key.h - by what a verdict knows its record again.
 *
 *     char key[RECORD_KEY_SIZE];
 *     record_digest(&record, hasher, key);        // of a file
 *     record_key_number(key, 2);                           // its second record that says this
 *
 * Of a file it is the hash of what the record says: a verdict stays with it where lines are added,
 * left out or moved. A record that asks something is its question, answers, turns and tools; any
 * other all of its fields. In a run it is the id, which is the record's for good.
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
/* Nothing behind the first, "#n" behind the others. */
void record_key_number(char key[RECORD_KEY_SIZE], size_t number);
/* The key without its number. */
struct view record_key_base(struct view key);

#endif
