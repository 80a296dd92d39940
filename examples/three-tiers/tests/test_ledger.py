import pytest

import ledger


@pytest.mark.parametrize("n", [15_000, 40_000, 44_000], ids=["small", "medium", "large"])
def test_summary(n):
    assert ledger.summary(n) == n


def test_amounts():
    assert ledger.amounts(["0000001;account 0001;1.01"]) == [("account 0001", 1.01)]


def test_by_account_sorts():
    assert ledger.by_account([("b", 1.0), ("a", 2.0)]) == [("a", 2.0, "2.0a"), ("b", 1.0, "1.0b")]
