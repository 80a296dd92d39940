"""The network's sensors, each known by its name."""

OFFSETS = {"t": -0.31, "p": 1.2, "h": 0.75}

_known = {}


class Sensor:
    """A sensor and the offset that its calibration found."""

    def __init__(self, name):
        kind, number = name.split("-")[1:]
        self.name = name
        self.kind = kind
        self.offset = OFFSETS[kind] + int(number) / 1000


def sensor_named(name):
    """The sensor of that name; made when its first reading arrives."""
    found = _known.get(name)
    if found is None:
        found = _known[name] = Sensor(name)
    return found
