/* agenda.h - what is to be done later, soonest first. Times are any clock's. */
#ifndef TEACHER_HTTP_AGENDA_H
#define TEACHER_HTTP_AGENDA_H

#include <stddef.h>
#include <stdint.h>

struct agenda_entry;

struct agenda {
	struct agenda_entry *list;
	size_t count;
	size_t room;
};

#define AGENDA_INIT { .list = 0 }
#define AGENDA_NEVER INT64_MAX

int agenda_add(struct agenda *a, int64_t due, void *what); /* SOW_OK or SOW_NOMEM */
/* The soonest, if it is due by `now`; else NULL. */
void *agenda_take(struct agenda *a, int64_t now);
int64_t agenda_next(const struct agenda *a);  /* when that is; AGENDA_NEVER: nothing */
void agenda_release(struct agenda *a);

#endif
