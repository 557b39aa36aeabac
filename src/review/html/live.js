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

/* Where the run is: its first step that is not done, or the last. */
function at_step(status) {
	const steps = status.steps || [], n = steps.findIndex((s) => !s.done);
	const number = n < 0 ? Math.max(steps.length - 1, 0) : n;
	return { number: number + 1, of: steps.length, ...steps[number] };
}

const through = (s) => s.counts ? (s.counts.inputs ? s.counts.inputs_begun : s.counts.finished) : 0;
const rejected = (status) => Object.values(status.rejects || {}).reduce((sum, n) => sum + n, 0);
const finished = (status) => (status.steps || []).reduce((sum, s) => sum + ((s.counts && s.counts.finished) || 0), 0);

function note(status) {
	points.push({ at: performance.now(), done: finished(status), through: through(at_step(status)), rate: 0 });
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
	const c = status.counts || {}, step = at_step(status), done = finished(status);
	const rate = pace("done"), left = (step.target || 0) - through(step), speed = pace("through");
	const proposed = done + rejected(status);
	const figure = (value, what, more) => el("div", {}, el("dt", {}, what), el("dd", {}, value, more || ""));
	const item = (r) => el("li", {}, el("button", { type: "button", class: "link", onclick: () => open(r.i) },
		name(r.id || count(r.number))), r.rule ? el("span", { class: "chip bad" }, r.rule) : "", " ", text(r.title, {}, "span"));
	const trouble = status.refusals || [];
	const servers = Object.entries(status.operation || {}).filter(([key, v]) => v && /(^|\.)(trouble|learnt)/.test(key));
	place.replaceChildren(
		el("h2", {}, status.busy ? "The run is under way" : status.done ? "The run is done" : "The run has stopped; sow run continues it",
			el("span", { class: "chip " + (status.busy ? "good" : "") }, status.busy ? "live" : "at rest")),
		el("dl", { class: "figures" },
			figure(count(done), "tasks done"),
			figure(`${count(through(step))} of ${count(step.target || 0)}`,
				`${step.counts && step.counts.inputs ? "inputs" : "tasks"} of step ${step.number} of ${step.of}, ${step.method || ""}`),
			figure(rate ? (rate >= 1 ? rate.toFixed(1) + " a second" : (60 * rate).toFixed(1) + " a minute") : "–", "rate",
				curve(points.map((p) => p.rate), "tasks a second, over the last minutes")),
			figure(status.done ? "done" : speed && left > 0 ? duration(left / speed) : "–", "left of this step, at this rate"),
			figure(proposed ? percent(done / proposed) : "–", "accepted of what was proposed"),
			figure(money(c.cost_nano_dollars || 0), "cost"),
			figure(count(total(c)), "tokens")),
		el("div", { class: "two" },
			el("section", {}, el("h3", { class: "label" }, "Latest tasks"), el("ol", { class: "latest" }, latest.filter((r) => !r.rule).slice(0, 8).map(item))),
			el("section", {}, el("h3", { class: "label" }, "Latest rejects"), el("ol", { class: "latest" }, latest.filter((r) => r.rule).slice(0, 8).map(item)))),
		rejects_table(status.rejects),
		trouble.length ? el("section", {}, el("h3", { class: "label" }, "What the teacher refused"), el("ol", { class: "latest" },
			trouble.slice(-8).map((t) => el("li", {}, text(typeof t === "string" ? t : t.words || t.text || JSON.stringify(t), {}, "span"))))) : "",
		servers.length ? rows_of("The servers", Object.fromEntries(servers)) : "",
		status.batches && status.batches.length ? el("p", { class: "soft" }, `${count(status.batches.length)} batches at the server, `,
			`${count(status.batches.filter((one) => one.state === "done").length)} of them done.`) : "",
		el("details", {}, el("summary", {}, "All counts"), rows_of("As sow status --json has them", c)));
}
