import json

import pytest

from sensor_pipeline.calibrate import calibrate, offset_of
from sensor_pipeline.generate import make_lines
from sensor_pipeline.parse import parse_readings
from sensor_pipeline.sensors import sensor_named
from sensor_pipeline.report import overview, summarise
from sensor_pipeline.stations import blank_report, order_stations
from sensor_pipeline.validate import validate_readings

LINES = [
    "2026-03-01T00:00:00;sensor-t-003;celsius;14.250;station harbour",
    "2026-03-01T00:00:01;sensor-p-010;hectopascal;1012.100;station north valley",
    "2026-03-01T00:00:02;sensor-t-003;celsius;-9999.000;station harbour",
    "2026-03-01T00:00:03;sensor-h-001;percent;61.000;station north ridge",
]


def test_lines_are_taken_apart():
    first = parse_readings(LINES)[0]
    assert (first.timestamp, first.sensor, first.unit) == ("2026-03-01T00:00:00", "sensor-t-003", "celsius")
    assert (first.value, first.station, first.quality, first.offset) == (14.25, "station harbour", None, 0.0)
    assert repr(first) == "Reading(sensor-t-003 14.25 celsius at 2026-03-01T00:00:00)"


@pytest.mark.parametrize("line", ["", "a;b;c", "a;b;c;1.0;d;e"])
def test_a_broken_line_is_named(line):
    with pytest.raises(ValueError, match="line 2 has"):
        parse_readings([LINES[0], line])


def test_a_value_that_is_no_number():
    with pytest.raises(ValueError):
        parse_readings(["2026-03-01T00:00:00;sensor-t-003;celsius;warm;station harbour"])


def test_implausible_readings_are_dropped():
    checked = validate_readings(parse_readings(LINES))
    assert [r.sensor for r in checked] == ["sensor-t-003", "sensor-p-010", "sensor-h-001"]
    assert {r.quality for r in checked} == {"checked"}


def test_an_unknown_unit_is_an_error():
    with pytest.raises(KeyError):
        validate_readings(parse_readings(["2026-03-01T00:00:00;sensor-t-003;kelvin;290.0;station harbour"]))


def test_offsets():
    assert offset_of("sensor-t-003") == pytest.approx(-0.307)
    assert offset_of("sensor-p-010") == pytest.approx(1.21)


def test_a_sensor_is_made_once():
    assert sensor_named("sensor-h-007") is sensor_named("sensor-h-007")
    assert (sensor_named("sensor-h-007").kind, sensor_named("sensor-h-007").name) == ("h", "sensor-h-007")


def test_calibration_keeps_order_and_applies_the_offset():
    fixed = calibrate(validate_readings(parse_readings(LINES)))
    assert [(r.sensor, r.value) for r in fixed] == [("sensor-t-003", 13.943), ("sensor-p-010", 1013.31), ("sensor-h-001", 61.751)]
    assert [r.offset for r in fixed] == [pytest.approx(-0.307), pytest.approx(1.21), pytest.approx(0.751)]


def test_a_stage_leaves_the_list_that_it_is_given():
    readings = parse_readings(LINES)
    given = list(readings)
    checked = validate_readings(readings)
    assert len(calibrate(checked)) == len(checked) == 3
    assert readings == given and len(readings) == len(LINES)


def test_stations_are_ordered_by_their_words():
    assert order_stations(parse_readings(LINES)) == ["harbour", "north ridge", "north valley"]


def test_every_station_has_a_report_of_its_own():
    first, second = blank_report("harbour"), blank_report("old town")
    first["rows"].append(1)
    assert second == {"header": {"title": "Old Town", "columns": ["unit", "mean", "count"]}, "rows": []}


def test_report():
    fixed = calibrate(validate_readings(parse_readings(LINES)))
    assert overview(fixed) == {"readings": 3, "sensors": 3, "highest": 1013.31}
    assert summarise(fixed)[0] == {"header": {"title": "Harbour", "columns": ["unit", "mean", "count"]}, "rows": [["celsius", 13.943, 1]]}


def test_readings_can_be_archived():
    reading = parse_readings(LINES)[0]
    assert json.loads(json.dumps(reading.as_dict())) == reading.as_dict()
    assert list(reading.as_dict()) == ["timestamp", "sensor", "unit", "value", "station"]


def test_test_data_is_the_same_every_time():
    assert make_lines(50) == make_lines(50) != make_lines(50, seed=12)
