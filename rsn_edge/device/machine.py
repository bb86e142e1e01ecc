"""The machine at hand as a frozen record, and how many of its cores this process may use."""

import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path("/")

# Our name of a processor's ability: the flags of /proc/cpuinfo that tell it (x86-64, then 64-bit Arm).
_ABILITIES = {
    "avx2": {"avx2"},
    "avx512": {"avx512f"},
    "vnni": {"avx512_vnni", "avx_vnni"},
    "avx512_bf16": {"avx512_bf16"},
    "amx": {"amx_int8", "amx_bf16"},
    "neon": {"asimd", "neon"},
    "dotprod": {"asimddp"},
}


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine as far as speed and fitting files depend on it.

    Args:
        os, arch: kernel and its release, processor architecture.
        cpu: the processor's name, or the board's where the processor has none.
        flags: abilities that decide which files run fast: avx2, avx512, vnni, avx512_bf16, amx, neon, dotprod.
        cores: that this process may use.
        memory_bytes: that this process may use, 0 where the system does not tell.
        python: version of the interpreter.
    """

    os: str
    arch: str
    cpu: str
    flags: tuple[str, ...]
    cores: int
    memory_bytes: int
    python: str

    @property
    def multiplies_bytes(self) -> bool:
        """Whether it sums products of bytes exactly: without, INT8 files need weights of seven bits."""
        return bool({"vnni", "amx", "dotprod"} & set(self.flags))

    def __str__(self) -> str:
        memory = f"{self.memory_bytes / 2**30:.1f} GiB"
        flags = " ".join(self.flags) or "no known flags"
        return f"{self.cpu} ({flags}), {self.cores} cores, {memory}, {self.os} {self.arch}, Python {self.python}"


def this_machine(root: Path = _ROOT) -> Machine:
    """The machine that this process runs on; `root` is where /proc and /sys lie."""
    cpuinfo = _read(root / "proc/cpuinfo")
    return Machine(
        os=f"{platform.system()} {platform.release()}",
        arch=platform.machine(),
        cpu=_field(cpuinfo, "model name") or _read(root / "proc/device-tree/model").strip("\0 ") or "unknown processor",
        flags=_flags(cpuinfo),
        cores=usable_cores(root),
        memory_bytes=_memory(root),
        python="{}.{}.{}".format(*sys.version_info),
    )


def usable_cores(root: Path = _ROOT) -> int:
    """Cores that this process may use: its affinity mask, and the quota of its container (at least 1).

    The number of cores of the host, which most libraries take, is wrong in a container. A part of a core counts as
    a whole one: a thread that waits costs less than a core that idles.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    shares = [allowed, *(-(-quota // period) for quota, period in _quotas(root))]
    return max(1, min(shares))


def _quotas(root: Path) -> list[tuple[int, int]]:
    # (microseconds of all cores together, in a period of so many): version 2 of control groups, then version 1
    pairs = [_read(folder / "cpu.max").split() for folder in _groups(root)]
    old = root / "sys/fs/cgroup/cpu"
    pairs.append([_read(old / "cpu.cfs_quota_us").strip(), _read(old / "cpu.cfs_period_us").strip()])
    return [(int(p[0]), int(p[1])) for p in pairs if len(p) == 2 and all(text.isdecimal() for text in p)]


def _groups(root: Path) -> list[Path]:
    # A limit of any group above counts too; inside a container the path may name a group that cannot be seen.
    top = root / "sys/fs/cgroup"
    lines = _read(root / "proc/self/cgroup").splitlines()
    own = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), "")
    parts = [part for part in own.split("/") if part not in ("", "..")]
    return [top.joinpath(*parts[:depth]) for depth in range(len(parts) + 1)]


def _memory(root: Path) -> int:
    total = _field(_read(root / "proc/meminfo"), "MemTotal").split()
    limits = [_read(folder / "memory.max").strip() for folder in _groups(root)]
    limits.append(_read(root / "sys/fs/cgroup/memory/memory.limit_in_bytes").strip())
    sizes = [int(limit) for limit in limits if limit.isdecimal()]
    return min([int(total[0]) * 1024, *sizes]) if total else 0


def _flags(cpuinfo: str) -> tuple[str, ...]:
    present = set((_field(cpuinfo, "flags") or _field(cpuinfo, "Features")).split())
    return tuple(name for name, any_of in _ABILITIES.items() if present & any_of)


def _field(text: str, name: str) -> str:
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
