#!/usr/bin/env python3
"""hub_test - sow push, against a Hub that looks closely.

    hub_test.py SOW

The fake has the Hub's addresses for making a repository, asking how files are kept, sending large
ones (whole or in parts) and committing. It checks hashes, sizes and who is shown the token.
"""
import base64
import hashlib
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tap  # noqa: E402

SOW = os.path.abspath(sys.argv[1])
TOKEN = "hf_secret"


class Hub:
    def __init__(self, chunk=0, failures=0):
        self.chunk = chunk              # bytes of a part; 0: files go whole
        self.failures = failures        # answers of 503 to come
        self.stored, self.parts, self.commits, self.made, self.asked = {}, {}, [], [], []
        self.wrong, self.verified = [], []
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                hub.take(self)

            do_PUT = do_POST

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        # files are kept by another host: it must not see the token
        self.elsewhere = "http://localhost:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def expect(self, holds, what):
        if not holds:
            self.wrong.append(what)

    def take(self, request):
        body = request.rfile.read(int(request.headers["Content-Length"]))
        path, kind = request.path, request.headers.get("Content-Type")
        self.asked.append((request.command, path))
        stored = path.startswith("/store/")
        shown = request.headers.get("Authorization")
        self.expect(shown == (None if stored else "Bearer " + TOKEN), "token at " + path)
        status, reply, headers = 200, {}, {}
        if self.failures:
            self.failures -= 1
            status, reply = 503, {"error": "come again"}
        elif shown == "Bearer " + TOKEN and path == "/api/repos/create":
            self.made.append(json.loads(body))
            status = 200 if len(self.made) == 1 else 409
        elif path.endswith("/preupload/main"):
            reply = {"files": [{"path": f["path"], "shouldIgnore": "ignored" in f["path"],
                                "uploadMode": "lfs" if f["path"].endswith(".parquet") else "regular"}
                               for f in self.check_samples(json.loads(body))]}
        elif path.endswith("/info/lfs/objects/batch"):
            self.expect(kind == "application/vnd.git-lfs+json", "type of batch")
            reply = {"objects": [self.where(o) for o in json.loads(body)["objects"]]}
        elif path.startswith("/store/"):
            headers = self.store(path, kind, body, request.command)
        elif path.startswith("/verify/"):
            self.verified.append(json.loads(body)["oid"])
        elif path.endswith("/commit/main"):
            self.expect(kind == "application/x-ndjson", "type of commit")
            self.commits.append([json.loads(line) for line in body.decode().strip().split("\n")])
            reply = {"success": True, "commitOid": "1", "commitUrl": self.url}
        else:
            status, reply = 404, {"error": "nothing at " + path}
        text = json.dumps(reply).encode()
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(text)))
        request.end_headers()
        request.wfile.write(text)

    def check_samples(self, question):
        for f in question["files"]:
            sample = base64.b64decode(f["sample"], validate=True)
            self.expect(len(sample) == min(512, f["size"]), "sample of " + f["path"])
        return question["files"]

    def where(self, o):
        oid, size = o["oid"], o["size"]
        if oid in self.stored:
            return {"oid": oid, "size": size}
        href = "%s/store/%s" % (self.elsewhere, oid)
        upload = {"href": href, "header": {"X-Mine": "yes"}}
        if self.chunk and size > self.chunk:
            count = (size + self.chunk - 1) // self.chunk
            upload = {"href": href + "/done", "header": dict(
                {"%05d" % (i + 1): "%s/%d" % (href, i + 1) for i in range(count)},
                chunk_size=str(self.chunk))}
        return {"oid": oid, "size": size, "actions": {
            "upload": upload,
            "verify": {"href": "%s/verify/%s" % (self.url, oid), "header": {}}}}

    def store(self, path, kind, body, command):
        oid, _, part = path[len("/store/"):].partition("/")
        if part == "done":
            said = json.loads(body)
            pieces = self.parts.pop(oid)
            for p in said["parts"]:
                tag = hashlib.md5(pieces[p["partNumber"]]).hexdigest()
                self.expect(p["etag"] == '"%s"' % tag, "etag of part %d" % p["partNumber"])
            body = b"".join(pieces[p["partNumber"]] for p in said["parts"])
        else:
            self.expect(command == "PUT" and kind is None, "how a file is sent")
            if part:
                self.parts.setdefault(oid, {})[int(part)] = body
                return {"ETag": '"%s"' % hashlib.md5(body).hexdigest()}
        self.expect(hashlib.sha256(body).hexdigest() == oid, "hash of " + oid)
        self.stored[oid] = body
        return {}

    def files(self):
        """What the last commit holds, by path."""
        held = {}
        for line in self.commits[-1][1:]:
            value = line["value"]
            if line["key"] == "file":
                held[value["path"]] = base64.b64decode(value["content"], validate=True)
            else:
                held[value["path"]] = self.stored[value["oid"]]
                self.expect(value["algo"] == "sha256" and value["size"] == len(held[value["path"]]),
                            "line of " + value["path"])
        return held


def push(hub, *arguments, status=0, token=TOKEN, **more):
    environment = dict(os.environ, HF_ENDPOINT=hub.url, HF_HOME="/nonexistent", **more)
    environment.pop("HF_TOKEN", None)
    environment.pop("HF_TOKEN_PATH", None)
    if token:
        environment["HF_TOKEN"] = token
    done = subprocess.run([SOW, "push", *arguments], env=environment, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=120, check=False)
    assert done.returncode == status, (done.returncode, done.stderr)
    assert not hub.wrong, hub.wrong
    assert TOKEN not in done.stdout + done.stderr
    return done.stderr


def make_folder(folder):
    """A folder as export makes one, and what is not to go along."""
    lines = os.path.join(folder, "in.jsonl")
    with open(lines, "w", encoding="utf-8") as out:
        for i in range(3000):
            out.write(json.dumps({"instruction": "Say %d." % i, "output": "%x" % (i * 7919)}) + "\n")
    made = os.path.join(folder, "set")
    subprocess.run([SOW, "convert", lines, "-f", "alpaca", "--layout", "hf", "-o", made,
                    "--validation", "0.2", "-q"], check=True)
    for name in ("ignored.txt", ".hidden", "empty.parquet"):
        with open(os.path.join(made, name), "w", encoding="utf-8") as out:
            out.write("" if name == "empty.parquet" else "x")
    return made


def contents(folder):
    held = {}
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            with open(path, "rb") as file:
                held[os.path.relpath(path, folder)] = file.read()
    return held


def with_hub(**how):
    def decorate(test):
        def run():
            hub = Hub(**how)
            try:
                with tempfile.TemporaryDirectory(prefix="sow-hub-") as folder:
                    return test(hub, folder)
            finally:
                hub.close()
        return run
    return decorate


def check_pushed(hub, folder):
    wanted = contents(folder)
    for name in ("ignored.txt", ".hidden"):
        wanted.pop(name, None)
    assert hub.files() == wanted, (sorted(hub.files()), sorted(wanted))
    assert not hub.wrong, hub.wrong


@with_hub()
def a_folder(hub, folder):
    made = make_folder(folder)
    said = push(hub, made, "ada/cooking", "--private", "-m", "First data")
    assert hub.made == [{"type": "dataset", "name": "cooking", "organization": "ada",
                         "visibility": "private"}], hub.made
    assert len(hub.commits) == 1 and hub.commits[0][0]["value"]["summary"] == "First data"
    check_pushed(hub, made)
    assert sorted(hub.verified) == sorted(hub.stored) and len(hub.stored) == 2
    assert "%s/datasets/ada/cooking: 4 files" % hub.url in said, said
    # again: nothing large is sent
    hub.asked.clear()
    said = push(hub, made, "ada/cooking")
    assert "visibility" not in hub.made[1], hub.made
    assert not [path for _, path in hub.asked if path.startswith("/store/")], hub.asked
    assert "2 of 2 large files were there" in said, said
    check_pushed(hub, made)


@with_hub()
def a_twin_that_is_left_out(hub, folder):
    made = make_folder(folder)
    twin = os.path.join(made, "0-ignored.parquet")  # and comes first
    shutil.copyfile(os.path.join(made, "data/train-00000.parquet"), twin)
    push(hub, made, "ada/cooking", "-q", token=TOKEN + "\n")
    os.unlink(twin)
    check_pushed(hub, made)


@with_hub(chunk=5000)
def in_parts(hub, folder):
    made = make_folder(folder)
    push(hub, made, "ada/cooking", "-q")
    assert [path for _, path in hub.asked if path.endswith("/done")], hub.asked
    check_pushed(hub, made)


@with_hub(failures=3)
def a_hub_that_fails_at_first(hub, folder):
    made = make_folder(folder)
    push(hub, made, "ada/cooking", "-q")
    check_pushed(hub, made)


@with_hub()
def a_run(hub, folder):
    mock = subprocess.Popen([SOW, "mock"], stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    try:
        url = next(word for word in mock.stdout.readline().split() if "://" in word)
        subprocess.run([SOW, "self-instruct", "-n", "5", "--teacher", url, "--model", "m", "--no-cache",
                        "-q", "-o", os.path.join(folder, "grown")], check=True, capture_output=True)
    finally:
        mock.terminate()
        mock.wait()
        mock.stdout.close()
    said = push(hub, os.path.join(folder, "grown"), "ada/grown")
    files = hub.files()
    assert sorted(files) == ["README.md", "data/train-00000.parquet"], sorted(files)
    assert files["data/train-00000.parquet"].startswith(b"PAR1")
    assert b'pretty_name: "grown"' in files["README.md"], files["README.md"][:200]
    assert "2 files" in said, said


@with_hub()
def what_cannot_be(hub, folder):
    made = make_folder(folder)
    said = push(hub, made, "ada/cooking", status=1, token=None)
    assert "no token for the Hub: set HF_TOKEN" in said, said
    assert not hub.asked
    for name in ("cooking", "a/b/c", "a b/c", "/x", "x/"):
        assert "expected OWNER/NAME" in push(hub, made, name, status=2), name
    assert "expected a run, or a folder" in push(hub, os.path.join(folder, "in.jsonl"), "a/b", status=2)
    assert "--format: expected with a run" in push(hub, made, "a/b", "-f", "alpaca", status=2)
    hub.take = lambda request: (request.rfile.read(int(request.headers["Content-Length"])),
                                request.send_error(401, "Invalid username or password."))
    said = push(hub, made, "ada/cooking", status=1)
    assert re.search(r"cannot make the repository: status 401.*is the token right", said), said
    hub.close()
    said = push(hub, made, "ada/cooking", status=1)
    assert hub.url in said and "cannot make the repository" in said, said
    hub.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    threading.Thread(target=hub.server.serve_forever, daemon=True).start()


if __name__ == "__main__":
    sys.exit(tap.run([
        ("a folder, and again", a_folder),
        ("a file with the content of one that the Hub leaves out", a_twin_that_is_left_out),
        ("large files in parts", in_parts),
        ("a Hub that fails at first", a_hub_that_fails_at_first),
        ("a run", a_run),
        ("what cannot be", what_cannot_be),
    ]))
