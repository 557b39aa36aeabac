/* records.js - records to look through, where each comes from, and what was rejected. */
"use strict";

const lineage = part("lineage");

/* A list that is searched as one types. `show` makes an entry's element, `haystack` its text. */
function browser(place, { entries, show, haystack, label, filter, none }) {
	const page = 10;
	const found_texts = entries.map((e) => haystack(e).toLowerCase());
	let found = entries, shown = 0;
	const search = el("input", { type: "search", autocomplete: "off", spellcheck: "false" });
	const select = filter && el("select", {}, el("option", { value: "" }, filter.all),
		filter.options.map(([value, what]) => el("option", { value }, what)));
	const told = el("p", { class: "count", role: "status" });
	const list = el("div", { class: "list" });
	const more = el("button", { type: "button", class: "more" }, "Show more");

	function extend() {
		const next = found.slice(shown, shown + page).map(show);
		list.append(...next);
		shown += next.length;
		more.hidden = shown >= found.length;
		return next[0];
	}
	function look() {
		const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
		const kind = select ? select.value : "";
		found = entries.filter((e, i) => (!kind || filter.is(e, kind)) &&
			words.every((w) => found_texts[i].includes(w)));
		list.replaceChildren();
		shown = 0;
		extend();
		told.textContent = words.length || kind ? `${count(found.length)} of ${count(entries.length)} ${none}`
			: `${count(entries.length)} ${none}`;
	}
	search.addEventListener("input", look);
	if (select)
		select.addEventListener("change", look);
	more.addEventListener("click", () => {
		const first = extend();
		first.tabIndex = -1;
		first.focus({ preventScroll: true });
	});
	place.append(el("div", { class: "tools" }, el("label", { class: "grow" }, label, search),
		select && el("label", {}, filter.label, select)), told, list, more);
	look();
}

/* Lineage */

/* "task_2_5_3": step 2, ticket 5, item 3; of the first step two numbers. */
function place_of(id) {
	const at = /^task_(\d+)_(\d+)(?:_(\d+))?$/.exec(id || "");
	if (!at)
		return null;
	const [step, ticket, item] = at[3] ? [at[1], at[2], at[3]] : ["1", at[1], at[2]];
	return { ticket: step + "." + ticket, item: Number(item) };
}

const branch = (kind, step, what, ...below) => el("li", { class: kind },
	el("span", { class: "step" }, step), text(what, "span"),
	below.length ? el("ul", {}, below) : "");

/* What was made of a task that came from a request with examples: these, and below them the task. */
function asked_tree(id, what, below, here) {
	const ids = lineage.asked[place_of(id).ticket] || [];
	const made = branch(here ? "here" : "", here ? "this record, generated" : "generated: " + id, what, ...below);
	if (!ids.length)
		return made;
	const people = ids.filter((i) => !place_of(i)).length;
	const kinds = [people && some(people, "seed"),
		ids.length - people && some(ids.length - people, "task") + " made before"].filter(Boolean);
	return el("li", {},
		el("span", { class: "step" }, `the model was shown ${listed(kinds)}`),
		el("ul", {}, ids.map((i) => branch("", i, lineage.texts[i] || "(its text is not in the run)")),
			made));
}

function chain_tree(chain, at) {
	const children = (parent) => chain.links.filter((l) => l.parent === parent && l.item !== parent)
		.map((l) => {
			const ended = lineage.ended[at.ticket + "." + l.item];
			const step = [l.item === at.item ? "this record" : "", l.operation && "evolved: " + l.operation,
				l.state === 2 ? "dropped" + (ended ? ": " + ended : "") : l.state === 0 ? "under way" : ""];
			return branch(l.item === at.item ? "here" : l.state === 2 ? "ended" : "",
				step.filter(Boolean).join(" · ") || "input", l.text, ...children(l.item));
		});
	const source = place_of(chain.source);
	const known = lineage.texts[chain.source];
	const links = children(0);
	if (source && lineage.asked[source.ticket])
		return asked_tree(chain.source, known || "", links, false);
	return known ? branch("", "input: " + chain.source, known, ...links)
		: links.length === 1 ? links[0] : el("li", {}, el("span", { class: "step" }, "input: " + chain.source), el("ul", {}, links));
}

function lineage_of(record) {
	const at = place_of(record.id);
	if (!at || !lineage.chains)
		return null;
	const chain = lineage.chains[at.ticket];
	if (chain)
		return chain_tree(chain, at);
	return lineage.asked[at.ticket] ? asked_tree(record.id, record.instruction, [], true) : null;
}

/* Records */

function answer_label(one) {
	const label = one.role ? one.role[0].toUpperCase() + one.role.slice(1) : "Output";
	return one.score === undefined ? label : `${label}, ${fixed(one.score, 2)}`;
}

/* A member a line; what was cut to fit is shown as it is. */
function fields_text(text) {
	try {
		return Object.entries(JSON.parse(text)).map(([key, value]) =>
			`${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join("\n");
	} catch {
		return text;
	}
}

function record_fields(r) {
	const rows = [];
	const add = (label, what) => rows.push(el("dt", {}, label), el("dd", { class: "text", dir: "auto" }, what));
	for (const turn of r.turns || []) {
		if (turn.reasoning)
			add("Reasoning", turn.reasoning);
		if (turn.text || !turn.calls)
			add(turn.role, turn.text);
		if (turn.calls)
			add("Calls", turn.calls);
	}
	for (const one of r.instances || []) {
		if (one.input)
			add("Input", one.input);
		if (one.reasoning)
			add("Reasoning", one.reasoning);
		add(answer_label(one), one.output || "(empty)");
	}
	if (r.tools)
		add("Tools", r.tools);
	if (r.fields)
		add("Fields", fields_text(r.fields));
	if (r.more_instances)
		rows.push(el("dt", {}), el("dd", { class: "name" }, `and ${some(r.more_instances, "instance")} more`));
	if (r.more_turns)
		rows.push(el("dt", {}), el("dd", { class: "name" }, `and ${some(r.more_turns, "turn")} more`));
	return rows.length ? el("dl", {}, rows) : "";
}

/* Made when it is first opened: most never are. */
function when_open(label, make) {
	const details = el("details", {}, el("summary", {}, label));
	details.addEventListener("toggle", () => {
		if (details.childElementCount === 1)
			details.append(make());
	});
	return details;
}

function origin(r) {
	const tree = lineage_of(r);
	const near = r.near && el("p", { class: "name" }, `Nearest seed, ROUGE-L ${fixed(r.near.score, 2)}: `,
		name(r.near.text));
	return tree || near ? when_open("Where it comes from", () => el("div", {},
		tree && el("ul", { class: "tree" }, tree), near)) : "";
}

function show_record(r) {
	const tags = [r.id && name(r.id), `number ${count(r.number)}`, r.classification && "classification",
		r.round && `round ${r.round}` + (r.operation ? ": " + r.operation : ""),
		r.cut && "cut to fit this page"];
	return el("article", { class: "record" },
		el("p", { class: "name" }, tags.filter(Boolean).map((t) => el("span", {}, t))),
		el("p", { class: "instruction text", dir: "auto" }, r.instruction),
		record_fields(r), origin(r));
}

function all_text(r) {
	return [r.id, r.instruction, r.operation, ...(r.turns || []).map((t) => t.text),
		...(r.turns || []).flatMap((t) => [t.reasoning, t.calls]), r.tools, r.fields,
		...(r.instances || []).flatMap((i) => [i.input, i.reasoning, i.output])].filter(Boolean).join("\n");
}

function show_records(place, records) {
	browser(place, {
		entries: records, show: show_record, haystack: all_text, none: "records here",
		label: "Search the records shown here",
	});
}

/* Rejects */

const words_of = (what) => what.match(/[\p{L}\p{N}]+|[^\p{L}\p{N}]+/gu) || [];
const is_word = (w) => /[\p{L}\p{N}]/u.test(w);

/* Places of the longest common subsequence of words, in both: what ROUGE-L counts. */
function common_words(a, b) {
	const at = (list) => list.map((w, i) => [w.toLowerCase(), i]).filter(([w]) => is_word(w));
	const x = at(a), y = at(b);
	const best = Array.from({ length: x.length + 1 }, () => new Uint16Array(y.length + 1));
	for (let i = x.length - 1; i >= 0; i--) {
		for (let j = y.length - 1; j >= 0; j--)
			best[i][j] = x[i][0] === y[j][0] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
	}
	const left = new Set(), right = new Set();
	for (let i = 0, j = 0; i < x.length && j < y.length;) {
		if (x[i][0] === y[j][0]) {
			left.add(x[i++][1]);
			right.add(y[j++][1]);
		} else if (best[i + 1][j] >= best[i][j + 1]) {
			i++;
		} else {
			j++;
		}
	}
	return [left, right];
}

const marked = (words, common) => words.map((w, i) => common.has(i) ? el("mark", {}, w) : w);

function show_near(r) {
	const a = words_of(r.text), b = words_of(r.near.text || "");
	const [left, right] = common_words(a, b);
	return el("article", { class: "pair" },
		el("p", { class: "name" }, el("b", {}, name(r.rule)), ` · ROUGE-L ${fixed(r.near.score, 2)}`,
			r.cut ? " · cut to fit this page" : ""),
		el("div", {}, el("h4", {}, "Rejected"), el("p", { class: "text", dir: "auto" }, marked(a, left))),
		el("div", {}, el("h4", {}, "Nearest: ", name(r.near.id)),
			r.near.text ? el("p", { class: "text", dir: "auto" }, marked(b, right))
				: el("p", { class: "name" }, "Its text is not in the run.")));
}

function show_reject(r) {
	return el("article", { class: "pair" },
		el("p", { class: "name" }, el("b", {}, name(r.rule)), r.cut ? " · cut to fit this page" : ""),
		el("div", {}, el("h4", {}, "Rejected"), text(r.text || "(nothing)")),
		el("div", {}, r.detail ? [el("h4", {}, "What it met"), text(r.detail)] : ""));
}

const reject_text = (r) => [r.rule, r.text, r.detail, r.near && r.near.id, r.near && r.near.text].filter(Boolean).join("\n");

function show_rejects(place, near, others) {
	const rules = [...new Set([...near, ...others].map((r) => r.rule))].sort();
	if (!rules.length)
		return;
	place.append(el("h3", {}, near.length ? "Side by side with the nearest, and the others" : "Some of them"));
	browser(place, {
		entries: [...near, ...others], show: (r) => r.near ? show_near(r) : show_reject(r),
		haystack: reject_text, none: "rejects here", label: "Search the rejects shown here",
		filter: { label: "Reason", all: "every reason", options: rules.map((r) => [r, r]), is: (r, kind) => r.rule === kind },
	});
}
