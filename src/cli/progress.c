#include "cli/progress.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/console.h"
#include "terminal/readable.h"
#include "terminal/terminal.h"

#define DRAW_EVERY (200 * CLOCK_MS)
#define TELL_EVERY (10 * CLOCK_SECOND)

void progress_start(struct progress *p, bool quiet)
{
	*p = (struct progress){ .quiet = quiet };
}

/* What a line may hold, in its order. A narrow terminal shows the parts of the lowest ranks. */
enum line_part {
	PART_STEP, PART_DONE, PART_UNDER_WAY, PART_ACCEPTED, PART_RATE, PART_ETA, PART_TOKENS,
	PART_SPEED, PART_MONEY, PART_IN_FLIGHT, PART_RETRIES, PART_SERVERS, PART_REJECTED,
	PART_REPLIES, PART_TIME, PARTS
};

static const int rank[PARTS] = {
	[PART_DONE] = 0, [PART_ETA] = 1, [PART_ACCEPTED] = 2, [PART_MONEY] = 3, [PART_RATE] = 4,
	[PART_TOKENS] = 5, [PART_IN_FLIGHT] = 6, [PART_RETRIES] = 7, [PART_SERVERS] = 8,
	[PART_STEP] = 9, [PART_SPEED] = 10, [PART_UNDER_WAY] = 11, [PART_REJECTED] = 12,
	[PART_REPLIES] = 13, [PART_TIME] = 14,
};

static void add_tokens(const struct run_progress *now, const struct run_progress *first,
		       struct buf parts[PARTS])
{
	double seconds = (double)(now->elapsed - first->elapsed) / (double)CLOCK_SECOND;
	int64_t tokens = now->completion_tokens - first->completion_tokens;
	if (now->completion_tokens) {
		readable_count(&parts[PART_TOKENS], now->completion_tokens);
		buf_addstr(&parts[PART_TOKENS], " tokens");
	}
	if (seconds >= 1 && tokens > 0) {
		readable_rate(&parts[PART_SPEED], (double)tokens / seconds);
		buf_addstr(&parts[PART_SPEED], " tok/s");
	}
}

static void add_money(const struct run_progress *now, struct buf *out)
{
	if (!now->has_price && !now->cost)
		return;
	readable_money(out, now->cost);
	if (now->budget < 0)
		return;
	buf_addstr(out, " of ");
	readable_money(out, now->budget);
}

static void add_work(const struct run_progress *now, struct buf parts[PARTS])
{
	int64_t judged = now->accepted + now->rejected;
	bool reached = now->done >= now->target;
	if (now->steps > 1)
		buf_addf(&parts[PART_STEP], "step %" PRId64 "/%" PRId64, now->step, now->steps);
	buf_addf(&parts[PART_DONE], "%" PRId64 "/%" PRId64 " %s", reached ? now->target : now->done,
		 now->target, now->takes_input ? "inputs" : "tasks");
	if (reached && now->under_way)
		buf_addf(&parts[PART_UNDER_WAY], "%" PRId64 " more under way", now->under_way);
	/* An input that is begun is not answered yet, and may be refused. */
	if (now->takes_input)
		buf_addf(&parts[PART_ACCEPTED], "%" PRId64 " answered", now->finished);
	else
		buf_addf(&parts[PART_ACCEPTED], "%" PRId64 " accepted", now->accepted);
	if (now->takes_input && now->failed)
		buf_addf(&parts[PART_ACCEPTED], ", %" PRId64 " failed", now->failed);
	if (judged && !now->takes_input)
		buf_addf(&parts[PART_ACCEPTED], " (%.0f %%)",
			 100 * (double)now->accepted / (double)judged);
	buf_addf(&parts[PART_REJECTED], "%" PRId64 " rejected", now->rejected);
}

static void add_requests(const struct run_progress *now, struct buf parts[PARTS])
{
	if (now->in_flight)
		buf_addf(&parts[PART_IN_FLIGHT], "%" PRId64 " asked", now->in_flight);
	if (now->retries)
		buf_addf(&parts[PART_RETRIES], "%" PRId64 " %s", now->retries,
			 now->retries == 1 ? "retry" : "retries");
	if (now->servers_up < now->servers)
		buf_addf(&parts[PART_SERVERS], "%" PRId64 " of %" PRId64 " servers up",
			 now->servers_up, now->servers);
	buf_addf(&parts[PART_REPLIES], "%" PRId64 " replies", now->replies);
	if (now->cached)
		buf_addf(&parts[PART_REPLIES], " (%" PRId64 " cached)", now->cached);
}

static void join(const struct buf parts[PARTS], int ranks, struct buf *out)
{
	bool behind = false;
	for (size_t i = 0; i < PARTS; i++) {
		if (rank[i] >= ranks || !parts[i].len)
			continue;
		buf_addf(out, "%s%s", behind ? "  " : "", parts[i].data);
		behind = true;
	}
}

void progress_line(const struct run_progress *now, const struct run_progress *first, size_t width,
		   struct buf *out)
{
	struct buf parts[PARTS];
	size_t start = out->len;
	for (size_t i = 0; i < PARTS; i++)
		parts[i] = (struct buf)BUF_INIT;
	add_work(now, parts);
	readable_pace(&parts[PART_RATE], &parts[PART_ETA], now->done - now->done_before,
		      now->elapsed - first->elapsed, now->target - now->done);
	add_tokens(now, first, parts);
	add_money(now, &parts[PART_MONEY]);
	add_requests(now, parts);
	if (now->elapsed >= CLOCK_SECOND)
		readable_duration(&parts[PART_TIME], now->elapsed);
	for (int ranks = PARTS; ranks > 0; ranks--) {
		buf_cut(out, start);
		join(parts, ranks, out);
		if (!width || out->len - start <= width)
			break;
	}
	for (size_t i = 0; i < PARTS; i++)
		buf_release_part(&parts[i], out);
}

static void show(struct progress *p, const struct run_progress *now, bool draw, bool tell)
{
	struct buf line = BUF_INIT;
	/* the last column stays free, as console_live has it */
	progress_line(now, &p->first, draw ? terminal_width(STDERR_FILENO) - 1 : 0, &line);
	if (draw)
		console_live(line.data);
	else if (tell && !p->quiet && !console_can_live())
		console_line("%s", line.data);
	else if (tell)
		console_log(line.data);
	buf_release(&line);
}

void progress_show(void *progress, const struct run_progress *now)
{
	struct progress *p = progress;
	if (!now->target) /* seeds and teacher are being opened */
		return;
	if (!p->began || now->step != p->first.step)
		p->first = *now;
	bool live = !p->quiet && console_can_live();
	bool draw = live && (!p->began || now->elapsed - p->drawn >= DRAW_EVERY);
	bool tell = now->elapsed - p->told >= TELL_EVERY;
	p->began = true;
	p->last = *now;
	if (tell) {
		p->told = now->elapsed;
		show(p, now, false, true);
	}
	if (draw) {
		p->drawn = now->elapsed;
		show(p, now, true, false);
	}
}

void progress_end(struct progress *p)
{
	if (!p->quiet)
		console_live("");
}
