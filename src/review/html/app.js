/* app.js - the page: which records are listed, which is shown, what is sent.
 *
 * A verdict is sent, and only when the server says that it is on disk does the page say so and go
 * on to the next record.
 */
import { ask, listen } from "./ask.js";
import { count, duration, el, name, some, text } from "./dom.js";
import { begin_edit } from "./edit.js";
import { Filters } from "./filters.js";
import { draw_judge, key_hint } from "./judge.js";
import { acts, on_key, show_keys } from "./keys.js";
import { show_live } from "./live.js";
import { show_progress } from "./progress.js";
import { show_record } from "./record.js";
import { $, QUESTIONS, act, fail, say, state } from "./state.js";

const PAGE = 50;
const LONGEST = 600;                 /* seconds that a look at one record counts at most */

/* The list */

const filters = new Filters($("side"), () => reload());
const list_told = el("p", { class: "soft told", role: "status" });
const list = el("ol", { class: "list" });
const list_more = el("button", { type: "button", class: "quiet", onclick: () => more().then(draw_list).catch(fail) }, "Show more");
$("side").append(list_told, list, list_more);

/* Asks for the next of the list. A search may take several looks. */
async function more() {
	if (state.loading)
		return state.loading;
	const round = state.asked;
	const before = state.items.length;
	state.loading = (async () => {
		do {
			const answer = await ask("list", { ...filters.question(), by: state.by, from: state.next, count: PAGE });
			if (round !== state.asked)
				return;
			state.items.push(...answer.items);
			state.next = answer.next;
			state.of = answer.of;
			state.matches = answer.matches ?? null;
			if (state.items.length === before)
				list_told.textContent = state.next < state.of ? `searched ${count(state.next)} of ${count(state.of)} records …` : "";
		} while (state.items.length === before && state.next < state.of);
	})();
	try {
		await state.loading;
	} finally {
		state.loading = null;
	}
}

async function reload(keep) {
	const shown = keep && state.shown ? state.shown.i : null;
	state.asked++;
	state.loading = null;
	Object.assign(state, { items: [], next: 0, at: -1 });
	state.records.clear();
	try {
		await more();
	} catch (error) {
		fail(error);
	}
	draw_list();
	const at = shown === null ? 0 : Math.max(0, state.items.findIndex((r) => r.i === shown));
	await go(state.items.length ? at : -1);
}

function verdict_mark(review) {
	const mine = (review.actions || []).find((a) => a.by === state.by && a.verdict);
	const verdict = review.disputed ? "disputed" : review.verdict || (mine ? mine.verdict : "");
	const words = { keep: ["✓", "kept"], drop: ["✗", "dropped"], disputed: ["≠", "people disagree"] }[verdict];
	return words ? el("span", { class: "mark " + verdict, role: "img", "aria-label": words[1], title: words[1] }, words[0])
		: el("span", { class: "mark" });
}

function draw_list() {
	list.replaceChildren(...state.items.map((r, at) => el("li", {}, el("button", {
		type: "button", class: "row", "aria-current": at === state.at ? "true" : false, onclick: () => go(at),
	}, verdict_mark(r.review), el("span", { class: "title" }, text(r.title || "(no instruction)", {}, "span")),
	r.rule ? el("span", { class: "chip bad" }, r.rule) : r.review.edit ? el("span", { class: "chip edited" }, "edited") : ""))));
	const known = state.matches ?? state.items.length;
	list_told.textContent = state.items.length || state.next >= state.of
		? (state.matches === null && state.next < state.of ? `${count(known)} found so far` : some(known, "record")) : "";
	list_more.hidden = state.next >= state.of;
}

function mark_current() {
	[...list.children].forEach((li, at) => li.firstChild.toggleAttribute("aria-current", at === state.at));
	const row = list.children[state.at];
	if (row) {
		row.firstChild.setAttribute("aria-current", "true");
		row.scrollIntoView({ block: "nearest" });
	}
}

function redraw_row(at) {
	const r = state.items[at];
	if (r && list.children[at])
		list.children[at].firstChild.querySelector(".mark").replaceWith(verdict_mark(r.review));
}

/* One record */

function fetch_record(i) {
	if (!state.records.has(i)) {
		state.records.set(i, ask("record", { i }));
		state.records.get(i).catch(() => state.records.delete(i));
	}
	if (state.records.size > 60)
		state.records.delete(state.records.keys().next().value);
	return state.records.get(i);
}

function empty_words() {
	const s = state.info.state;
	if (s.failure)
		return ["This cannot be read", s.failure];
	if (!s.read)
		return ["Reading …", `${some(s.records, "record")} so far.`];
	if (!s.records)
		return ["No records yet", state.info.kind === "run" ? "They appear here as the run finishes them." : "The file holds none."];
	if (filters.question().verdict === "mine-open" && !filters.is_narrowed())
		return ["All done", "You have judged every record here. Progress shows what came of it; “all records” in the filters shows them again."];
	return ["Nothing fits these filters", "Take one of them back, or press / to search for something else."];
}

function show_nothing() {
	const [title, words] = empty_words();
	state.shown = null;
	$("record").replaceChildren(el("div", { class: "empty" }, el("h2", {}, title), el("p", {}, words)));
	draw_judge();
}

async function go(at) {
	if (state.editing && !await save_edit())
		return;
	state.panel = "";
	state.reasons = [];
	state.form = {};
	state.at = at;
	mark_current();
	const item = state.items[at];
	if (!item)
		return show_nothing();
	try {
		let asked, record;
		do { /* what was decided meanwhile is asked for again */
			asked = fetch_record(item.i);
			record = await asked;
		} while (state.records.has(item.i) && state.records.get(item.i) !== asked);
		if (state.at !== at || state.items[at] !== item)
			return;
		show(record);
		for (const next of [at + 1, at + 2]) {
			if (state.items[next])
				fetch_record(state.items[next].i);
		}
		if (at + 5 > state.items.length && state.next < state.of)
			more().then(draw_list).then(mark_current).catch(fail);
	} catch (error) {
		fail(error);
	}
}

function show(record) {
	state.shown = record;
	state.edited_at = record.review.edit_at || "0";
	state.since = performance.now();
	$("record").replaceChildren(show_record(record, {
		is_run: state.info.kind === "run", still: () => state.shown && state.shown.i === record.i, open: open_record,
	}));
	$("record").scrollTop = 0;
	if (window.innerWidth < 700)
		window.scrollTo(0, 0);
	draw_judge();
	if (document.activeElement === document.body)
		$("record").focus({ preventScroll: true });
}

/* A record by its place in the index, whatever the filters say. */
async function open_record(i) {
	view("review");
	const at = state.items.findIndex((r) => r.i === i);
	if (at >= 0)
		return go(at);
	try {
		if (state.editing && !await save_edit())
			return;
		const record = await fetch_record(i);
		state.at = -1;
		mark_current();
		show(record);
	} catch (error) {
		fail(error);
	}
}

async function step(by) {
	if (by > 0 && state.at + by >= state.items.length && state.next < state.of) {
		try {
			await more();
			draw_list();
		} catch (error) {
			return fail(error);
		}
	}
	const at = state.at + by;
	if (at < 0)
		return say("This is the first.");
	if (at >= state.items.length) {
		if (filters.question().verdict !== "mine-open")
			return say("That was the last.");
		return reload();
	}
	await go(at);
}

/* Verdicts */

const seconds = () => Math.min(LONGEST, (performance.now() - state.since) / 1000);

function accept(i, review) {
	state.records.delete(i);
	state.items.forEach((r, at) => {
		if (r.i === i) {
			r.review = review;
			redraw_row(at);
		}
	});
	if (state.shown && state.shown.i === i)
		state.shown.review = review;
	refresh_progress();
}

/* True once it is on disk. */
async function send(what, told) {
	if (state.busy || !state.shown)
		return false;
	if (state.shown.record.rule) {
		say("What was rejected takes no verdict.");
		return false;
	}
	const i = state.shown.i;
	state.busy = true;
	say("saving …", "saving");
	try {
		const answer = await ask("verdict", { i, by: state.by, seconds: Number(seconds().toFixed(2)), ...what });
		state.done.push(i);
		accept(i, answer.review);
		say(told, "saved");
		return true;
	} catch (error) {
		$("status").className = "toast";
		fail(error);
		return false;
	} finally {
		state.busy = false;
	}
}

async function judge(verdict, more_of_it = {}) {
	const told = verdict === "keep" ? "Kept" : "Dropped";
	if (state.editing && !await save_edit())
		return;
	if (await send({ verdict, ...more_of_it }, told))
		await step(1);
}

const drop = (reasons) => judge("drop", reasons.length ? { reasons } : {});

async function answer_form(key, value) {
	state.form[key] = value;
	if (QUESTIONS.some(([q]) => !(q in state.form)))
		return draw_judge();
	const failed = QUESTIONS.filter(([q]) => !state.form[q]).map(([q]) => q);
	const words = { instruction: "not a task", input: "input does not fit", output: "wrong answer" };
	await judge(failed.length ? "drop" : "keep", { form: state.form, reasons: failed.map((q) => words[q]) });
}

async function undo() {
	const i = state.done.length ? state.done[state.done.length - 1] : state.shown ? state.shown.i : null;
	if (i === null || state.busy)
		return;
	state.busy = true;
	try {
		const answer = await ask("undo", { i, by: state.by });
		state.done.pop();
		accept(i, answer.review);
		say("Taken back", "saved");
		state.busy = false;
		await open_record(i);
	} catch (error) {
		say(error.message);
	} finally {
		state.busy = false;
	}
}

async function save_note(what) {
	if (what.trim() && await send({ note: what.trim() }, "Note saved"))
		panel("");
}

/* Editing */

function start_edit() {
	if (!state.shown || state.shown.record.rule || state.editing)
		return;
	state.editing = begin_edit($("record"));
	if (!state.editing.count) {
		state.editing = null;
		say("There is no text to edit in this record.");
	}
	draw_judge();
}

function end_edit() {
	if (!state.editing)
		return;
	const { refused } = state.editing;
	state.editing.cancel();
	state.editing = null;
	draw_judge();
	if (refused)
		look_again(state.shown.i);
}

/* Somebody else may have edited what is shown. */
async function look_again(i) {
	state.records.delete(i);
	try {
		const record = await fetch_record(i);
		if (state.shown && state.shown.i === i && !state.editing)
			show(record);
	} catch (error) {
		fail(error);
	}
}

async function save_edit() {
	const edit = state.editing.value();
	if (!edit) {
		end_edit();
		say("Nothing was changed.");
		return true;
	}
	const edited = state.editing;
	if (!await send({ edit, edit_on: state.edited_at }, "Edit saved")) {
		edited.refused = true;
		return false;
	}
	state.editing = null;
	const time = state.since;
	try {
		show(await fetch_record(state.shown.i));
	} catch (error) {
		fail(error);
	}
	state.since = time;
	return true;
}

/* Opens a part of the panel, or closes it. */
function panel(which) {
	state.panel = state.panel === which ? "" : which;
	state.form = {};
	draw_judge();
	const first = $("judge").querySelector(".panel textarea") || $("judge").querySelector(".panel");
	if (first && state.panel)
		first.focus({ preventScroll: true });
}

/* Views and the head */

function view(which) {
	if (which === "live" && state.info.kind !== "run")
		return;
	state.view = which;
	for (const id of ["review", "progress", "live"])
		$(id).hidden = id !== which;
	for (const b of $("views").children)
		b.setAttribute("aria-pressed", String(b.dataset.view === which));
	if (which === "progress")
		refresh_progress(true);
	if (which === "live")
		ask("status").then((a) => show_live($("live"), a.status, open_record)).catch(fail);
}

function draw_head() {
	const p = state.progress, s = state.info.state;
	const of = state.info.sample ? Math.min(state.info.sample, s.tasks) : s.tasks;
	$("name").textContent = state.info.name;
	document.title = state.info.name + " · sow review";
	if (!p)
		return;
	const width = (n) => (of ? Math.min(100, 100 * n / of) : 0) + "%";
	const parts = [["keep", p.counts.kept], ["disputed", p.counts.disputed], ["drop", p.counts.dropped]];
	$("meter").replaceChildren(...parts.map(([kind, n]) => {
		const part = el("span", { class: kind });
		part.style.width = width(n);
		return part;
	}));
	const words = `${count(p.counts.judged)} of ${count(of)} judged: ${count(p.counts.kept)} kept, ${count(p.counts.dropped)} dropped`;
	$("meter").setAttribute("aria-label", words);
	const pace = p.counts.seconds_each ? `, ${duration(p.counts.seconds_each)} a record` : "";
	$("told").textContent = words + pace + (s.read ? "" : " · still reading …");
}

let progress_timer = null;

function refresh_progress(at_once) {
	if (progress_timer && !at_once)
		return;
	clearTimeout(progress_timer);
	progress_timer = setTimeout(async () => {
		progress_timer = null;
		try {
			state.progress = await ask("progress", { by: state.by });
			draw_head();
			if (state.view === "progress")
				show_progress($("progress"), state.progress, state.info);
		} catch (error) {
			fail(error);
		}
	}, at_once ? 0 : 400);
}

function draw_who() {
	const field = el("input", { type: "text", maxlength: 60, autocomplete: "off", spellcheck: "false", "aria-label": "Your name" });
	field.value = state.by;
	field.disabled = state.info.by_is_fixed;
	field.addEventListener("change", () => {
		state.by = field.value.trim() || state.info.by;
		field.value = state.by;
		state.done = [];
		refresh_progress(true);
		reload();
	});
	$("who").replaceChildren(el("label", {}, "as ", field), el("button", { type: "button", class: "quiet", onclick: acts.l }, "List", key_hint("l")),
		el("button", { type: "button", class: "quiet", onclick: show_keys }, "Keys", key_hint("?")));
}

/* Names, languages and numbers to filter by are known better the longer the server has read. */
async function refresh_info() {
	try {
		state.info = await ask("info");
		if (!(document.activeElement && filters.form.contains(document.activeElement)))
			filters.update(state.info);
		draw_head();
	} catch (error) {
		fail(error);
	}
}

function on_state(s) {
	const before = state.info.state;
	Object.assign(before, s);
	draw_head();
	state.of = Math.max(state.of, s.records);
	const is_idle = state.at < 0 && !state.shown && !state.loading;
	if (is_idle && s.records && (s.read || !state.info.sample))
		reload();
	else if (is_idle)
		show_nothing();
	if (s.settled || s.finished || s.read)
		refresh_info();
	list_more.hidden = state.next >= state.of;
}

/* What others decided, or this page itself. */
async function on_verdicts(places) {
	refresh_progress();
	for (const i of new Set(places)) {
		if (state.busy || state.done.includes(i) && !(state.shown && state.shown.i === i))
			continue;
		state.records.delete(i);
		const at = state.items.findIndex((r) => r.i === i);
		if (at < 0 && !(state.shown && state.shown.i === i))
			continue;
		const fresh = await fetch_record(i).catch(() => null);
		if (!fresh)
			continue;
		if (at >= 0)
			state.items[at].review = fresh.review;
		redraw_row(at);
		if (state.shown && state.shown.i === i && !state.editing && !state.panel) {
			const time = state.since;
			state.shown.review = fresh.review;
			if ((fresh.review.edit_at || "0") === state.edited_at)
				draw_judge();
			else
				show(fresh);
			state.since = time;
		}
	}
}

Object.assign(act, { judge, drop, answer_form, undo, save_note, start_edit, end_edit, save_edit, step, panel, view,
	focus_search: () => filters.focus_search() });

async function start() {
	state.info = await ask("info");
	state.by = state.info.by;
	const views = [["review", "Review"], ["progress", "Progress"], ...state.info.kind === "run" ? [["live", "Run"]] : []];
	$("views").replaceChildren(...views.map(([which, words]) => el("button", { type: "button", "data-view": which, onclick: () => view(which) }, words)));
	filters.update(state.info);
	draw_who();
	const narrow = window.matchMedia("(max-width: 999px)");
	const fit = () => document.body.classList.toggle("without-list", narrow.matches);
	narrow.addEventListener("change", fit);
	fit();
	view(state.info.live ? "live" : "review");
	document.addEventListener("keydown", on_key);
	listen({
		state: on_state, verdicts: on_verdicts, status: (s) => show_live($("live"), s, open_record),
		down: () => fail(new Error("The server does not answer. Everything that was confirmed is saved; this page tries again.")),
		up: () => { $("banner").hidden = true; },
	});
	refresh_progress(true);
	if (!state.info.sample || state.info.state.read)
		await reload();
	else
		show_nothing();
	document.body.classList.add("ready");
}

start().catch(fail);
