"""A client that is to be killed: it opens a socket at each URL of its arguments, says so, and reads for ever.

A URL of the native dialect subscribes to `stats`.
"""

import asyncio
import json
import sys

from websockets.asyncio.client import connect


async def read_for_ever(url: str, opened: "asyncio.Queue[str]") -> None:
    async with connect(url, compression=None, proxy=None) as socket:
        if "/native" in url:
            await socket.send(json.dumps({"v": 1, "type": "subscribe", "topic": "stats"}))
        await socket.recv()
        opened.put_nowait(url)
        async for _ in socket:
            pass


async def main(urls: list[str]) -> None:
    opened: asyncio.Queue[str] = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        for url in urls:
            group.create_task(read_for_ever(url, opened))
        for _ in urls:
            await opened.get()
        print("open", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
