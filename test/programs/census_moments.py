"""Peaks in awkward places, one a run: `growth` in hot code, `passing` in one C call, `spike` inside a hot function, `chance`."""

import os
import sys


class Row:
    def __init__(self, number):
        self.number = number
        self.name = "row %d" % number


def make(number):
    row = Row(number)
    return row


def growth():
    rows = []
    for number in range(12000):
        rows.append(make(number))
    return len(rows)


def passing():
    before = bytearray(6 << 20)
    size = len(before)
    rows = list(range(100_000, 160_000))
    ordered = sorted(rows, key=str)
    del rows
    return size + len(ordered)


def step(number):
    size = 8 << 20 if number == 5001 else 10
    block = bytearray(size)
    return len(block)


def spike():
    kept = bytearray(2 << 20)
    total = 0
    for number in range(8000):
        total += step(number)
    return total + len(kept)


def chance():
    total = 0
    for number in range(os.getpid() % 7 + 2):
        total += number
    return total


if __name__ == "__main__":
    {"growth": growth, "passing": passing, "spike": spike, "chance": chance}[sys.argv[1]]()
