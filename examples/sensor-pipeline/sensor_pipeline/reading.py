"""One measured value and where it comes from."""


class Reading:
    """A line of a gateway, taken apart."""

    def __init__(self, timestamp, sensor, unit, value, station):
        self.timestamp = timestamp
        self.sensor = sensor
        self.unit = unit
        self.value = value
        self.station = station
        self.quality = None
        self.offset = 0.0

    def as_dict(self):
        return {
            "timestamp": self.timestamp,
            "sensor": self.sensor,
            "unit": self.unit,
            "value": self.value,
            "station": self.station,
        }

    def __repr__(self):
        return f"Reading({self.sensor} {self.value} {self.unit} at {self.timestamp})"
