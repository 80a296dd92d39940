"""Third stage: each sensor's own offset."""

import copy

from .audit import snapshot, trace
from .sensors import sensor_named


def offset_of(sensor):
    return sensor_named(sensor).offset


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
