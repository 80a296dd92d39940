"""Second stage: only what a sensor can have measured, and what the archive can store."""

import copy
import json

from .audit import snapshot, trace

LIMITS = {"celsius": (-60.0, 60.0), "hectopascal": (850.0, 1100.0), "percent": (0.0, 100.0)}


def validate_readings(readings):
    """The plausible readings, marked as checked. The archive takes JSON, so every reading must survive it."""
    rows = json.loads(json.dumps([reading.as_dict() for reading in readings]))
    checked = []
    for reading, row in zip(readings, rows):
        low, high = LIMITS[row["unit"]]
        if not low <= row["value"] <= high:
            trace("dropped", reading)
            continue
        good = copy.copy(reading)
        good.quality = "checked"
        snapshot("checked", good)
        checked.append(good)
    return checked
