/* batch.h - a teacher that sends requests in batches and waits: a server may take a day for them, and
 * asks half the price. batch.c decides when to act, send.c calls the server, heard.c handles its responses,
 * results.c reads the results of the requests.
 *
 * A batch is in run.db before it is sent, with the keys of its requests; a request with such a key
 * waits for that batch, whichever process sent it. Threads: the teacher's.
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

#define BATCH_TRIES 10               /* of one request: batches that did not answer it */

struct batch;

/* What a call to the server is for. */
enum call_kind { CALL_BATCH, CALL_REQUEST };

/* A request in hand. */
struct batched {
	enum call_kind call;         /* CALL_REQUEST: sent directly, outside a batch */
	struct batched *next, *before; /* in the same list */
	struct batched_list *list;
	struct batch *batch;         /* NULL: it waits for one */
	struct request *request;
	struct params_sent sent;    /* when sent directly */
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
	bool is_sure;                /* known to be this run's */
	bool is_late;                /* requests joined it while its results were read */
	int looks;                   /* at lists that did not contain it */
	int64_t due, pause;          /* when to act next; how long to wait after that */
	int failures;                /* failed calls in a row */
	int missing;                 /* likewise, calls that did not find it */
	int64_t overdue;             /* monotonic, since when; 0: not overdue */
	struct batched_list requests;
	struct param_support support;      /* with which the requests were written */
	struct buf sent;             /* the lines, during the upload */
	struct buf file;             /* the server's name of the uploaded file */
	struct buf files[2];         /* and those of the result files */
	int file_number;             /* which of the two is being read */
	struct buf after;            /* cursor into a list, or into pages */
	struct buf others;           /* batches that are not this one, a name a line */
	struct buf line;             /* of results, incomplete */
	struct buf head;             /* the first bytes of a response, for a failure's message */
	int64_t met;                 /* answers among the results, to requests of any process */
	bool is_told;                /* its results name requests */
	int64_t asked;               /* requests of it that were in hand when reading began */
	int64_t used;                /* results that completed a request */
	struct buf ended;            /* keys of requests that failed for good, concatenated */
};

struct client_batch {
	struct setup_http setup;
	struct server *server;
	const struct batch_api *api;
	char *endpoint;              /* "/v1/chat/completions", as lines name it */
	char *run;
	struct batches *journal;     /* NULL: not opened yet */
	struct notices notices;
	struct sow_error why;        /* status not 0: it cannot continue */
	struct sow_error stop;       /* likewise, to take effect once the current results are read */
	struct batched_list waiting; /* for a batch */
	struct map by_key;           /* key -> struct batched: all in hand except those sent directly */
	struct batch *batches;
	size_t in_hand;
	int64_t size;                /* requests of a batch, at most */
	int64_t taken;               /* likewise, as many as the server has room for */
	bool is_idle;                /* no more requests will come before a reply */
	int64_t held_until;          /* until then: the server has too much queued */
	int64_t failing_since;       /* monotonic; 0: not */
	struct buf last;             /* words of the last failure */
	/* sent directly */
	bool rest_now;
	struct batched_list direct, in_flight;
	struct heap later;
	void (*done)(void *data, struct reply *r); /* of the step under way */
	void *done_data;
	atomic_llong load_batched;
	struct buf scratch, body;
};

/* batch.c */
/* The name of the teacher under which run.db keeps the batches of this server: mem_free. */
char *batch_name_teacher(const struct setup_http *s);
void batched_add(struct batched_list *list, struct batched *j);
void batched_remove(struct batched *j);
/* Ends a request: with a reply, with a message, or by another try. */
void batched_complete(struct client_batch *o, struct batched *j, struct reply *r);
void batched_fail(struct client_batch *o, struct batched *j, const char *words);
void batched_again(struct client_batch *o, struct batched *j, const char *words);
/* For a batch of which no request is in hand or wanted any longer. */
void batch_drop(struct client_batch *o, struct batch *b);
/* All its requests wait for another batch; `costs_tries`: and each has used a try. */
void batch_scatter(struct client_batch *o, struct batch *b, bool costs_tries, const char *words);
/* Reports o->last to the user: shown once, and counted. */
void batch_trouble(struct client_batch *o);
/* A line for the user about a batch, after its name. */
void batch_tell(struct client_batch *o, const struct batch *b, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* send.c */
/* Takes the next step of a batch, or of a request that is sent directly. */
void batch_act(struct client_batch *o, struct batch *b);
void batched_ask(struct client_batch *o, struct batched *j);
/* Writes a request's body into o->body. SOW_OK, or the failure of its language's `write`. */
int batched_write(struct client_batch *o, struct batched *j, const struct param_support *d,
		  struct params_sent *sent);

/* heard.c */
void batch_on_answer(void *data, void *call_data, const struct http_answer *a);

/* results.c */
bool batch_on_bytes(void *data, struct view bytes); /* true */
void batch_begin_results(struct batch *b);
/* Reads its results again from the first on. */
void batch_rewind(struct batch *b);
/* Takes a complete page of results. */
void batch_read_page(struct client_batch *o, struct batch *b, const json_value *data);
/* The results belong to another batch: looks for this one again. */
void batch_disown(struct client_batch *o, struct batch *b);
/* All results have come: requests without one are asked again. */
void batch_finish(struct client_batch *o, struct batch *b);
/* Takes the server's answer to one request. */
void batched_take_answer(struct client_batch *o, struct batched *j, int status, struct view body);

#endif
