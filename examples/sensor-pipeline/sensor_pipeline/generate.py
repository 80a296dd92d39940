"""Test data: what the gateways would send in one night."""

import random

STATIONS = ["north ridge", "north valley", "harbour", "old town", "airport", "south field"]
UNITS = {"t": "celsius", "p": "hectopascal", "h": "percent"}


def make_lines(count: int, seed: int = 11) -> list:
    """`count` raw lines; about one in fifty has a value that no sensor can have measured."""
    rng = random.Random(seed)
    lines = []
    for index in range(count):
        kind = rng.choice("tph")
        base = {"t": 14.0, "p": 1013.0, "h": 61.0}[kind]
        value = base + rng.uniform(-9, 9) if rng.random() > 0.02 else -9999.0
        second = index % 86400
        stamp = f"2026-03-01T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
        sensor = f"sensor-{kind}-{rng.randrange(480):03d}"
        lines.append(f"{stamp};{sensor};{UNITS[kind]};{value:.3f};station {rng.choice(STATIONS)}")
    return lines
