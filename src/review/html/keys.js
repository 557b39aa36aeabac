/* keys.js - what a key does. */
import { el } from "./dom.js";
import { reasons_known } from "./judge.js";
import { $, QUESTIONS, act, state } from "./state.js";

const KEYS = [
	["k", "keep, and go on"], ["d", "drop: then 1 to 9 says why, Enter gives no reason"],
	["f", "the paper's three questions: then y or n to each"], ["e", "edit the texts; Ctrl Enter saves, Esc leaves them"],
	["n", "write a note"], ["u", "take the last verdict back"], ["→ j Space", "next record"], ["← h", "previous record"],
	["/", "search"], ["l", "show or hide the list"], ["1 2 3 with Alt", "review, progress, run"], ["?", "these keys"], ["Esc", "close, leave a field"],
];

export function show_keys() {
	const toggle = el("input", { type: "checkbox", onchange: (e) => { state.keys = e.target.checked; } });
	toggle.checked = state.keys;
	$("keys").replaceChildren(el("h2", { id: "keys-title" }, "Keys"),
		el("dl", {}, KEYS.map(([key, what]) => el("div", {}, el("dt", {}, key.split(" with ").map((part, i) => [i ? " with " : "",
			part.split(" ").map((k) => [el("kbd", {}, k), " "])])), el("dd", {}, what)))),
		el("label", { class: "check" }, toggle, " Letters act as keys"),
		el("form", { method: "dialog" }, el("button", {}, "Close")));
	$("keys").showModal();
}

export const acts = {
	k: () => act.judge("keep"), d: () => act.panel("reasons"), f: () => act.panel("form"), e: () => act.start_edit(), n: () => act.panel("note"), u: () => act.undo(),
	j: () => act.step(1), ArrowRight: () => act.step(1), " ": () => act.step(1), h: () => act.step(-1), ArrowLeft: () => act.step(-1),
	"/": () => { document.body.classList.remove("without-list"); act.focus_search(); },
	l: () => document.body.classList.toggle("without-list"), "?": show_keys,
	Escape: () => { act.end_edit(); if (state.panel) act.panel(""); },
};

function in_panel(key) {
	if (state.panel === "reasons") {
		const reason = /^[1-9]$/.test(key) && reasons_known()[key - 1];
		if (reason)
			return () => act.drop([reason]);
		if (key === "Enter" || key === "d")
			return () => act.drop([]);
	}
	if (state.panel === "form" && (key === "y" || key === "n")) {
		const open = QUESTIONS.find(([q]) => !(q in state.form));
		return () => open && act.answer_form(open[0], key === "y");
	}
	return null;
}

export function on_key(e) {
	const field = e.target.closest("input, textarea, select");
	if ($("keys").open || e.isComposing)
		return;
	if (e.altKey && !e.ctrlKey && ["1", "2", "3"].includes(e.key)) {
		e.preventDefault();
		return act.view(["review", "progress", "live"][e.key - 1]);
	}
	if (field && e.key === "Escape") {
		field.blur();
		return acts.Escape();
	}
	if (state.editing && e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
		e.preventDefault();
		return act.save_edit();
	}
	if (field || e.ctrlKey || e.metaKey || e.altKey || !state.keys)
		return;
	const on_button = e.target.closest("button, summary, a");
	if (on_button && (e.key === " " || e.key === "Enter"))
		return;
	if (state.view !== "review" && !"?".includes(e.key))
		return;
	const does = in_panel(e.key) || acts[e.key];
	if (does) {
		e.preventDefault();
		does();
	}
}
