"""Two pytest tests: one is the pipeline itself, one calls it."""


def alloc(mib):
    return bytearray(mib << 20)


def test_is_the_pipeline():
    first = alloc(4)  # = 1 4 4 4
    second = len(alloc(8))  # = 1 0 8 12
    assert len(first) == 4 << 20
    assert second == 8 << 20


def pipeline():
    first = alloc(3)  # = 1 3 3 3
    second = len(alloc(5))  # = 1 0 5 8
    return len(first) + second


def test_calls_the_pipeline():
    assert pipeline() == 8 << 20  # = 1 0 8 8
