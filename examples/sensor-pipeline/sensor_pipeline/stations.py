"""Which stations there are, in the order in which the report names them."""

import copy
import re

PATTERN = re.compile(r"station (?P<place>.+)")
TEMPLATE = {"header": {"title": "", "columns": ["unit", "mean", "count"]}, "rows": []}


def order_stations(readings):
    """Places by name; every pair is compared by its words, so that `north ridge` stands before `north valley`."""
    places = []
    for reading in readings:
        place = PATTERN.match(reading.station).group("place")
        if place not in places:
            places.append(place)
    for left in range(len(places)):
        for right in range(left + 1, len(places)):
            if places[right].split() < places[left].split():
                places[left], places[right] = places[right], places[left]
    return places


def blank_report(place):
    report = copy.deepcopy(TEMPLATE)
    report["header"]["title"] = place.title()
    return report
