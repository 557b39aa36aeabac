"""elf - what a program and its libraries need, as binutils tell it.

    program = Elf("build/sow")
    for library in closure([program], ["build/lean/lib"]):
        print(library.soname, library.path)
    print(platform_tag([program, ...]))          # manylinux_2_34_x86_64
"""
import os
import re
import subprocess

# What every Linux with glibc has, and what must fit its kernel, its glibc and the locale and
# name service files that go with it. The rest of a program's libraries travels with it. These
# are on the list of all manylinux standards.
SYSTEM = re.compile(r"ld-linux.*|lib(c|m|mvec|dl|rt|pthread|util|resolv|gcc_s|stdc\+\+|z)\.so\..*")

# What a system that is called manylinux_2_N has at least (PEP 600): the glibc of the name, and
# with it these of GCC's libraries and of zlib, as auditwheel's policies have them.
FLOORS = [
    ((2, 28), {"GLIBCXX": (3, 4, 24), "CXXABI": (1, 3, 11), "GCC": (7, 0, 0), "ZLIB": (1, 2, 9)}),
    ((2, 31), {"GLIBCXX": (3, 4, 28), "CXXABI": (1, 3, 12), "GCC": (7, 0, 0), "ZLIB": (1, 2, 9)}),
    ((2, 34), {"GLIBCXX": (3, 4, 29), "CXXABI": (1, 3, 13), "GCC": (7, 0, 0), "ZLIB": (1, 2, 9)}),
    ((2, 35), {"GLIBCXX": (3, 4, 30), "CXXABI": (1, 3, 13), "GCC": (12, 0, 0), "ZLIB": (1, 2, 9)}),
    ((2, 39), {"GLIBCXX": (3, 4, 33), "CXXABI": (1, 3, 15), "GCC": (14, 0, 0), "ZLIB": (1, 2, 12)}),
]


class Missing(Exception):
    """A library that is nowhere, or a symbol that no system promises."""


class Elf:
    """One program or library: `soname`, `needed` sonames, `versions` of symbols of others."""

    def __init__(self, path):
        self.path = path
        text = subprocess.run(["objdump", "-p", path], check=True, stdout=subprocess.PIPE,
                              env=dict(os.environ, LC_ALL="C")).stdout.decode()
        self.machine = re.search(r"file format elf\d*-(?:little)?(\S+)", text).group(1)
        self.machine = {"x86-64": "x86_64"}.get(self.machine, self.machine)
        self.needed = re.findall(r"^ +NEEDED +(\S+)", text, re.M)
        soname = re.search(r"^ +SONAME +(\S+)", text, re.M)
        self.soname = soname.group(1) if soname else os.path.basename(path)
        references = text.partition("Version References:")[2]
        self.versions = re.findall(r"0x\S+ 0x\S+ \d+ (\S+)", references)


def system_path(soname):
    """Where the loader of this machine finds it; None: nowhere."""
    cache = subprocess.run(["/sbin/ldconfig", "-p"], check=True, stdout=subprocess.PIPE).stdout
    found = re.search(r"^\t%s \(.*64.*\) => (\S+)" % re.escape(soname), cache.decode(), re.M)
    return found.group(1) if found else None


def closure(files, folders):
    """All libraries that `files` and their libraries need and that are not the system's: from the
    first of `folders` that has them, else from this machine. In order of their sonames."""
    found = {}
    have = {elf.soname for elf in files}
    queue = list(files)
    while queue:
        elf = queue.pop()
        for soname in elf.needed:
            if soname in have or SYSTEM.fullmatch(soname):
                continue
            beside = [os.path.join(folder, soname) for folder in folders]
            path = next(filter(os.path.exists, beside), None) or system_path(soname)
            if not path:
                raise Missing("%s needs %s, which is not on this machine" % (elf.path, soname))
            have.add(soname)
            found[soname] = Elf(path)
            queue.append(found[soname])
    return [found[soname] for soname in sorted(found)]


def number(version):
    return tuple(int(part) for part in version.split("."))


def needs(files):
    """The newest version of each family of symbols that the system has to give:
    {"GLIBC": (2, 34), ...}."""
    newest = {}
    for elf in files:
        for version in elf.versions:
            if version == "GLIBC_ABI_DT_RELR":  # understood by glibc 2.36 and later
                version = "GLIBC_2.36"
            found = re.fullmatch(r"(GLIBC|GLIBCXX|CXXABI|GCC|ZLIB)_([\d.]+)", version)
            if found:
                family, least = found.group(1), number(found.group(2))
                newest[family] = max(newest.get(family, ()), least)
    return newest


def platform_tag(files):
    """The oldest manylinux that gives all that `files` need from it, for their machine."""
    wanted = needs(files)
    glibc = wanted.pop("GLIBC", (2, 28))
    for name, floor in FLOORS:
        if all(floor[family] >= version for family, version in wanted.items()):
            return "manylinux_%d_%d_%s" % (*max(name, glibc[:2]), files[0].machine)
    raise Missing("no manylinux gives %s" % wanted)
