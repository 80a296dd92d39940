from telemetry import record_trip, report, smooth, summary


def test_summary():
    assert summary(record_trip(100))[2] == 17
    assert report(1000)[0][0] == 22280


def test_smooth():
    assert len(smooth(record_trip(23))) == 4
