"""What must hold once all that was wrong is over? Everybody who listens has everything, and so has the journal."""

import asyncio

from tests.model.clients import get
from tests.model.oracle import Broken
from tests.model.stage import CODE, NODES, TOPICS
from tests.model.world import World

# So long somebody may still lack something once nothing is wrong any more. Seconds.
LACK = 10.0


async def quiet(world: World) -> None:
    """End all that is wrong with the world; then everybody must get what it must have."""
    if not world.redis.up:
        await world.start_redis()
    for writer in list(world.open):
        await world.finish(writer, commit=True)
    for station in world.stations:
        station.reads.open()
        station.layer.let_go()
    for client in world.connected:
        client.read_again()
    await world.publish_late()
    await world.number()
    await world.refresh()
    if world.has_lost_state:
        await world.tick()
        world.has_lost_state = False
    for node in range(NODES):
        await world.compare_heads(node)
    await _bring_back(world)
    await _wait_until_nobody_lacks(world)
    await _audit(world)
    world.oracle.check()


async def _bring_back(world: World) -> None:
    """Who was sent away, or could not be served, comes back and goes on from where it was."""
    for client in world.sockets:
        if client.node >= 0 and not client.connected:
            client.connect(client.node, world.context(client.node))
        for topic in sorted(client.listeners) if client.connected else ():
            if topic not in client.topics | client.asking:
                client.subscribe(topic, resumes=True)
    for stream in world.streams:
        if stream.node >= 0 and not stream.connected:
            stream.connect(stream.node, world.context(stream.node), stream.topic)
    await world.rest()


async def _wait_until_nobody_lacks(world: World) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + LACK
    while lags := [lag for client in world.connected for lag in client.lag()]:
        if loop.time() > deadline:
            raise Broken("; ".join(lags))
        await asyncio.sleep(0.002)
        world.raise_complaints()
    await world.rest()


async def _audit(world: World) -> None:
    """What does somebody find who asks for all that there is?"""
    for topic in TOPICS:
        path = f"/api/rooms/{CODE}/{topic}/events?limit=1000"
        answer = await get(path, world.bearer, world.context(0))
        world.oracle.polled("the auditor", topic, None, 1_000, answer)
        story = world.oracle.life.stories[topic]
        seqs = {event["seq"] for event in answer["events"]}
        expected = set(range(1, len(story.facts) + 1)) - story.gone
        if seqs != expected or answer["epoch"] != world.oracle.life.epoch:
            raise Broken(f"the journal of {topic} has {sorted(seqs)} instead of {sorted(expected)}")
    while world.place is not None and await world.poll(0, 100, resumes=True):
        pass
