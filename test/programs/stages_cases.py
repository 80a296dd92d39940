"""Stage cases with known memory. `# = count delta rise peak`: what the statement must show, in MiB; peak above the case's start."""

import asyncio
import functools
import threading


def alloc(mib):
    return bytearray(mib << 20)


def temporary(mib):
    block = bytearray(mib << 20)
    return len(block)


def plain():
    first = alloc(4)  # = 1 4 4 4
    temporary(8)  # = 1 0 8 12
    second = bytearray(2 << 20)  # = 1 2 2 6
    del first  # = 1 -4 0 6
    return second


def loop():
    kept = []
    for size in (1, 2, 3):
        kept.append(alloc(size))  # = 3 6 3 6
        temporary(size)  # = 3 0 3 9
    kept.clear()  # = 1 -6 0 6


def comprehension():
    blocks = [alloc(1) for _ in range(5)]  # = 1 5 5 5
    total = sum(len(alloc(2)) for _ in range(3))  # = 1 0 2 7
    return blocks, total


class Holder:
    def __init__(self, mib):
        self.block = alloc(mib)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.block = None


def with_block():
    start = len("start")  # = 1 0 0 0
    with Holder(3) as holder:  # = - - 3 -
        extra = alloc(2)  # = 1 - 2 5
    after = alloc(1)  # = 1 1 1 3
    return start, holder, extra, after


def logged(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


@logged
def decorated():
    block = alloc(3)  # = 1 3 3 3
    return len(block)


class Service:
    def run(self):
        self.load()  # = 1 4 4 4
        self.work()  # = 1 0 3 7
        self.rows = None  # = 1 -4 0 4

    def load(self):
        self.rows = alloc(4)

    def work(self):
        temporary(3)


def generator_pipeline():
    first = alloc(3)  # = 1 3 3 3
    yield len(first)
    second = alloc(2)  # = 1 2 2 5
    temporary(4)  # = 1 0 4 9
    yield len(second)


def generator():
    start = len("start")  # = 1 0 0 0
    for _ in generator_pipeline():  # = - 0 6 9
        temporary(9)  # = 2 0 9 14
    return start


async def other_task():
    block = alloc(6)
    await asyncio.sleep(0)
    return len(block)


async def async_pipeline():
    first = alloc(3)  # = 1 3 3 3
    await asyncio.sleep(0)
    second = alloc(2)  # = 1 2 2 -
    return first, second


async def both():
    await asyncio.gather(async_pipeline(), other_task())


def coroutine():
    asyncio.run(both())  # = 1 - 11 11


def closure():
    size = 2

    def inner():
        block = alloc(size)  # = 1 2 2 2
        return block

    kept = inner()  # = 1 2 2 2
    return kept


def failing():
    block = alloc(6)  # = 1 6 6 -
    raise ValueError(len(block))


def exception():
    first = alloc(1)  # = 1 1 1 1
    try:
        failing()  # = 1 - 6 7
    except ValueError:
        pass
    after = alloc(2)  # = 1 2 2 3
    return first, after


def multi_line():
    pair = [  # = 1 5 5 5
        alloc(2),
        alloc(3),
    ]
    del pair[
        0
    ]


# fmt: off
def one_liner():
    if True: block = alloc(2)  # = 1 2 2 2
    other = alloc(1); last = alloc(1)  # = 1 2 2 4
    return block, other, last
# fmt: on


def recurse(depth):
    block = alloc(1)
    if depth:
        recurse(depth - 1)
    return len(block)


def recursion():
    recurse(19)  # = 1 0 20 20
    recurse(4)  # = 1 0 5 5


def worker(go):
    go.wait()
    for _ in range(100):
        block = alloc(4)
        len(block)
        del block


def threads():
    go = threading.Event()
    thread = threading.Thread(target=worker, args=(go,))
    thread.start()
    first = alloc(3)  # = 1 3 3 3
    finish(go, thread)  # = 1 0 4 7
    second = alloc(2)  # = 1 2 2 5
    return first, second


def finish(go, thread):
    go.set()
    thread.join()


def lazy_rows(count):
    for _ in range(count):
        yield alloc(1)


def lazy():
    rows = lazy_rows(4)  # = 1 0 0 0
    more = (alloc(1) for _ in range(3))  # = 1 0 0 0
    kept = list(rows)  # = 1 4 4 4
    kept.extend(more)  # = 1 3 3 7
    return kept


def hot_step(kept, index):
    value = index * 2
    if index % 1000 == 0:
        kept.append(alloc(1))
    return value


def hot_loop():
    kept = []
    for index in range(8000):  # = - - - 8
        hot_step(kept, index)
    big = alloc(5)  # = 1 5 5 13
    return big


def main():
    plain()
    loop()
    comprehension()
    with_block()
    decorated()
    Service().run()
    generator()
    coroutine()
    closure()
    exception()
    multi_line()
    one_liner()
    recursion()
    threads()
    lazy()
    hot_loop()


if __name__ == "__main__":
    main()
