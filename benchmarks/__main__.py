"""How fast is it, on this machine, now? `make bench`, or `python -m tools.testbed -m benchmarks [names]`.

Ends with 1 when a message was lost or a peer could not be had, or with --strict when a bound was missed.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import django
from django.conf import settings

from benchmarks.results import Report, merged

# All benchmarks beside others.
PEERS = "peers"


def main(arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "realtime.settings")
    if settings.DATABASE is None or not settings.REDIS_URL:
        print("A PostgreSQL and a Redis are needed: python -m tools.testbed -m benchmarks", file=sys.stderr)
        return 2
    django.setup()
    logging.disable(logging.INFO)
    benchmarks, peers = _benchmarks(), _peers()
    options = _options(arguments, [*benchmarks, *peers])
    benchmarks |= {name: partial(measure, frozenset(options.without)) for name, measure in peers.items()}
    benchmarks |= _sized(options)
    reports = []
    for name in _expanded(options.names, peers) or benchmarks:
        report = merged([benchmarks[name]() for _ in range(options.runs)])
        print(report.table(), end="\n\n", flush=True)
        reports.append(report)
    if options.json:
        options.json.write_text(json.dumps([report.document() for report in reports], indent=2) + "\n")
    return status(reports, options.strict)


def _benchmarks() -> dict[str, Callable[[], Report]]:
    # They import models, so Django has to be set up first.
    from benchmarks import (
        churn,
        commits,
        connects,
        fanout,
        ingest,
        latency,
        publishes,
        reconnects,
        rollups,
        stalls,
        startup,
        storm,
        ticks,
        writers,
    )

    modules = (
        latency, commits, fanout, connects, reconnects, ingest, publishes, startup, writers, stalls, storm, churn,
    )  # fmt: skip
    return {module.NAME: module.measure for module in (*modules, rollups, ticks)}


def _sized(options: argparse.Namespace) -> dict[str, Callable[[], Report]]:
    """Those that are told how large they shall be."""
    from benchmarks import rollups, ticks

    return {
        rollups.NAME: partial(rollups.measure, options.rows, options.minutes),
        ticks.NAME: partial(ticks.measure, options.watched, options.each),
    }


def _peers() -> Mapping[str, Callable[[frozenset[str]], Report]]:
    from benchmarks.peers import cost, crowded, idle, publishing, rates, two_webs

    return {module.NAME: module.measure for module in (cost, publishing, rates, crowded, idle, two_webs)}


def _expanded(names: Sequence[str], peers: Iterable[str]) -> Sequence[str]:
    return [name for each in names for name in (peers if each == PEERS else (each,))]


def _options(arguments: list[str], names: list[str]) -> argparse.Namespace:
    from benchmarks.peers.known import NAMES

    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Pulso on this machine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which ones: {', '.join(names)}; {PEERS} (all)")
    parser.add_argument("--runs", type=int, default=1, help="runs of each; figures are their medians (1)")
    parser.add_argument("--strict", action="store_true", help="end with 1 when a bound is missed too")
    parser.add_argument("--without", action="append", default=[], choices=NAMES, help="leave this peer out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rollups: of the largest negocio (1000000)")
    parser.add_argument("--minutes", type=float, default=1.0, help="rollups: of writers who abort (1)")
    parser.add_argument("--watched", type=int, default=1_000, help="ticks: negocios that somebody looks at (1000)")
    parser.add_argument("--each", type=int, default=200, help="ticks: rows of each of them (200)")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - {*names, PEERS}:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    return options


def status(reports: list[Report], strict: bool) -> int:
    """The exit status of a run that found these."""
    lost = any(report.lost or report.missing for report in reports)
    missed = strict and not all(report.kept for report in reports)
    return int(lost or missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
