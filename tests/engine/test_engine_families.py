"""Families: members found by file name, members of installed packages, broken ones, misspelt words."""

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from engine.families import BrokenMember, Discover, Family, UnknownWord, word_of
from engine.faults import FAULTS

MEMBER = "class Member:\n    name = {name!r}\nMEMBER = Member()\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A family of two in a package of its own."""
    package = tmp_path / "zoo" / "animals"
    package.mkdir(parents=True)
    (tmp_path / "zoo" / "__init__.py").touch()
    (package / "__init__.py").write_text("raise RuntimeError('the folder itself is not to be imported for names')\n")
    for name in ("grey_owl", "fox"):
        (package / f"{name}.py").write_text(MEMBER.format(name=word_of(name)))
    (package / "base.py").write_text("raise RuntimeError('no member')\n")
    (package / "_helper.py").write_text("raise RuntimeError('no member')\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield package
    for name in [name for name in sys.modules if name.partition(".")[0] in ("zoo", "acme_zoo")]:
        del sys.modules[name]


def points(**members: str) -> Discover:
    """Installed packages that bring these members."""
    return lambda group: tuple(EntryPoint(name.replace("_", "-"), value, group) for name, value in members.items())


def family(discover: Discover | None = None) -> Family[object]:
    """The family of the folder, seen with some packages installed."""
    return Family("zoo.animals", "MEMBER", "zoo.animals", noun="animal", discover=discover or points())


def open_folder(folder: Path) -> None:
    """Let the package itself be imported, as any real family's is."""
    (folder / "__init__.py").write_text("")


def test_names_are_file_names_and_cost_no_import(folder: Path) -> None:
    assert family().names() == ("fox", "grey-owl")
    assert list(family()) == ["fox", "grey-owl"]
    assert "zoo.animals" not in sys.modules
    assert "grey-owl" in family()
    assert "base" not in family()
    assert "grey_owl" not in family()


def test_a_member_is_imported_on_first_use_and_once(folder: Path) -> None:
    open_folder(folder)
    animals = family()
    owl = animals.get("grey-owl")
    assert animals.get("grey-owl") is owl
    assert "zoo.animals.fox" not in sys.modules
    assert animals.origin("grey-owl") == "zoo.animals.grey_owl"


def test_a_new_file_is_a_new_member_and_nothing_else_is_touched(folder: Path) -> None:
    open_folder(folder)
    (folder / "red_panda.py").write_text(MEMBER.format(name="red-panda"))
    assert family().names() == ("fox", "grey-owl", "red-panda")
    assert family().problems() == ()


def test_an_unknown_word_is_answered_with_the_known_ones(folder: Path) -> None:
    with pytest.raises(UnknownWord) as unknown:
        family().get("gray-owl")
    assert str(unknown.value) == "unknown animal 'gray-owl'; known: fox, grey-owl. Did you mean 'grey-owl'?"
    assert unknown.value.known == ("fox", "grey-owl")


def test_installed_packages_add_members(folder: Path) -> None:
    open_folder(folder)
    (folder.parents[1] / "acme_zoo.py").write_text(MEMBER.format(name="sea-eel"))
    animals = family(points(sea_eel="acme_zoo:MEMBER"))
    assert animals.names() == ("fox", "grey-owl", "sea-eel")
    assert getattr(animals.get("sea-eel"), "name", "") == "sea-eel"
    assert set(animals.members()) == {"fox", "grey-owl", "sea-eel"}


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import no_such_module\n", "ModuleNotFoundError"),
        ("MEMBER = 1 / 0\n", "ZeroDivisionError"),
        ("", "AttributeError"),
        (MEMBER.format(name="sea-cow"), "it calls itself 'sea-cow'"),
    ],
)
def test_a_broken_member_is_named_and_breaks_no_other(folder: Path, source: str, reason: str) -> None:
    open_folder(folder)
    (folder.parents[1] / "acme_zoo.py").write_text(source)
    animals = family(points(sea_eel="acme_zoo:MEMBER"))
    with pytest.raises(BrokenMember, match=reason) as broken:
        animals.get("sea-eel")
    assert broken.value.word == "sea-eel"
    assert "acme_zoo:MEMBER" in str(broken.value)
    assert set(animals.members()) == {"fox", "grey-owl"}
    (problem,) = animals.problems()
    assert reason in problem


def test_a_built_in_member_is_never_replaced(folder: Path) -> None:
    open_folder(folder)
    (folder.parents[1] / "acme_zoo.py").write_text(MEMBER.format(name="fox"))
    animals = family(points(fox="acme_zoo:MEMBER"))
    assert type(animals.get("fox")).__module__ == "zoo.animals.fox"
    (problem,) = animals.problems()
    assert problem == "animal 'fox' of acme_zoo:MEMBER is not used: the word belongs to zoo.animals.fox"


def test_a_word_claimed_by_two_packages_is_nobodys(folder: Path) -> None:
    open_folder(folder)
    (folder.parents[1] / "acme_zoo.py").write_text(MEMBER.format(name="eel"))
    twice = tuple(EntryPoint("eel", value, "zoo.animals") for value in ("acme_zoo:MEMBER", "other_zoo:MEMBER"))
    animals = family(lambda _: twice)
    with pytest.raises(BrokenMember, match="several installed packages claim this word"):
        animals.get("eel")
    assert animals.get("fox")


def test_a_member_that_does_not_fit_is_refused(folder: Path) -> None:
    open_folder(folder)
    animals: Family[object] = Family(
        "zoo.animals", "MEMBER", "zoo.animals", fits=lambda member: "it has no legs", discover=points()
    )
    with pytest.raises(BrokenMember, match="it has no legs"):
        animals.get("fox")


def test_nothing_is_looked_for_before_the_first_question() -> None:
    def discover(group: str) -> tuple[EntryPoint, ...]:
        asked.append(group)
        return ()

    asked: list[str] = []
    lazy: Family[object] = Family("engine.no_such_folder", "MEMBER", "x.y", discover=discover)
    assert asked == []
    assert lazy.names() == ()
    assert asked == ["x.y"]


def test_the_families_of_the_engine_have_no_problems() -> None:
    assert FAULTS.problems() == ()
    assert {"stuck", "drift", "spike", "dropout"} <= set(FAULTS.names())
