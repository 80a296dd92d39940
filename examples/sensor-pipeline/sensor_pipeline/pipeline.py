"""From the gateways' lines to the night's report."""

import hashlib
import json
import sys

from .calibrate import calibrate
from .generate import make_lines
from .parse import parse_readings
from .report import overview, summarise
from .validate import validate_readings

SIZES = {"small": 3_000, "medium": 12_000, "large": 60_000}


def load_lines(count):
    """The night's transmission: one text, as the gateway sends it, cut into lines."""
    transmission = "\n".join(make_lines(count))
    lines = transmission.split("\n")
    return lines


def process(count):
    """Runs every stage on `count` readings and returns the overview with the stations' reports."""
    lines = load_lines(count)
    readings = parse_readings(lines)
    checked = validate_readings(readings)
    calibrated = calibrate(checked)
    return {"overview": overview(calibrated), "stations": summarise(calibrated)}


def digest(result):
    return hashlib.sha256(json.dumps(result, sort_keys=True).encode()).hexdigest()


def main(argv=None):
    size = (argv or sys.argv[1:] or ["small"])[0]
    result = process(SIZES[size])
    print(json.dumps(result["overview"]))
    print("digest:", digest(result))


if __name__ == "__main__":
    main()
