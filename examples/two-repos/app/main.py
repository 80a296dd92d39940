import feed


def names(n):
    return ["report %07d of the station, with its full name" % i for i in range(n)]


def report(n):
    table = feed.parse(n)
    total = sum(value for _, value, _ in table.values())
    stations = len({station for station, _, _ in table.values()})
    titles = names(n)
    index = {}
    for number, title in enumerate(titles):
        index[number] = [title[:14], number]
    return stations, round(total, 2), len(index)


if __name__ == "__main__":
    print(report(30_000))
