#!/usr/bin/env python3
"""wheel - sow as a Python wheel: the program, all of its libraries, a small module.

    packaging/wheel.py BUILD LEAN OUT

BUILD is a build folder of Meson in which sow is built, LEAN what packaging/lean_libs made; the
wheel is left in OUT, and its path printed. The same inputs give the same bytes.

Inside:
    sow/                          packaging/python/sow: the module
    sow-V.data/scripts/sow        the program itself, not a script that starts it
    sow-V.data/data/libexec/sow/  its libraries and ggml's back ends, found by $ORIGIN
    sow-V.data/data/share/        manual pages, completions, licences, dictionaries, setup
    sow-V.dist-info/              what pip reads, and the licences of all that is bundled

`pip install --target` loses what a wheel puts into lib/, and so the libraries are in libexec/.
"""
import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import elf  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
LIBRARIES = "libexec/sow"
GRAMMAR = "/usr/share/link-grammar/en"
WORDNET = "/usr/share/wordnet"
# Whether a word is a noun or a verb, and of which word it is a form: that is all that is asked of
# WordNet. So its lists of words go along without what they say of each word: 3 MB of 28.
WORDNET_LISTS = ["index.noun", "index.verb"]
WORDNET_FORMS = ["noun.exc", "verb.exc"]


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode()


def project(build):
    return json.loads(run("meson", "introspect", "--projectinfo", build))


def staged(build, folder):
    """Installs BUILD below `folder`; where its prefix is."""
    options = json.loads(run("meson", "introspect", "--buildoptions", build))
    prefix = next(o["value"] for o in options if o["name"] == "prefix")
    run("meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", folder)
    return folder + prefix


def copy(source, to):
    os.makedirs(os.path.dirname(to), exist_ok=True)
    shutil.copyfile(source, to)
    return to


def place_binary(source, to, rpath):
    """A copy without debugging symbols that looks for its libraries beside itself. By RPATH, not
    RUNPATH: LD_LIBRARY_PATH of an environment must not put other libraries before ours."""
    run("strip", "--strip-unneeded", copy(source, to))
    run("patchelf", "--force-rpath", "--set-rpath", rpath, to)
    os.chmod(to, 0o755)
    return elf.Elf(to)


def gather_binaries(prefix, lean, tree):
    """The program and all of its libraries, placed in `tree`."""
    program = elf.Elf(prefix + "/bin/sow")
    beside = prefix + "/lib/sow"
    names = sorted(os.listdir(beside)) if os.path.isdir(beside) else []  # none without llama
    back_ends = [elf.Elf(os.path.join(beside, name)) for name in names]
    libraries = elf.closure([program] + back_ends, [lean, beside])
    placed = [place_binary(program.path, tree + "/scripts/sow", "$ORIGIN/../" + LIBRARIES)]
    for path in sorted({library.path for library in back_ends + libraries}):
        name = elf.Elf(path).soname
        placed.append(place_binary(path, "%s/data/%s/%s" % (tree, LIBRARIES, name), "$ORIGIN"))
    return placed, [library.path for library in libraries]


def words_alone(path):
    """A list of WordNet's in which no word has a meaning: "0 0 0 0" counts meanings, kinds of
    pointers, meanings again, and those that were seen. (See wndb(5WN).)"""
    with open(path, "rb") as file:
        return re.sub(rb"(?m)^(\S+ [nv]) .*$", rb"\1 0 0 0 0  ", file.read())


def gather_dictionaries(share):
    shutil.copytree(GRAMMAR, share + "/link-grammar/en",
                    ignore=shutil.ignore_patterns("*.m4"))
    os.makedirs(share + "/wordnet")
    for name in sorted(os.listdir(WORDNET)):
        if name in WORDNET_FORMS:
            copy(os.path.join(WORDNET, name), share + "/wordnet/" + name)
        elif re.fullmatch(r"(data|index)\..*|.*\.exc", name):  # its library opens all of them
            with open(share + "/wordnet/" + name, "wb") as out:
                if name in WORDNET_LISTS:
                    out.write(words_alone(os.path.join(WORDNET, name)))


def package_of(path):
    """The Debian package that a file of this machine is from; None: none."""
    for name in (os.path.realpath(path), path):
        for form in (name, re.sub("^/usr", "", name)):
            found = subprocess.run(["dpkg-query", "-S", form], check=False,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
            if found:
                return found.decode().split(":")[0]
    return None


def gather_licences(libraries, lean, share, licences):
    """Ours, those of the fetched parts, and Debian's copyright file of whatever is bundled."""
    copy(ROOT + "/LICENSE", licences + "/LICENSE")
    for name in sorted(os.listdir(share)):
        if name.startswith(("LICENSE", "NOTICE")):
            shutil.move(os.path.join(share, name), os.path.join(licences, name))
    for name in sorted(os.listdir(lean)):
        if name.endswith(".copyright"):
            copy(os.path.join(lean, name), os.path.join(licences, name))
    for package in sorted({package_of(path) for path in libraries + [GRAMMAR, WORDNET]} - {None}):
        copy("/usr/share/doc/%s/copyright" % package, "%s/%s.copyright" % (licences, package))


def metadata(version):
    with open(ROOT + "/README.md", encoding="utf-8") as readme:
        text = readme.read()
    return """Metadata-Version: 2.4
Name: sow
Version: %s
Summary: Grows instruction data for fine-tuning: Self-Instruct, Evol-Instruct and more
License-Expression: MIT
License-File: LICENSE
Keywords: synthetic data,instruction tuning,self-instruct,evol-instruct,LLM,deduplication
Classifier: Environment :: Console
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: C
Classifier: Topic :: Scientific/Engineering :: Artificial Intelligence
Classifier: Typing :: Typed
Requires-Python: >=3.8
Provides-Extra: datasets
Requires-Dist: datasets; extra == "datasets"
Description-Content-Type: text/markdown

%s""" % (version, text)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def files_below(tree):
    for folder, folders, names in os.walk(tree):
        folders.sort()
        for name in sorted(names):
            yield os.path.relpath(os.path.join(folder, name), tree)


def record_of(tree, info):
    lines = []
    for name in files_below(tree):
        with open(os.path.join(tree, name), "rb") as file:
            data = file.read()
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append("%s,sha256=%s,%d\n" % (name, digest, len(data)))
    return "".join(lines) + info + "/RECORD,,\n"


def pack(tree, path):
    """Zipped without times and owners; the whole or nothing."""
    with zipfile.ZipFile(path + ".new", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        for name in files_below(tree):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            mode = os.stat(os.path.join(tree, name)).st_mode & 0o111
            entry.external_attr = (0o100755 if mode else 0o100644) << 16
            with open(os.path.join(tree, name), "rb") as file:
                out.writestr(entry, file.read(), compresslevel=9)
    os.rename(path + ".new", path)


def make(build, lean, out):
    version = project(build)["version"]
    with tempfile.TemporaryDirectory(prefix="sow-wheel-") as scratch:
        prefix = staged(build, scratch + "/stage")
        tree = scratch + "/tree"
        data, info = "%s/sow-%s.data" % (tree, version), "sow-%s.dist-info" % version
        binaries, libraries = gather_binaries(prefix, lean, data)
        share = data + "/data/share"
        shutil.copytree(prefix + "/share", share)
        gather_dictionaries(share + "/sow")
        gather_licences(libraries, lean, share + "/sow", "%s/%s/licenses" % (tree, info))
        shutil.copytree(HERE + "/python/sow", tree + "/sow",
                        ignore=shutil.ignore_patterns("__pycache__"))
        tag = "py3-none-" + elf.platform_tag(binaries)
        write("%s/%s/METADATA" % (tree, info), metadata(version))
        write("%s/%s/WHEEL" % (tree, info), "Wheel-Version: 1.0\nGenerator: sow %s\n"
              "Root-Is-Purelib: false\nTag: %s\n" % (version, tag))
        write("%s/%s/RECORD" % (tree, info), record_of(tree, info))
        os.makedirs(out, exist_ok=True)
        path = "%s/sow-%s-%s.whl" % (out, version, tag)
        pack(tree, path)
    return path


def main():
    if len(sys.argv) != 4:
        sys.exit("usage: wheel.py BUILD LEAN OUT")
    try:
        path = make(*sys.argv[1:])
    except elf.Missing as error:
        sys.exit("wheel: %s" % error)
    except subprocess.CalledProcessError as error:
        sys.exit("wheel: %s failed" % " ".join(error.cmd))
    print("%s (%.1f MB)" % (path, os.path.getsize(path) / 1e6))


if __name__ == "__main__":
    main()
