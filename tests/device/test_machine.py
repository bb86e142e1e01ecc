"""The cores and the memory that this process may use, not those of the host."""

import os
from pathlib import Path

import pytest

from rsn_edge.device.machine import this_machine, usable_cores

ALLOWED = len(os.sched_getaffinity(0))
SERVER = "processor\t: 0\nmodel name\t: Some Xeon\nflags\t\t: fpu avx2 avx512f avx512_vnni amx_int8\n"
BOARD = "processor\t: 0\nFeatures\t: fp asimd asimddp\n"


def _root(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"sys/fs/cgroup/cpu.max": "50000 100000\n"}, id="half a core"),
        pytest.param(
            {"proc/self/cgroup": "0::/pod/task\n", "sys/fs/cgroup/pod/cpu.max": "100000 100000\n",
             "sys/fs/cgroup/pod/task/cpu.max": "max 100000\n"},
            id="one core in the group above",
        ),
        pytest.param(
            {"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "100000\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"},
            id="one core, control groups of version 1",
        ),
    ],
)  # fmt: skip
def test_a_quota_of_one_core_gives_one(files: dict[str, str], tmp_path: Path) -> None:
    assert usable_cores(_root(tmp_path, files)) == 1


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({}, id="no control groups"),
        pytest.param({"sys/fs/cgroup/cpu.max": "max 100000\n"}, id="no quota"),
        pytest.param({"sys/fs/cgroup/cpu.max": f"{100000 * (ALLOWED + 1)} 100000\n"}, id="a large quota"),
        pytest.param(
            {"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"},
            id="no quota, version 1",
        ),
        pytest.param({"proc/self/cgroup": "0::/../../elsewhere\n"}, id="a group that cannot be seen"),
    ],
)
def test_without_a_quota_the_affinity_mask_counts(files: dict[str, str], tmp_path: Path) -> None:
    assert usable_cores(_root(tmp_path, files)) == ALLOWED


def test_a_part_of_a_core_counts_as_one(tmp_path: Path) -> None:
    root = _root(tmp_path, {"sys/fs/cgroup/cpu.max": "120000 100000\n"})
    assert usable_cores(root) == min(ALLOWED, 2)


@pytest.mark.parametrize(
    ("cpuinfo", "flags"),
    [(SERVER, ("avx2", "avx512", "vnni", "amx")), (BOARD, ("neon", "dotprod")), ("", ())],
    ids=["server", "board", "unknown"],
)
def test_the_flags_that_decide_speed_are_found(cpuinfo: str, flags: tuple[str, ...], tmp_path: Path) -> None:
    assert this_machine(_root(tmp_path, {"proc/cpuinfo": cpuinfo})).flags == flags


def test_a_board_gives_its_own_name(tmp_path: Path) -> None:
    root = _root(tmp_path, {"proc/cpuinfo": BOARD, "proc/device-tree/model": "NVIDIA Jetson Orin Nano\0"})
    assert this_machine(root).cpu == "NVIDIA Jetson Orin Nano"


def test_the_containers_memory_counts(tmp_path: Path) -> None:
    files = {"proc/meminfo": "MemTotal:       8000000 kB\n", "sys/fs/cgroup/memory.max": "1073741824\n"}
    assert this_machine(_root(tmp_path, files)).memory_bytes == 1 << 30


def test_the_real_machine_is_described() -> None:
    machine = this_machine()
    assert machine.memory_bytes > 1 << 28
    assert f"{machine.cores} cores" in str(machine)
