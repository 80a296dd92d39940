"""The whole pipeline on three sizes of data."""

from sensor_pipeline.pipeline import SIZES, process


def check(size):
    result = process(SIZES[size])
    assert 0.97 < result["overview"]["readings"] / SIZES[size] < 0.99
    assert 1_100 < result["overview"]["sensors"] <= 1_440
    assert len(result["stations"]) == 6
    assert sum(row[2] for report in result["stations"] for row in report["rows"]) == result["overview"]["readings"]


def test_small():
    check("small")


def test_medium():
    check("medium")


def test_large():
    check("large")
