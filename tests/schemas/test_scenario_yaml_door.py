"""The YAML door: plain data, or a clear refusal after bounded work."""

from collections.abc import Iterator

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas import yaml_door
from schemas.problems import InvalidInput, Problem
from schemas.yaml_door import YamlLimits, load_yaml


@pytest.fixture(params=["c", "python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both parsers of PyYAML: a machine without libyaml must refuse the same documents."""
    if request.param == "c" and not hasattr(yaml, "CSafeLoader"):
        pytest.skip("this PyYAML was built without libyaml")
    monkeypatch.setattr(yaml_door, "_LOADER", yaml.CSafeLoader if request.param == "c" else yaml.SafeLoader)
    return str(request.param)


def refused(text: str, limits: YamlLimits | None = None) -> tuple[Problem, ...]:
    with pytest.raises(InvalidInput) as caught:
        load_yaml(text, "test", limits)
    return caught.value.problems


def test_plain_data_comes_out_with_its_lines(parser: str) -> None:
    document = load_yaml("a: 1\nb:\n  - x\n  - {c: 2.5}\n", "test")
    assert document.value == {"a": 1, "b": ["x", {"c": 2.5}]}
    assert document.lines[("b", 1, "c")] == 4
    assert document.lines[("a",)] == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("1:30", "1:30"),
        ("190:20:30", "190:20:30"),
        ("2026-01-01", "2026-01-01"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("0x10", "0x10"),
        ("0b11", "0b11"),
        ("0o17", "0o17"),
        ("017", "017"),
        ("1_000", "1_000"),
        ("=", "="),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("-5", -5),
        ("+5", 5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("9223372036854775807", 2**63 - 1),
        ("'5'", "5"),
        ('"null"', "null"),
    ],
)
def test_words_stay_what_the_author_sees(parser: str, text: str, value: object) -> None:
    found = load_yaml(f"key: {text}", "test").value
    assert found == {"key": value}
    assert isinstance(found, dict)
    assert type(found["key"]) is type(value)


def test_keys_are_always_text(parser: str) -> None:
    assert load_yaml("on: 1\n1: 2\nnull: 3\nyes: 4\n", "test").value == {"on": 1, "1": 2, "null": 3, "yes": 4}


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        ("a: &x [1]\nb: *x", "b", "the alias '*x'"),
        ("a: &x {b: 1}\nc:\n  <<: *x", 'c["<<"]', "a merge key"),
        ("a: !!python/object:os.system x", "a", "the tag"),
        ("a: !!binary aGk=", "a", "the tag"),
        ("!mine {a: 1}", "(document)", "the tag"),
        ("a: 1\n--- {b: 2}", "(document)", "a second document"),
        ("a: 1\nb: 2\na: 3", "a", "the key a second time (first on line 1)"),
        ("a: {b: 1, b: 2}", "a.b", "the key a second time"),
        ("a: .inf", "a", "'.inf'"),
        ("a: .nan", "a", "'.nan'"),
        ("a: 1e999", "a", "'1e999'"),
        ("a: 9223372036854775808", "a", "'9223372036854775808'"),
        ("a: " + "9" * 4000, "a", "'9999"),
        ("[a, b]: 1", "(document)", "a list or mapping as a key"),
        ('a: "x\\0y"', "a", "'x\\x00y'"),
        ('a: "\\e[31m"', "a", "'\\x1b[31m'"),
        ("a: " + "x" * 5000, "a", "5000 characters"),
    ],
)
def test_what_is_refused_has_its_place(parser: str, text: str, path: str, found: str) -> None:
    problem = refused(text)[0]
    assert problem.path == path
    assert problem.found.startswith(found)
    assert problem.line == text.count("\n") + 1


@pytest.mark.parametrize("text", ["[1, 2", "a: b: c", "a:\n\tb: 1", "'", "\x00", '"\\ud800"', '"\\UFFFFFFFF"'])
def test_broken_yaml_is_a_problem_of_the_document(parser: str, text: str) -> None:
    problem = refused(text)[-1]
    assert problem.path in ("(document)", "a")
    assert problem.allowed in ("YAML", "text without control characters")


def test_several_problems_come_together(parser: str) -> None:
    assert [problem.path for problem in refused("a: .inf\nb: 1\nb: 2\nc: 1e999\n")] == ["a", "b", "c"]


def test_a_document_of_mistakes_ends_early(parser: str) -> None:
    assert len(refused("\n".join(["a: 1"] * 5_000))) == 50


class Counted:
    """Counts the events that the parser was asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.events = 0
        self._inner = yaml_door._events
        monkeypatch.setattr(yaml_door, "_events", self)

    def __call__(self, text: str) -> Iterator[yaml.Event]:
        for event in self._inner(text):
            self.events += 1
            yield event


@pytest.mark.parametrize(
    ("text", "most_events"),
    [
        ("[" * 200_000, 20),
        ("{a: " * 50_000, 60),
        ("- " * 100_000, 20),
        ("? " * 100_000, 10),
        ("[" + "[]," * 80_000 + "]", 2_100),
        ("\n".join(f"k{n}: v" for n in range(20_000)), 1_100),
        ("a: &a [x]\nb: &b [" + "*a," * 9 + "]\n" + "".join(f"c{n}: *b\n" for n in range(1_000)), 20),
    ],
)
def test_a_bomb_costs_no_more_than_the_limits(
    parser: str, monkeypatch: pytest.MonkeyPatch, text: str, most_events: int
) -> None:
    counted = Counted(monkeypatch)
    refused(text, YamlLimits(nodes=1_000))
    assert counted.events <= most_events


def test_too_much_text_is_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(monkeypatch)
    assert refused("a: é" + " " * 262_144)[0].allowed == "at most 262144 bytes"
    assert refused("\ud800")[0].allowed == "UTF-8 text"
    assert counted.events == 0


def test_what_the_limits_allow_goes_through(parser: str) -> None:
    deep = "[" * 16 + "]" * 16
    assert load_yaml(deep, "test").value
    assert refused(f"[{deep}]")[0].found == "deeper nesting"
    limits = YamlLimits(nodes=5)
    assert load_yaml("{a: 1, b: 2}", "test", limits).value == {"a": 1, "b": 2}
    assert refused("{a: 1, b: 2, c: 3}", limits)[0].found == "more than 5 nodes"


def test_a_long_number_is_not_converted(parser: str) -> None:
    # Python itself would refuse more than 4,300 digits, and take its time below.
    (problem,) = refused("a: " + "9" * 9_000, YamlLimits(text=10_000))
    assert problem.allowed == "a whole number that fits 64 bits"


def _plain(value: object, depth: int = 0) -> bool:
    assert depth <= 16
    if isinstance(value, dict):
        return all(isinstance(key, str) and _plain(entry, depth + 1) for key, entry in value.items())
    if isinstance(value, list):
        return all(_plain(entry, depth + 1) for entry in value)
    return value is None or isinstance(value, bool | int | float | str)


@settings(max_examples=400, deadline=None)
@given(
    st.text(alphabet=st.one_of(st.sampled_from("[]{}:,-?&*!|>'\"%@` \n\t#<=~.0123abe"), st.characters()), max_size=200)
)
@example('"\\UFFFFFFFF"')
@example("- &a\n- *a")
@example("? ? ? a")
def test_any_text_is_plain_data_or_refused(text: str) -> None:
    for loader in {yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)}:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(yaml_door, "_LOADER", loader)
            try:
                value = load_yaml(text, "test").value
            except InvalidInput:
                continue
            assert _plain(value)
