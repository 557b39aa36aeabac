/* ask.js - questions to the server. An answer that does not come is an error with a sentence. */

export async function ask(what, body = {}) {
	let reply;
	try {
		reply = await fetch("api/" + what, {
			method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
		});
	} catch {
		throw new Error("The server does not answer. Is sow review still running? Nothing that the page " +
			"confirmed is lost; start it again and open the new address.");
	}
	let answer;
	try {
		answer = await reply.json();
	} catch {
		throw new Error("The server's answer cannot be read: " + reply.status);
	}
	if (!reply.ok)
		throw new Error(answer.error || "The server refused: " + reply.status);
	return answer;
}

/* What the server pushes: on.state, on.verdicts, on.status, on.up, on.down. */
export function listen(on) {
	const source = new EventSource("events");
	for (const kind of ["state", "verdicts", "status"])
		source.addEventListener(kind, (e) => on[kind] && on[kind](JSON.parse(e.data)));
	source.addEventListener("open", () => on.up && on.up());
	source.addEventListener("error", () => on.down && on.down());
}
