"""Results to compare: copies of a shape that the load generator writes, each with figures of its own.

    generate.py FOLDER COUNT

Half of them in FOLDER/base, half in FOLDER/candidate, about 30 KB each: one shape at two concurrencies, three
runs, a time series of ten intervals, histograms of real size.
"""

import json
import pathlib
import random
import sys

from hdrh.histogram import HdrHistogram

BIG = 3_600 * 10**9


def distribution(latencies):
    histogram = HdrHistogram(1, BIG, 3)
    for latency in latencies:
        histogram.record_value(int(latency))
    at = lambda percent: histogram.get_value_at_percentile(percent) / 1e6
    return {
        "count": len(latencies),
        "min": histogram.get_min_value() / 1e6,
        "mean": histogram.get_mean_value() / 1e6,
        "stdev": histogram.get_stddev() / 1e6,
        "p50": at(50), "p90": at(90), "p95": at(95), "p99": at(99), "p999": at(99.9),
        "max": histogram.get_max_value() / 1e6,
        "histogram": histogram.encode().decode(),
    }


def run(randomness, point, repetition, concurrency, intervals=10, requests=400):
    median = 5e6 * concurrency**0.5 * randomness.lognormvariate(0, 0.02)
    latencies = [randomness.lognormvariate(0, 0.2) * median for _ in range(requests)]
    seconds = sum(latencies) / 1e9 / concurrency
    per = requests // intervals
    shape = {"items": 5, "queryTokens": 128, "itemTokens": 64}
    series = [
        {"startSeconds": 10 * at, "sent": per, "succeeded": per, "failed": 0, "items": 5 * per,
         "latency": distribution(latencies[at * per:(at + 1) * per])}
        for at in range(intervals)
    ]
    counts = {"planned": requests, "sent": requests, "sentInTime": requests, "succeeded": requests, "failed": 0, "unfinished": 0,
              "unsent": 0, "heldBack": 0, "retried": 0, "afterEnd": 0, "items": 5 * requests, "tokens": 960 * requests,
              "inFlightPeak": concurrency}
    whole = distribution(latencies)
    return {
        "point": point, "repetition": repetition, "shapeIndex": 0, "shape": shape,
        "load": {"arrival": "closed", "concurrency": concurrency}, "status": "complete",
        "verdict": {"valid": True, "rules": [{"rule": "complete", "passed": True, "measured": 1, "limit": 1}]},
        "warnings": [], "startedAt": "2026-11-24T08:00:00.000Z", "plan": {"requests": requests},
        "warmup": {"requests": 40, "failed": 0, "seconds": 0.3, "steady": True},
        "counts": counts, "sendSeconds": seconds, "elapsedSeconds": seconds,
        "throughput": {"sentPerSecond": requests / seconds, "requestsPerSecond": requests / seconds,
                       "itemsPerSecond": 5 * requests / seconds, "tokensPerSecond": 960 * requests / seconds},
        "latency": {"sent": whole, "firstByte": whole}, "errors": [], "intervalSeconds": 10, "intervals": series,
        "client": {"cpuSeconds": 0.1, "spinSeconds": 0, "cpuFraction": 0.01, "peakMemoryBytes": 5000000},
    }


def result(seed, side):
    randomness = random.Random(seed)
    shape = {"items": 5, "queryTokens": 128, "itemTokens": 64}
    metadata = {"variant": f"{side}.one.tiny.smoke.here", "backend": side, "accelerator": "one", "chips": 1, "model": "example/tiny",
                "revision": "0" * 40, "price": {"usdPerHour": 3.6, "source": "made up", "date": "2026-11-24"}}
    runs = [run(randomness, point, repetition, concurrency)
            for point, concurrency in enumerate((4,)) for repetition in range(3)]
    return {
        "schemaVersion": 1, "tool": {"name": "xbench-loadgen", "version": "0.1.0"}, "status": "complete",
        "verdict": {"valid": True, "rules": []}, "startedAt": f"2026-10-{1 + seed // 1440 % 28:02}T{seed // 60 % 24:02}:{seed % 60:02}:00.000Z",
        "endedAt": "2026-11-24T08:10:00.000Z", "metadata": metadata,
        "config": {"schemaVersion": 1, "metadata": metadata, "target": {"url": "http://127.0.0.1:30000", "model": "example/tiny"},
                   "workload": {"payload": "token-ids"}, "load": {"arrival": "closed", "concurrency": [4], "requests": 400}},
        "configHash": side.encode().hex().ljust(64, "0")[:64],
        "workload": {"sha256": "a" * 64, "payload": "token-ids", "cache": "cold",
                     "shapes": [{"shape": shape, "requests": 100, "distinct": 100, "bytes": 100000, "sha256": "b" * 64}]},
        "environment": {"hostname": f"{side}-{seed}"},
        "server": {"url": "http://127.0.0.1:30000", "readySeconds": 1.5, "garbageCollectionFrozen": True, "cacheFlushes": 1, "expectations": []},
        "workers": {"count": 1, "included": [0]},
        "probe": [{"shape": 0, "request": number, "scores": [[0.25, 0.75]] * 5} for number in range(4)],
        "runs": runs, "saturation": [],
    }


if __name__ == "__main__":
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    # Making histograms takes longest: a few dozen results are made, and the rest differ from them in their start.
    made = {}
    for number in range(count):
        side = ("base", "candidate")[number % 2]
        seed = number % 12
        if (side, seed) not in made:
            one = result(seed, side)
            made[side, seed] = json.dumps(one, indent=2), one["startedAt"]
        start = f"2026-10-{1 + number // 1440 % 28:02}T{number // 60 % 24:02}:{number % 60:02}:00.000Z"
        text, first = made[side, seed]
        text = text.replace(first, start, 1)
        target = folder / side
        target.mkdir(parents=True, exist_ok=True)
        (target / f"{number:06}.json").write_text(text)
