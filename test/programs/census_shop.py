"""A shop's batch job: dead inputs, records as dicts, repeated texts, a module's log, a class attribute, caches."""

import collections
import csv
import functools
import io

LOG = []


class Item:
    instances = {}

    def __init__(self, number, shop):
        self.number = number
        self.shop = shop
        self.price = number * 0.5


class Slotted:
    __slots__ = ("shop", "number")

    def __init__(self, number):
        self.number = number
        self.shop = "shop-%d" % (number % 10)


class Service:
    def __init__(self):
        self.rows = []
        self.seen = collections.defaultdict(list)

    @functools.lru_cache(maxsize=None)
    def rate(self, number):
        return number * 2

    def fill(self, items):
        for item in items:
            self.rows.append((item.number, "row %d" % item.number))
            self.seen[item.number]


def items(count):
    return [Item(number, "shop-%d" % (number % 10)) for number in range(count)]


def records(source):
    return [{"id": item.number, "shop": "shop-%d" % (item.number % 10), "price": item.price} for item in source]


def table(count):
    text = io.StringIO("".join("%d;%d\n" % (number, number) for number in range(count)))
    reader = csv.reader(text, delimiter=";")
    first = next(reader)
    return text, reader, first


def log(count):
    for number in range(count):
        LOG.append("entry number %d" % number)


def summarise(rows):
    block = bytearray(8 << 20)
    total = len(rows) + len(block)
    return total


def pipeline(count):
    service = Service()
    source = items(count)
    service.fill(source)
    slotted = [Slotted(number) for number in range(count)]
    for number in range(1500):
        service.rate(number)
    Item.instances = {item.number: item.price for item in source[:2000]}
    text, reader, first = table(20000)
    size = len(first)
    rows = records(source)
    log(2000)
    total = summarise(rows)
    return total + size + len(slotted) + len(service.rows)


if __name__ == "__main__":
    pipeline(3000)
