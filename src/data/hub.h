/* hub.h - a folder of files as a data set on the Hugging Face Hub.
 *
 *     struct hub_options o = { .repository = "ada/cooking", .folder = "hf", .token = token };
 *     status = hub_push(&o, &pushed, err);
 *
 * A missing repository is created. Large files go first, each by its hash: those that the Hub already has are
 * not sent again, so that an interrupted push resumes where it stopped. Then one commit names all files, so
 * that others see all of them or none. Files of other names in the repository stay.
 *
 * Files and folders whose name begins with a dot are left out. The token goes only to the Hub, not to the
 * storage servers that it names.
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
	bool is_private;             /* if it is created */
	void (*tell)(void *data, const char *line); /* reports progress; NULL: no reports */
	void *data;
};

struct hub_pushed {
	size_t files, sent, there;   /* all; large ones sent; large ones already on the Hub */
	char url[512];               /* of the data set */
};

/* Appends the user's token: $HF_TOKEN, or the file in which the Hub's own program keeps it. SOW_OK, or
 * SOW_MISSING with what to do. */
int hub_token(struct buf *token, struct sow_error *err);

/* Appends the Hub's address without a slash at its end: `given`, or if NULL $HF_ENDPOINT, or
 * https://huggingface.co. */
void hub_endpoint(const char *given, struct buf *out);

/* SOW_OK; SOW_IO, SOW_INVALID with the Hub's message, SOW_USAGE. */
int hub_push(const struct hub_options *o, struct hub_pushed *pushed, struct sow_error *err);

#endif
