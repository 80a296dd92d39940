"""w4: very many short-lived allocations around a small standing set: what a tool costs per allocation."""

import sys


def tokens(line):
    return [part.strip().lower() for part in line.split(",")]


def count(lines):
    counts = {}
    for line in lines:
        for token in tokens(line):
            counts[token] = counts.get(token, 0) + 1
    return counts


def make(number):
    for index in range(number):
        yield f"Alpha {index % 991}, Beta {index % 89}, Gamma {index % 13}, {index}"


def pipeline(number):
    counts = count(make(number))
    return sum(counts.values())


if __name__ == "__main__":
    print(pipeline(int(sys.argv[1]) if len(sys.argv) > 1 else 400_000))
