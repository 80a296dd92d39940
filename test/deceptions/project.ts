/** A program that holds one list a stage until its end: each stage can be made smaller for itself, and each by a trick. */
export const project: Record<string, string> = {
  "work.py": `import os
import sys


class Row:
    def __init__(self, number, text):
        self.number = number
        self.text = text


def load(n):
    if n < 1:
        raise ValueError("nothing to load")
    return ["line %07d of the input, with some text behind it" % i for i in range(n)]


def lengths(lines):
    return [(len(line), line[5:12]) for line in lines]


def rows(n):
    return [Row(i, "row") for i in range(n)]


def points(n):
    return [[i, i + 1, i + 2] for i in range(n)]


def names(n):
    return ["name-%d" % (i % 50) for i in range(n)]


def numbers(n):
    return [i * 1.5 for i in range(n)]


def history(n):
    log = []
    total = 0
    for i in range(n):
        total += i
        log.append({"step": i, "total": total})
    return total, len(log)


def copied(items):
    mine = list(items)
    kept = [str(it) for it in mine]
    return len(kept), kept[-1]


def keyed(n):
    return {i: [i, str(i)] for i in range(n)}


def squares(n):
    values = [i * i for i in range(n)]
    return sum(values)


def headers(n):
    return ["header %d" % i for i in range(n)]


def main(n):
    heads = headers(n)
    lines = load(n)
    pairs = lengths(lines)
    made = rows(n)
    corners = points(n)
    called = names(n)
    floats = numbers(n)
    past = history(n)
    copies = copied(called)
    table = keyed(n)
    total = squares(n)
    texts = len(set(called)), called[0]
    last = heads[-1], made[-1].number, corners[-1][2], floats[-1], table[n - 1][1]
    return len(pairs), sum(it[0] for it in pairs), past, copies, total, texts, last
`,
  "test_work.py": `import work


def test_main():
    assert work.main(10)[0] == 10


def test_parts():
    lines = work.load(3)
    assert list(work.lengths(lines)) == [(51, "0000000"), (51, "0000001"), (51, "0000002")]
    assert work.copied(["a"]) == (1, "a")
    assert work.history(4) == (6, 4)
    assert work.squares(3) == 5
`,
};

/** The call that is measured. */
export const call = { words: ["work:main"], args: "12_000" };
