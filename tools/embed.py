#!/usr/bin/env python3
"""Turn text files into one C file, the table of src/base/embedded.h.

    embed.py --root TREE [--fetched OTHER] OUT.c FILE...

A file is known by its path from TREE, or from OTHER where it lies there. The C file is the
same whatever the order the files are given in.
"""
import argparse
import os
import sys

HEAD = """/* Made by tools/embed.py from the files named below. */
#include <string.h>

#include "base/embedded.h"

"""

TAIL = """
const size_t embedded_count = %d;

const struct embedded_file *embedded_find(const char *path)
{
	size_t low = 0, high = embedded_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(path, embedded_files[middle].path);

		if (order == 0)
			return &embedded_files[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
"""

PLAIN = {byte: chr(byte) for byte in range(0x20, 0x7F)}
PLAIN.update({0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r",
              0x22: '\\"', 0x5C: "\\\\", 0x3F: "\\?"})


def literal(data):
    """`data` as C string literals, one a line of text (or 1,000 bytes of it)."""
    pieces = []
    for line in data.splitlines(keepends=True):
        for start in range(0, len(line), 1000):
            text = "".join(PLAIN.get(byte) or "\\%03o" % byte
                           for byte in line[start:start + 1000])
            pieces.append('\t  "%s"' % text)
    return "\n".join(pieces) or '\t  ""'


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", required=True)
    parser.add_argument("--fetched", help="another tree, which may be in the first")
    parser.add_argument("out")
    parser.add_argument("files", nargs="*")
    args = parser.parse_args()

    files = {}
    for name in args.files:
        path = os.path.relpath(name, args.fetched or args.root)
        if path.startswith(".."):
            path = os.path.relpath(name, args.root)
        path = path.replace(os.sep, "/")
        with open(name, "rb") as source:
            files[path.encode()] = source.read()

    rows = []
    for path in sorted(files):
        data = files[path]
        if b"\0" in data:
            sys.exit("embed.py: %s has a NUL byte: not a text file" % path.decode())
        rows.append("\t{ %s,\n%s,\n\t  %d },\n"
                    % (literal(path).strip(), literal(data), len(data)))
    # An empty table is no C; the row that ends this one is not counted.
    rows.append("\t{ NULL, NULL, 0 },\n")

    with open(args.out, "w", encoding="ascii", newline="\n") as out:
        out.write(HEAD)
        out.write("const struct embedded_file embedded_files[] = {\n%s};\n" % "".join(rows))
        out.write(TAIL % len(files))


if __name__ == "__main__":
    main()
