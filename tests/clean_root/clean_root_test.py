#!/usr/bin/env python3
"""clean_root_test - the wheel works where there is Python and nothing else of ours.

    clean_root_test.py WHEEL MODEL.gguf ROOTS

Makes a Debian 12 and a Debian 13 with Python by debootstrap (kept in the folder ROOTS for the next
time), installs the wheel into a virtual environment of a copy of each, and works with it as a user
would. Needs root and Debian's archive; where they are not to be had it says so and skips.
"""
import functools
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../support"))
import tap  # noqa: E402

RELEASES = ["bookworm", "trixie"]
# The mounts end with the process: nothing is left behind, whatever happens.
ENTER = ('mount -t proc proc "$0/proc" && mount --bind /dev "$0/dev" && exec chroot "$0" '
         'env -i HOME=/root PATH=/venv/bin:/usr/bin:/bin LANG=C.UTF-8 "$@"')


def last_line(text):
    lines = text.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def pristine(release, roots):
    """The folder of a Debian with Python; tap.Skip says why there can be none."""
    path = os.path.join(roots, release)
    if os.path.isdir(path):
        return path
    if os.getuid() != 0:
        raise tap.Skip("not root")
    if not shutil.which("debootstrap"):
        raise tap.Skip("no debootstrap")
    os.makedirs(roots, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=release + "-", dir=roots) as new:
        root = os.path.join(new, "root")
        done = subprocess.run(["debootstrap", "--variant=minbase", "--include=python3,python3-venv",
                               release, root], check=False, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise tap.Skip("debootstrap %s: %s" % (release, last_line(done.stdout)))
        os.rename(root, path)
    return path


class Root:
    """A copy of a clean Debian, with the wheel in /venv and the model where it is fetched to."""

    def __init__(self, release, wheel, model, roots):
        source = pristine(release, roots)
        self.scratch = tempfile.TemporaryDirectory(prefix="sow-root-")
        self.path = os.path.join(self.scratch.name, "root")
        subprocess.run(["cp", "-a", "--reflink=auto", source, self.path], check=True)
        probe = self.enter("true")
        if probe.returncode:
            self.close()
            raise tap.Skip("cannot mount and change root here: " + last_line(probe.stderr))
        shutil.copy(wheel, self.path + "/tmp")
        shutil.copytree(HERE, self.path + "/tmp/clean_root")
        models = self.path + "/root/.cache/sow/deps/models"
        os.makedirs(models)
        shutil.copy(model, models)
        self.sh("python3 -m venv /venv")
        self.sh("pip install --no-index /tmp/sow-*.whl")

    def enter(self, *command):
        return subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child",
                               "sh", "-c", ENTER, self.path, *command], check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=600)

    def sh(self, script):
        """What `script` prints; it has to end well."""
        done = self.enter("sh", "-euc", "cd /tmp\n" + script)
        assert done.returncode == 0, "%s: status %d: %s" % (
            script, done.returncode, last_line(done.stderr or done.stdout))
        return done.stdout.decode("utf-8")

    def close(self):
        self.scratch.cleanup()


def has_version(root, version):
    assert root.sh("sow --version").split() == ["sow", version]
    assert root.sh("python3 -m sow --version").split() == ["sow", version]


def is_healthy(root, _):
    found = root.sh("sow doctor")
    assert "libggml-cpu" in found, found


def grows(root, _):
    root.sh("sow self-instruct -q -n 5 -o demo")
    assert len(root.sh("sow export demo --format self-instruct --jsonl -o -").splitlines()) == 5


def looks(root, _):
    """The dictionaries and the page of the report are there."""
    figures = root.sh("sow stats clean_root/tasks.jsonl --structure")
    assert "with a verb and its object               2" in figures, figures
    root.sh("sow report clean_root/tasks.jsonl -o report.html && grep -q echarts report.html")
    root.sh("test -s /venv/share/man/man1/sow-export.1")
    root.sh("test -s /venv/share/bash-completion/completions/sow")


def works_in_python(root, _):
    root.sh('python3 -c "import sow; assert len(list(sow.records(\'demo\'))) == 5"')


def trusts(root, _):
    """Where systems keep certificates, and nowhere else. The server's is made here."""
    folder = root.path + "/tmp/clean_root"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=a test",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder + "/key.pem",
                    "-out", folder + "/certificate.pem"], check=True, stderr=subprocess.DEVNULL)
    root.sh("python3 clean_root/trust_test.py")


def moves(root, version):
    root.sh("ln -s /venv/bin/sow /usr/local/bin/sow && /usr/local/bin/sow doctor")
    root.sh("pip install --no-index --target '/opt/a folder' /tmp/sow-*.whl")
    assert root.sh("'/opt/a folder/bin/sow' --version").split() == ["sow", version]
    found = root.sh('PYTHONPATH="/opt/a folder" PATH=/usr/bin:/bin '
                    '/usr/bin/python3 -c "import sow; print(sow.program(), sow.version())"')
    assert found.strip() == "/opt/a folder/bin/sow " + version, found


def leaves_nothing(root, _):
    root.sh("pip uninstall -y sow && test ! -e /venv/libexec/sow && test ! -e /venv/share/sow")


CHECKS = [("its version", has_version), ("doctor", is_healthy), ("self-instruct", grows),
          ("stats and report", looks), ("the Python module", works_in_python),
          ("certificates", trusts), ("from other folders", moves), ("uninstalls", leaves_nothing)]


def main():
    wheel, model, roots = sys.argv[1:]
    version = os.path.basename(wheel).split("-")[1]
    made = {}

    def check(release, work):
        if release not in made:
            try:
                made[release] = Root(release, wheel, model, roots)
            except tap.Skip as why:  # once is enough
                made[release] = why
        if isinstance(made[release], tap.Skip):
            raise made[release]
        work(made[release], version)

    tests = [("%s: %s" % (release, name), functools.partial(check, release, work))
             for release in RELEASES for name, work in CHECKS]
    try:
        return tap.run(tests)
    finally:
        for root in made.values():
            if isinstance(root, Root):
                root.close()


if __name__ == "__main__":
    sys.exit(main())
