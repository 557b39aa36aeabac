#include "cli/progress.h"

#include <inttypes.h>

#include "base/clock.h"
#include "cli/talk.h"
#include "report/figures.h"

#define DRAW_EVERY (200 * CLOCK_MS)
#define TELL_EVERY (10 * CLOCK_SECOND)

void progress_start(struct progress *p, bool quiet)
{
	*p = (struct progress){ .quiet = quiet };
}

static void add_pace(const struct run_progress *now, int64_t elapsed, struct buf *out)
{
	int64_t done = now->done - now->done_before;
	if (done <= 0 || elapsed <= 0)
		return;
	double each = (double)elapsed / (double)done;
	figure_rate(out, 60 * (double)CLOCK_SECOND / each);
	buf_addstr(out, "/min");
	double left = each * (double)(now->target - now->done);
	if (left <= 0 || left > 1e17)
		return;
	buf_addstr(out, "  ETA ");
	figure_duration(out, (int64_t)left);
}

void progress_line(const struct run_progress *now, const struct run_progress *first,
		   struct buf *out)
{
	double seconds = (double)(now->elapsed - first->elapsed) / (double)CLOCK_SECOND;
	int64_t tokens = now->completion_tokens - first->completion_tokens;
	bool reached = now->done >= now->target;
	if (now->steps > 1)
		buf_addf(out, "step %" PRId64 "/%" PRId64 "  ", now->step, now->steps);
	buf_addf(out, "%" PRId64 "/%" PRId64 " %s  ", reached ? now->target : now->done,
		 now->target, now->takes_input ? "inputs" : "tasks");
	if (reached && now->under_way)
		buf_addf(out, "%" PRId64 " more under way  ", now->under_way);
	if (now->elapsed >= CLOCK_SECOND) {
		figure_duration(out, now->elapsed);
		buf_addstr(out, "  ");
	}
	size_t before = out->len;
	add_pace(now, now->elapsed - first->elapsed, out);
	if (out->len > before)
		buf_addstr(out, "  ");
	buf_addf(out, "%" PRId64 " accepted  %" PRId64 " rejected  %" PRId64 " replies",
		 now->accepted, now->rejected, now->replies);
	if (now->cached)
		buf_addf(out, " (%" PRId64 " cached)", now->cached);
	if (now->in_flight)
		buf_addf(out, "  %" PRId64 " asked", now->in_flight);
	if (now->retries)
		buf_addf(out, "  %" PRId64 " retries", now->retries);
	if (now->servers_up < now->servers)
		buf_addf(out, "  %" PRId64 " of %" PRId64 " servers up", now->servers_up, now->servers);
	if (now->has_price || now->cost) {
		buf_addstr(out, "  ");
		figure_money(out, now->cost);
		if (now->budget >= 0) {
			buf_addstr(out, " of ");
			figure_money(out, now->budget);
		}
	}
	if (seconds >= 1 && tokens > 0) {
		buf_addstr(out, "  ");
		figure_rate(out, (double)tokens / seconds);
		buf_addstr(out, " tok/s");
	}
}

static void show(struct progress *p, const struct run_progress *now, bool draw, bool tell)
{
	struct buf line = BUF_INIT;
	progress_line(now, &p->first, &line);
	if (!buf_failed(&line)) {
		if (draw)
			talk_live(line.data);
		else if (tell && !p->quiet && !talk_can_live())
			talk_line("%s", line.data);
		else if (tell)
			talk_log(line.data);
	}
	buf_release(&line);
}

void progress_show(void *progress, const struct run_progress *now)
{
	struct progress *p = progress;
	if (!now->target) /* seeds and teacher are being opened */
		return;
	if (!p->began || now->step != p->first.step)
		p->first = *now;
	bool live = !p->quiet && talk_can_live();
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
		talk_live("");
}
