/* page.js - the page from its masthead to its recipe: what is found is said first, in words. */
"use strict";

const lengths = stats.lengths;
const likeness = data.likeness && data.likeness.count ? data.likeness : null;
const structure = data.structure && data.structure.verbs.length ? data.structure : null;
const rejects = run ? Object.entries(run.rejects).map(([rule, n]) => ({ rule, count: n, why: run.rules[rule] })) : [];
const rejected = rejects.reduce((sum, r) => sum + r.count, 0);
const finished_runs = run && run.steps.every((s) => s.is_done);
const section = (id) => document.getElementById(id);

function say(id, title, lead) {
	section(id).querySelector("h2").textContent = title;
	section(id).querySelector(".lead").append(...[lead].flat());
}

/* A setting of the recipe; of a step, or of the whole run. */
function setting(which) {
	const found = run && run.recipe.filter((s) => s.name === which && s.value);
	return found && found.length ? found[found.length - 1].value : "";
}

/* Masthead */

const methods = run ? run.steps.map((s) => s.method) : [];

function short_name(path) {
	return path.split("/").filter(Boolean).pop() || path;
}

function standfirst() {
	const made = some(stats.instructions, "task");
	if (!run)
		return [`${made} in a file`, stats.instances === stats.instructions ? "." : `, with ${some(stats.instances, "instance")}.`,
			likeness ? ` Half of them share less with every seed than a ROUGE-L of ${fixed(likeness.median, 2)}.` : ""];
	const t = run.timeline, model = setting("model");
	const state = finished_runs ? "" : run.busy ? " The run is under way." : " The run is not finished.";
	return [`${made}, grown by ${listed(methods)}`, model ? " with " : "", model ? name(model) : "",
		t.began_ns ? `, ${date(t.began_ns)}.` : ".", state];
}

function masthead() {
	document.title = short_name(data.name) + " · sow report";
	section("name").textContent = short_name(data.name);
	section("kicker").textContent = run ? "Report of a run" : "Report of a data set";
	section("made").textContent = date(data.made_ns);
	section("standfirst").append(...standfirst());
	section("colophon").append("Made by sow " + data.version + " from ", name(data.name),
		". Charts: Apache ECharts, © The Apache Software Foundation, Apache License 2.0. " +
		"This page is one file and asks for nothing from any network.");
}

/* Key figures */

function key(label, figure, unit, ...told) {
	return el("div", {}, el("dt", {}, label), el("dd", {},
		el("p", { class: "figure" }, figure, unit ? el("small", {}, " " + unit) : ""),
		el("p", { class: "told" }, told)));
}

function above(score) {
	const width = 1 / likeness.bins.length;
	return likeness.bins.reduce((sum, n, i) => i * width >= score - 1e-9 ? sum + n : sum, 0);
}

function how_new() {
	const twice = stats.duplicate_instructions;
	const doubles = twice ? `${some(twice, "instruction")} (${percent(twice, stats.instructions)}) occurred before.`
		: "No instruction occurs twice.";
	if (!likeness)
		return key("How new", percent(stats.instructions - twice, stats.instructions), "occur once", doubles);
	return key("How new", fixed(likeness.median, 2), "ROUGE-L",
		`with the nearest of ${some(likeness.seeds, "seed")}, where 1 is the same words; that of half of the instructions ` +
		`is less. ${above(0.7) ? percent(above(0.7), likeness.count) : "None"} are above 0.7. ${doubles}`);
}

function how_long() {
	const rest = [];
	if (lengths.input.count)
		rest.push(`inputs, where there are any, ${fixed(stats.input_words, 0)}`);
	if (lengths.output.count)
		rest.push(`outputs ${fixed(stats.output_words, 0)}`);
	return key("How long", fixed(stats.instruction_words || 0, 0), "words",
		"an instruction, on average" + (rest.length ? "; " + listed(rest) : "") + ".");
}

const language_names = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });
function language(code) {
	try {
		return code === "un" ? "unknown" : language_names.of(code);
	} catch {
		return code;
	}
}
const ranked = (counts) => Object.entries(counts).sort((a, b) => b[1] - a[1]);
const languages = ranked(stats.languages).map(([code, n]) => [language(code), n]);

function what_kinds() {
	const told = [];
	if (stats.classification)
		told.push(`${percent(stats.classification, stats.instructions)} are classifications.`);
	if (stats.instances)
		told.push(`${percent(stats.instances - stats.empty_inputs, stats.instances)} have an input.`);
	if (languages.length)
		told.push(`${languages[0][0]}: ${percent(languages[0][1], stats.instructions)}.`);
	if (structure) {
		const first = structure.verbs.slice(0, 3).map((v) => v.verb);
		return key("What kinds", first.join(", "), "", "are the verbs they ask with most. " + told.join(" "));
	}
	return key("What kinds", languages.length ? languages[0][0] : "—", "", told.join(" "));
}

function why_rejected() {
	const first = rejects.slice(0, 3).map((r) => `${r.rule} (${count(r.count)})`);
	const c = run.counts;
	return key("Why others were rejected", count(rejected), rejected === 1 ? "reject" : "rejects",
		rejected ? `most of all: ${listed(first)}. ` : "Nothing was rejected. ",
		c.failed ? `${some(c.failed, "instruction")} of ${count(c.instructions)} came to nothing.` : "");
}

function what_cost() {
	const c = run.counts, tokens = c.prompt_tokens + c.completion_tokens;
	const told = `${some(c.replies, "reply", "replies")}${c.replies_cached ? ` (${count(c.replies_cached)} from the cache)` : ""}, ` +
		`${large(c.prompt_tokens)} tokens read and ${large(c.completion_tokens)} written, ` +
		`${duration(run.timeline.worked_ns)} at work.`;
	const unknown = c.attempts_unknown ? ` ${some(c.attempts_unknown, "request")} broke off and may have been paid for as well.` : "";
	if (c.cost_nano_dollars)
		return key("What it cost", money(c.cost_nano_dollars), "", told + unknown);
	return key("What it cost", large(tokens), "tokens", told + " No price was given." + unknown);
}

function how_many() {
	const told = [];
	if (stats.instances)
		told.push(`with ${some(stats.instances, "instance")}`);
	if (run) {
		const last = run.steps[run.steps.length - 1];
		const of = run.counts.inputs ? "inputs" : "tasks";
		if (data.new < stats.instructions)
			told.push(`${count(data.new)} of them new, the others as they came`);
		told.push(`${count(last.done)} of ${count(last.target)} ${of} ${run.counts.inputs ? "worked on" : "wanted"}`);
	}
	if (data.bad)
		told.push(`${some(data.bad, "record")} could not be read`);
	return key("How many", count(stats.instructions), stats.instructions === 1 ? "task" : "tasks", told.join("; ") + (told.length ? "." : ""));
}

function key_figures() {
	const list = section("figures");
	list.append(how_many(), how_new(), how_long(), what_kinds());
	if (run)
		list.append(why_rejected(), what_cost());
	else
		list.classList.add("few");
}

/* Sections */

function newness() {
	if (!likeness) {
		section("new").querySelector("figure").remove();
		say("new", "How new the instructions are is not known",
			data.seeds_missing ? ["They could not be compared with the seeds: ", name(data.seeds_missing), "."]
				: "There is nothing to compare.");
		return;
	}
	say("new", `Half of the instructions score below ${fixed(likeness.median, 2)} with the seed nearest to them`,
		["Compared with ", name(data.seeds.name), ` (${some(likeness.seeds, "task")} written by people), exactly and ` +
			"one by one, by the longest sequence of words that both have in common. " +
			`By the paper's limit of 0.7 ${above(0.7) ? some(above(0.7), "instruction") : "none"} of ` +
			`${count(likeness.count)} would be too like a seed.`]);
	likeness_chart(likeness, data.seeds);
}

function traits() {
	const outputs = stats.outputs;
	const all = outputs.empty + outputs.cut + outputs.refused + outputs.others;
	const rows = (list, of) => list.map(([what, n]) => [what, count(n), percent(n, of)]);
	const place = section("traits");
	if (languages.length)
		place.append(table("Languages", ["", "tasks", "share"], rows(languages.slice(0, 6), stats.instructions)));
	const scripts = ranked(stats.scripts);
	if (scripts.length > 1)
		place.append(table("Scripts", ["", "tasks", "share"], rows(scripts.slice(0, 6), stats.instructions)));
	if (all)
		place.append(table("Outputs", ["", "outputs", "share"], rows([["complete", outputs.others],
			["empty", outputs.empty], ["cut short, by their ends", outputs.cut],
			["refusals, by their openings", outputs.refused]], all)));
}

function kinds() {
	traits();
	const s = data.structure;
	if (!structure) {
		section("kinds").querySelector(".beside").remove();
		say("kinds", languages.length ? `Mostly ${languages[0][0]}` : "Of no known kind",
			s ? "No instruction that was parsed has a verb and its object." : "Verbs and nouns were not looked for.");
		return;
	}
	const top = structure.verbs[0];
	say("kinds", `“${top.verb}” is what is asked for most`,
		`Of ${some(s.sampled, "instruction")}${s.sampled < s.instructions ? " chosen at random" : ""}, ` +
		`${percent(s.found, s.sampled)} open with a sentence whose verb and object could be told; the chart ` +
		`shows ${percent(s.shown, s.sampled)}. English only.`);
	structure_chart(structure);
	section("verbs").append(bars("Verbs", ["Verb", "most often with", "instructions"],
		structure.verbs.slice(0, 12).map((v) => [v.verb, v.count, v.nouns.map((n) => n.noun).join(", ")])));
}

function long() {
	say("long", `A typical instruction has ${some(lengths.instruction.median, "word")}` +
		(lengths.output.count ? `, a typical output ${count(lengths.output.median)}` : ""),
		"Counted as words between white space. In each chart the last bar holds all that are longer.");
	length_chart("instruction", "Instructions", lengths.instruction);
	length_chart("input", "Inputs that are not empty", lengths.input);
	length_chart("output", "Outputs", lengths.output);
}

/* The records at both ends of a score, beside each other. */
function score_ends(s) {
	const side = (title, ends) => el("div", {}, table(`${title} ${s.name}`, [s.name, "instruction", "answer"],
		ends.map((e) => [`${digits(e.value)} (record ${count(e.record)})`, e.instruction, e.output])));
	return el("details", {}, el("summary", {}, `Highest and lowest ${s.name}`),
		el("div", { class: "two" }, side("Highest", s.highest), side("Lowest", s.lowest)));
}

function scores() {
	const list = stats.scores || [];
	if (!list.length) {
		section("scores").remove();
		return;
	}
	const pair = (stats.score_pairs || [])[0];
	say("scores", list.length === 1 ? `One number among the fields: ${list[0].name}`
		: `${count(list.length)} numbers among the fields`,
		"As sow score, grade and others write them. In each chart the first and the last bar hold the hundredth that lies farther out.");
	list.forEach((s, i) => {
		section("score-charts").append(el("figure", { "data-chart": `score-${i}` }));
		score_chart(`score-${i}`, s);
	});
	if (pair && stats.points.x_ranks.length)
		points_chart(stats.points, pair.r);
	else
		drop_chart("score-points");
	section("score-ends").append(...list.map(score_ends));
}

function map() {
	const m = data.map;
	if (!m || !m.clusters.length) {
		section("map").remove();
		return;
	}
	const largest = m.clusters.reduce((a, b) => b.records > a.records ? b : a);
	say("map", `${count(m.clusters.length)} clusters; the largest is “${largest.name}”`,
		"Records whose vectors are alike lie near each other, as far as two dimensions can show it: these are the first two " +
		"principal components. Clusters are found in all dimensions (k-means), and called by the verbs and nouns they ask with most." +
		(m.has_selection ? " What was selected is drawn in the stronger colour." : ""));
	map_chart(m);
}

function time() {
	if (!run || !run.timeline.replies.length || !run.counts.replies) {
		section("time").remove();
		return;
	}
	const t = run.timeline, c = run.counts, done = stats.instructions;
	const each = done && c.cost_nano_dollars ? `${money(c.cost_nano_dollars / done)} a task` :
		done ? `${count(Math.round((c.prompt_tokens + c.completion_tokens) / done))} tokens a task` : "";
	say("time", `${c.cost_nano_dollars ? money(c.cost_nano_dollars) + " and " : ""}${duration(t.worked_ns)} for ${some(done, "task")}`,
		`${each ? "That is " + each + ". " : ""}${from_to(t.began_ns, t.ended_ns)}` +
		(t.pauses ? `, without ${some(t.pauses, "pause")} of ${duration(t.paused_ns)} in all` : "") + ".");
	acceptance_chart(t);
	cost_chart(t);
}

function why() {
	if (!run || !rejected) {
		section("why").remove();
		return;
	}
	const near = part("near"), others = part("rejects"), first = rejects[0];
	say("why", `${some(rejected, "proposal")} rejected, most often as “${first.rule}”`,
		`A proposal is an instruction or an instance that the model wrote; the first rule that it breaks rejects it. ` +
		`${count(near.length + others.length)} are shown below` +
		(near.length + others.length < rejected ? ", chosen at random." : "."));
	section("reasons").append(bars("Why proposals were rejected", ["Rule", "", "rejected"],
		rejects.map((r) => [r.rule, r.count, r.why]), rejected));
	show_rejects(section("pairs"), near, others);
}

function read() {
	const records = part("records");
	say("read", records.length < stats.instructions ? `${count(records.length)} of the records, chosen at random`
		: records.length === 1 ? "The only record" : "All of the records",
		run ? "Each tells where it comes from: the tasks that the model was shown, what was made of what." : "");
	show_records(section("browser"), records);
}

function recipe() {
	if (!run) {
		section("recipe").remove();
		return;
	}
	section("recipe").querySelector(".lead").append("What makes this run what it is, and below it the settings that may " +
		"change without changing what it is. The same recipe with the same replies gives the same data.");
	const rows = (fixed) => run.recipe.filter((s) => Boolean(s.fixed) === fixed)
		.map((s) => [s.step && run.steps.length > 1 ? `${s.name}, step ${s.step}` : s.name, s.value]);
	section("settings").append(
		table("Fixed for this run", ["setting", "value"], rows(true)),
		el("details", {}, el("summary", {}, "Settings that may change"), table("Settings that may change", ["setting", "value"], rows(false))));
}

/* Whatever `sow stats` prints stands here too: a new figure needs nothing of this page. */
function all_figures() {
	say("all", "Every figure", ["As ", el("code", {}, "sow stats"), " prints them."]);
	const tables = [{ title: "", rows: [] }];
	for (const row of part("rows")) {
		if (row.length === 1)
			tables.push({ title: row[0], rows: [] });
		else
			tables[tables.length - 1].rows.push(row);
	}
	for (const { title, rows } of tables.filter((t) => t.rows.length)) {
		const used = [0, 1, 2, 3].filter((i) => rows.some((r) => r[i]));
		section("tables").append(table(title, used.map((i) => i === 2 ? "share" : ""), rows.map((r) => used.map((i) => r[i]))));
	}
}

function contents() {
	for (const s of document.querySelectorAll("main > section[data-name]"))
		section("contents").append(el("li", {}, el("a", { href: "#" + s.id }, s.dataset.name)));
}

masthead();
key_figures();
newness();
kinds();
long();
scores();
map();
time();
why();
read();
recipe();
all_figures();
contents();
document.body.classList.add("drawn");
