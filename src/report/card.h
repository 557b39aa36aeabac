/* card.h - the README.md of a data set: what Hugging Face's hub and a stranger want to know.
 *
 *     struct card card = { .title = "cooking", .format = "messages", .made = &made,
 *                          .table = &table };
 *     status = card_write(&card, &text);
 *
 * A YAML header that names licence, size and files, then statistics, where the data comes
 * from, how its lines are connected, and what has to be known about rights. What is not
 * known is said to be so: nothing is made up.
 */
#ifndef REPORT_CARD_H
#define REPORT_CARD_H

#include <stddef.h>

#include "base/buf.h"
#include "data/dataset.h"
#include "report/summary.h"

struct card_fact {
	struct view name, value;
};

struct card {
	const char *title;
	const char *licence;         /* as the hub names it, "apache-2.0"; NULL: not said */
	const char *source;          /* file the tasks were read from; NULL: a run */
	const char *format;
	const struct dataset_made *made;
	const struct table1 *table;
	const struct card_fact *recipe; /* of the run: settings and their values */
	size_t recipe_count;
	struct view teacher;         /* the model that wrote; empty: not recorded */
};

/* Appends the page. SOW_OK or SOW_INVALID if a text is not UTF-8. */
int card_write(const struct card *card, struct buf *out);

#endif
