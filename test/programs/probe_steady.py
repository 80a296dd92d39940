"""Holds 160 MiB of touched memory at its peak; says what Python itself saw where asked."""

import sys


def build(mebibytes: int) -> list:
    return [bytearray(b"x") * (1 << 20) for _ in range(mebibytes)]


def peak_of_process() -> int:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


if __name__ == "__main__":
    tracing = "traced" in sys.argv
    if tracing:
        import tracemalloc

        tracemalloc.start(1)
    first = build(100)
    second = build(60)
    del first
    third = build(20)
    if tracing:
        print(tracemalloc.get_traced_memory()[1])
    elif "process" in sys.argv:
        print(peak_of_process())
