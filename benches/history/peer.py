"""The figures of `xbench history` by pandas, with a cache of its own: what changed is read, the rest comes from a pickle.

    peer.py FOLDER CACHE
"""

import json
import os
import pathlib
import statistics
import sys

import pandas

folder, cache = sys.argv[1], pathlib.Path(sys.argv[2])
listed = {}
for root, _, files in os.walk(folder):
    for name in files:
        path = os.path.join(root, name)
        seen = os.stat(path)
        listed[path] = (seen.st_size, seen.st_mtime_ns)
known = pandas.read_pickle(cache) if cache.exists() else None
rows, old = [], {}
if known is not None:
    old = dict(zip(known["path"], zip(known["bytes"], known["modified"])))
    known = known[known["path"].map(listed.get) == pandas.Series(list(zip(known["bytes"], known["modified"])), index=known.index)]
for path, (size, modified) in listed.items():
    if old.get(path) == (size, modified):
        continue
    with open(path) as file:
        result = json.load(file)
    points = {}
    for run in result["runs"]:
        points.setdefault((json.dumps(run["shape"]), run["load"]["concurrency"]), []).append(run)
    for (shape, concurrency), runs in points.items():
        figure = lambda take: statistics.median(map(take, runs))
        rows.append({
            "path": path, "bytes": size, "modified": modified, "variant": result["metadata"]["variant"],
            "started": result["startedAt"], "shape": shape, "concurrency": concurrency,
            "throughput": figure(lambda run: run["throughput"]["requestsPerSecond"]),
            **{name: figure(lambda run: run["latency"]["sent"][name]) for name in ("p50", "p95", "p99")},
        })
if rows:
    new = pandas.DataFrame(rows)
    known = new if known is None else pandas.concat([known, new], ignore_index=True)
    known.to_pickle(cache)
for key, series in known.sort_values("started").groupby(["variant", "shape", "concurrency"]):
    newest = series.iloc[-1]
    print(*key, len(series), series["started"].iloc[0], newest["started"], newest["throughput"], newest["p50"], newest["p95"], newest["p99"])
