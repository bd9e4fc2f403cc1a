"""Does the measuring of commits notice a socket that isn't told of one, and count from the frame that shows it?"""

import json

from benchmarks.commits import Found, Watcher
from benchmarks.writer import Written

BASE = 3


def frame(total: int) -> bytes:
    """The figures with so many citas."""
    return json.dumps({"type": "state", "data": {"stats": {"totalCitas": total}}}).encode()


def arrived(commits: list[float], *frames: tuple[float, int]) -> Found:
    """What a socket found that came when there were BASE citas and got these frames."""
    watcher, found = Watcher("a"), Found()
    watcher.shown = [frame(BASE)]
    watcher.frames = [(at, frame(total)) for at, total in frames]
    watcher.arrivals([Written("a", at, at) for at in commits], found)
    return found


def test_a_commit_counts_until_the_first_frame_that_shows_it() -> None:
    found = arrived([1.0, 2.0, 3.0], (1.5, BASE + 1), (2.25, BASE + 2), (3.5, BASE + 3))
    assert found.waits == [0.25, 0.5]  # the first of a negocio doesn't count
    assert not found.lost


def test_commits_that_share_a_frame_each_count_until_it() -> None:
    assert arrived([1.0, 2.0, 3.0], (3.5, BASE + 3)).waits == [1.5, 0.5]


def test_a_frame_of_other_figures_shows_no_commit() -> None:
    watcher, found = Watcher("a"), Found()
    watcher.shown = [frame(BASE)]
    watcher.frames = [(1.5, b'{"type":"state","data":{"por_hora":{}}}'), (2.5, frame(BASE + 1))]
    watcher.arrivals([Written("a", 1.0, 1.0)], found)
    assert not found.lost
    assert watcher.held() == {"stats": {"totalCitas": BASE + 1}, "por_hora": {}}


def test_a_commit_that_no_frame_shows_is_lost() -> None:
    assert arrived([1.0, 2.0], (1.5, BASE + 1)).lost == [f"cita {BASE + 2} of a"]
