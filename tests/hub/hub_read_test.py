#!/usr/bin/env python3
"""hub_read_test - "hf:OWNER/NAME" as an input, against a Hub that looks closely.

    hub_read_test.py SOW PYTHON

The fake has the Hub's addresses for a revision, its list of files (in pages) and the files themselves,
large ones behind a redirect to another host, which must not see the token. With PYTHON, one that has
`datasets`, it is asked which files belong to which split, and has to agree.
"""
import hashlib
import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
import tap  # noqa: E402

SOW = os.path.abspath(sys.argv[1])
PYTHON = sys.argv[2] if len(sys.argv) > 2 else None
TOKEN = "hf_secret"
LARGE = 2000  # bytes from which on a file is kept elsewhere


def git_hash(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def lines(*words):
    return "".join(json.dumps({"instruction": "Say %s." % w, "output": w}) + "\n" for w in words).encode()


class Hub:
    """Repositories by name, each of revisions by name, each of files by path."""

    def __init__(self):
        self.repositories, self.cards, self.asked, self.wrong = {}, {}, [], []
        self.needs_token, self.gated, self.cut = set(), set(), 0
        self.page = 3
        self.link = '<{host}{path}?{query}>; rel="next"'
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                hub.answer(self)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        self.elsewhere = "http://localhost:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def add(self, name, files, revision="main", card=None):
        self.repositories.setdefault(name, {})[revision] = dict(files)
        if card is not None:
            self.cards[name] = card

    def commit(self, files):
        text = json.dumps(sorted((p, git_hash(d)) for p, d in files.items()))
        return hashlib.sha1(text.encode()).hexdigest()

    def find(self, name, revision):
        """The files of a revision's name or commit; None."""
        for known, files in self.repositories.get(name, {}).items():
            if revision in (known, self.commit(files)):
                return files
        return None

    def say(self, request, status, body=b"", **headers):
        request.send_response(status)
        for key, value in headers.items():
            request.send_header(key.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def refuse(self, request, status, code=None):
        more = {"X_Error_Code": code, "X_Error_Message": "words of the Hub"} if code else {}
        self.say(request, status, json.dumps({"error": "words of the Hub"}).encode(), **more)

    def answer(self, request):
        path, _, query = request.path.partition("?")
        shown = request.headers.get("Authorization")
        self.asked.append(path)
        path = path.removeprefix("/mirror")
        if path.startswith("/store/"):
            if shown or not request.headers["Host"].startswith("localhost"):
                self.wrong.append("who sees what at " + path)
            return self.send_file(request, self.stored[path[len("/store/"):]])
        found = re.fullmatch(r"/(api/)?datasets/([^/]+/[^/]+)/(revision|tree|resolve)/([^/]+)(?:/(.*))?", path)
        if not found:
            return self.refuse(request, 404)
        _, name, what, revision, rest = found.groups()
        if name not in self.repositories or (name in self.needs_token and shown != "Bearer " + TOKEN):
            return self.refuse(request, 401)
        files = self.find(name, urllib.parse.unquote(revision))
        if files is None:
            return self.refuse(request, 404, "RevisionNotFound")
        if what == "revision":
            about = {"id": name, "sha": self.commit(files), "siblings": []}
            if name in self.cards:
                about["cardData"] = {"configs": self.cards[name]}
            return self.say(request, 200, json.dumps(about).encode())
        if what == "tree":
            return self.send_tree(request, files, query)
        if name in self.gated:
            return self.refuse(request, 403 if shown else 401, "GatedRepo")
        data = files.get(urllib.parse.unquote(rest))
        if data is None:
            return self.refuse(request, 404, "EntryNotFound")
        if len(data) < LARGE:
            return self.send_file(request, data)
        return self.say(request, 302, Location="%s/store/%s" % (self.elsewhere, hashlib.sha256(data).hexdigest()))

    @property
    def stored(self):
        return {hashlib.sha256(d).hexdigest(): d for r in self.repositories.values() for f in r.values()
                for d in f.values()}

    def send_file(self, request, data):
        first, last = map(int, re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers["Range"]).groups())
        piece = data[first:last + 1]
        tag = '"%s"' % git_hash(data)
        if self.cut:  # the connection breaks
            self.cut -= 1
            request.send_response(206)
            request.send_header("Content-Range", "bytes %d-%d/%d" % (first, first + len(piece) - 1, len(data)))
            request.send_header("Content-Length", str(len(piece)))
            request.send_header("ETag", tag)
            request.end_headers()
            request.wfile.write(piece[:len(piece) // 2])
            request.close_connection = True
            return None
        return self.say(request, 206, piece, ETag=tag,
                        Content_Range="bytes %d-%d/%d" % (first, first + len(piece) - 1, len(data)))

    def send_tree(self, request, files, query):
        start = int(urllib.parse.parse_qs(query).get("cursor", ["0"])[0])
        if "recursive=true" not in query:
            self.wrong.append("not recursive")
        paths = sorted(files)
        entries = [{"type": "directory", "oid": "0" * 40, "size": 0, "path": "data"}] if not start else []
        for path in paths[start:start + self.page]:
            data = files[path]
            entry = {"type": "file", "oid": git_hash(data), "size": len(data), "path": path}
            if len(data) >= LARGE:
                entry["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
            entries.append(entry)
        more = {}
        if start + self.page < len(paths):
            more["Link"] = self.link.format(host=self.url, path=request.path.partition("?")[0],
                                            query="recursive=true&cursor=%d" % (start + self.page))
        self.say(request, 200, json.dumps(entries).encode(), **more)


def sow(hub, folder, *arguments, status=0, token=None, offline=False, at="/"):
    environment = dict(os.environ, HF_ENDPOINT=hub.url + at, HF_HOME="/nonexistent",
                       XDG_CACHE_HOME=os.path.join(folder, "cache"))
    for name in ("HF_TOKEN", "HF_TOKEN_PATH", "HF_HUB_OFFLINE"):
        environment.pop(name, None)
    if token:
        environment["HF_TOKEN"] = token
    if offline:
        environment["HF_HUB_OFFLINE"] = "1"
    done = subprocess.run([SOW, *arguments], env=environment, capture_output=True, text=True, cwd=folder,
                          stdin=subprocess.DEVNULL, timeout=120, check=False)
    assert done.returncode == status, (arguments, done.returncode, done.stderr)
    assert not hub.wrong, hub.wrong
    assert TOKEN not in done.stdout + done.stderr
    return done


def words(hub, folder, name, **how):
    """What the records that `name` stands for say."""
    done = sow(hub, folder, "convert", name, "-f", "alpaca", "-o", "out.jsonl", **how)
    if how.get("status"):
        return done.stderr.strip()
    with open(os.path.join(folder, "out.jsonl"), encoding="utf-8") as file:
        return [json.loads(line)["output"] for line in file]


def with_hub(test):
    def run():
        hub = Hub()
        try:
            with tempfile.TemporaryDirectory(prefix="sow-hub-") as folder:
                return test(hub, folder)
        finally:
            hub.close()
    return run


@with_hub
def splits_by_names(hub, folder):
    hub.add("ada/named", {"README.md": b"# A card\n", ".gitattributes": b"x", "dataset_infos.json": b"{}",
                          "data/train-00000-of-00002.jsonl": lines("a", "b"),
                          "data/train-00001-of-00002.jsonl": lines("c"),
                          "data/validation-00000-of-00001.jsonl": lines("v"),
                          "data/test-00000-of-00001.jsonl": lines("t")})
    assert words(hub, folder, "hf:ada/named") == ["a", "b", "c"]
    assert words(hub, folder, "hf:ada/named:test") == ["t"]
    assert words(hub, folder, "hf:ada/named:dev") == ["v"]  # another word for it
    assert words(hub, folder, "hf://datasets/ada/named/data/test-00000-of-00001.jsonl") == ["t"]
    assert words(hub, folder, "hf:ada/named/data:validation") == ["v"]
    said = sow(hub, folder, "stats", "hf:ada/named").stderr
    assert "3 records; split train, 2 files of revision " in said, said
    assert "not read: test, validation" in said, said
    said = words(hub, folder, "hf:ada/named:tests", status=1)
    assert said.endswith("hf:ada/named:tests: no such split; it has test, train, validation"), said
    said = words(hub, folder, "hf:ada/named/dada", status=1)
    assert "no such file, folder or configuration; it has data/test-00000-of-00001.jsonl, " in said, said


@with_hub
def splits_by_the_card(hub, folder):
    files = {"a.csv": b"question,answer\nSay x.,x\n", "b/one.csv": b"question,answer\nSay y.,y\n",
             "b/two.csv": b"question,answer\nSay z.,z\n", "c.jsonl": lines("c")}
    hub.add("ada/card", files, card=[
        {"config_name": "plain", "data_files": "c.jsonl"},
        {"config_name": "rows", "default": True, "data_files": [
            {"split": "train", "path": ["a.csv", "b/t*.csv"]}, {"split": "held_out", "path": "b/one.csv"}]}])
    assert words(hub, folder, "hf:ada/card") == ["x", "z"]
    assert words(hub, folder, "hf:ada/card:held_out") == ["y"]
    assert words(hub, folder, "hf:ada/card/plain") == ["c"]
    assert "not read: held_out\n" in sow(hub, folder, "stats", "hf:ada/card").stderr  # and c.jsonl is plain's
    # "**" is any number of folders, and may be none; what no pattern has is named
    deep = {p: lines(p) for p in ("data/a.jsonl", "data/b/c/x.jsonl", "data/b/d.jsonl", "e.jsonl", "old/f.jsonl")}
    for patterns, found in (("data/**/*.jsonl", list(deep)[:3]), ("**/*.jsonl", list(deep)),
                            ("data/**", list(deep)[:3]), ("**/data/**/b/**/d.jsonl", ["data/b/d.jsonl"]),
                            ("**/**/**/d*", ["data/b/d.jsonl"]), (["data/**/**/c/**/*.jsonl"], ["data/b/c/x.jsonl"])):
        hub.add("ada/deep", deep, card=[{"config_name": "default", "data_files": patterns}])
        assert words(hub, folder, "hf:ada/deep") == found, patterns
        rest = ", ".join(p for p in deep if p not in found)
        said = sow(hub, folder, "stats", "hf:ada/deep").stderr
        assert ("; not read: %s\n" % rest in said) if rest else ("not read" not in said), said
    hub.add("ada/several", files, card=[{"config_name": "one", "data_files": "a.csv"},
                                        {"config_name": "two", "data_files": "c.jsonl"}])
    said = words(hub, folder, "hf:ada/several", status=1)
    assert "several configurations; name one, as hf:OWNER/NAME/CONFIGURATION: one, two" in said, said
    assert words(hub, folder, "hf:ada/several/two") == ["c"]
    hub.add("ada/kinds", files)
    assert "files of several kinds" in words(hub, folder, "hf:ada/kinds", status=1)


@with_hub
def pages(hub, folder):
    """A list of files in pages, however the link to the next is written, is read to its end."""
    names = "abcdefgh"
    hub.add("ada/long", {"train-%s.jsonl" % n: lines(n) for n in names})
    upstream = "https://hub.invalid/api/datasets/ada/long/tree/main?{query}"
    for link in ('<?{query}>; rel="next"', '<{path}?{query}>; rel="next"', "<%s>; rel=next" % upstream,
                 '<//hub.invalid{path}?{query}>; rel="next"',
                 '</x>; rel="first"; title="next", <{host}{path}?{query}>; title="a"; rel="next", </y>; rel="last"'):
        hub.link = link
        for at in ("/", "/mirror"):
            assert words(hub, folder, "hf:ada/long", token=TOKEN, at=at) == list(names), (link, at)
    for link in ('<tree?{query}>; rel="next"', '<ftp://a/b?{query}>; rel="next"', '<https://a>; rel="next"', "next"):
        hub.link = link
        said = words(hub, folder, "hf:ada/long", status=1)
        assert "the link to the next page of its list of files is not understood: " in said, (link, said)
    hub.link = '<{host}{path}?{query}>; rel="last"'
    assert words(hub, folder, "hf:ada/long") == list(names[:hub.page])


@with_hub
def kept_and_checked(hub, folder):
    large = lines(*("w%d" % i for i in range(200)))
    hub.add("ada/large", {"train.jsonl": large, "test.jsonl": lines("t")})
    hub.cut = 1  # a first try breaks, and is made again
    expected = ["w%d" % i for i in range(200)]
    assert words(hub, folder, "hf:ada/large", token=TOKEN) == expected
    hub.asked.clear()
    assert words(hub, folder, "hf:ada/large") == expected
    assert not [p for p in hub.asked if "/resolve/" in p or "/store/" in p], hub.asked
    # without the network: what was fetched before, and no more
    hub.asked.clear()
    assert words(hub, folder, "hf:ada/large", offline=True) == expected
    assert "test.jsonl was not fetched before" in words(hub, folder, "hf:ada/large:test", offline=True, status=1)
    assert not hub.asked
    # another revision: what is the same is not fetched again
    before = hub.commit(hub.repositories["ada/large"]["main"])
    hub.add("ada/large", {"train.jsonl": large, "test.jsonl": lines("new")})
    hub.asked.clear()
    assert words(hub, folder, "hf:ada/large") == expected
    assert words(hub, folder, "hf:ada/large:test") == ["new"]
    assert len([p for p in hub.asked if "/resolve/" in p]) == 1, hub.asked
    # a commit that was listed once is not asked about again
    hub.add("ada/large", {"train.jsonl": lines("old")}, "v1")
    assert words(hub, folder, "hf:ada/large@v1") == ["old"]
    old = hub.commit({"train.jsonl": lines("old")})
    assert words(hub, folder, "hf:ada/large@" + old) == ["old"]
    hub.asked.clear()
    assert words(hub, folder, "hf:ada/large@%s:train" % old) == ["old"]
    assert not hub.asked and before != old
    # bytes that are not those of the list
    damaged = lines(*("w%d" % i for i in range(200, 400)))
    hub.add("ada/damaged", {"train.jsonl": large.replace(b"w1", b"W1")})
    good, Hub.stored = Hub.stored, property(lambda self: {
        hashlib.sha256(large.replace(b"w1", b"W1")).hexdigest(): damaged[:len(large)].ljust(len(large))})
    try:
        said = words(hub, folder, "hf:ada/damaged", status=1)
    finally:
        Hub.stored = good
    assert "train.jsonl arrived with other bytes than the Hub has" in said, said
    assert words(hub, folder, "hf:ada/damaged")[1] == "W1"


@with_hub
def goes_on_after_a_stop(hub, folder):
    large = lines(*("w%d" % i for i in range(300)))
    hub.add("ada/large", {"train.jsonl": large})
    oid = hashlib.sha256(large).hexdigest()
    assert len(words(hub, folder, "hf:ada/large")) == 300
    place = [os.path.join(at, "train.jsonl") for at, _, names in os.walk(os.path.join(folder, "cache"))
             if "train.jsonl" in names]
    assert len(place) == 1 and oid in place[0], place
    with open(place[0] + ".part", "wb") as part:
        part.write(large[:1000])
    with open(place[0] + ".part.of", "w", encoding="utf-8") as note:
        note.write('%d "%s"\n' % (len(large), git_hash(large)))
    os.unlink(place[0])
    assert len(words(hub, folder, "hf:ada/large")) == 300


@with_hub
def converted(hub, folder):
    """No file that sow reads: the Parquet that the Hub makes."""
    sow(hub, folder, "convert", "-f", "alpaca", "-o", "p.parquet", make(folder, lines("p")))
    with open(os.path.join(folder, "p.parquet"), "rb") as file:
        parquet = file.read()
    hub.add("ada/script", {"script.py": b"import datasets\n"})
    said = words(hub, folder, "hf:ada/script", status=1)
    assert "none of its 1 files is JSON, CSV or Parquet by its name" in said, said
    hub.add("ada/script", {"default/train/0000.parquet": parquet, "default/test/0000.parquet": parquet},
            "refs/convert/parquet")
    assert words(hub, folder, "hf:ada/script") == ["p"]
    assert "as the Hub converted it to Parquet" in sow(hub, folder, "stats", "hf:ada/script").stderr
    hub.add("ada/script", {"a/train/0000.parquet": parquet, "b/partial-train/0000.parquet": parquet},
            "refs/convert/parquet")
    assert "name one, as hf:ada/script/b" in words(hub, folder, "hf:ada/script", status=1)
    assert words(hub, folder, "hf:ada/script/a") == ["p"]
    assert words(hub, folder, "hf:ada/script@refs/convert/parquet/a:train") == ["p"]
    assert "which is a part of it" in sow(hub, folder, "stats", "hf:ada/script/b").stderr


def make(folder, data, name="in.jsonl"):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)
    return name


@with_hub
def everywhere(hub, folder):
    """Wherever a file of records is an input."""
    hub.add("ada/two", {"train-1.jsonl": lines("a", "b"), "train-2.jsonl": lines("b", "c")})
    hub.add("ada/quiet", {"train.jsonl": lines("q")})
    assert sow(hub, folder, "dedup", "-q", "hf:ada/quiet", "-o", "quiet.jsonl").stderr == ""
    done = sow(hub, folder, "dedup", "hf:ada/two", "-o", "unique.jsonl")
    assert "hf:ada/two: fetching 2 files" in done.stderr, done.stderr
    assert "kept 3 of 4" in done.stderr, done.stderr
    with open(os.path.join(folder, "unique.jsonl"), encoding="utf-8") as file:
        assert [json.loads(line)["output"] for line in file] == ["a", "b", "c"]
    sow(hub, folder, "decontaminate", "--against", "hf:ada/two", make(folder, lines("z")), "-o", "clean.jsonl")
    sow(hub, folder, "novel", "hf:ada/two", "-o", "new.jsonl")
    sow(hub, folder, "select", "hf:ada/two", "--top", "2", "--pick", "random", "-o", "some.jsonl")
    sow(hub, folder, "report", "hf:ada/two", "-o", "page.html")
    assert "Say c." in sow(hub, folder, "view", "hf:ada/two").stdout
    recipe = "steps:\n  - method: score\n    input: hf:ada/two\n    with: [length]\n"
    make(folder, recipe.encode(), "recipe.yaml")
    sow(hub, folder, "check", "recipe.yaml")
    sow(hub, folder, "run", "recipe.yaml", "-o", "scored")
    sow(hub, folder, "score", "--with", "length", "-i", "hf:ada/two", "-o", "scored-too")
    assert words(hub, folder, "scored") == ["a", "b", "b", "c"]
    # the place of a mistake, in the second file
    hub.add("ada/bad", {"train-1.jsonl": lines("a"), "train-2.jsonl": lines("b") + b"{broken\n"})
    said = words(hub, folder, "hf:ada/bad", status=1)
    assert "hf:ada/bad/train-2.jsonl:2:" in said, said


@with_hub
def what_cannot_be(hub, folder):
    hub.add("ada/private", {"train.jsonl": lines("p")})
    hub.needs_token.add("ada/private")
    said = words(hub, folder, "hf:ada/private", status=1)
    assert re.search(r"no data set of that name at http\S+, or one that needs a token: set HF_TOKEN", said), said
    assert "that the token may not read" in words(hub, folder, "hf:ada/private", status=1, token="hf_other")
    assert words(hub, folder, "hf:ada/private", token=TOKEN) == ["p"]
    hub.add("ada/gated", {"train.jsonl": lines("p")})
    hub.gated.add("ada/gated")
    for token in (None, TOKEN):
        said = words(hub, folder, "hf:ada/gated", status=1, token=token)
        assert "it is gated; ask for access at %s/datasets/ada/gated" % hub.url in said, said
    assert "has no revision v9" in words(hub, folder, "hf:ada/gated@v9", status=1)
    for name in ("hf:cooking", "hf:a b/c", "hf:/x", "hf:x/", "hf:a/b:", "hf:a/b@", "hf:a/b?x"):
        assert "expected hf:OWNER/NAME" in words(hub, folder, name, status=2), name
    hub.close()
    said = words(hub, folder, "hf:ada/private", status=1)
    assert "is there a network?" in said and hub.url in said, said
    hub.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    threading.Thread(target=hub.server.serve_forever, daemon=True).start()


# Names of files, and no card: what `datasets` makes of them is asked of it.
TREES = [
    ["data.csv"], ["train.csv", "test.csv"], ["data/train-00000-of-00001.csv", "data/test-00000-of-00001.csv"],
    ["my-train-file.csv", "my-eval.csv"], ["train/a.csv", "train/b.csv", "dev/c.csv"],
    ["data/train_sft-00000-of-00001.csv", "data/test_sft-00000-of-00001.csv"],
]


@with_hub
def as_datasets_has_it(hub, folder):
    if not PYTHON or not os.path.exists(PYTHON):
        raise tap.Skip("no Python with datasets")
    for number, paths in enumerate(TREES):
        top = os.path.join(folder, "tree%d" % number)
        files = {p: b"question,answer\nSay %d.,%s\n" % (i, p.encode()) for i, p in enumerate(paths)}
        for path, data in files.items():
            os.makedirs(os.path.dirname(os.path.join(top, path)), exist_ok=True)
            with open(os.path.join(top, path), "wb") as file:
                file.write(data)
        hub.add("ada/tree%d" % number, files)
        script = ("import json, sys; from datasets.data_files import get_data_patterns, DataFilesDict\n"
                  "p = get_data_patterns(sys.argv[1])\n"
                  "f = DataFilesDict.from_patterns(p, base_path=sys.argv[1])\n"
                  "print(json.dumps({str(k): sorted(f[k]) for k in f}))")
        done = subprocess.run([PYTHON, "-c", script, top], capture_output=True, text=True, check=False,
                              env=dict(os.environ, HF_HOME=folder, HF_HUB_OFFLINE="1"))
        assert done.returncode == 0, done.stderr[-500:]
        for split, expected in json.loads(done.stdout.splitlines()[-1]).items():
            expected = [os.path.relpath(p, top) for p in expected]
            found = words(hub, folder, "hf:ada/tree%d:%s" % (number, split))
            assert sorted(found) == expected, (paths, split, found, expected)


if __name__ == "__main__":
    sys.exit(tap.run([
        ("splits by the names of files", splits_by_names),
        ("splits and configurations by the card", splits_by_the_card),
        ("a list in pages", pages),
        ("kept, checked, not fetched twice", kept_and_checked),
        ("goes on after a stop", goes_on_after_a_stop),
        ("what the Hub converted", converted),
        ("wherever a file is an input", everywhere),
        ("what cannot be", what_cannot_be),
        ("as datasets has it", as_datasets_has_it),
    ]))
