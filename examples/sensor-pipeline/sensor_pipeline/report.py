"""Last stage: means per station and unit."""

from .stations import blank_report, order_stations


def mean(values):
    return round(sum(values) / len(values), 4)


def summarise(readings):
    """A report a station, in the stations' order."""
    reports = []
    for place in order_stations(readings):
        report = blank_report(place)
        for unit in ("celsius", "hectopascal", "percent"):
            values = [r.value for r in readings if r.unit == unit and r.station == f"station {place}"]
            if values:
                report["rows"].append([unit, mean(values), len(values)])
        reports.append(report)
    return reports


def overview(readings):
    """Figures over the whole network."""
    return {
        "readings": len(readings),
        "sensors": len(set([r.sensor for r in readings])),
        "highest": max([r.value for r in readings]),
    }
