#!/usr/bin/env python3
"""Does tools/check_includes see what it is there to see?

    check_includes_test.py PATH/TO/check_includes

Each case is a small tree and the words its report must hold; None: no violation.
"""
import os
import subprocess
import sys
import tempfile

CASES = [
    ({"src/text/words.c": '#include "base/buf.h"\n#include <string.h>\n'}, None),
    ({"src/base/buf.c": '#include "config.h"\n#include <sow/sow.h>\n#include <sys/mman.h>\n'}, None),
    ({"src/cli/main.c": '#include "report/status.h"\n'}, None),
    ({"src/text/words.c": '#include "io/json.h"\n'}, "text may not include io"),
    ({"src/base/buf.h": '#include "cli/cli.h"\n'}, "src/base/buf.h:1: base may not include cli"),
    ({"src/method/evol.c": '/* a "comment\n" */ #include "run/run.h"\n'}, "evol.c:2: method may not"),
    ({"src/base/a.c": '/* #include "cli/cli.h"\n */\n// #include "cli/cli.h"\n'}, None),
    ({"src/base/a.c": 'char *s = "/*";\n#include "cli/cli.h"\n'}, "a.c:2: base may not"),
    ({"src/base/a.c": "# include\t<curses.h>\n"}, "<curses.h> is unknown"),
    ({"src/base/a.c": '#include "buf.h"\n'}, "not written from src/"),
    ({"src/base/a.c": '#include "../cli/cli.h"\n'}, "not written from src/"),
    ({"src/base/a.c": "#include HEADER\n"}, "include by macro"),
    ({"src/attic/a.c": ""}, "'src/attic' is no room"),
    ({"include/sow/sow.h": '#include "base/buf.h"\n'}, "it may include libc only"),
    ({"include/sow/sow.h": "#include <zlib.h>\n"}, "it may include libc only"),
    # a unit test may use base and io, and cmocka; nothing else of other rooms
    ({"src/text/words_test.c": '#include <cmocka.h>\n#include "io/json.h"\n'}, None),
    ({"src/text/words_test.c": '#include "run/run.h"\n'}, "text may not include run"),
    ({"src/text/words.c": "#include <cmocka.h>\n"}, "is for unit tests"),
    # a foreign library stays behind one file
    ({"src/io/db.c": "#include <sqlite3.h>\n"}, None),
    ({"src/io/db.h": "#include <sqlite3.h>\n"}, "a header includes <sqlite3.h>"),
    ({"src/io/db.c": "#include <sqlite3.h>\n", "src/run/run.c": "#include <sqlite3.h>\n"},
     "SQLite is included by more than one file: src/io/db.c:1, src/run/run.c:1"),
    ({"src/teacher/a.c": "#include <llama.h>\n", "src/teacher/b.c": "#include <ggml-backend.h>\n"},
     "llama is included by more than one file"),
    ({"src/text/a.c": "#include <unistr.h>\n", "src/text/b.c": "#include <unicase.h>\n"}, None),
    ({"src/text/a.c": "#include <unistr.h>\n", "src/text/b.c": "#include <unistr.h>\n"},
     "<unistr.h> is included by more than one file"),
    # … or behind the private header of one face
    ({"src/io/db_private.h": "#include <sqlite3.h>\n", "src/io/db.c": '#include "io/db_private.h"\n',
      "src/io/db_open.c": '#include "io/db_private.h"\n'}, None),
    ({"src/io/db_private.h": "#include <sqlite3.h>\n", "src/io/folder.c": '#include "io/db_private.h"\n'},
     "src/io/folder.c:1: includes src/io/db_private.h, and so SQLite; only src/io/db*.c may"),
    ({"src/io/db_private.h": "#include <sqlite3.h>\n", "src/io/dbx.c": '#include "io/db_private.h"\n'},
     "src/io/dbx.c:1: includes src/io/db_private.h"),
    ({"src/io/db_private.h": "#include <sqlite3.h>\n", "src/io/db_open.h": '#include "io/db_private.h"\n'},
     "src/io/db_open.h:1: includes src/io/db_private.h"),
    ({"src/io/db_private.h": "#include <sqlite3.h>\n", "src/io/db.c": "#include <sqlite3.h>\n"},
     "SQLite is included by more than one file"),
    # cores are counted in one place
    ({"src/base/cpu.c": "#include <sched.h>\n"}, None),
    ({"src/base/cpu.c": "#include <sched.h>\n", "src/teacher/a.c": "#include <sched.h>\n"},
     "the scheduler is included by more than one file"),
    # run.db is read in one room
    ({"src/store/a.c": 'f("SELECT 1 FROM unit");\n', "src/teacher/cache.c": 'f("DELETE FROM reply");\n',
      "src/run/a_test.c": 'f("SELECT 1 FROM unit");\n',
      "src/run/a.c": 'f("taken FROM units");\n'}, None),
    ({"src/run/a.c": '\nf("SELECT a "\n  "FROM unit u");\n'}, "src/run/a.c:3: SQL on run.db"),
    # what a method needs is in its row
    ({"src/method/evol.c": 'const struct method method_evol = {\n\t.name = "evol",\n};\n',
      "src/cli/a.c": 'int f(void)\n{\n\treturn view_eqstr(name, "evol");\n}\n'},
     "src/cli/a.c:3: compares a method's name ('evol')"),
    ({"src/method/evol.c": 'const struct method method_evol = {\n\t.name = "evol",\n};\n',
      "src/cli/a.c": 'bool b = strcmp(name, "other") == 0;\nf("evol");\n',
      "src/method/a.c": 'bool b = view_eqstr(name, "evol");\n',
      "src/cli/a_test.c": 'bool b = view_eqstr(name, "evol");\n'}, None),
    ({}, "no sources"),
]


def report(check, files):
    with tempfile.TemporaryDirectory() as tree:
        for path, text in files.items():
            path = os.path.join(tree, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as source:
                source.write(text)
        return subprocess.run([check, tree], capture_output=True, text=True, check=False)


failed = 0
for files, words in CASES:
    done = report(sys.argv[1], files)
    if (done.returncode == 0) != (words is None) or (words or "") not in done.stdout:
        failed += 1
        print("%r\n  wanted: %r\n  got (%d): %s%s"
              % (files, words, done.returncode, done.stdout, done.stderr))
print("%d cases, %d failed" % (len(CASES), failed))
sys.exit(1 if failed else 0)
