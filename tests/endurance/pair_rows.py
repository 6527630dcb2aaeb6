"""The twenty rows of the chaos table, each in some forms."""

from typing import Final

import psutil

from tests.endurance.pair_devices import (
    crash,
    crash_loop,
    dropout,
    flapping,
    flood,
    grew,
    hung_sensor,
    hung_sink,
    late,
    lies,
    link,
    silent,
    skew,
    slow_consumer,
    slow_firmware,
    weak,
)
from tests.endurance.pair_faults import Row
from tests.endurance.pair_outside import (
    disk,
    ended,
    frozen,
    kafka_errors,
    killed,
    network,
    of_worker,
    on_run,
    registry_says,
    rejected,
    rude,
    stopped,
)

MB: Final = 2**20
ROWS: Final = (
    Row(1, (lies("stuck", lambda c: c == 99.5, value=99.5), lies("bias", lambda c: c > 85, offset=60.0))),
    Row(2, (dropout, flapping)),
    Row(
        3,
        (
            link("duplicate", lambda s, b, d: grew(s.recorder.duplicates, b.duplicates, d), share=1.0, later_s=0.2),
            link("reorder", lambda s, b, d: grew(s.recorder.inversions, b.inversions, d), share=0.5, by=2.0),
            link("delay", late, seconds=4.0),
            link("offline-buffer", late),
        ),
        "mqtt",
    ),
    Row(4, (crash("device crash"), silent("device hang"), crash_loop)),
    Row(5, (weak, lambda cast: weak(cast, True), slow_firmware)),
    Row(6, (crash("SystemExit", error="SystemExit"), crash("MemoryError", error="MemoryError", sensor="temperature"))),
    Row(7, (flood, slow_consumer)),
    Row(8, (hung_sensor, hung_sink)),
    Row(
        9,
        (
            rejected("unencodable", share=0.5),
            rejected("schema-change", change="incompatible"),
            rejected("oversize", share=0.5, kilobytes=2000),
        ),
        "kafka",
    ),
    Row(
        10,
        (
            network("down"),
            network("timeout"),
            network("latency", latency_ms=6000.0),
            network("reset-peer"),
            network("bandwidth", rate_kb_per_s=0.05),
        ),
    ),
    Row(11, (network("wrong-address"), network("wrong-address", kind="unresolved"))),
    Row(12, (stopped, ended), "mqtt"),
    Row(
        13,
        (lambda cast: network("refuse-login")(cast), lambda cast: network("refuse-login", reason="quota")(cast)),
        "mqtt",
    ),
    Row(14, (kafka_errors("not-enough-replicas"), kafka_errors("not-leader")), "kafka"),
    Row(
        15,
        (
            on_run("registry-hang", registry_says(0)),
            on_run("registry-errors", registry_says(503), status=503),
            on_run("registry-errors", registry_says(409), status=409),
        ),
    ),
    Row(
        16,
        (
            link("clock-skew", skew(100), seconds=-600.0),
            link("clock-jump", skew(100), seconds=3600.0),
            link("clock-drift", skew(4), ppm=1e6),
        ),
        "mqtt",
    ),
    Row(17, (on_run("process-freeze", frozen, seconds=1.5), killed)),
    Row(
        18,
        (
            on_run("cpu-hog", of_worker(lambda w, b: len(w.children(recursive=True)) > b.children), processes=2),
            on_run("memory-hog", of_worker(lambda w, b: w.memory_info().rss > b.memory + 100 * MB), megabytes=150),
            on_run("descriptors", of_worker(lambda w, b: w.rlimit(psutil.RLIMIT_NOFILE)[0] < 400), left=40),
        ),
    ),
    Row(19, (disk("full"), disk("read-only"), disk("broken"))),
    Row(20, (rude,)),
)
ONE_AFTER_THE_OTHER: Final = frozenset({(9, 14), (12, 13)})
"""Rows on the same side that leave the same mark, so that nobody could tell one from the other; or of which one lets
nothing through that the other could show on."""
