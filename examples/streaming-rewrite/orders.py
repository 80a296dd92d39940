"""The day's orders: read, priced, summed by customer."""

import sys


def read_orders(count):
    """Every order as the shop's log has it."""
    orders = []
    for number in range(count):
        fields = f"{number:07d};customer {number % 97:03d};article {number % 1013:05d};{1 + number % 9};{100 + number % 4900}"
        orders.append(fields.split(";"))
    return orders


def priced(orders):
    """Customer and amount of each order that is not a sample."""
    lines = []
    for number, customer, article, pieces, cents in orders:
        if article.endswith("00000"):
            continue
        lines.append((customer, int(pieces) * int(cents)))
    return lines


def total_by_customer(count):
    orders = read_orders(count)
    totals = {}
    for customer, cents in priced(orders):
        totals[customer] = totals.get(customer, 0) + cents
    return totals


def main():
    totals = total_by_customer(int(sys.argv[1]) if len(sys.argv) > 1 else 30_000)
    print(len(totals), sum(totals.values()), max(totals, key=totals.get))


if __name__ == "__main__":
    main()
