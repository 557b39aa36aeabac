"""serving.py - `sow review` as a test starts it, asks it, kills it."""
import json
import os
import signal
import subprocess
import urllib.error
import urllib.request


class Serving:
    """with Serving(sow, "data.jsonl", "--by", "ada") as s: s.ask("list", count=5)"""

    def __init__(self, sow, *args, environment=None, command="review", before=None):
        self.process = subprocess.Popen([sow, command, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=environment,
                                        preexec_fn=before)
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http://"), (args, self.process.stderr.read())

    def __enter__(self):
        return self

    def __exit__(self, *why):
        self.end(signal.SIGTERM)

    def end(self, how):
        """Its exit status; None if it had ended before."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(300)
        self.process.stdout.close()
        self.said = self.process.stderr.read()
        self.process.stderr.close()
        return self.process.returncode

    def kill(self):
        return self.end(signal.SIGKILL)

    def ask(self, what, **body):
        """The answer, or AssertionError with the server's words."""
        status, answer = self.raw("api/" + what, json.dumps(body).encode())
        assert status == 200, (what, status, answer)
        return answer

    def raw(self, path, body=None, **fields):
        headers = {"Content-Type": "application/json"} if body is not None else {}
        headers.update({name.replace("_", "-"): value for name, value in fields.items()})
        request = urllib.request.Request(self.url + path, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=120) as reply:
                status, text = reply.status, reply.read()
        except urllib.error.HTTPError as e:
            status, text = e.code, e.read()
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text.decode("utf-8", "replace")

    def wait(self, member="settled", seconds=120):
        """Until the server has read all, or settled."""
        import time
        end = time.monotonic() + seconds
        while True:
            state = self.ask("state")["state"]
            assert "failure" not in state, state
            if state[member]:
                return state
            assert time.monotonic() < end, state
            time.sleep(0.05)


def log_of(path):
    """The verdicts of a file or a run, a dictionary a line."""
    log = os.path.join(path, "review.jsonl") if os.path.isdir(path) else path + ".review.jsonl"
    if not os.path.exists(log):
        return []
    with open(log, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.endswith("\n")]
