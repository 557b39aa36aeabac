/* record.js - a record as one reads it: question, answers, turns and tools, where it comes from. */
import { ask } from "./ask.js";
import { show_changes, show_common } from "./diff.js";
import { count, el, name, short, text, title_case } from "./dom.js";

const label = (what, ...more) => el("h3", { class: "label" }, what, more);
const chip = (what, kind = "") => el("span", { class: "chip " + kind }, what);

/* A text that an edit may have changed; `path` says where it stands in the record. */
function editable(what, path, edit, attributes = {}) {
	const pair = path.reduce((at, key) => at && at[key], edit);
	const box = pair ? show_changes(pair[0], pair[1], attributes) : text(what, attributes);
	box.dataset.path = JSON.stringify(path);
	box.original = what;
	box.current = pair ? pair[1] : what;
	return box;
}

const pretty = (value) => typeof value === "string" ? value : JSON.stringify(value, null, 2);

function arguments_text(value) {
	if (typeof value !== "string")
		return pretty(value);
	try {
		return pretty(JSON.parse(value));
	} catch {
		return value;
	}
}

function call(one) {
	const f = one && one.function;
	if (!f || !f.name)
		return text(pretty(one), { class: "code" }, "pre");
	return el("div", { class: "call" }, el("p", { class: "call-name" }, "calls ", el("code", {}, name(f.name)),
		one.id ? el("span", { class: "soft" }, " ", name(one.id)) : ""),
	f.arguments === undefined ? "" : text(arguments_text(f.arguments), { class: "code" }, "pre"));
}

function reasoning(what) {
	return what ? el("details", { class: "thought" }, el("summary", {}, "Reasoning"), text(what)) : "";
}

function turn(t, path, edit) {
	const heading = [title_case(t.role || "turn"), t.name && name(t.name),
		t.answers_call && el("span", { class: "soft" }, "answers ", name(t.answers_call)),
		t.weight !== undefined && el("span", { class: "soft" }, `weight ${t.weight}`)].filter(Boolean);
	const has_text = t.text || (!t.calls && !t.parts);
	return el("div", { class: "turn " + (t.role || "") },
		label(heading.map((h, i) => [i ? " · " : "", h])), reasoning(t.reasoning),
		has_text ? (t.parts ? text(t.text) : editable(t.text, path, edit)) : "",
		t.parts ? text(pretty(t.parts), { class: "code" }, "pre") : "",
		(t.calls || []).map(call),
		t.fields ? el("details", {}, el("summary", {}, "Fields of the turn"), text(pretty(t.fields), { class: "code" }, "pre")) : "");
}

const turns = (list, path, edit) => list.map((t, i) => turn(t, [...path, "turns", i], edit));

function answer(one, i, many, edit) {
	const kind = one.role || "";
	const heading = kind ? title_case(kind) : many ? `Answer ${i + 1}` : "Output";
	return el("section", { class: "answer " + kind },
		label(heading, one.score === undefined ? "" : chip("score " + short(one.score), "score"),
			one.sample && one.sample !== i ? chip("sample " + one.sample) : ""),
		reasoning(one.reasoning),
		one.turns ? turns(one.turns, ["answers", i], edit)
			: editable(one.output, ["answers", i, "output"], edit, { class: one.output ? "" : "empty-text" }));
}

/* Answers with inputs of their own stand one below the other, all others side by side. */
function answers(r, edit) {
	const list = r.answers || [];
	const inputs = [...new Set(list.map((a) => a.input || ""))];
	const input = (what, i) => what ? el("section", { class: "input" }, label("Input"),
		editable(what, ["answers", i, "input"], edit)) : "";
	if (!list.length)
		return r.turns ? "" : el("p", { class: "soft" }, "No answer.");
	if (inputs.length > 1 && !r.turns)
		return list.map((a, i) => el("div", { class: "instance" }, input(a.input, i), answer(a, i, true, edit)));
	return [r.turns ? "" : input(inputs[0], 0),
		el("div", { class: "answers" + (list.length > 1 ? " many" : "") },
			list.map((a, i) => answer(a, i, list.length > 1, edit)))];
}

function tools(list) {
	return list && el("details", { class: "tools" }, el("summary", {}, `Tools (${list.length})`), list.map((t) => {
		const f = t.function || t;
		return el("div", { class: "tool" }, el("p", {}, el("code", {}, name(f.name || "?")),
			f.description ? [" ", name(f.description)] : ""),
		f.parameters ? text(pretty(f.parameters), { class: "code" }, "pre") : "");
	}));
}

/* The piece of a document that a record was made from. */
function source(fields) {
	if (!fields || typeof fields.chunk !== "string" || typeof fields.document !== "string")
		return null;
	const span = Number.isFinite(fields.start) && Number.isFinite(fields.end)
		? `, bytes ${count(fields.start)} to ${count(fields.end)}` : "";
	return el("details", { class: "source", open: true }, el("summary", {}, "Source: ", name(fields.document), span),
		fields.heading ? el("p", { class: "soft" }, name(fields.heading)) : "", text(fields.chunk));
}

function fields(what, hidden) {
	const rows = Object.entries(what || {}).filter(([key]) => !hidden.includes(key));
	return rows.length ? el("details", { class: "fields", open: rows.length <= 8 },
		el("summary", {}, `Fields (${rows.length})`),
		el("dl", {}, rows.map(([key, value]) => [el("dt", {}, name(key)), el("dd", {}, text(pretty(value)))]))) : "";
}

function lineage(l) {
	if (!l)
		return "";
	const words = [l.operation && ["made by ", name(l.operation)], l.round && `round ${l.round}`,
		l.parent && ["from ", name(l.parent)], l.root && l.root !== l.parent && ["root ", name(l.root)]].filter(Boolean);
	return words.length ? el("p", { class: "soft lineage" }, words.map((w, i) => [i ? " · " : "", w])) : "";
}

/* What is asked for when it is shown */

function chain(h) {
	const links = h.lineage || [];
	if (links.length < 2)
		return "";
	return el("div", {}, label("Where it comes from"), el("ol", { class: "chain" }, links.map((l, i) =>
		el("li", {}, el("p", { class: "soft" }, name(l.id), ` · ${l.method}`, l.operation ? [" · ", name(l.operation)] : ""),
			i ? show_changes(links[i - 1].instruction, l.instruction) : text(l.instruction)))));
}

const known = (title, list) => list && list.length ? el("details", {}, el("summary", {}, `${title} (${list.length})`),
	list.map((k) => el("div", { class: "known" }, el("p", { class: "soft" }, name(k.id),
		k.score === undefined ? "" : ` · ROUGE-L ${k.score.toFixed(3)}`),
	k.instruction ? text(k.instruction) : el("p", { class: "soft" }, "Its text is not in the run.")))) : "";

const rejects = (list) => list && list.length ? el("details", {}, el("summary", {}, `Rejected on its way (${list.length})`),
	list.map((r) => el("div", { class: "known" }, el("p", { class: "soft" }, chip(r.rule, "bad"), " ", r.why || ""),
		text(r.text || ""), r.detail ? text(r.detail, { class: "soft" }) : ""))) : "";

function history(place, id) {
	ask("history", { id }).then(({ history: h }) => {
		place.replaceChildren(...[chain(h), known("Examples that the model was shown", h.examples),
			known("Nearest when it was accepted", h.nearest), rejects(h.rejects)].filter(Boolean));
	}).catch(() => place.replaceChildren());
}

/* The nearest are found by another thread, which may be busy: asked for again, ever more seldom. */
function near(place, i, instruction, still, open, tries = 0) {
	ask("near", { i }).then(({ ready, near: list }) => {
		if (!still())
			return;
		if (!ready && tries < 12)
			setTimeout(() => still() && near(place, i, instruction, still, open, tries + 1), 120 * 1.6 ** tries);
		if (!list.length)
			return;
		place.replaceChildren(label("Nearest in this set"), ...list.map((n) => el("div", { class: "known" },
			el("p", { class: "soft" }, el("button", { type: "button", class: "link", onclick: () => open(n.i) },
				"record ", n.record.id ? name(n.record.id) : count(n.record.number)), ` · ROUGE-L ${n.score.toFixed(3)}`),
			show_common(instruction, n.record.instruction))));
	}).catch(() => {});
}

function rejected(r) {
	return el("article", { class: "record" },
		el("p", { class: "tags" }, name(r.id), chip("rejected: " + r.rule, "bad")),
		text(r.instruction || "(nothing)", { class: "instruction" }),
		r.detail ? [label("What it met"), text(r.detail)] : "",
		r.near ? [label("Nearest: ", name(r.near.id), ` · ROUGE-L ${r.near.score.toFixed(3)}`),
			r.near.text ? show_common(r.instruction, r.near.text) : el("p", { class: "soft" }, "Its text is not in the run.")] : "");
}

/* `still` tells whether the record is still the one on the page; `open` shows another. */
export function show_record({ record: r, review, language, verb, i }, { is_run, still, open }) {
	if (r.rule)
		return rejected(r);
	const edit = review.edit || {};
	const document_source = source(r.fields);
	const is_chat = Boolean(r.turns);
	const of_run = el("div", { class: "history" }), of_near = el("div", { class: "nearest" });
	const article = el("article", { class: "record" },
		el("p", { class: "tags" }, r.id ? name(r.id) : "", el("span", {}, `number ${count(r.number)}`),
			language ? el("span", {}, title_case(language)) : "", verb ? el("span", {}, "verb: ", name(verb)) : "",
			r.classification ? chip("classification") : "",
			review.edit ? chip("edited by " + review.edited_by, "edited") : ""),
		lineage(r.lineage),
		is_chat ? el("div", { class: "chat" }, turns(r.turns, [], edit))
			: editable(r.instruction || "", ["instruction"], edit, { class: "instruction" }),
		!is_chat || r.beside ? answers(r, edit)
			: r.answers && r.answers[0] && r.answers[0].score !== undefined
				? el("p", {}, chip("score " + short(r.answers[0].score), "score")) : "",
		tools(r.tools), document_source,
		fields(r.fields, document_source ? ["document", "chunk", "start", "end", "heading"] : []), of_run, of_near);
	if (is_run)
		history(of_run, r.id);
	near(of_near, i, r.instruction || "", still, open);
	return article;
}
