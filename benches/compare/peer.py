"""What `xbench compare` does, as one would write it with pandas and scipy: for the ratio, not as an oracle.

    peer.py BASE CANDIDATE

Reads and decodes the results, pairs shapes and loads, and prints medians, ratio with a bootstrap interval, shift and
rank test for each metric, and percentiles of the merged histograms. It validates nothing.
"""

import json
import pathlib
import sys

import numpy as np
import pandas as pd
from hdrh.histogram import HdrHistogram
from scipy import stats


def rows(folder, side, merged):
    for path in sorted(pathlib.Path(folder).rglob("*.json")):
        result = json.loads(path.read_text())
        for run in result["runs"]:
            if run["status"] != "complete" or not run["verdict"]["valid"]:
                continue
            headline = run["latency"].get("scheduled") or run["latency"]["sent"]
            point = (run["shape"]["items"], run["shape"]["queryTokens"], run["load"].get("concurrency"))
            whole = merged.setdefault((side, point), HdrHistogram(1, 3_600 * 10**9, 3))
            whole.decode_and_add(headline["histogram"].encode())
            yield {"side": side, "point": point, "throughput": run["throughput"]["requestsPerSecond"],
                   **{name: headline[name] for name in ("p50", "p95", "p99")}}


merged = {}
table = pd.DataFrame([*rows(sys.argv[1], "base", merged), *rows(sys.argv[2], "candidate", merged)])
random = np.random.default_rng(42)
for point, runs in table.groupby("point"):
    for metric in ("throughput", "p50", "p95", "p99"):
        base = runs[runs.side == "base"][metric].to_numpy()
        candidate = runs[runs.side == "candidate"][metric].to_numpy()
        draws = [np.median(random.choice(candidate, len(candidate))) / np.median(random.choice(base, len(base))) for _ in range(1_999)]
        shift = np.median(np.subtract.outer(candidate, base))
        p = stats.mannwhitneyu(candidate, base).pvalue
        print(point, metric, np.median(base), np.median(candidate), np.quantile(draws, [0.025, 0.975]), shift, p)
    for side in ("base", "candidate"):
        print(point, side, [merged[side, point].get_value_at_percentile(at) / 1e6 for at in (50, 95, 99)])
