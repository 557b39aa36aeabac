"""tap.py - tests one after the other, told in TAP.

    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
    import tap  # noqa: E402
    ...
    sys.exit(tap.run([("a full disk", disk_full), ...]))

A test is a function without arguments. It fails by raising anything, passes by returning, and
what it returns stands behind its name; raising tap.Skip passes it over.
"""
import traceback


class Skip(Exception):
    pass


def run(tests):
    """The exit status: 0 if none failed and there was one."""
    failed = 0
    print("1..%d" % len(tests), flush=True)
    for number, (name, test) in enumerate(tests, 1):
        try:
            note = test()
            print("ok %d - %s%s" % (number, name, " # %s" % note if note else ""), flush=True)
        except Skip as why:
            print("ok %d - %s # SKIP %s" % (number, name, why), flush=True)
        except Exception as e:  # pylint: disable=broad-except
            failed += 1
            lines = [str(frame.lineno) for frame in traceback.extract_tb(e.__traceback__)[1:]]
            print("not ok %d - %s" % (number, name))
            print("# line %s: %s" % (" > ".join(lines), repr(e)[:2000].replace("\n", " ")),
                  flush=True)
    return int(failed > 0 or not tests)


def named(names, only=()):
    """The functions test_... of a module's globals(), in order; `only`: these, without "test_"."""
    return [(name[5:].replace("_", " "), f) for name, f in names.items()
            if name.startswith("test_") and (not only or name[5:] in only)]
