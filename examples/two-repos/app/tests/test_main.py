import feed
import main


def test_report():
    assert main.report(10) == (10, 45.45, 10)


def test_parse():
    assert feed.parse(1) == {0: ["station 0000", 0.0, 0]}
