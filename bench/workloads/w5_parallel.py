"""w5: two threads and a pool of forked processes, all of which hold memory at one time."""

import multiprocessing
import sys
import threading


def fill(size, into):
    into.append([bytes([number % 251]) * 1000 for number in range(size)])


def work(size):
    rows = [bytes([number % 251]) * 1000 for number in range(size)]
    return sum(len(row) for row in rows)


def in_threads(size):
    kept = []
    threads = [threading.Thread(target=fill, args=(size, kept)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return kept


def in_processes(size):
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return pool.map(work, [size, size])


def pipeline(size):
    kept = in_threads(size)
    sums = in_processes(size)
    return sum(len(rows) for rows in kept) + sum(sums)


if __name__ == "__main__":
    print(pipeline(int(sys.argv[1]) if len(sys.argv) > 1 else 25_000))
