"""Third stage: each sensor's own offset."""

import copy

from .audit import snapshot, trace

OFFSETS = {"t": -0.31, "p": 1.2, "h": 0.75}


def offset_of(sensor):
    kind, number = sensor.split("-")[1:]
    return OFFSETS[kind] + int(number) / 1000


def calibrate(readings):
    """Readings with their sensor's offset applied, rounded to the precision of the report."""
    calibrated = []
    for reading in readings:
        fixed = copy.copy(reading)
        fixed.offset = offset_of(fixed.sensor)
        fixed.value = round(fixed.value + fixed.offset, 3)
        trace("calibrated", fixed)
        snapshot("calibrated", fixed)
        calibrated.append(fixed)
    return calibrated
