"""w3: pandas: read_csv, merge, groupby. Much of the memory is not asked for by lines of this file."""

import io
import sys

import numpy as np
import pandas as pd


def produce(count):
    numbers = np.random.default_rng(7).integers(0, 1000, (count, 3))
    lines = ["key,a,b"]
    lines += [f"{key},{a},{b}" for key, a, b in numbers.tolist()]
    return "\n".join(lines)


def read(text):
    return pd.read_csv(io.StringIO(text))


def join(table):
    names = pd.DataFrame({"key": range(1000), "name": [f"name-{key}" for key in range(1000)]})
    return table.merge(names, on="key", how="left").merge(table.head(2000).groupby("key").first(), on="key", how="left")


def aggregate(table):
    return table.groupby("name")["a_x"].sum()


def pipeline(count):
    text = produce(count)
    table = read(text)
    joined = join(table)
    return int(aggregate(joined).sum())


if __name__ == "__main__":
    print(pipeline(int(sys.argv[1]) if len(sys.argv) > 1 else 400_000))
