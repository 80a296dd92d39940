"""A fork pool whose workers live while the parent's memory peaks."""

import multiprocessing


def work(n):
    return sum(len(row) for row in [bytes(1000) for _ in range(n)])


def pipeline():
    kept = [bytes(1000) for _ in range(8000)]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        sums = pool.map(work, [3000, 3000])
        more = [bytes(1000) for _ in range(8000)]
    return len(kept) + len(more) + sum(sums)


if __name__ == "__main__":
    pipeline()
