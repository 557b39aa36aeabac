/* hub.h - a folder of files as a data set on the Hugging Face Hub.
 *
 *     struct hub_options o = { .repository = "ada/cooking", .folder = "hf", .token = token };
 *     status = hub_push(&o, &pushed, err);
 *
 * The repository is made where there is none. Large files go first, each by its hash: those that the
 * Hub has by now are not sent again, so that a push that was stopped resumes where it was. Then one
 * commit names all files, so that others see all of them or none. What stands in the repository under
 * other names stays.
 *
 * Files whose name begins with a dot, and folders so named, are left out. The token goes to the Hub
 * alone, and not to where it says that files are kept.
 *
 * Source: huggingface_hub 2.4.0, _commit_api.py and lfs.py; git-lfs, docs/api/batch.md.
 */
#ifndef DATA_HUB_H
#define DATA_HUB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "sow/sow.h"

struct hub_options {
	const char *endpoint;        /* NULL: $HF_ENDPOINT, or https://huggingface.co */
	const char *repository;      /* "OWNER/NAME" */
	const char *folder;
	const char *token;
	const char *summary;         /* of the commit; NULL: "Upload data" */
	const char *ca_file;         /* NULL: the system's */
	bool is_private;             /* where it is made */
	void (*tell)(void *data, const char *line); /* of what is under way; NULL: nobody is told */
	void *data;
};

struct hub_pushed {
	size_t files, sent, there;   /* all of them; large ones that were sent, and that were there */
	char url[512];               /* where the data set is */
};

/* Appends the user's token: $HF_TOKEN, or what the Hub's own program keeps in a file. SOW_OK, or
 * SOW_MISSING with what to do. */
int hub_token(struct buf *token, struct sow_error *err);

/* Appends the Hub's address without a slash at its end: `given`, or if NULL $HF_ENDPOINT, or
 * https://huggingface.co. */
void hub_endpoint(const char *given, struct buf *out);

/* SOW_OK; SOW_IO, SOW_INVALID with the Hub's words, SOW_USAGE. */
int hub_push(const struct hub_options *o, struct hub_pushed *pushed, struct sow_error *err);

#endif
