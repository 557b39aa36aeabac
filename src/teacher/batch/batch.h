/* batch.h - a teacher that sends requests in batches, and waits: a server has a day for them, and
 * asks half the price. batch.c decides when, send.c talks to the server, heard.c takes what it says,
 * results.c reads what came of the requests.
 *
 * A batch is in run.db before it is sent, with the keys of its requests; a request whose key is
 * there waits for that batch, whoever sent it. Threads: the teacher's.
 */
#ifndef TEACHER_BATCH_BATCH_H
#define TEACHER_BATCH_BATCH_H

#include <stdatomic.h>

#include "base/heap.h"
#include "base/map.h"
#include "store/batches.h"
#include "teacher/batch/api.h"
#include "teacher/http/notices.h"
#include "teacher/http/setup.h"

#define BATCH_TRIES 10               /* of one request: batches that brought no use of it */

struct batch;

/* What a call to the server is about. */
enum call_kind { CALL_BATCH, CALL_REQUEST };

/* A request in hand. */
struct batched {
	enum call_kind call;         /* CALL_REQUEST: it is asked beside the batches */
	struct batched *next, *before; /* in the same list */
	struct batched_list *list;
	struct batch *batch;         /* NULL: it waits for one */
	struct request *request;
	struct params_sent sent;    /* asked beside the batches */
	int tries, failures;
	int32_t sends, unknown;
	int64_t asked;               /* monotonic */
};

struct batched_list {
	struct batched *first, *last;
	size_t count;
};

enum batch_phase { PHASE_LOOK, PHASE_UPLOAD, PHASE_CREATE, PHASE_WAIT, PHASE_READ };

struct batch {
	enum call_kind call;         /* CALL_BATCH */
	struct client_batch *o;
	struct batch *next;
	struct batch_row row;
	enum batch_phase phase;
	bool is_calling;
	bool is_whole;               /* made by this process: all its requests are here */
	bool is_sure;                /* it is known to be ours */
	bool is_late;                /* requests came to it while its results were read */
	int looks;                   /* at lists that did not have it */
	int64_t due, pause;          /* when to act next; how long to wait then */
	int failures;                /* calls in a row */
	int missing;                 /* likewise, that did not find it */
	int64_t overdue;             /* monotonic, since when; 0: it is not */
	struct batched_list requests;
	struct param_support support;      /* they were written in */
	struct buf sent;             /* the lines, while they are being sent */
	struct buf file;             /* what the server calls the file of them */
	struct buf files[2];         /* and those of the results */
	int file_number;             /* of the two, the one that is read */
	struct buf after;            /* of a list, or of pages: where to go on */
	struct buf others;           /* batches that are not this one, a name a line */
	struct buf line;             /* of results, begun */
	struct buf head;             /* the beginning of what came, for a failure's words */
	int64_t met;                 /* answers among the results, whoever asked */
	bool is_told;                /* its results name requests */
	int64_t asked;               /* requests of it that were in hand when reading began */
	int64_t used;                /* results that ended a request */
	struct buf ended;            /* keys of requests that failed for good, one behind the other */
};

struct client_batch {
	struct setup_http setup;
	struct server *server;
	const struct batch_api *api;
	char *endpoint;              /* "/v1/chat/completions", as lines name it */
	char *run;
	struct batches *journal;     /* NULL: not opened yet */
	struct notices notices;
	struct sow_error why;        /* status not 0: it cannot go on */
	struct sow_error stop;       /* likewise, once the results that are being read are */
	struct batched_list waiting; /* for a batch */
	struct map by_key;           /* key -> struct batched, of all in hand but those asked directly */
	struct batch *batches;
	size_t in_hand;
	int64_t size;                /* requests of a batch, at most */
	int64_t taken;               /* likewise, as far as the server has room for them */
	bool is_idle;                /* no more is asked before something is answered */
	int64_t held_until;          /* the server has too much queued */
	int64_t failing_since;       /* monotonic; 0: not */
	struct buf last;             /* words of the last failure */
	/* asked beside the batches */
	bool rest_now;
	struct batched_list direct, in_flight;
	struct heap later;
	void (*done)(void *data, struct reply *r); /* of the step under way */
	void *done_data;
	atomic_llong load_batched;
	struct buf scratch, body;
};

/* batch.c */
/* Who the batches of the server are noted for: mem_free. */
char *batch_name_teacher(const struct setup_http *s);
void batched_add(struct batched_list *list, struct batched *j);
void batched_remove(struct batched *j);
/* Ends a request: with a reply, with words, or with another try. */
void batched_complete(struct client_batch *o, struct batched *j, struct reply *r);
void batched_fail(struct client_batch *o, struct batched *j, const char *words);
void batched_again(struct client_batch *o, struct batched *j, const char *words);
/* Nothing of it is in hand any more, or wanted. */
void batch_drop(struct client_batch *o, struct batch *b);
/* All its requests wait for another one; `cost_tries`: and have been tried once more. */
void batch_scatter(struct client_batch *o, struct batch *b, bool costs_tries, const char *words);
/* o->last, for the user: told once, and counted. */
void batch_trouble(struct client_batch *o);
/* A line for the user about a batch, behind its name. */
void batch_tell(struct client_batch *o, const struct batch *b, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* send.c */
/* What is to be done next about a batch, or a request that is asked directly. */
void batch_act(struct client_batch *o, struct batch *b);
void batched_ask(struct client_batch *o, struct batched *j);
/* Writes a request's body into o->body. SOW_OK or what its language's `write` returns. */
int batched_write(struct client_batch *o, struct batched *j, const struct param_support *d,
		  struct params_sent *sent);

/* heard.c */
void batch_on_answer(void *data, void *call_data, const struct http_answer *a);

/* results.c */
bool batch_on_bytes(void *data, struct view bytes); /* true */
void batch_begin_results(struct batch *b);
/* Its results are read from the first on. */
void batch_rewind(struct batch *b);
/* A page of results has come whole. */
void batch_read_page(struct client_batch *o, struct batch *b, const json_value *data);
/* The results are another batch's: it is looked for again. */
void batch_disown(struct client_batch *o, struct batch *b);
/* All have come: what is left is asked again. */
void batch_finish(struct client_batch *o, struct batch *b);
/* What a server said to one request. */
void batched_take_answer(struct client_batch *o, struct batched *j, int status, struct view body);

#endif
