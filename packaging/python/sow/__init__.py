"""sow - grow instruction data, from Python.

The program does the work; this module starts it and reads what it writes. It needs nothing but
Python, and `dataset` needs Hugging Face's datasets.

    import sow

    sow.run(["self-instruct", "-n", "20", "-o", "demo"], progress=print)
    for record in sow.records("demo"):
        print(record["instruction"])
    train = sow.dataset("demo")

What goes wrong raises sow.Error, whose text is the line that sow said and whose `status` is the
program's exit status.
"""
from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sysconfig
import threading
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Optional, Sequence, Union

if TYPE_CHECKING:
    import datasets

__all__ = ["Error", "Stopped", "dataset", "program", "records", "run", "status", "version"]

Path = Union[str, "os.PathLike[str]"]
STOPPED = 3                                      # the exit status
OWN_LINE = re.compile(r"sow(?: [a-z-]+)?: (.*)")


class Error(Exception):
    """sow could not do it. The text is its own line; `status` its exit status: 1 failed, 2 wrong
    usage, 3 stopped early; less than 0 if a signal ended it."""

    def __init__(self, line: str, status: int, log: str = "") -> None:
        super().__init__(line)
        self.status = status
        self.log = log          #: all that it said on standard error


class Stopped(Error):
    """A run ended early (a limit, a budget, a server) and what it has is safe: the same call
    resumes it."""


def program() -> str:
    """The path of the program: $SOW_PROGRAM, or the one installed with this module, or the one
    on the PATH."""
    chosen = os.environ.get("SOW_PROGRAM")
    if chosen:
        return chosen
    beside = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for folder in (os.path.join(beside, "bin"), sysconfig.get_path("scripts")):
        path = os.path.join(folder, "sow")
        if os.access(path, os.X_OK) and _is_program(path):
            return path
    found = shutil.which("sow")
    if not found:
        raise Error("no program sow beside this module or on the PATH; install it with: "
                    "pip install sow", 1)
    return found


def _is_program(path: str) -> bool:
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def version() -> str:
    """The program's version."""
    return _output(["--version"]).decode().split()[-1]


def run(recipe: Union[Path, Sequence[str]], out: Optional[Path] = None, *,
        progress: Optional[Callable[[str], None]] = None,
        cwd: Optional[Path] = None, env: Optional[Dict[str, str]] = None) -> str:
    """Carries out a recipe, or any command of sow, and returns what it printed.

    `recipe` is the path of a recipe, whose run is to live in the folder `out`; or the words of
    a command, as in a shell: ["self-instruct", "-n", "20"]. With `out`, "-o OUT" is added.
    `progress` gets each line that sow says while it works: how far it is about every 10 s. (To
    ask more often, call `status` from another thread.)
    `env` holds variables to set besides those of this process.

    A run that ends early raises Stopped, any other trouble Error; the same call resumes it.
    KeyboardInterrupt lets sow put away what it has, and then goes on.
    """
    if isinstance(recipe, (str, os.PathLike)):
        arguments = ["run", os.fspath(recipe)]
    else:
        arguments = [os.fspath(word) for word in recipe]
    if out is not None:
        arguments += ["-o", os.fspath(out)]
    return _output(arguments, progress, cwd, env).decode("utf-8")


def status(run_dir: Path) -> Dict[str, Any]:
    """How a run stands, as `sow status --json` has it: "done", "busy", "target", counts by step.
    Works while the run is under way."""
    found: Dict[str, Any] = json.loads(_output(["status", "--json", os.fspath(run_dir)]))
    return found


def records(source: Path, format: str = "self-instruct",
            options: Sequence[str] = ()) -> Iterator[Dict[str, Any]]:
    """The records of a run or of any file that sow reads, one dict each, as they are read.

    `format` is one that `sow help formats` lists. That of the default holds all that a record has;
    "alpaca" and "messages" are flatter. `options` are further ones of `sow export`, for a run, or
    `sow convert`, for a file. A file that is broken somewhere raises Error, after the records
    before that place.
    """
    path = os.fspath(source)
    command = "export" if os.path.isfile(os.path.join(path, "run.db")) else "convert"
    if path.startswith("-"):
        path = os.path.join(os.curdir, path)
    for line in _lines([command, path, "--format", format, *options, "--jsonl", "-o", "-"]):
        yield json.loads(line)


def dataset(source: Path, format: str = "self-instruct",
            options: Sequence[str] = ()) -> "datasets.Dataset":
    """The same records as a datasets.Dataset, in memory. A member that some records lack is None
    there. Needs Hugging Face's datasets: pip install 'sow[datasets]'."""
    try:
        import datasets
    except ImportError as error:
        raise ImportError("sow.dataset needs the package datasets; install it with: "
                          "pip install datasets") from error
    rows = list(records(source, format, options))
    names = dict.fromkeys(name for row in rows for name in row)
    return datasets.Dataset.from_dict({name: [row.get(name) for row in rows] for name in names})


class _Child:
    """sow at work. What it says on standard error is read beside, line by line."""

    def __init__(self, arguments: Sequence[str], progress: Optional[Callable[[str], None]] = None,
                 cwd: Optional[Path] = None, env: Optional[Dict[str, str]] = None) -> None:
        self.said: List[str] = []
        self.progress = progress
        self.trouble: Optional[BaseException] = None
        self.process = subprocess.Popen(
            [program(), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, cwd=cwd, env={**os.environ, **env} if env else None)
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    def _listen(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            text = line.decode("utf-8", "replace").rstrip("\n")
            self.said.append(text)
            if self.progress and not self.trouble:
                try:
                    self.progress(text)
                except BaseException as error:  # the caller's: raised when sow has ended
                    self.trouble = error
                    self.process.terminate()

    def end(self) -> None:
        """Waits, and raises what went wrong."""
        status = self.process.wait()
        self.listener.join()
        self.release()
        if self.trouble:
            raise self.trouble
        if status:
            raise (Stopped if status == STOPPED else Error)(self._line(status), status,
                                                            "\n".join(self.said))

    def _line(self, status: int) -> str:
        """The last line that begins with its name is the one that says why it ended."""
        own = [found.group(1) for found in map(OWN_LINE.match, self.said) if found]
        return own[-1] if own else "sow ended with status %d" % status

    def stop(self) -> None:
        """Ends it as Ctrl-C does, so that a run is put away, and waits."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()
        self.listener.join()
        self.release()

    def release(self) -> None:
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()


def _lines(arguments: Sequence[str]) -> Iterator[bytes]:
    child = _Child(arguments)
    assert child.process.stdout
    try:
        yield from child.process.stdout
    except BaseException:  # also GeneratorExit: the caller has seen enough
        child.stop()
        raise
    child.end()


def _output(arguments: Sequence[str], progress: Optional[Callable[[str], None]] = None,
            cwd: Optional[Path] = None, env: Optional[Dict[str, str]] = None) -> bytes:
    child = _Child(arguments, progress, cwd, env)
    assert child.process.stdout
    try:
        data = child.process.stdout.read()
    except BaseException:
        child.stop()
        raise
    child.end()
    return data
