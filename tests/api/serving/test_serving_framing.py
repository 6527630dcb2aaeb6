"""Where a request ends: the same answer however its bytes were cut, and never a wait for what cannot come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.serving.framing import BODY_BYTES, HEAD_BYTES, measure

HEAD = b"POST /v1/commands HTTP/1.1\r\nHost: x\r\n"


@given(st.binary(max_size=300), st.binary(max_size=60))
def test_a_request_ends_where_its_length_says_however_it_comes(body: bytes, rest: bytes) -> None:
    request = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    for cut in range(0, len(request), 7):
        assert measure(request[:cut]).size == 0
    assert measure(request + rest)[:2] == (len(request), True)


@given(st.binary(max_size=2000))
def test_no_bytes_are_too_strange(data: bytes) -> None:
    extent = measure(data)
    assert 0 <= extent.size <= len(data)


@pytest.mark.parametrize(
    ("more", "known"),
    [
        (b"\r\n", True),
        (b"content-length:3\r\n\r\nabc", True),
        (b"Content-Length: 3\r\ncontent-length: 3\r\n\r\n", False),
        (b"Content-Length: -3\r\n\r\n", False),
        (b"Content-Length: %d\r\n\r\n" % (BODY_BYTES + 1), False),
        (b"Transfer-Encoding: chunked\r\n\r\n", False),
        (b"Transfer-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", False),
    ],
)
def test_what_has_no_plain_end_is_handed_on_at_once(more: bytes, known: bool) -> None:
    extent = measure(HEAD + more)
    assert extent.size == len(HEAD + more)
    assert extent.whole is known


def test_a_head_that_does_not_end_is_too_long() -> None:
    assert measure(HEAD + b"X: " + b"y" * HEAD_BYTES).too_long
    assert measure(HEAD + b"X: " + b"y" * 100).size == 0


def test_who_asks_before_the_body_is_heard() -> None:
    assert measure(HEAD + b"Content-Length: 3\r\nExpect: 100-Continue\r\n\r\n").asks
    assert not measure(HEAD + b"Content-Length: 3\r\n\r\n").asks
