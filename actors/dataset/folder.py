"""Where everything of a data set stands, and how files appear there: whole or not at all."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

SEALED: Final = "sealed"
"""Folder of what the test must not see."""
WORK: Final = ".work"
"""Folder of what is under way; gone when the data set is whole."""
CARD: Final = "card.json"
PAGE: Final = "CARD.md"
SEAL: Final = "sealed.sha256"

_LEVEL: Final = 1
_BLOCK: Final = 1 << 20


class Folder:
    """The folder of one data set."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.work = root / WORK

    def part(self, table: str, site: str, device: str, *, sealed: bool = False) -> Path:
        """The file of one device: `telemetry/site=oslo/device=oslo-pi-0001/part-0.parquet`."""
        base = self.root / SEALED if sealed else self.root
        return base / table / f"site={site}" / f"device={device}" / "part-0.parquet"

    def of_site(self, table: str, site: str, *, sealed: bool = False) -> Path:
        """The file of one site."""
        base = self.root / SEALED if sealed else self.root
        return base / table / f"site={site}" / "part-0.parquet"

    def note(self, device: str) -> Path:
        """What is known of a device that is done."""
        return self.work / f"{device}.json"

    def relative(self, path: Path) -> str:
        """A file as the card names it."""
        return path.relative_to(self.root).as_posix()

    def files(self) -> list[Path]:
        """Every file of the data set, sorted, but for the card and what is under way."""
        found = (path for path in self.root.rglob("*") if path.is_file() and WORK not in path.parts)
        return sorted(path for path in found if path.name not in (CARD, PAGE))


class Writer:
    """A Parquet file that appears under its name when it is closed. Columns of numbers are split by bytes."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._beside = path.with_name(f".{path.name}.{os.getpid()}")
        floats = [field.name for field in schema if pa.types.is_floating(field.type) and _is_smooth(field.name)]
        self._writer = pq.ParquetWriter(
            self._beside,
            schema,
            compression="zstd",
            compression_level=_LEVEL,
            use_dictionary=[field.name for field in schema if field.name not in floats],
            column_encoding=dict.fromkeys(floats, "BYTE_STREAM_SPLIT"),
        )

    def write(self, table: pa.Table) -> None:
        """One row group."""
        self._writer.write_table(table, row_group_size=max(1, len(table)))

    def close(self) -> None:
        """Now the file is there."""
        self._writer.close()
        os.replace(self._beside, self._path)


def _is_smooth(name: str) -> bool:
    """Columns whose numbers hardly ever come twice."""
    return name.startswith(("clean_", "damage_", "event_state_", "rul_", "health"))


def write_table(path: Path, table: pa.Table) -> None:
    """A small table as one file."""
    writer = Writer(path, table.schema)
    writer.write(table)
    writer.close()


def write_json(path: Path, what: Any) -> None:
    """Plain data as a JSON file."""
    write_text(path, json.dumps(what, indent=1, ensure_ascii=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """A text file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


def sha256(path: Path) -> str:
    """The hash of a file."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
