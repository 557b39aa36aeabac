#!/usr/bin/env python3
"""packaging_test - what goes into a wheel is worked out right.

Without building one: tests/clean_root installs a whole wheel.
"""
import glob
import os
import re
import sys
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, os.path.join(ROOT, "packaging"))
import elf  # noqa: E402
import wheel  # noqa: E402


class Built:
    """What elf.Elf tells of a file, made up."""

    def __init__(self, soname, needed=(), versions=(), path=None):
        self.soname, self.needed, self.versions = soname, list(needed), list(versions)
        self.path = path or "/made-up/" + soname
        self.machine = "x86_64"


class Tag(unittest.TestCase):
    def tag(self, *versions):
        return elf.platform_tag([Built("sow", versions=["GLIBC_2.2.5", *versions])])

    def test_the_newest_glibc_counts(self):
        self.assertEqual(self.tag("GLIBC_2.34", "GLIBC_2.9"), "manylinux_2_34_x86_64")
        self.assertEqual(self.tag("GLIBC_2.36"), "manylinux_2_36_x86_64")

    def test_two_digits_are_a_number(self):
        self.assertEqual(self.tag("GLIBC_2.4", "GLIBC_2.31"), "manylinux_2_31_x86_64")

    def test_no_older_than_pip_knows_gcc_for(self):
        self.assertEqual(self.tag(), "manylinux_2_28_x86_64")

    def test_gccs_libraries_count(self):
        self.assertEqual(self.tag("GLIBCXX_3.4.29"), "manylinux_2_34_x86_64")
        self.assertEqual(self.tag("GLIBC_2.34", "GLIBCXX_3.4.30"), "manylinux_2_35_x86_64")
        self.assertEqual(self.tag("GCC_12.0.0"), "manylinux_2_35_x86_64")

    def test_compressed_relocations_need_a_newer_loader(self):
        self.assertEqual(self.tag("GLIBC_ABI_DT_RELR"), "manylinux_2_36_x86_64")

    def test_every_file_counts(self):
        files = [Built("sow", versions=["GLIBC_2.28"]), Built("x.so", versions=["GLIBC_2.35"])]
        self.assertEqual(elf.platform_tag(files), "manylinux_2_35_x86_64")

    def test_more_than_any_system_gives(self):
        with self.assertRaisesRegex(elf.Missing, "GLIBCXX"):
            self.tag("GLIBCXX_3.9.1")

    def test_other_families_are_of_what_travels_along(self):
        self.assertEqual(self.tag("CURL_OPENSSL_4", "OPENSSL_3.0.0"), "manylinux_2_28_x86_64")


class Libraries(unittest.TestCase):
    def test_a_real_program(self):
        program = elf.Elf(os.path.realpath(sys.executable))
        self.assertIn("libc.so.6", program.needed)
        self.assertEqual(program.machine, os.uname().machine)
        self.assertTrue(any(version.startswith("GLIBC_2.") for version in program.versions))

    def test_the_systems_stay(self):
        program = Built("p", ["libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1",
                              "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "libz.so.1"])
        self.assertEqual(elf.closure([program], []), [])

    def test_those_that_libraries_need(self):
        found = elf.closure([Built("p", ["libssl.so.3"])], [])
        self.assertLessEqual({"libcrypto.so.3", "libssl.so.3"}, {elf.soname for elf in found})

    def test_ours_come_first(self):
        real = elf.system_path("libz.so.1")
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(real, os.path.join(folder, "libours.so.1"))
            found = elf.closure([Built("p", ["libours.so.1"])], [folder])
        self.assertEqual([library.path for library in found], [folder + "/libours.so.1"])

    def test_one_that_is_nowhere(self):
        with self.assertRaisesRegex(elf.Missing, "libnowhere.so.9"):
            elf.closure([Built("p", ["libnowhere.so.9"])], [])


class Pieces(unittest.TestCase):
    def test_words_alone(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"  1 a licence | n 1\n"
                       b"dog n 7 5 @ ~ #m #p %p 7 1 02084071 10114209  \n"
                       b"hot_dog n 3 2 @ ~ 3 1 07697537 10187557 07676602  \n")
            file.flush()
            self.assertEqual(wheel.words_alone(file.name), b"  1 a licence | n 1\n"
                             b"dog n 0 0 0 0  \nhot_dog n 0 0 0 0  \n")

    def test_the_record_names_every_file_and_itself(self):
        with tempfile.TemporaryDirectory() as tree:
            wheel.write(tree + "/a/b.txt", "hello\n")
            self.assertEqual(wheel.record_of(tree, "i"),
                             "a/b.txt,sha256=WJG1tSLV3whtD_CxEPvZ0hu0_HFjrzTQgoai6Eb2vgM,6\n"
                             "i/RECORD,,\n")

    def test_the_same_bytes_whenever_it_is_packed(self):
        packed = []
        for stamp in (1, 10 ** 9):
            with tempfile.TemporaryDirectory() as tree:
                wheel.write(tree + "/tree/sow/x.py", "pass\n")
                wheel.write(tree + "/tree/run", "#!/bin/sh\n")
                os.chmod(tree + "/tree/run", 0o755)
                os.utime(tree + "/tree/run", (stamp, stamp))
                wheel.pack(tree + "/tree", tree + "/x.whl")
                with open(tree + "/x.whl", "rb") as file:
                    packed.append(file.read())
        self.assertEqual(packed[0], packed[1])


class Version(unittest.TestCase):
    def test_it_is_written_in_one_place(self):
        with open(ROOT + "/meson.build", encoding="utf-8") as file:
            version = re.search(r"version: '([\d.]+)'", file.read()).group(1)
        elsewhere = []
        for path in (glob.glob(ROOT + "/packaging/**/*", recursive=True) +
                     glob.glob(ROOT + "/docs/**/*.md", recursive=True) + [ROOT + "/README.md"]):
            if not os.path.isfile(path) or "__pycache__" in path:
                continue
            with open(path, encoding="utf-8") as file:
                if re.search(r"(?<![\d.])%s(?![\d.])" % re.escape(version), file.read()):
                    elsewhere.append(path)
        self.assertEqual(elsewhere, [])


if __name__ == "__main__":
    unittest.main()
