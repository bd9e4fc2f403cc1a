"""How do the servers compare at a glance? Bars of text, out of what `make bench ARGS="peers --json FILE"` wrote.

python -m benchmarks.chart figures.json > chart.txt
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

WIDTH = 44
BAR = "█"
# What is drawn: the end of a figure's name after its server's, and what stands above the bars.
DRAWN = {
    "CPU of one more delivery": "CPU of one more delivery, 200-byte events, full path",
    "CPU at 60 events a second": "CPU at 60 events a second to 1,000 sockets, databases included",
    "p99 at 40 events a second": "p99 from post to socket at 40 events a second to 1,000 sockets",
    "memory of an idle socket": "memory of an idle socket, authenticated and subscribed",
}


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    print("\n".join(chart(json.loads(Path(arguments[0]).read_text()))))
    return 0


def chart(reports: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The lines of all charts that these reports have figures for."""
    figures = [figure for report in reports for figure in report["figures"]]
    for name, title in DRAWN.items():
        bars = {server: figure for figure in figures if (server := _server(figure["name"], name))}
        if bars:
            yield from _bars(title, bars)
            yield ""


def _server(figure: str, name: str) -> str:
    """Whose figure that is, "" where it is another or a ratio."""
    server, _, rest = figure.partition(": ")
    return server if rest == name and "/" not in server else ""


def _bars(title: str, bars: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    ordered = sorted(bars.items(), key=lambda bar: float(bar[1]["value"]))
    # One that is far off the others would leave them no length.
    longest = min(float(ordered[-1][1]["value"]), 4 * float(ordered[len(ordered) // 2][1]["value"]))
    names = max(len(server) for server in bars)
    yield f"{title} ({ordered[0][1]['unit']})"
    for server, figure in ordered:
        value = float(figure["value"])
        bar = BAR * max(1, round(WIDTH * min(value, longest) / longest)) + ("…" if value > longest else "")
        yield f"  {server:<{names}}  {bar} {value:,.3g}" if value < 1000 else f"  {server:<{names}}  {bar} {value:,.0f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
