/* progress.js - what a review amounts to so far: shares with their intervals, people, reasons. */
import { count, duration, el, name, percent, some } from "./dom.js";

/* What the authors of Self-Instruct found on 200 tasks (Wang et al. 2022, Table 2). */
const PAPER = [["instruction", "the instruction is a valid task", 0.92], ["input", "the input fits the instruction", 0.79],
	["output", "the output is correct and fits both", 0.58], ["all", "all three", 0.54]];

function bar(s, paper) {
	const line = el("span", { class: "interval", "aria-hidden": "true" }, el("i", {}), el("b", {}), paper === undefined ? "" : el("u", {}));
	const at = (x) => 100 * x + "%";
	line.children[0].style.left = at(s.low);
	line.children[0].style.width = at(s.high - s.low);
	line.children[1].style.left = at(s.share);
	if (paper !== undefined)
		line.children[2].style.left = at(paper);
	return line;
}

function share_row(label, s, paper) {
	const known = s && s.of > 0;
	return el("tr", {}, el("th", { scope: "row" }, label),
		el("td", { class: "n" }, known ? percent(s.share) : "–"),
		el("td", { class: "n soft" }, known ? `${percent(s.low)} to ${percent(s.high)}` : ""),
		el("td", { class: "n soft" }, known ? `${count(s.count)} of ${count(s.of)}` : "not asked yet"),
		el("td", { class: "n" }, paper === undefined ? "" : percent(paper)),
		el("td", { class: "drawn" }, known ? bar(s, paper) : ""));
}

const table = (caption, head, rows) => el("table", {}, el("caption", {}, caption),
	el("thead", {}, el("tr", {}, head.map((h) => el(h ? "th" : "td", { scope: h ? "col" : undefined, class: h && h !== "" ? "n" : "" }, h)))), el("tbody", {}, rows));

function strength(kappa) {
	const words = [[0.8, "almost perfect"], [0.6, "substantial"], [0.4, "moderate"], [0.2, "fair"], [0, "slight"]];
	const found = words.find(([from]) => kappa > from);
	return found ? found[1] : "no better than chance";
}

export function show_progress(place, p, info) {
	const n = p.counts;
	const figure = (value, what) => el("div", {}, el("dt", {}, what), el("dd", {}, value));
	place.replaceChildren(
		el("h2", {}, "Progress"),
		el("dl", { class: "figures" }, figure(count(n.judged), "judged of " + some(info.state.tasks, "record")),
			figure(count(n.kept), "kept"), figure(count(n.dropped), "dropped"), figure(count(n.edited), "edited"),
			figure(count(n.disputed), "people disagree on"),
			n.seconds_each ? figure(duration(n.seconds_each), "a record, on average") : ""),
		table("Shares, with the 95 % interval of the whole set (Wilson); a mark where the paper's authors were, on 200 tasks",
			["", "here", "95 % interval", "counted", "paper", ""],
			[share_row("kept", p.keep_share), ...PAPER.map(([key, label, paper]) => share_row(label, p.questions[key], paper))]),
		p.people.length ? table("People", ["", "kept", "dropped"], p.people.map((who) => el("tr", {},
			el("th", { scope: "row" }, name(who.by)), el("td", { class: "n" }, count(who.kept)),
			el("td", { class: "n" }, count(who.dropped))))) : "",
		p.agreement.length ? table("Agreement on records that both judged", ["", "both judged", "alike", "Cohen's kappa", ""],
			p.agreement.map((a) => el("tr", {}, el("th", { scope: "row" }, name(a.a), " and ", name(a.b)),
				el("td", { class: "n" }, count(a.both)), el("td", { class: "n" }, percent(a.same / a.both)),
				el("td", { class: "n" }, a.kappa.toFixed(2)), el("td", { class: "soft" }, strength(a.kappa))))) : "",
		p.reasons.length ? table("Reasons for dropping", ["", "times"], p.reasons.map((r) => el("tr", {},
			el("th", { scope: "row" }, name(r.reason)), el("td", { class: "n" }, count(r.uses))))) : "",
		el("p", { class: "soft" }, "Every verdict is a line of ", name(p.log), ". ",
			p.elsewhere ? `${some(p.elsewhere, "verdict is", "verdicts are")} about records that are not here. ` : "",
			p.damaged ? `${some(p.damaged, "damaged line was", "damaged lines were")} passed over. ` : "",
			"sow export, convert and select leave out what was dropped and write what was edited; --reviewed takes only what was kept."));
}
