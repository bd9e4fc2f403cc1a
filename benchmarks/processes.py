"""Where do processes run, and what do they use? One core for the server, another for whoever loads it."""

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


def cpu_seconds(pid: int) -> float:
    """Seconds of CPU that the process and its children have used."""
    process = psutil.Process(pid)
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))
