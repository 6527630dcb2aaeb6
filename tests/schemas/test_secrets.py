"""Secrets: whatever is done with one by accident shows nothing of it."""

import copy
import json
import pickle
import traceback
from dataclasses import asdict, dataclass
from io import StringIO
from pprint import pformat

import orjson
import pytest

from schemas.secrets import Secret

PLANTED = "hunter2-planted"


@dataclass(frozen=True)
class Holder:
    """What a secret may be in."""

    secret: Secret


def shows(secret: Secret) -> list[str]:
    held = Holder(secret)
    return [
        repr(secret),
        str(secret),
        f"{secret} {secret!r} {secret:>20}",
        "%s" % secret,  # noqa: UP031 - as logging does
        repr(held),
        pformat([asdict(held), {"key": secret}]),
        json.dumps(asdict(held), default=str),
        repr(copy.deepcopy(held)),
        repr([getattr(secret, name) for name in Secret.__slots__]),
    ]


def test_no_way_of_printing_shows_it() -> None:
    assert not [text for text in shows(Secret(PLANTED)) if PLANTED in text]
    assert str(Secret(PLANTED)) == repr(Secret(PLANTED)) == "***"


def test_it_is_never_written_down() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(PLANTED))
    for dump in (json.dumps, orjson.dumps):
        with pytest.raises(TypeError) as caught:
            dump({"password": Secret(PLANTED)})
        assert PLANTED not in str(caught.value)


def test_an_error_on_the_way_does_not_show_it() -> None:
    out = StringIO()
    try:
        raise ValueError(Secret(PLANTED))
    except ValueError:
        traceback.print_exc(file=out)
    assert "***" in out.getvalue()
    assert PLANTED not in out.getvalue()


def test_it_can_be_used_and_compared() -> None:
    assert Secret(PLANTED).reveal() == PLANTED
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert not Secret("")
    with pytest.raises(TypeError):
        {Secret("a")}
