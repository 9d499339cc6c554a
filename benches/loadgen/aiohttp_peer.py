"""Sends Score requests the usual asyncio way, as a peer to compare with.

One event loop; a task for each request; between two a sleep drawn from an unseeded exponential law,
relative to the last; latency from before the body is encoded to after the answer is decoded; the
client's own limit of 100 connections. Prints one JSON line.
"""

import asyncio
import json
import random
import sys
import time

import aiohttp


async def one(session, url, body, latencies):
    start = time.perf_counter()
    async with session.post(url, json=body) as response:
        answer = await response.json()
        if len(answer["scores"]) != len(body["items"]):
            raise ValueError("rows")
    latencies.append(time.perf_counter() - start)


async def main(url, path, rate, seconds):
    with open(path, encoding="utf-8") as file:
        body = json.loads(file.readline())
    latencies, tasks, count = [], [], int(rate * seconds)
    async with aiohttp.ClientSession() as session:
        begin = time.perf_counter()
        for _ in range(count):
            tasks.append(asyncio.create_task(one(session, url, body, latencies)))
            await asyncio.sleep(random.expovariate(rate))
        sent = time.perf_counter() - begin
        await asyncio.gather(*tasks)
    latencies.sort()
    p99 = latencies[min(len(latencies) - 1, int(len(latencies) * 0.99))]
    print(json.dumps({"sentPerSecond": count / sent, "p99Milliseconds": p99 * 1e3}))


asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])))
