/* judge.js - the panel beside a record: the verdict, its reasons, the three questions, a note, and
 * what others said.
 */
import { el, name, text } from "./dom.js";
import { $, QUESTIONS, REASONS, act, state } from "./state.js";

export const key_hint = (key) => el("kbd", { "aria-hidden": "true" }, key);
export const button = (words, key, does, kind = "") => el("button", { type: "button", class: kind, onclick: does }, words, key ? key_hint(key) : "");

export function reasons_known() {
	const used = state.progress ? state.progress.reasons.map((r) => r.reason) : [];
	return [...new Set([...REASONS, ...used])];
}

function reasons_panel() {
	const known = reasons_known();
	const field = el("input", { type: "text", maxlength: 100, "aria-label": "Another reason", placeholder: "another reason, then Enter" });
	field.addEventListener("keydown", (e) => {
		if (e.key === "Enter" && field.value.trim()) {
			e.preventDefault();
			act.drop([...state.reasons, field.value.trim()]);
		}
	});
	return el("div", { class: "panel", tabindex: "-1", role: "group", "aria-label": "Why?" }, el("h3", { class: "label" }, "Why?"), el("div", { class: "choices" },
		known.map((reason, n) => button(name(reason), n < 9 ? String(n + 1) : "", () => act.drop([reason]), "quiet"))),
	field, button("Drop without a reason", "Enter", () => act.drop([]), "quiet"));
}

function form_panel() {
	const open = QUESTIONS.find(([key]) => !(key in state.form));
	return el("div", { class: "panel", tabindex: "-1", role: "group", "aria-label": "The paper's three questions" },
		el("h3", { class: "label" }, "The paper's three questions"), QUESTIONS.map(([key, words]) =>
		el("fieldset", { class: open && open[0] === key ? "open" : "" }, el("legend", {}, words),
			["Yes", "No"].map((answer) => el("button", {
				type: "button", class: "quiet", "aria-pressed": key in state.form && state.form[key] === (answer === "Yes") ? "true" : "false",
				onclick: () => act.answer_form(key, answer === "Yes"),
			}, answer, open && open[0] === key ? key_hint(answer[0].toLowerCase()) : "")))),
	el("p", { class: "soft" }, "Three times yes keeps the record; a no drops it."));
}

function note_panel() {
	const field = el("textarea", { rows: 4, "aria-label": "Note", dir: "auto" });
	field.addEventListener("keydown", (e) => {
		if (e.key === "Enter" && (e.ctrlKey || e.metaKey))
			act.save_note(field.value);
	});
	return el("div", { class: "panel" }, el("h3", { class: "label" }, "Note"), field,
		button("Save the note", "Ctrl Enter", () => act.save_note(field.value)));
}

const mine = () => (state.shown.review.actions || []).filter((a) => a.by === state.by);

function said_so_far() {
	const review = state.shown.review;
	return (review.actions || []).map((a) => el("li", {}, name(a.by), " ", el("span", { class: "soft" },
		[a.verdict && { keep: "kept it", drop: "dropped it" }[a.verdict], a.reasons && a.reasons.length && [" (", name(a.reasons.join(", ")), ")"],
			!a.verdict && !a.note ? "edited it" : ""]), a.note ? text("“" + a.note + "”", {}, "div") : ""));
}

export function draw_judge() {
	const place = $("judge");
	if (!state.shown) {
		place.replaceChildren();
		return;
	}
	if (state.shown.record.rule) {
		place.replaceChildren(el("p", { class: "soft" }, "This was rejected by a rule. Rejects can be read, not judged."),
			el("div", { class: "row-of" }, button("Previous", "←", () => act.step(-1), "quiet"), button("Next", "→", () => act.step(1), "quiet")));
		return;
	}
	const last = mine().find((a) => a.verdict);
	place.replaceChildren(...[
		state.editing ? el("div", { class: "row-of" }, button("Save the edit", "Ctrl Enter", () => act.save_edit(), "good"),
			button("Cancel", "Esc", act.end_edit, "quiet")) : "",
		el("div", { class: "row-of main" },
			button("Keep", "k", () => act.judge("keep"), "good" + (last && last.verdict === "keep" ? " chosen" : "")),
			button("Drop", "d", () => act.panel("reasons"), "bad" + (last && last.verdict === "drop" ? " chosen" : ""))),
		state.panel === "reasons" ? reasons_panel() : state.panel === "form" ? form_panel() : state.panel === "note" ? note_panel() : "",
		el("div", { class: "row-of small" },
			button("Three questions", "f", () => act.panel("form"), "quiet"), button("Edit", "e", act.start_edit, "quiet"),
			button("Note", "n", () => act.panel("note"), "quiet"), button("Undo", "u", act.undo, "quiet"),
			button("Previous", "←", () => act.step(-1), "quiet"), button("Next", "→", () => act.step(1), "quiet")),
		el("ul", { class: "said" }, said_so_far()),
	].filter(Boolean));
}
