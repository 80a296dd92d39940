from orders import priced, read_orders, total_by_customer


def test_an_order_has_five_fields():
    assert [len(it) for it in read_orders(3)] == [5, 5, 5]


def test_samples_are_left_out():
    assert len(list(priced(read_orders(1014)))) == 1012


def test_totals_are_in_the_order_of_the_first_order():
    totals = total_by_customer(500)
    assert list(totals)[:2] == ["customer 001", "customer 002"]
    assert sum(totals.values()) == 870_990
