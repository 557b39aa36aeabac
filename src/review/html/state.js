/* state.js - what the page knows, what its parts can do, and how it tells a person. */
import { el } from "./dom.js";

export const $ = (id) => document.getElementById(id);

export const REASONS = ["wrong answer", "not a task", "input does not fit", "incomplete", "unsafe", "duplicate", "badly written"];
export const QUESTIONS = [["instruction", "Is the instruction a valid task?"], ["input", "Does the input fit the instruction?"],
	["output", "Is the output correct, and does it fit both?"]];

export const state = {
	info: null, by: "", items: [], next: 0, of: 0, matches: null, at: -1, shown: null, since: 0, records: new Map(),
	done: [], busy: false, editing: null, edited_at: "0", panel: "", reasons: [], form: {}, view: "review", keys: true, asked: 0, progress: null,
	loading: null,
};

let toast_timer;

export function say(what, kind = "") {
	$("status").textContent = what;
	$("status").className = "toast on " + kind;
	clearTimeout(toast_timer);
	toast_timer = setTimeout(() => $("status").className = "toast", 2500);
}

export function fail(error) {
	$("banner").hidden = false;
	$("banner").replaceChildren(el("span", {}, error.message), el("button", { type: "button", class: "quiet",
		onclick: () => { $("banner").hidden = true; } }, "Close"));
}

/* What the page can do, for the keys and the panel: app.js fills it in. */
export const act = {};
