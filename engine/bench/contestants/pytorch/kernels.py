"""Whose matrix products PyTorch computes with. By itself: of the library that would be loaded, without loading PyTorch."""

import ctypes
import sys


def loaded():
    """The libraries of this process that know products of matrices; where the system does not say, none."""
    try:
        with open("/proc/self/maps") as maps:
            paths = {line.split(maxsplit=5)[5].strip() for line in maps if line.count("/") > 0}
    except OSError:
        return []
    return sorted(path for path in paths if any(name in path.lower() for name in ("blas", "mkl")))


def named(path):
    """OpenBLAS chooses its kernels by the processor, or as OPENBLAS_CORETYPE says."""
    try:
        ask = ctypes.CDLL(path).openblas_get_corename
    except (OSError, AttributeError):
        return "MKL" if "mkl" in path.lower() else ""
    ask.restype = ctypes.c_char_p
    return f"OpenBLAS {ask().decode()}"


def kernels():
    """Such as `OpenBLAS Haswell`; `reference BLAS` is some twenty times slower than any other; '' where nobody knows."""
    libraries = loaded()
    known = [name for name in map(named, libraries) if name]
    return known[0] if known else "reference BLAS" if libraries else ""


if __name__ == "__main__":
    print(named("libblas.so.3" if len(sys.argv) < 2 else sys.argv[1]))
