"""Where do processes run, and what do they use? One core for the server, another for whoever loads it."""

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

SERVER_CPU, CLIENT_CPU = 0, 1


@contextmanager
def on_cpu(cpu: int) -> Iterator[None]:
    """This thread, and the processes that it starts, run on this CPU only; no effect where none can be chosen."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, before & {cpu} or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def pinned(pid: int, cpu: int) -> Iterator[None]:
    """That process and its children run on this CPU only; no effect where none can be chosen."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(pid)
    _pin(pid, before & {cpu} or before)
    try:
        yield
    finally:
        _pin(pid, before)


def _pin(pid: int, cpus: set[int]) -> None:
    process = psutil.Process(pid)
    for each in (process, *process.children(recursive=True)):
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(each.pid, cpus)


def cpu_seconds(pid: int) -> float:
    """Seconds of CPU that the process and its children have used, those that have ended too."""
    process = psutil.Process(pid)
    return sum(map(_cpu_seconds, (process, *process.children(recursive=True))))


def _cpu_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)
