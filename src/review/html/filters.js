/* filters.js - which records are wanted, and in which order: a form, and the question it makes. */
import { count, el, short, title_case } from "./dom.js";

const VERDICTS = [["mine-open", "not judged by me"], ["all", "all records"], ["open", "not judged by anyone"],
	["kept", "kept"], ["dropped", "dropped"], ["disputed", "people disagree"], ["edited", "edited"], ["noted", "with a note"]];

export class Filters {
	constructor(place, changed) {
		this.changed = changed;
		this.fields = {};
		this.form = el("form", { class: "filters", role: "search", onsubmit: (e) => { e.preventDefault(); changed(); } });
		place.append(this.form);
	}

	/* Makes the form anew for what there is; what was chosen stays chosen. */
	update(info) {
		const before = this.form.childElementCount ? this.values() : { verdict: "mine-open", order: "file" };
		const focused = document.activeElement && this.form.contains(document.activeElement) ? document.activeElement.name : null;
		const select = (key, label, options) => {
			const field = el("select", { name: key, onchange: this.changed },
				options.map(([value, what]) => el("option", { value }, what)));
			field.value = before[key] ?? options[0][0];
			if (field.selectedIndex < 0)
				field.selectedIndex = 0;
			this.fields[key] = field;
			return el("label", {}, label, field);
		};
		const named = (list, all, show = (x) => x) => [["", all], ...[...list].filter((n) => n.count > 0)
			.sort((a, b) => b.count - a.count).slice(0, 300).map((n) => [n.name, `${show(n.name)} (${count(n.count)})`])];
		const number = (key, label) => {
			const field = el("input", { name: key, type: "number", step: "any", onchange: this.changed });
			field.value = before[key] ?? "";
			this.fields[key] = field;
			return el("label", {}, label, field);
		};
		const search = el("input", { name: "search", type: "search", autocomplete: "off", spellcheck: "false", placeholder: "any text  /" });
		search.value = before.search ?? "";
		let timer;
		search.addEventListener("input", () => {
			clearTimeout(timer);
			timer = setTimeout(this.changed, 300);
		});
		this.fields = { search };
		const range = (n) => n.low === undefined ? n.name : `${n.name} (${short(n.low)} to ${short(n.high)})`;
		const scores = info.scores.filter((s) => s.count > 0);
		const numbers = (most) => [["", "every"], ...Array.from({ length: most }, (_, i) => [String(i + 1), String(i + 1)])];
		const orders = [["file", info.kind === "run" ? "as they came" : "as in the file"],
			...scores.flatMap((s) => [["worst:" + s.name, `worst ${s.name} first`], ["best:" + s.name, `best ${s.name} first`]]),
			["random", "random"], ["rarest", "least like the rest first"]];
		const more = [
			info.kind === "run" && info.rules.length && select("rule", "Accepted or rejected",
				[["*accepted", "accepted"], ["", "all"], ...named(info.rules, "").slice(1).map(([v, w]) => [v, "rejected: " + w])]),
			info.languages.length > 1 && select("language", "Language", named(info.languages, "every", title_case)),
			info.verbs.length > 1 && select("verb", "Verb", named(info.verbs, "every")),
			info.steps > 1 && select("step", "Step", numbers(info.steps)),
			info.rounds > 0 && select("round", "Round", numbers(info.rounds)),
			scores.length && select("score", "Number", [["", "any"], ...scores.map((s) => [s.name, range(s)])]),
			scores.length && number("low", "from"), scores.length && number("high", "to"),
		].filter(Boolean);
		const is_open = this.form.querySelector("details") ? this.form.querySelector("details").open : false;
		this.form.replaceChildren(el("label", { class: "search" }, "Search", search),
			select("verdict", "Show", VERDICTS), select("order", "Order", orders),
			more.length ? el("details", { open: is_open }, el("summary", {}, "More filters"), el("div", { class: "more" }, more)) : "");
		if (focused && this.fields[focused])
			this.fields[focused].focus();
	}

	values() {
		return Object.fromEntries(Object.entries(this.fields).map(([key, field]) => [key, field.value]));
	}

	/* What the server is asked. */
	question() {
		const v = this.values(), q = { verdict: v.verdict, search: v.search ? v.search.trim() : "" };
		const [order, score] = (v.order || "file").split(/:(.*)/s);
		q.order = order;
		if (score)
			q.order_score = score;
		if (v.rule)
			q.rule = v.rule === "*accepted" ? "" : v.rule;
		for (const key of ["language", "verb"]) {
			if (v[key])
				q[key] = v[key];
		}
		for (const key of ["step", "round"]) {
			if (v[key])
				q[key] = Number(v[key]);
		}
		if (v.score) {
			q.score = v.score;
			for (const key of ["low", "high"]) {
				if (v[key] !== "" && v[key] !== undefined)
					q[key] = Number(v[key]);
			}
		}
		return q;
	}

	is_narrowed() {
		const q = this.question();
		return Boolean(q.search || q.language || q.verb || q.step || q.round || q.score || q.rule);
	}

	set(key, value) {
		if (this.fields[key])
			this.fields[key].value = value;
	}

	focus_search() {
		this.fields.search.focus();
		this.fields.search.select();
	}
}
