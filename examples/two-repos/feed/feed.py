"""Parses the lines of a feed."""


def lines(n):
    return ["%07d;station %04d;%d.%02d" % (i, i % 997, i % 5000, i % 100) for i in range(n)]


def parse(n):
    raw = lines(n)
    rows = [(line[8:20], line.rpartition(";")[2]) for line in raw]
    table = {}
    for index, (station, value) in enumerate(rows):
        table[index] = [station, float(value), index]
    return table
