"""Real containers for the tests: Debian's buildah and podman, with a storage of their own that ends with the tests."""

import json
import os
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import Any, Final, NamedTuple

import pytest

from tests.brokers.installed import program

ROOT: Final = Path(__file__).parents[2]
REQUIRED: Final = "TEST_CONTAINER"
"""Environment variable: `required` makes a machine without containers a failure. `.ci/run` sets it."""
HINT: Final = "`bash tests/container/install.sh` installs it"
IMAGE: Final = "localhost/data-simulator"
BASE: Final = "localhost/python-base"
PATIENCE_S: Final = 120.0
_HARDENED: Final = (
    *("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--pull", "never"),
    *("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"),
    # as Docker sets it by itself, and deploy/kubernetes by a line of its own
    *("--sysctl", "net.ipv4.ip_unprivileged_port_start=0", "-p", "127.0.0.1::80"),
)


def base() -> Path:
    """The base image that install.sh made."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "data-simulator-tests" / "container-base.tar"


def need_containers() -> None:
    """Skip the test that asks, and say why, where no container can be run; fail it where one should."""
    lacking = [name for name in ("buildah", "podman", "runc") if program(name) is None]
    reason = "only root can" if os.geteuid() != 0 else ""
    reason = f"no {lacking[0]} on this machine: {HINT}" if lacking else reason
    reason = reason or ("" if base().exists() else f"no base image on this machine: {HINT}")
    if not reason:
        return
    if os.environ.get(REQUIRED) == "required":
        pytest.fail(f"{REQUIRED}=required, but {reason}", pytrace=False)
    pytest.skip(reason)


class Got(NamedTuple):
    """An answer."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Engine:
    """Builds and runs images in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # podman takes no longer path than 50 characters for it, and a test's own folder may be longer
        self._run = tempfile.mkdtemp(prefix="run-", dir="/tmp")
        self._storage: list[str] = []
        self._containers: list[Container] = []

    def build(self) -> None:
        """The image, from what `git` knows of this tree, on a base made of Debian's packages."""
        self._import_base()
        # where pip goes through a certificate or settings of this machine, so does the build
        mounts = [
            word
            for path in ("/etc/ssl/certs", "/etc/pip.conf")
            if Path(path).exists()
            for word in ("-v", f"{path}:{path}:ro")
        ]
        call(
            [
                *("buildah", *self._storage, "bud", "--format", "docker", "--network", "host", "--quiet"),
                *("--build-arg", f"BASE={BASE}", *mounts, "-t", IMAGE, str(ROOT)),
            ],
            BUILDAH_ISOLATION="chroot",
        )

    def _import_base(self) -> None:
        """The base image, in layers of the kernel where it has them; else each container copies all files."""
        for driver in ("overlay", "vfs"):
            root, run = f"{self._folder}/{driver}", f"{self._run}/{driver}"
            self._storage = ["--root", root, "--runroot", run, "--storage-driver", driver]
            self.podman("import", "-q", str(base()), BASE, check=driver == "vfs")
            if BASE in self.podman("images", "--format", "{{.Repository}}", check=False):
                return

    def podman(self, *words: str, check: bool = True) -> str:
        """One command; what it says on standard output."""
        runtime = ("--runtime", "runc", "--cgroup-manager", "cgroupfs")
        return call(["podman", *self._storage, *runtime, *words], check=check).strip()

    def inspect(self) -> Any:
        """What the image says of itself."""
        return json.loads(self.podman("image", "inspect", IMAGE))[0]

    def run(self, *command: str, options: Sequence[str] = ()) -> "Container":
        """A container in the background, as restricted as in production."""
        container = Container(self, self.podman("run", "-d", *_HARDENED, *options, IMAGE, *command))
        self._containers.append(container)
        return container

    def close(self) -> None:
        """End and forget everything."""
        for container in self._containers:
            self.podman("rm", "-f", "-t", "2", container.id, check=False)
        # the storage's own folder is a mount of itself
        subprocess.run(["umount", str(self._folder / "overlay" / "overlay")], capture_output=True, check=False)
        subprocess.run(["rm", "-rf", str(self._folder), self._run], capture_output=True, check=False)


class Container:
    """One container."""

    def __init__(self, engine: Engine, id: str) -> None:
        self._engine = engine
        self.id = id

    @property
    def url(self) -> str:
        """Where its port 80 is reached from outside."""
        return f"http://{self._engine.podman('port', self.id, '80/tcp')}"

    @property
    def logs(self) -> str:
        """All that it has said."""
        log = [*("podman", *self._engine._storage), "logs", self.id]
        done = subprocess.run(log, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return done.stdout

    def ask(self, path: str, key: str = "") -> Got:
        """One request from outside."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            with urllib.request.urlopen(
                urllib.request.Request(f"{self.url}{path}", headers=headers), timeout=20
            ) as got:
                return Got(got.status, got.read())
        except urllib.error.HTTPError as error:
            with error:
                return Got(error.code, error.read())

    def until(self, holds: Callable[[], Any]) -> Any:
        """Wait for something to be so."""
        pause = Event()
        for _ in range(round(PATIENCE_S / 0.25)):
            try:
                if found := holds():
                    return found
            except (OSError, urllib.error.URLError):
                pass
            assert self.state == "running", self.logs
            pause.wait(0.25)
        raise AssertionError(f"it did not come about\n{self.logs}")

    def ready(self) -> "Container":
        """Wait until it answers."""
        self.until(lambda: self.ask("/readyz").status == 200)
        return self

    @property
    def state(self) -> str:
        """`running`, `exited`..."""
        return self._engine.podman("inspect", self.id, "--format", "{{.State.Status}}")

    def execute(self, *command: str) -> tuple[int, str]:
        """A command inside."""
        words = ["podman", *self._engine._storage, "--runtime", "runc", "--cgroup-manager", "cgroupfs", "exec", self.id]
        done = subprocess.run([*words, *command], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    def stop(self) -> int:
        """As an orchestrator stops it; its exit code."""
        self._engine.podman("stop", "-t", "30", self.id)
        return int(self._engine.podman("inspect", self.id, "--format", "{{.State.ExitCode}}"))

    def end(self) -> int:
        """Wait for its own end; its exit code."""
        return int(self._engine.podman("wait", self.id))


def call(command: Sequence[str], check: bool = True, **variables: str) -> str:
    """Run a command; what it says on standard output. All it has said when it fails."""
    done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-4000:]}\n{done.stderr[-8000:]}"
    return done.stdout
