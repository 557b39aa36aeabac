#!/usr/bin/env python3
"""module_test - the Python module that goes along with the wheel, against the program.

    module_test.py SOW [PYTHON-WITH-DATASETS]

With a second argument the tests of `sow.dataset` run once more in that Python, if it is there.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../packaging/python"))
import sow  # noqa: E402

TASKS = [
    {"instruction": "Name a river.", "input": "", "output": "The Rhine – or the Po", "topic": "geo"},
    {"instruction": "Add the numbers.", "input": "2, 3", "output": "5", "score": 4},
]


class Mock:
    """`sow mock` while a `with` lasts."""

    def __init__(self, *options):
        self.process = subprocess.Popen([sow.program(), "mock", *options], stdout=subprocess.PIPE,
                                        stdin=subprocess.DEVNULL, text=True)
        self.url = next(word for word in self.process.stdout.readline().split() if "://" in word)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class ModuleTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="sow-module-")
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name

    def path(self, name, text=None):
        path = os.path.join(self.folder, name)
        if text is not None:
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)
        return path

    def tasks(self):
        return self.path("tasks.jsonl", "".join(json.dumps(task) + "\n" for task in TASKS))

    def respond(self, url, *more):
        prompts = self.path("prompts.txt", "".join("Say %d.\n" % i for i in range(40)))
        return ["respond", "--input", prompts, "--teacher", url, "--model", "m", "--no-cache", *more]


class Running(ModuleTest):
    def test_version_is_the_programs(self):
        self.assertRegex(sow.version(), r"^\d+\.\d+\.\d+")

    def test_a_command_gives_what_it_prints(self):
        text = sow.run(["convert", self.tasks(), "--format", "alpaca", "--jsonl"], out="-")
        self.assertEqual([json.loads(line)["output"] for line in text.splitlines()],
                         ["The Rhine – or the Po", "5"])

    def test_a_run_and_its_records(self):
        out = self.path("run")
        with Mock() as mock:
            sow.run(self.respond(mock.url), out=out)
        status = sow.status(out)
        self.assertTrue(status["done"])
        self.assertEqual(status["target"], 40)
        found = list(sow.records(out))
        self.assertEqual([record["instruction"] for record in found],
                         ["Say %d." % i for i in range(40)])
        self.assertTrue(all(record["instances"][0]["output"] for record in found))

    def test_progress_gets_what_sow_says_and_output_does_not(self):
        said = []
        text = sow.run(["convert", self.tasks(), "--format", "alpaca", "--jsonl"], out="-",
                       progress=said.append)
        self.assertEqual(len(text.splitlines()), 2)
        self.assertTrue(any("topic" in line for line in said), said)

    def test_a_recipe(self):
        with Mock() as mock:
            recipe = self.path("recipe.yaml", "teachers:\n  writer:\n    teacher: %s\n    model: m\n"
                               "steps:\n  - method: respond\n    input: prompts.txt\n" % mock.url)
            self.path("prompts.txt", "Say one.\nSay two.\n")
            sow.run(recipe, self.path("run"), cwd=self.folder,
                    env={"XDG_CACHE_HOME": self.path("cache")})
        self.assertEqual(len(list(sow.records(self.path("run")))), 2)

    def test_wrong_usage_is_an_error_with_sows_line(self):
        with self.assertRaises(sow.Error) as caught:
            sow.run(["self-instruct", "-n", "many"], out=self.path("run"))
        self.assertEqual(caught.exception.status, 2)
        self.assertIn("many", str(caught.exception))
        self.assertFalse(str(caught.exception).startswith("sow"))

    def test_a_limit_stops_a_run_which_resumes(self):
        with Mock() as mock:
            command = self.respond(mock.url, "--concurrency", "4")
            with self.assertRaises(sow.Stopped) as caught:
                sow.run(command + ["--max-requests", "8"], out=self.path("run"))
            self.assertEqual(caught.exception.status, 3)
            self.assertIn("stopped at", str(caught.exception))
            sow.run(command + ["--max-requests", "100"], out=self.path("run"))
        self.assertEqual(len(list(sow.records(self.path("run")))), 40)

    def test_trouble_in_a_callback_is_the_callers(self):
        def refuse(line):
            raise RuntimeError("enough of " + line[:3])

        with self.assertRaisesRegex(RuntimeError, "enough of sow"):
            sow.run(["convert", self.tasks(), "--format", "alpaca", "-o", self.path("out.json")],
                    progress=refuse)

    def test_ctrl_c_puts_the_run_away(self):
        with Mock("--latency", "300") as mock:
            timer = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT))
            timer.start()
            with self.assertRaises(KeyboardInterrupt):
                sow.run(self.respond(mock.url, "--concurrency", "1"), out=self.path("run"))
            timer.join()
            status = sow.status(self.path("run"))
        self.assertFalse(status["busy"])
        self.assertFalse(status["done"])

    def test_no_program(self):
        before = os.environ.pop("SOW_PROGRAM", None)
        path = os.environ["PATH"]
        os.environ["PATH"] = self.folder
        try:
            with self.assertRaisesRegex(sow.Error, "pip install sow"):
                sow.program()
        finally:
            os.environ["PATH"] = path
            if before:
                os.environ["SOW_PROGRAM"] = before


class Reading(ModuleTest):
    def test_all_that_a_record_has(self):
        found = list(sow.records(self.tasks()))
        self.assertEqual(found[0]["topic"], "geo")
        self.assertEqual(found[1]["score"], 4)
        self.assertEqual(found[1]["instances"], [{"input": "2, 3", "output": "5"}])

    def test_another_format(self):
        found = list(sow.records(self.tasks(), "messages", ["--drop-fields"]))
        self.assertEqual(found[0], {"messages": [
            {"role": "user", "content": "Name a river."},
            {"role": "assistant", "content": "The Rhine – or the Po"}]})

    def test_records_arrive_before_the_file_is_read_to_its_end(self):
        """A fifo that is never closed would hang a reader that waits for its end."""
        fifo = self.path("fifo.jsonl")
        os.mkfifo(fifo)
        line = (json.dumps(TASKS[0]) + "\n") * 20000

        def write():
            try:
                with open(fifo, "w", encoding="utf-8") as out:
                    out.write(line)
                    out.flush()
                    time.sleep(0.2)
                    out.write(line)
            except BrokenPipeError:
                pass

        writer = threading.Thread(target=write)
        writer.start()
        found = sow.records(fifo)
        self.assertEqual(next(found)["instruction"], "Name a river.")
        found.close()
        writer.join(30)
        self.assertFalse(writer.is_alive())

    def test_a_broken_file_raises_with_its_place(self):
        path = self.path("broken.jsonl", json.dumps(TASKS[0]) + "\n{\"instruction\": \n")
        with self.assertRaisesRegex(sow.Error, r"broken\.jsonl:2"):
            list(sow.records(path))

    def test_a_file_that_is_not_there(self):
        with self.assertRaisesRegex(sow.Error, "nowhere.jsonl"):
            list(sow.records(self.path("nowhere.jsonl")))


class Datasets(ModuleTest):
    def test_dataset(self):
        try:
            import datasets
        except ImportError:
            with self.assertRaisesRegex(ImportError, "pip install datasets"):
                sow.dataset(self.tasks())
            return
        data = sow.dataset(self.tasks())
        self.assertIsInstance(data, datasets.Dataset)
        self.assertEqual(data["instruction"][:], ["Name a river.", "Add the numbers."])
        # Members that one record has and another lacks: none is lost.
        self.assertEqual(data["topic"][:], ["geo", None])
        self.assertEqual(data["score"][:], [None, 4])


def main():
    os.environ["SOW_PROGRAM"] = os.path.abspath(sys.argv[1])
    if not os.environ.get("XDG_CACHE_HOME"):
        sys.exit("module_test: $XDG_CACHE_HOME has to be a scratch folder")
    other = sys.argv[2] if len(sys.argv) > 2 else None
    if other and os.path.exists(other):
        done = subprocess.run([other, __file__, sys.argv[1], "--dataset"], check=False)
        if done.returncode:
            sys.exit(done.returncode)
    names = ["Datasets"] if other == "--dataset" else None
    unittest.main(argv=sys.argv[:1], defaultTest=names)


if __name__ == "__main__":
    main()
