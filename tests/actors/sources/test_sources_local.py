"""This machine by its files and by psutil; the files stand in a folder of the test's."""

from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from actors.sources.base import SilentError
from actors.sources.linux import LinuxFiles
from actors.sources.psutil import Psutil
from engine.clock import FakeWall
from engine.hardware.seen import Seen

Temperature = namedtuple("Temperature", "label current high critical")
Fan = namedtuple("Fan", "label current")


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    return root


def chip(number: int, name: str, **files: object) -> dict[str, str]:
    folder = f"sys/class/hwmon/hwmon{number}"
    return {f"{folder}/name": name, **{f"{folder}/{file}": str(text) for file, text in files.items()}}


INTEL = {
    **chip(0, "acpitz", temp1_input=27800),
    **chip(1, "nvme", temp1_input=41850, temp1_label="Composite"),
    **chip(
        2, "coretemp", temp1_input=56000, temp1_label="Package id 0", temp2_input=55000, temp2_label="Core 0",
        temp3_input=54000, temp3_label="Core 1",
    ),
    **chip(3, "nct6798", in0_input=1104, in1_input=1000, fan1_input=0, fan2_input=1008, fan7_input=2700),
    "proc/stat": "cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 2 3 4",
    "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq": "4000000",
    "sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq": "3000000",
    "sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq": "1",
    "sys/class/powercap/intel-rapl:0/energy_uj": "1000000",
    "sys/class/powercap/intel-rapl:0/max_energy_range_uj": "262143328850",
}  # fmt: skip
AMD = {
    **chip(0, "k10temp", temp1_input=61125, temp1_label="Tctl", temp3_input=58000, temp3_label="Tccd1"),
    **chip(1, "zenpower", power1_input=42500000, power1_label="SVI2_P_Core", in1_input=1094, in1_label="SVI2_Core"),
    **chip(2, "it8688", fan1_input=843, fan1_label="CPU_FAN", fan2_input=1200, fan2_label="SYS_FAN"),
}
PI5 = {
    **chip(0, "cpu_thermal", temp1_input=48850),
    **chip(1, "rp1_adc", in1_input=1483, temp1_input=50123),
    **chip(2, "pwmfan", fan1_input=2500),
    **chip(3, "rpi_volt", in0_lcrit_alarm=0),
    "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq": "2400000",
}


def test_an_intel_machine_is_read_and_its_counters_are_shares_of_the_time_between_two_looks(tmp_path: Path) -> None:
    wall = FakeWall()
    machine = LinuxFiles(write(tmp_path, INTEL), wall)
    assert machine.is_there()
    first = machine.look()
    assert first == Seen(56.0, None, None, 1.104, 1008.0, 3.5)
    wall.now_ns += 2_000_000_000
    write(tmp_path, {"proc/stat": "cpu  150 0 100 740 110 0 0 0 0 0"})
    write(tmp_path, {"sys/class/powercap/intel-rapl:0/energy_uj": "91000000"})
    second = machine.look()
    assert second == first._replace(power_w=45.0, load_percent=50.0)


def test_an_energy_counter_that_begins_anew_is_no_negative_power(tmp_path: Path) -> None:
    wall = FakeWall()
    machine = LinuxFiles(write(tmp_path, INTEL), wall)
    machine.look()
    wall.now_ns += 1_000_000_000
    write(tmp_path, {"sys/class/powercap/intel-rapl:0/energy_uj": "500000"})
    write(tmp_path, {"sys/class/powercap/intel-rapl:0/max_energy_range_uj": "10500000"})
    assert machine.look().power_w == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (AMD, Seen(61.125, 42.5, None, 1.094, 843.0, None)),
        (PI5, Seen(48.85, None, None, None, 2500.0, 2.4)),
        (chip(0, "coretemp", temp2_input=50000, temp2_label="Core 0", temp3_input=52000, temp3_label="Core 1"),
         Seen(52.0)),
        (chip(0, "coretemp", temp1_input="garbage", temp3_input=999000) | chip(1, "acpitz", temp1_input=27800),
         Seen(27.8)),
        (chip(0, "it87", fan1_input=0, fan2_input=0), Seen(fan_rpm=0.0)),
        (chip(0, "k10temp", temp1_input="-5000", temp1_label="Tctl"), Seen(-5.0)),
    ],
)  # fmt: skip
def test_other_machines(tmp_path: Path, files: dict[str, str], expected: Seen) -> None:
    assert LinuxFiles(write(tmp_path, files), FakeWall()).look() == expected


def test_files_that_cannot_be_read_and_links_that_lead_nowhere_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, chip(0, "k10temp", temp1_input=61125, temp1_label="Tctl"))
    (tmp_path / "sys/class/hwmon/hwmon1").symlink_to(tmp_path / "nowhere")
    (tmp_path / "sys/class/hwmon/hwmon0/fan1_input").mkdir()
    (tmp_path / "sys/class/hwmon/hwmon0/in0_input").write_bytes(b"\xff" * 10_000)
    (tmp_path / "sys/class/hwmon/hwmon0/temp_input").write_text("1")
    assert LinuxFiles(tmp_path, FakeWall()).look() == Seen(61.125)


def test_a_machine_that_says_nothing_is_a_reason(tmp_path: Path) -> None:
    machine = LinuxFiles(tmp_path, FakeWall())
    assert not machine.is_there()
    with pytest.raises(SilentError, match="nothing of the six quantities"):
        machine.look()


class FakePsutil(SimpleNamespace):
    """As much of psutil as is asked."""

    Error = psutil.Error


def test_psutil_is_read() -> None:
    module = FakePsutil(
        sensors_temperatures=lambda: {"coretemp": [Temperature("Package id 0", 56.0, 100.0, 100.0)]},
        sensors_fans=lambda: {"asus": [Fan("cpu_fan", 2500)]},
        cpu_freq=lambda: SimpleNamespace(current=3500.0, min=800.0, max=4400.0),
        cpu_percent=lambda interval: 12.5,
    )
    source = Psutil(module)
    assert source.look() == Seen(56.0, None, None, None, 2500.0, 3.5)
    assert source.look() == Seen(56.0, None, 12.5, None, 2500.0, 3.5)


def test_a_psutil_without_sensors_knows_the_load() -> None:
    source = Psutil(FakePsutil(cpu_percent=lambda interval: 200.0, cpu_freq=lambda: None))
    source.look()
    with pytest.raises(SilentError, match="none of the six"):
        source.look()


@pytest.mark.parametrize("error", [OSError("x"), RuntimeError("x"), NotImplementedError("x"), psutil.AccessDenied(1)])
def test_an_error_of_psutil_is_a_reason(error: Exception) -> None:
    def fails(**_: Any) -> float:
        raise error

    with pytest.raises(SilentError, match=f"psutil: {type(error).__name__}"):
        Psutil(FakePsutil(cpu_percent=fails, cpu_freq=lambda: None)).look()


def test_the_machine_of_the_test_is_read() -> None:
    """Nothing is known of it but that reading it does no harm."""
    for source in (LinuxFiles(Path("/"), FakeWall()), Psutil()):
        try:
            seen = source.look()
        except SilentError:
            continue
        assert isinstance(seen, Seen)
