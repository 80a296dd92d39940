"""First stage: raw lines to readings."""

from .audit import snapshot, trace
from .reading import Reading
from .sensors import sensor_named


def parse_readings(lines):
    """One reading a line. Raises ValueError naming the line that cannot be taken apart."""
    readings = []
    for number, line in enumerate(lines, 1):
        fields = line.split(";")
        if len(fields) != 5:
            raise ValueError(f"line {number} has {len(fields)} fields: {line!r}")
        timestamp, sensor, unit, value, station = fields
        sensor_named(sensor)
        reading = Reading(timestamp, sensor, unit, float(value), station)
        trace("parsed", reading)
        snapshot("parsed", reading)
        readings.append(reading)
    return readings
