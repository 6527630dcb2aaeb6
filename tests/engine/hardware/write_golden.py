"""Writes the golden trees anew: `python -m tests.engine.hardware.write_golden`, after a look at what has changed."""

import json

from engine.hardware.emulation import CULTURES, VERSIONS, tree_of
from tests.engine.hardware.test_hardware_tree import GOLDEN, MAKERS, machine

for maker in MAKERS:
    for version in VERSIONS:
        for culture in CULTURES:
            tree = tree_of([machine(maker)], "cpu-0001", version, culture)
            text = json.dumps(tree, indent=1, ensure_ascii=False) + "\n"
            (GOLDEN / f"{maker}-{version}-{culture}.json").write_text(text, encoding="utf-8")
