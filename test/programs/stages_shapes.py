"""Shapes of statements inside a watched function."""
from __future__ import annotations


def kept(count):
    return list(range(count))


def shapes(count):
    """Loops, branches, handlers, and what stands in several lines."""
    total = 0
    for number in range(count):
        if number % 3 == 0:
            continue
        elif number == 4:
            total += 1
        else:
            total += (
                number
                + 1
            )
    else:
        total += 5
    while total > 40:
        total -= 7
    try:
        [].pop()
    except IndexError:
        total += 1
    finally:
        total += 2
    with open(__file__) as file:
        first = file.readline()

    def inner(value):
        return value + 1

    return inner(total), kept(20_000), first


def falls(depth):
    here = kept(100)
    if depth:
        return falls(depth - 1)
    raise ValueError(len(here))


def yields(count):
    for number in range(count):
        held = kept(1000)
        yield len(held)


class Told:
    @staticmethod
    def late(count):
        try:
            return kept(count)
        finally:
            kept(10)


shapes(12)
try:
    falls(2)
except ValueError:
    pass
sum(yields(3))
Told.late(5)
