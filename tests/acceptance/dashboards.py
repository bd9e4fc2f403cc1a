"""What do the dashboards of many negocios show, and is it right? Whole figures, held against computed ones."""

import json
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any

from dashboards.kinds import kind_named
from dashboards.metrics import Scope, compute
from dashboards.models import Negocio
from realtime.database import in_thread
from tests.acceptance.clients import Client, clients, merged, merged_repairs, token, watch

Held = dict[str, Any]


def figures_of(negocios: Sequence[Negocio]) -> dict[str, Held]:
    """For each negocio's code every metric of its topic `stats`, computed now, as JSON has it."""
    found: dict[str, Held] = {negocio.code: {} for negocio in negocios}
    for name in {negocio.kind for negocio in negocios}:
        kind = kind_named(name)
        codes = {negocio.pk: negocio.code for negocio in negocios if negocio.kind == name}
        for metric in kind.metrics:
            if metric.name in kind.state_topics()["stats"]:
                for id, figure in compute(metric, Scope(list(codes))).figures.items():
                    found[codes[id]][metric.name] = json.loads(json.dumps(figure))
    return found


class Dashboard:
    """One open page: what it holds after the frames that came."""

    def __init__(self, code: str, socket: Client, merge: Callable[[list[Any], Held], Held]) -> None:
        self.code, self.socket, self._merge = code, socket, merge
        self._held: Held = {}
        self._read = 0

    @property
    def held(self) -> Held:
        frames, self._read = self.socket.frames[self._read :], len(self.socket.frames)
        self._held = self._merge(frames, self._held)
        return self._held

    def shows(self, truth: Held) -> bool:
        held = self.held
        return bool(held) and all(figure == truth[name] for name, figure in held.items())


@asynccontextmanager
async def dashboards(webs: Collection[str], negocios: Sequence[Negocio]) -> AsyncIterator[list[Dashboard]]:
    """A native page at each of the web addresses for each negocio, and one of the kind's own front-end for repairs."""
    native = [(negocio, f"{ws}/ws/native?token={token(negocio.code)}") for ws in webs for negocio in negocios]
    own = [
        (negocio, f"{ws}/ws?token={token(negocio.code, user=f'page-{negocio.code}-{number}')}")
        for number, ws in enumerate(webs)
        for negocio in negocios
        if negocio.kind == "repairs"
    ]
    async with clients([url for _, url in native]) as sockets, clients([url for _, url in own]) as pages:
        for socket in sockets:
            await watch(socket)
        for page in pages:
            await page.wait_for(1)
        yield [
            *(Dashboard(one.code, socket, merged) for (one, _), socket in zip(native, sockets, strict=True)),
            *(Dashboard(one.code, page, merged_repairs) for (one, _), page in zip(own, pages, strict=True)),
        ]


async def all_right(pages: Sequence[Dashboard], negocios: Sequence[Negocio], timeout: float = 10.0) -> float:
    """Wait until every dashboard is right; returns when the last frame that it needed had come (monotonic).

    Nothing may be written meanwhile. Raises TimeoutError naming a dashboard and what it shows wrongly.
    """
    truth = await in_thread(figures_of, negocios)
    deadline = time.monotonic() + timeout
    for page in pages:
        right = truth[page.code]
        try:
            await page.socket.wait_until(lambda page=page, right=right: page.shows(right), deadline - time.monotonic())  # type: ignore[misc]
        except TimeoutError:
            wrong = {name: (held, right[name]) for name, held in page.held.items() if held != right[name]}
            raise TimeoutError(f"{page.code} is not right within {timeout:g} s (held, right): {wrong}") from None
    return max((page.socket.times[-1] for page in pages), default=time.monotonic())
