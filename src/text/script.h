/* script.h - which script a text is written in: Latin, Cyrillic, Han, …
 *
 *     struct script_counts counts = { 0 };
 *     script_count(&counts, text, len);
 *     unsigned script = script_most(&counts);   // letter_script_name(script): "Latin"
 *
 * Only letters count, by Unicode's Script property (libunistring).
 */
#ifndef TEXT_SCRIPT_H
#define TEXT_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include "text/letter.h"

struct script_counts {
	uint32_t latin;              /* of ASCII, counted apart because they are many */
	uint32_t others;             /* different scripts in `seen` */
	struct {
		unsigned script;
		uint32_t letters;
	} seen[8];                   /* in a text of more scripts the others do not count */
};

/* Adds the letters of `text`, UTF-8. */
void script_count(struct script_counts *counts, const char *text, size_t len);
/* The script of most letters, of equals the first met; LETTER_SCRIPTS - 1: no letters. */
unsigned script_most(const struct script_counts *counts);

#endif
