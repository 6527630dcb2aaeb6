"""The auditor's own test: ten planted defects of each class, and it must find every one and nothing else."""

import json
from collections.abc import Iterator
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from actors.auditor.findings import Verdict
from actors.auditor.intervals import Intervals
from actors.auditor.produced import Entry, Produced
from actors.auditor.sightings import Message
from engine.digest import FrameDigest
from schemas.readings import Frame
from tests.actors.auditor.planted import FORMATS, audited, fleet, messages, reference

FRAMES = fleet()
DEVICES = sorted({frame.device for frame in FRAMES})
TEN = range(10)


@pytest.fixture(params=FORMATS)
def form(request: pytest.FixtureRequest) -> str:
    """Each way a record may be written."""
    return str(request.param)


def chosen(came: list[Message], seed: int = 1) -> list[int]:
    """Ten places, neither first nor last of their device nor beside each other."""
    return sorted(place * 7 + 200 for place in Random(seed).sample(range((len(came) - 400) // 7), 10))


def found(verdict: Verdict, **expected: int) -> None:
    """Exactly this was found, and nothing else."""
    words = {word.replace("-", "_"): count for word, count in verdict.findings.by_word().items() if count}
    assert words == expected


def books(**changes: int) -> dict[tuple[str, str], Entry]:
    """Books in which everything is acknowledged, but for the first device."""
    entries = {("frame", device): Entry(accepted=100, acked=100, last=99) for device in DEVICES}
    for word, number in changes.items():
        setattr(entries["frame", DEVICES[0]], word, number)
    return entries


def without(came: list[Message], device: str, sequences: range) -> list[Message]:
    gone = {str(number).encode() for number in sequences}
    return [one for one in came if not (one.key == device.encode() and one.headers["sequence"] in gone)]


def test_all_is_well_when_all_is_well(form: str) -> None:
    verdict = audited(messages(FRAMES, form), reference(FRAMES))
    found(verdict)
    assert verdict.failed == []
    assert verdict.compared == len(messages(FRAMES, form))
    assert verdict.as_dict()["sources"]["kafka"]["seen"] == len(FRAMES)


def test_ten_losses(form: str) -> None:
    came = messages(FRAMES, form)
    gone = chosen(came)
    verdict = audited([one for place, one in enumerate(came) if place not in gone], reference(FRAMES))
    found(verdict, loss=10)
    assert verdict.failed == ["loss"]
    devices = verdict.as_dict()["sources"]["kafka"]["devices"]
    told = {(one["device"], low) for one in devices for low, _ in one.get("missing", [])}
    assert told == {((came[place].key or b"").decode(), int(came[place].headers["sequence"])) for place in gone}


def test_ten_losses_at_the_end_are_seen_only_by_what_was_produced(form: str) -> None:
    came = without(messages(FRAMES, form), DEVICES[3], range(90, 100))
    found(audited(came, reference(FRAMES)), loss=10)
    found(audited(came))


def test_a_device_of_which_nothing_came(form: str) -> None:
    came = without(messages(FRAMES, form), DEVICES[3], range(100))
    found(audited(came, reference(FRAMES)), loss=100)


def test_ten_duplicates(form: str) -> None:
    came = messages(FRAMES, form)
    for place in reversed(chosen(came)):
        came.insert(place + 150, came[place])
    verdict = audited(came, reference(FRAMES))
    found(verdict, duplicates=10)
    assert verdict.failed == []
    assert audited(came, allowed=()).failed == ["duplicates"]


def test_ten_records_out_of_order(form: str) -> None:
    came = messages(FRAMES, form)
    ahead = len(came) // 100
    # one frame later, the same device's record comes first
    for place in chosen(came)[::-1]:
        came.insert(place + ahead, came.pop(place))
    found(audited(came, reference(FRAMES)), reordered=10)


def test_ten_wrong_values(form: str) -> None:
    frames = list(FRAMES)
    for place in chosen(messages(FRAMES, "json")):
        first, *others = frames[place].readings
        other = first._replace(value=(first.value or 0) + 0.1)
        frames[place] = frames[place]._replace(readings=(other, *others))
    found(audited(messages(frames, form), reference(FRAMES)), wrong=10)


def test_ten_duplicates_with_other_content_are_wrong_by_themselves(form: str) -> None:
    came = messages(FRAMES, form)
    shifted = [frame._replace(readings=tuple(r._replace(unit="K") for r in frame.readings)) for frame in FRAMES]
    other = messages(shifted, form)
    found(audited([*came, *(other[place] for place in chosen(came))]), duplicates=10, wrong=10)


def test_ten_messages_that_cannot_be_read(form: str) -> None:
    came = messages(FRAMES, form)
    garbage = [b"", b"\0", b"\0\0\0\0\x0b", b"\0\0\0\0\x0d{", b"{", b"[]", b"NaN", b"\xff", b'{"device": 1}', b"null"]
    came += [Message("readings", None, value) for value in garbage]
    found(audited(came, reference(FRAMES)), unreadable=10)


def test_ten_that_say_more_or_other_than_they_may() -> None:
    for form in ("avro", "avro reading"):
        came = messages(FRAMES, form)
        for place in chosen(came):
            came[place] = came[place]._replace(value=came[place].value + b"x")
        found(audited(came, reference(FRAMES)), unreadable=10, loss=10)
    for old, new in ((b'"part":1', b'"part":3'), (b'"unit":"W","value":', b'"unit":"W","value":NaN,"x":')):
        came = messages(FRAMES, "json reading")
        # the second of three readings
        for place in [place // 3 * 3 + 1 for place in chosen(came)]:
            assert old in came[place].value
            came[place] = came[place]._replace(value=came[place].value.replace(old, new))
        found(audited(came, reference(FRAMES)), unreadable=10, loss=10)


def test_ten_cut_short(form: str) -> None:
    came = messages(FRAMES, form)
    for place in chosen(came):
        came[place] = came[place]._replace(value=came[place].value[:-3])
    # what cannot be read was not seen
    found(audited(came, reference(FRAMES)), unreadable=10, loss=10)


def test_ten_that_were_never_produced(form: str) -> None:
    many = fleet(frames=110)
    extra = [frame for frame in many if frame.device == DEVICES[5] and frame.sequence >= 100]
    verdict = audited([*messages(FRAMES, form), *messages(extra, form)], Produced(books=books()))
    found(verdict, unexpected=10)


def test_ten_acknowledged_but_never_seen_are_reported_apart(form: str) -> None:
    came = without(messages(FRAMES, form), DEVICES[0], range(40, 50))
    verdict = audited(came, Produced(books=books()))
    found(verdict, broker_loss=10)
    assert verdict.failed == ["broker-loss"]
    assert audited(came, Produced(books=books()), allowed=("broker-loss",)).failed == []


@pytest.mark.parametrize("word", ["queued", "dropped", "rejected"])
def test_ten_that_the_books_explain(form: str, word: str) -> None:
    came = without(messages(FRAMES, form), DEVICES[0], range(40, 50))
    verdict = audited(came, Produced(books=books(acked=90, **{word: 10})))
    found(verdict, explained=10)
    assert verdict.failed == []


def test_ten_others_than_those_that_are_queued_are_lost(form: str) -> None:
    waiting = Intervals()
    for sequence in range(90, 100):
        waiting.add(sequence)
    entries = books(acked=90, queued=10)
    entries["frame", DEVICES[0]].waiting = waiting
    came = messages(FRAMES, form)
    found(audited(without(came, DEVICES[0], range(90, 100)), Produced(books=entries)), explained=10)
    found(audited(without(came, DEVICES[0], range(10)), Produced(books=entries)), broker_loss=10)


def test_ten_that_came_although_the_books_do_not_know(form: str) -> None:
    found(audited(messages(FRAMES, form), Produced(books=books(acked=90, queued=10))), recovered=10)


def test_books_that_do_not_add_up(form: str) -> None:
    found(audited(messages(FRAMES, form), Produced(books=books(acked=90))), loss=10, recovered=10)


def test_ten_under_another_devices_name(form: str) -> None:
    came = messages(FRAMES, form)
    for place in chosen(came):
        came[place] = came[place]._replace(key=b"pi-9999")
    found(audited(came, reference(FRAMES)), wrong=10)


def test_ten_under_another_devices_topic(form: str) -> None:
    came = [one._replace(key=None, topic=f"d/{(one.key or b'').decode()}/x") for one in messages(FRAMES, form)]
    for place in chosen(came):
        other = next(device for device in DEVICES if device not in came[place].topic)
        came[place] = came[place]._replace(topic=f"d/{other}/x")
    found(audited(came, reference(FRAMES)), wrong=10)


def test_ten_whose_header_says_something_else(form: str) -> None:
    came = messages(FRAMES, form)
    for place in chosen(came):
        came[place] = came[place]._replace(headers={"sequence": b"12345"})
    found(audited(came, reference(FRAMES)), unreadable=10, loss=10)


def test_ten_devices_in_two_partitions(form: str) -> None:
    came = messages(FRAMES, form)
    for device in DEVICES[:10]:
        place = next(n for n, one in enumerate(came) if one.key == device.encode())
        came[place] = came[place]._replace(partition=7)
    found(audited(came, reference(FRAMES)), scattered=10)


def test_ten_devices_that_said_something_else_than_their_digest() -> None:
    changed = [f._replace(throttled=1) if f.sequence == 50 and f.device in DEVICES[:10] else f for f in FRAMES]
    for form in ("json", "avro", "json-schema"):
        produced = Produced(digests=digests(FRAMES), frames=len(FRAMES))
        found(audited(messages(FRAMES, form), produced, digests=True))
        verdict = audited(messages(changed, form), produced, digests=True)
        found(verdict, wrong=10)
        assert verdict.digests == len(DEVICES)


def test_ten_that_only_the_summarys_count_tells_of(form: str) -> None:
    came = without(messages(FRAMES, form), DEVICES[2], range(90, 100))
    found(audited(came, Produced(frames=len(FRAMES))), loss=10)


def test_an_audit_that_saw_nothing_does_not_pass() -> None:
    verdict = audited([])
    found(verdict, nothing=1)
    assert verdict.failed == ["nothing"]


def test_frames_without_readings_leave_no_gap() -> None:
    frames = [f._replace(readings=()) if f.sequence in range(30, 40) else f for f in FRAMES]
    for form in ("avro reading", "json"):
        found(audited(messages(frames, form), reference(frames)))
    # who does not know what was produced cannot know that there was nothing to say
    found(audited(messages(frames, "avro reading")), loss=10 * len(DEVICES))


def test_records_of_another_shape_are_found_by_where_their_names_are() -> None:
    def mapped(frame: Frame) -> Message:
        value = json.dumps({"id": frame.device, "meta": {"n": frame.sequence}, "v": 1}).encode()
        return Message("t", frame.device.encode(), value)

    came = [mapped(frame) for frame in FRAMES]
    del came[300:301]
    found(audited(came, Produced(books=books()), fields={"device": "id", "sequence": "meta.n"}), broker_loss=1)


def of_epoch(came: list[Message], epoch: bytes) -> list[Message]:
    return [one._replace(headers={**one.headers, "epoch": epoch}) for one in came]


def test_an_earlier_run_in_the_same_topic_is_judged_by_itself(form: str) -> None:
    earlier = of_epoch(messages(fleet(frames=120), form), b"9")
    present = of_epoch(messages(FRAMES, form), b"10")
    found(audited([*earlier, *present], reference(FRAMES)))
    found(audited([*earlier, *present], Produced(books=books(), epochs=dict.fromkeys(DEVICES, "10"))))
    # its own gaps are seen all the same
    found(audited([*without(earlier, DEVICES[0], range(10, 15)), *present], reference(FRAMES)), loss=5)


def test_a_run_of_which_nothing_came_is_not_covered_by_an_earlier_one(form: str) -> None:
    earlier = of_epoch(messages(FRAMES, form), b"1")
    produced = Produced(books=books(), epochs=dict.fromkeys(DEVICES, "2"))
    found(audited(earlier, produced), broker_loss=len(FRAMES))


def test_the_report_is_plain_data(form: str) -> None:
    came = messages(FRAMES, form)
    for place in reversed(chosen(came)):
        came.append(came.pop(place))
    plain = audited(came, reference(FRAMES)).as_dict()
    again = json.loads(json.dumps(plain))
    assert (again["ok"], again["failed"], again["reordered"]) == (False, ["reordered"], 10)
    assert len(again["sources"]["kafka"]["examples"]["reordered"]) == 10


def digests(frames: list[Frame]) -> dict[str, str]:
    running: dict[str, FrameDigest] = {device: FrameDigest() for device in DEVICES}
    for frame in frames:
        running[frame.device].add(frame)
    return {device: one.hex() for device, one in running.items()}


def numbers(seed: int) -> Iterator[int]:
    chance = Random(seed)
    return (chance.randrange(60) for _ in range(120))


@pytest.mark.parametrize("seed", TEN)
def test_stretches_of_numbers_are_as_a_set_of_numbers(seed: int) -> None:
    stretches, plain = Intervals(), set[int]()
    for number in numbers(seed):
        assert stretches.add(number) is (number not in plain)
        plain.add(number)
        assert number in stretches
    assert stretches.count == len(plain)
    assert {n for low, high in stretches for n in range(low, high + 1)} == plain
    assert all(high + 1 < low for (_, high), (low, _) in pairwise(stretches))
    gaps: Any = {n for low, high in stretches.missing(5, 70) for n in range(low, high + 1)}
    assert gaps == set(range(5, 71)) - plain
