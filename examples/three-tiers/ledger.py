"""Sums up a ledger. Small ledgers are summed in one pass; large ones are sorted by account first."""

SORT_FROM = 20_000


def entries(n):
    return ["%07d;account %04d;%d.%02d" % (i, i % 997, i % 5000, i % 100) for i in range(n)]


def amounts(lines):
    return [(line[8:20], float(line.rpartition(";")[2])) for line in lines]


def totals(pairs):
    table = {}
    for index, (account, amount) in enumerate(pairs):
        table[index] = [account, amount]
    return table


def by_account(pairs):
    keyed = [[account, index, amount] for index, (account, amount) in enumerate(pairs)]
    ordered = sorted(keyed)
    return [(account, amount, str(amount) + account) for account, _, amount in ordered]


def summary(n):
    lines = entries(n)
    pairs = amounts(lines)
    if n >= SORT_FROM:
        return len(by_account(pairs))
    table = totals(pairs)
    return len(table)


if __name__ == "__main__":
    import sys

    print(summary(int(sys.argv[1])))
