"""JSON at the door: what RFC 8259 has is read, what readers differ in is refused with a reason."""

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.doors.json_door import NotJson, parse

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip


@given(PLAIN)
def test_what_is_written_is_read_again(value: Any) -> None:
    assert parse(json.dumps(value).encode(), 64) == value
    assert parse(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"), 64) == value


@given(st.binary(max_size=200))
def test_anything_else_is_refused_and_never_an_error_of_another_kind(data: bytes) -> None:
    with suppress(NotJson):
        parse(data)


REFUSED = [
    (b"NaN", "NaN"),
    (b"[Infinity]", "Infinity"),
    (b'{"a": -Infinity}', "-Infinity"),
    (b"1e999", "too large"),
    (b"-1e400", "too large"),
    (b"9223372036854775808", "64 bits"),
    (b"-9223372036854775809", "64 bits"),
    (b"1" * 5000, "64 bits"),
    (b'{"a": 1, "a": 2}', "'a' comes twice"),
    (b'{"a": {"b": 1, "\\u0062": 2}}', "'b' comes twice"),
    (b'"\\ud800"', "surrogate"),
    (b'{"\\udc00": 1}', "surrogate"),
    (b'["x", ["\\ud800\\u0041"]]', "surrogate"),
    (b'"\xed\xa0\x80"', "UTF-8"),
    (b'"\xff"', "UTF-8"),
    (b"\xef\xbb\xbf{}", "line 1"),
    ("{}".encode("utf-16"), "UTF-8"),
    (b"[" * 33, "deeper than 32"),
    (b'{"a":' * 33, "deeper than 32"),
    (b"[" * 100_000 + b"]" * 100_000, "deeper than 32"),
    (b"", "line 1"),
    (b"{} {}", "Extra data"),
    (b"{'a': 1}", "line 1"),
    (b'"a\nb"', "control character"),
    (b"01", "Extra data"),
    (b"// x\n{}", "line 1"),
    (b"[1,]", "line 1"),
]


@pytest.mark.parametrize(("data", "reason"), REFUSED)
def test_what_is_refused_and_why(data: bytes, reason: str) -> None:
    with pytest.raises(NotJson, match=reason):
        parse(data)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b"[" * 32 + b"]" * 32, None),
        (b'"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["', "[" * 40),
        (b'["\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["]', None),
        (b" \t\r\n9223372036854775807 ", 2**63 - 1),
    ],
)
def test_what_is_at_the_limit_is_read(data: bytes, value: Any) -> None:
    found = parse(data)
    assert value is None or found == value


@pytest.mark.parametrize(
    "data", [b'"' + b'\\"' * 500_000, b'"' * 1_000_001, b"[]," * 300_000, b'"' + b"\\" * 1_000_000, b"[" * 1_000_000]
)
def test_a_body_of_the_largest_size_takes_no_time_to_refuse(data: bytes) -> None:
    start = time.process_time()
    with pytest.raises(NotJson):
        parse(data)
    assert time.process_time() - start < 3
