#!/usr/bin/env python3
"""models_test - sow model, against a server of files that gives parts, cuts, and changes its mind.

    models_test.py SOW [GGUF]

Without a model file what is fetched is no model, and only the fetching is looked at.
"""
import hashlib
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tap  # noqa: E402
from folder import SOW, Folder  # noqa: E402

GGUF = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else None
PIECE = 16 << 20


class Files:
    """Serves one content at every address, in parts."""

    def __init__(self, content, ranges=True):
        self.content, self.ranges, self.etag = content, ranges, '"1"'
        self.asked, self.failures, self.status, self.slow = [], 0, None, 0
        files = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                files.give(self)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d/some/model.gguf" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def give(self, h):
        wanted = h.headers.get("Range")
        self.asked.append(wanted)
        time.sleep(self.slow)
        if self.failures > 0:
            self.failures -= 1
            return self.answer(h, 503, b"busy", {})
        if self.status:
            return self.answer(h, self.status, b"no", {})
        if not self.ranges:
            return self.answer(h, 200, self.content, {"ETag": self.etag})
        first, last = map(int, re.fullmatch(r"bytes=(\d+)-(\d+)", wanted).groups())
        if first >= len(self.content):
            return self.answer(h, 416, b"", {"Content-Range": "bytes */%d" % len(self.content)})
        part = self.content[first:last + 1]
        return self.answer(h, 206, part, {"ETag": self.etag, "Content-Range": "bytes %d-%d/%d" % (
            first, first + len(part) - 1, len(self.content))})

    def answer(self, h, status, body, fields):
        try:
            h.send_response(status)
            for name, value in fields.items():
                h.send_header(name, value)
            h.send_header("Content-Length", str(len(body)))
            h.end_headers()
            h.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            pass


class Home(Folder):
    def __init__(self):
        super().__init__()
        self.env.update(XDG_CACHE_HOME=self.dir + "/cache", XDG_CONFIG_HOME=self.dir + "/config",
                        TERM="dumb")
        self.env.pop("SOW_MODEL", None)
        self.file = self.dir + "/cache/sow/gguf/model.gguf"

    def used(self, **env):
        listed = json.loads(self.sow("model", "list", "--json", **env).stdout)
        return listed.get("used") or [m["name"] for m in listed["models"] if m["used"]][0]


def content():
    if GGUF:
        with open(GGUF, "rb") as f:
            return f.read()
    return os.urandom(40 << 20)


CONTENT = content()


def fetched(home):
    with open(home.file, "rb") as f:
        return f.read() == CONTENT


def nothing_left(home):
    return [n for n in os.listdir(os.path.dirname(home.file)) if n != "model.gguf"] == []


def in_parts():
    with Files(CONTENT) as files, Home() as home:
        said = home.sow("model", "fetch", files.url).stderr
        assert home.file in said, said
        assert fetched(home) and nothing_left(home)
        assert len(files.asked) == -(-len(CONTENT) // PIECE), files.asked
        home.sow("model", "fetch", files.url)
        assert len(files.asked) == -(-len(CONTENT) // PIECE), "fetched again"


def goes_on():
    """Killed under way, it resumes where it was; only the byte that tells is asked for again."""
    with Files(CONTENT) as files, Home() as home:
        files.slow = 0.2
        p = subprocess.Popen([SOW, "model", "fetch", files.url], env=home.env,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not os.path.exists(home.file + ".part") or os.path.getsize(home.file + ".part") < PIECE:
            time.sleep(0.01)
        again = home.sow("model", "fetch", files.url, status=1).stderr
        assert "another process" in again, again
        p.send_signal(signal.SIGKILL)
        p.wait()
        have = os.path.getsize(home.file + ".part")
        files.slow, files.asked = 0, []
        home.sow("model", "fetch", files.url)
        assert fetched(home) and nothing_left(home)
        assert files.asked[0] == "bytes=%d-%d" % (have - 1, have - 2 + PIECE), files.asked


def another_file():
    """What was begun is not gone on with when the file at the server is another one."""
    with Files(os.urandom(len(CONTENT))) as files, Home() as home:
        files.slow = 0.2
        p = subprocess.Popen([SOW, "model", "fetch", files.url], env=home.env,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not os.path.exists(home.file + ".part") or os.path.getsize(home.file + ".part") < PIECE:
            time.sleep(0.01)
        p.send_signal(signal.SIGKILL)
        p.wait()
        files.content, files.etag, files.slow = CONTENT, '"2"', 0
        home.sow("model", "fetch", files.url)
        assert fetched(home) and nothing_left(home)
        os.unlink(home.file)
        with open(home.file + ".part", "wb") as f:
            f.write(b"x" * (len(CONTENT) + 100))
        home.sow("model", "fetch", files.url)
        assert fetched(home), "a part that is longer than the file"


def troubles():
    with Files(CONTENT) as files, Home() as home:
        files.failures = 1
        home.sow("model", "fetch", files.url)
        assert fetched(home)
    for status in (404, 403):
        with Files(CONTENT) as files, Home() as home:
            files.status = status
            said = home.sow("model", "fetch", files.url, status=1).stderr
            assert str(status) in said and len(files.asked) == 1, said
            assert not os.path.exists(home.file)
    with Files(CONTENT, ranges=False) as files, Home() as home:
        said = home.sow("model", "fetch", files.url, status=1).stderr
        assert "gives no parts" in said, said
    with Home() as home:
        said = home.sow("model", "fetch", "http://127.0.0.1:9/model.bin", status=2).stderr
        assert ".gguf" in said, said


def checksum():
    right = hashlib.sha256(CONTENT).hexdigest()
    with Files(CONTENT) as files, Home() as home:
        said = home.sow("model", "fetch", files.url, "--sha256", "0" * 64, status=1).stderr
        assert right in said and not os.path.exists(home.file), said
        home.sow("model", "fetch", files.url, "--sha256", right)
        assert fetched(home)


def no_model():
    if not GGUF:
        raise tap.Skip("without libllama nothing can be opened")
    with Files(b"GGUF, it says") as files, Home() as home:
        said = home.sow("model", "fetch", files.url, status=1).stderr
        assert "model.gguf" in said, said
        said = home.sow("model", "use", home.file, status=1).stderr
        assert home.used() == "small"


def choosing():
    with Home() as home:
        assert home.used() == "small"
        assert home.used(SOW_MODEL="qwen-0.5b") == "qwen-0.5b"
        said = home.sow("model", "use", "qwen-0.5b", status=1).stderr
        assert "sow model fetch qwen-0.5b" in said, said
        said = home.sow("model", "use", "qwen-0.5", status=2).stderr
        assert "did you mean 'qwen-0.5b'" in said, said
        said = home.sow("model", "fetch", "smal", status=2).stderr
        assert "did you mean 'small'" in said, said
        home.sow("model", "use", "no.gguf", status=1)
        said = home.sow("model", "use", "minilm", status=2).stderr
        assert "makes vectors and answers nothing" in said, said
        home.sow("model", "list", "small", status=2)
        home.sow("model", "remove", status=2)
        if GGUF:
            copy = home.dir + "/other.gguf"
            os.symlink(GGUF, copy)
            home.sow("model", "use", copy)
            assert home.used() == os.path.realpath(GGUF)
            assert home.sow("model", "path").stdout.strip() == os.path.realpath(GGUF)
            said = home.sow("model", "use", "small", SOW_MODEL=copy).stderr
            assert "comes first" in said, said
            assert home.used() == "small"
            home.sow("model", "use", copy)
            with open(home.dir + "/config/sow/model", "w") as f:
                f.write("/no/such/model.gguf\n")
            said = home.sow("model", "path", status=1).stderr
            assert "sow model use" in said, said


def answers():
    """--teacher NAME and the default are one model."""
    if not GGUF:
        raise tap.Skip("without libllama nothing answers")
    with Home() as home:
        home.write("in.txt", "Say yes.\n")
        home.sow("respond", "--input", "in.txt", "--teacher", "small", "--rule", "cut-reply=off", "--max-tokens",
                 "4", "-q", "-o", "run")
        said = home.sow("respond", "--input", "in.txt", "--teacher", "qwen-9b", "-q", "-o", "other",
                        status=2).stderr
        assert "sow model list" in said, said


sys.exit(tap.run([
    ("fetched in parts, once", in_parts),
    ("killed under way, it goes on", goes_on),
    ("another file at the server", another_file),
    ("a busy server, a refusal, no parts", troubles),
    ("a checksum", checksum),
    ("what is no model", no_model),
    ("which one answers", choosing),
    ("asked by name", answers),
]))
