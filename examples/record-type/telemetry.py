"""A vehicle's trip: samples of its sensors, and what they say together."""

import sys


def sample(number):
    """One measurement, as the bus delivers it."""
    return {"at": number * 40, "speed": (number * 7) % 1300 / 10, "fuel": (number * 3) % 900 / 10, "gear": number % 6}


def record_trip(count):
    trip = []
    for number in range(count):
        trip.append(sample(number))
    return trip


def smooth(trip):
    """The mean speed over each stretch of five samples."""
    return [sum(it["speed"] for it in trip[at : at + 5]) / 5 for at in range(0, len(trip) - 4, 5)]


def summary(trip):
    fastest = max(trip, key=lambda it: it["speed"])
    used = sum(it["fuel"] for it in trip) / len(trip)
    return fastest["at"], round(used, 4), sum(1 for it in trip if it["gear"] == 0)


def report(count):
    trip = record_trip(count)
    return summary(trip), round(sum(smooth(trip)), 3)


def main():
    print(*report(int(sys.argv[1]) if len(sys.argv) > 1 else 40_000))


if __name__ == "__main__":
    main()
