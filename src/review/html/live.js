/* live.js - a run under way: how fast, how much of it is accepted, what it costs, what came last. */
import { ask } from "./ask.js";
import { count, duration, el, name, percent, text } from "./dom.js";

const KEPT = 240;                    /* points of each curve */
const points = [];

const money = (nano) => nano ? "$" + (nano / 1e9).toFixed(nano < 1e10 ? 4 : 2) : "$0";

function curve(values, label) {
	const NS = "http://www.w3.org/2000/svg", most = Math.max(...values, 1e-9);
	const svg = document.createElementNS(NS, "svg"), line = document.createElementNS(NS, "polyline");
	svg.setAttribute("viewBox", "0 0 100 30");
	svg.setAttribute("preserveAspectRatio", "none");
	svg.setAttribute("class", "curve");
	svg.setAttribute("role", "img");
	svg.setAttribute("aria-label", label);
	line.setAttribute("points", values.map((v, i) =>
		`${(100 * i / Math.max(values.length - 1, 1)).toFixed(2)},${(29 - 28 * v / most).toFixed(2)}`).join(" "));
	svg.append(line);
	return svg;
}

/* What was done since the point some 20 s ago. */
function pace(key) {
	const last = points[points.length - 1];
	const first = points.find((p) => last.at - p.at <= 20000) || points[0];
	return last.at > first.at ? Math.max(0, (last[key] - first[key]) / ((last.at - first.at) / 1000)) : 0;
}

function note(status) {
	const c = status.counts || {};
	points.push({ at: performance.now(), done: c.finished || 0, replies: c.replies || 0, rejected: c.rejected || 0,
		rate: 0 });
	points[points.length - 1].rate = pace("done");
	if (points.length > KEPT)
		points.shift();
}

const total = (c) => (c.prompt_tokens || 0) + (c.completion_tokens || 0);

function rejects_table(list) {
	if (!list || !Object.keys(list).length)
		return "";
	const rows = Array.isArray(list) ? list.map((r) => [r.rule, r.count]) : Object.entries(list);
	const most = Math.max(...rows.map((r) => r[1]), 1);
	return el("table", { class: "bars" }, el("caption", {}, "Rejected, by rule"), el("tbody", {}, rows.map(([rule, n]) => {
		const bar = el("span", {});
		bar.style.width = 100 * n / most + "%";
		return el("tr", {}, el("th", { scope: "row" }, name(rule)), el("td", { class: "n" }, count(n)), el("td", { class: "drawn" }, bar));
	})));
}

function rows_of(title, object) {
	const rows = Object.entries(object || {}).filter(([, v]) => typeof v !== "object" || v === null);
	return rows.length ? el("table", {}, el("caption", {}, title), el("tbody", {}, rows.map(([key, v]) =>
		el("tr", {}, el("th", { scope: "row" }, key), el("td", {}, typeof v === "number" ? count(v) : name(String(v))))))) : "";
}

let latest = [], asked = 0;

export async function show_live(place, status, open) {
	note(status);
	if (place.hidden)
		return;
	if (performance.now() - asked > 900) {
		asked = performance.now();
		latest = (await ask("latest").catch(() => ({ items: latest }))).items;
	}
	const c = status.counts || {}, done = c.finished || 0, target = status.target || 0;
	const proposed = done + (c.rejected || 0), rate = pace("done");
	const figure = (value, what, more) => el("div", {}, el("dt", {}, what), el("dd", {}, value), more || "");
	const item = (r) => el("li", {}, el("button", { type: "button", class: "link", onclick: () => open(r.i) },
		name(r.id || count(r.number))), r.rule ? el("span", { class: "chip bad" }, r.rule) : "", " ", text(r.title, {}, "span"));
	const trouble = (status.trouble || status.refusals || []);
	place.replaceChildren(
		el("h2", {}, status.busy ? "The run is under way" : "No process is at this run",
			el("span", { class: "chip " + (status.busy ? "good" : "") }, status.busy ? "live" : "still")),
		el("dl", { class: "figures" },
			figure(target ? `${count(done)} of ${count(target)}` : count(done), "tasks done"),
			figure(rate ? (rate >= 1 ? rate.toFixed(1) + " a second" : (60 * rate).toFixed(1) + " a minute") : "–", "rate",
				curve(points.map((p) => p.rate), "tasks a second, over the last minutes")),
			figure(rate && target > done ? duration((target - done) / rate) : "–", "left, at this rate"),
			figure(proposed ? percent(done / proposed) : "–", "accepted of what was proposed"),
			figure(money(c.cost || 0), "cost"),
			figure(count(total(c)), "tokens")),
		el("div", { class: "two" },
			el("section", {}, el("h3", { class: "label" }, "Latest tasks"), el("ol", { class: "latest" }, latest.filter((r) => !r.rule).slice(0, 8).map(item))),
			el("section", {}, el("h3", { class: "label" }, "Latest rejects"), el("ol", { class: "latest" }, latest.filter((r) => r.rule).slice(0, 8).map(item)))),
		rejects_table(status.rejects),
		trouble.length ? el("section", {}, el("h3", { class: "label" }, "What the teacher refused"), el("ol", { class: "latest" },
			trouble.slice(-8).map((t) => el("li", {}, text(typeof t === "string" ? t : t.words || t.text || JSON.stringify(t), {}, "span"))))) : "",
		el("details", {}, el("summary", {}, "All counts"), rows_of("As sow status --json has them", c)));
}
