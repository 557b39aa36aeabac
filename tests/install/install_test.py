#!/usr/bin/env python3
"""install_test - what `make install` leaves is whole and works where it lies.

    install_test.py BUILD-ROOT

Installs below a scratch folder; there the program runs, each command has a manual page that
tells all of its options, bash completes commands, options and formats, and nothing else is
installed that a program could be built from.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile


def output(*command, **how):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          **how)
    if done.returncode:
        sys.exit("%s: %s" % (" ".join(command), done.stdout.decode("utf-8", "replace")))
    return done.stdout.decode("utf-8")


def expect(holds, what):
    if not holds:
        sys.exit("install: " + what)


def commands(sow):
    page = output(sow, "help")
    return re.findall(r"^  ([a-z-]+) ", page.split("\nHelp\n")[0], re.M)


def options(sow, command):
    page = output(sow, command, "--help")
    return set(re.findall(r"^  (?:-\w, |    )(--[a-z0-9-]+)", page, re.M))


def check_pages(sow, man, names):
    if not shutil.which("scdoc"):
        print("skipped: manual pages, without scdoc")
        return
    for name in names:
        path = os.path.join(man, "sow-%s.1" % name)
        expect(os.path.exists(path), "no manual page of sow " + name)
        with open(path, encoding="utf-8") as page:
            text = page.read().replace("\\-", "-").replace("\\&", "")
        for option in options(sow, name):
            expect(option in text, "%s is not in %s" % (option, path))
    expect(len(os.listdir(man)) == len(names) + 1, "manual pages: %s" % os.listdir(man))
    with open(os.path.join(man, "sow.1"), encoding="utf-8") as page:
        text = page.read().replace("\\-", "-")
    for name in names:
        expect("sow-" + name in text, "sow(1) does not name %s" % name)


def completes(file, *words):
    """What bash offers for the last of `words`."""
    script = ('. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sow; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    return output("bash", "-c", script, "bash", file, *words).split()


def check_completion(sow, share, names):
    bash = os.path.join(share, "bash-completion/completions/sow")
    expect(set(names) <= set(completes(bash, "sow", "")), "bash: commands are missing")
    expect(completes(bash, "sow", "sta") == ["status", "stats"] or
           sorted(completes(bash, "sow", "sta")) == ["stats", "status"], "bash: sta")
    for name in names:
        offered = set(completes(bash, "sow", name, "--"))
        expect(options(sow, name) <= offered, "bash: %s offers %s" % (name, sorted(offered)))
    expect("alpaca" in completes(bash, "sow", "convert", "x", "--format", "al"), "bash: formats")
    expect(completes(bash, "sow", "stats", "x") == [], "bash: files are the shell's to complete")
    zsh = os.path.join(share, "zsh/site-functions/_sow")
    with open(zsh, encoding="utf-8") as text:
        expect(text.read().startswith("#compdef sow\n"), "zsh")
    if shutil.which("zsh"):
        output("zsh", "-n", zsh)


def check_program_alone(root):
    """No library, header or pkg-config file: what is installed is a program."""
    for folder, folders, files in os.walk(root):
        expect("include" not in folders and "pkgconfig" not in folders, "%s: %s" % (folder, folders))
        for name in files:
            expect(not name.endswith((".a", ".h", ".pc")), os.path.join(folder, name))


def main():
    build = os.path.abspath(sys.argv[1])
    for name in ("MALLOC_PERTURB_", "DESTDIR"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="sow-install-") as scratch:
        root = os.path.join(scratch, "root")
        output("meson", "install", "-C", build, "--no-rebuild", "--destdir", root)
        found = [folder for folder, _, files in os.walk(root) if "sow" in files and
                 folder.endswith("/bin")]
        expect(len(found) == 1, "no program below " + root)
        prefix = os.path.dirname(found[0])[len(root):]
        sow = os.path.join(found[0], "sow")
        share = root + prefix + "/share"
        names = [name for name in commands(sow) if name != "help"]
        expect(names, "no commands")
        check_pages(sow, share + "/man/man1", names)
        check_completion(sow, share, names)
        check_program_alone(root)
        print("ok")


if __name__ == "__main__":
    main()
