/* address.h - "URL[,weight=W][,rpm=N][,tpm=N][,concurrency=N][,key-env=NAME][,key-file=FILE]":
 * a server as the user writes it. */
#ifndef TEACHER_HTTP_ADDRESS_H
#define TEACHER_HTTP_ADDRESS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/view.h"
#include "sow/sow.h"

struct address {
	const char *url;       /* without query, and without a slash at its end */
	const char *query;     /* "" or "?…": may hold secrets; never shown */
	const char *host;      /* without port */
	const char *service;   /* the name that the user gave instead of an address; "": none */
	const char *call;      /* the API call in the user's address: "/chat/completions", "/completions",
				* "/messages" or "" */
	bool plain;            /* http to another machine than this one */
	double weight;         /* 1 by default */
	double rpm, tpm;       /* requests and tokens a minute; 0: no limit */
	int concurrency;       /* 0: not given */
	const char *key_env, *key_file; /* NULL: not given */
};

/* The arena owns the texts. "openai" means OPENAI_BASE_URL, or OpenAI's own address where that is unset;
 * "anthropic" likewise. SOW_USAGE, with what was expected. */
int address_read(struct address *a, struct arena *arena, const char *spec, struct sow_error *err);

/* True if `spec` is a server's address. */
bool address_is(const char *spec);

#endif
