"""w1: millions of small objects: dict records, then a log of snapshots of each. The peak stands in `calibrate`, on the snapshots."""

import sys

LOG = []


def read(count):
    rows = []
    for number in range(count):
        rows.append({"id": number, "station": f"station-{number % 97}", "value": number * 0.5, "unit": "hPa"})
    return rows


def clean(rows):
    kept = []
    for row in rows:
        if row["id"] % 50:
            kept.append(row)
    return kept


def calibrate(rows):
    done = []
    for row in rows:
        value = row["value"] * 1.01
        LOG.append({"id": row["id"], "before": row["value"], "after": value, "note": f"calibrated {row['id']}"})
        done.append((row["id"], value))
    return done


def report(done):
    return sum(value for _, value in done)


def pipeline(count):
    rows = read(count)
    rows = clean(rows)
    done = calibrate(rows)
    return report(done)


if __name__ == "__main__":
    print(round(pipeline(int(sys.argv[1]) if len(sys.argv) > 1 else 260_000)))
