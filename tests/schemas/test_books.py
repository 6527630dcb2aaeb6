"""The books: what came in, and where each record went."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from schemas.books import Books, Totals

_WAYS = st.sampled_from(["ack", "reject", "newest", "oldest"])
_DEVICES = st.sampled_from(["pi-1", "pi-2", "cpu-1"])


@given(st.lists(st.tuples(_DEVICES, st.one_of(st.none(), _WAYS))))
def test_books_equal_an_independent_tally(steps: list[tuple[str, str | None]]) -> None:
    books, tally = Books(), Counter[tuple[str, str]]()
    for device, way in steps:
        books.accept(device)
        tally[device, "accepted"] += 1
        tally[device, way or "queued"] += 1
        if way == "ack":
            books.ack([device])
        elif way == "reject":
            books.reject(device)
        elif way:
            books.drop(device, way)
        assert books.totals().holds
    for device in books.devices():
        counts = books.of(device)
        assert counts.holds
        assert counts.accepted == tally[device, "accepted"]
        assert counts.queued == tally[device, "queued"]
        assert counts.acked == tally[device, "ack"]
        assert counts.rejected == tally[device, "reject"]
        assert {reason: tally[device, reason] for reason in counts.dropped} == dict(counts.dropped)
    assert books.totals().accepted == len(steps)
    assert Books.from_dict(books.as_dict()).as_dict() == books.as_dict()


def test_one_record_counted_out_twice_is_noticed() -> None:
    books = Books()
    books.accept("pi-1")
    books.ack(["pi-1"])
    books.drop("pi-1", "oldest")
    assert not books.of("pi-1").holds
    assert not books.totals().holds


def test_an_equation_that_does_not_add_up_is_noticed() -> None:
    assert Totals(3, 1, 1, {"oldest": 1}, 0).holds
    assert not Totals(3, 1, 1, {}, 0).holds


def test_merging_adds_device_by_device() -> None:
    left, right = Books(), Books()
    for books, count in ((left, 2), (right, 3)):
        for _ in range(count):
            books.accept("pi-1")
        books.drop("pi-1", "oldest")
    right.accept("pi-2")
    right.reject("pi-2")
    left.merge(right)
    assert left.of("pi-1") == Totals(5, 0, 3, {"oldest": 2}, 0)
    assert left.of("pi-2") == Totals(1, 0, 0, {}, 1)
    assert left.totals() == Totals(6, 0, 3, {"oldest": 2}, 1)


def test_what_a_bounded_memory_gives_up_is_no_longer_delivered() -> None:
    books = Books()
    books.accept("pi-1")
    books.ack(["pi-1"])
    books.revoke("pi-1", "oldest")
    assert books.of("pi-1") == Totals(1, 0, 0, {"oldest": 1}, 0)


def test_a_device_never_seen_has_nothing() -> None:
    assert Books().of("nobody") == Totals()
    assert Books().devices() == ()
