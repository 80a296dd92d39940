"""Tuples and frozen sets by the line that made them: many equal ones, all different ones, and some that are equal without being alike.
And an object that holds a large text.
"""


def equal(count):
    return [("stop %d" % (number % 10), 1000 + number % 10) for number in range(count)]


def different(count):
    return [("stop %d" % number, number) for number in range(count)]


def unlike(count):
    zeros = [(number % 2 * -0.0, "a") for number in range(count)]
    mixed = [(number, [number]) for number in range(count)]
    return zeros, mixed


def optional(count):
    return [(None if number % 3 else "x%d" % (number % 5), number % 7 + 0.5) for number in range(count)]


def sets(count):
    return {number: frozenset("stop %d,b" % (number % 10) for _ in "ab") for number in range(count)}


def pair(number):
    return ("halt %d" % (number % 10), number % 10 + 1000)


def pairs(count):
    return [pair(number) for number in range(count)]


class Page:
    def __init__(self, count):
        self.text = "x" * 100 * count


def pipeline(count):
    page = Page(count)
    kept = equal(count), different(count), unlike(count), optional(count), sets(count), pairs(count)
    block = bytearray(1 << 20)
    return len(kept) + len(block) + len(page.text)


if __name__ == "__main__":
    pipeline(4000)
