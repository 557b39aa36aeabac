"""llama_server.py LIBRARIES [OPTION…]: llama_cpp.server over the libllama that sow uses, in the folder
LIBRARIES, since its own would have to be compiled.

Its Python (0.3.36) fits that libllama (0.5.0): the structures are the same. What it binds and never
calls, a family of functions for batches that is younger, is stood in for.
"""
import ctypes
import glob
import os
import runpy
import sys
import tempfile


def missing(*_):
    sys.exit("llama_cpp calls a function that libllama lacks")


class Library(ctypes.CDLL):
    def __getattr__(self, name):
        try:
            return super().__getattr__(name)
        except AttributeError:
            if not name.startswith("llama_"):
                raise
            return ctypes.CFUNCTYPE(None)(missing)


def main():
    libraries = sys.argv.pop(1)
    with tempfile.TemporaryDirectory(prefix="llama-server-") as names:
        for path in glob.glob(os.path.join(libraries, "*.so")): # libllama.v0.5.0.so as libllama.so
            os.symlink(path, os.path.join(names, os.path.basename(path).split(".")[0] + ".so"))
        os.environ["LLAMA_CPP_LIB_PATH"] = names
        ctypes.CDLL = Library
        ggml = glob.glob(os.path.join(libraries, "libggml.*so"))[0]
        ctypes.CDLL(ggml).ggml_backend_load_all_from_path(libraries.encode())
        runpy.run_module("llama_cpp.server", run_name="__main__")


main()
