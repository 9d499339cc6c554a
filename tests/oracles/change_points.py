"""Writes tests/data/change-points.json: what Apache Otava finds in made-up series.

    python3 -m venv venv && venv/bin/pip install apache-otava==0.8.0
    venv/bin/python tests/oracles/change_points.py > tests/data/change-points.json

Two things are put right here as xbench has them: the t-test gets sample deviations, as it asks for, and
after a merge both neighbours are tested again (Otava tests those at the index and after it, not the one
before). Everything else is Otava's own.
"""

import json

import numpy as np
from scipy.stats import ttest_ind_from_stats

from otava import analysis


def compare(self, left, right):
    deviation = lambda part: float(np.std(part, ddof=1)) if len(part) > 1 else 0.0
    p = 1.0
    if len(left) + len(right) > 2:
        p = ttest_ind_from_stats(
            np.mean(left), deviation(left), len(left), np.mean(right), deviation(right), len(right)
        ).pvalue
    return analysis.TTestStats(
        mean_1=np.mean(left), mean_2=np.mean(right), std_1=deviation(left), std_2=deviation(right), pvalue=p
    )


analysis.TTestSignificanceTester.compare = compare


def merge(points, series, limit, magnitude):
    tester = analysis.TTestSignificanceTester(limit)
    while points:
        weakest = max(range(len(points)), key=lambda i: points[i].stats.pvalue)
        if points[weakest].stats.pvalue < limit:
            weakest = min(range(len(points)), key=lambda i: points[i].stats.change_magnitude())
            if points[weakest].stats.change_magnitude() > magnitude:
                break
        del points[weakest]
        intervals = tester.get_intervals(points)
        points = [tester.change_point(p.to_candidate(), series, intervals) for p in points]
    return points


analysis.merge = merge

SHAPES = {
    "flat": [(100, 60)],
    "short": [(100, 4), (80, 4)],
    "step": [(100, 30), (90, 30)],
    "late": [(100, 58), (85, 3)],
    "up and down": [(100, 25), (110, 25), (100, 25)],
    "stairs": [(100, 20), (95, 20), (90, 20), (85, 20)],
    "long": [(100, 130), (97, 90)],
}

cases = []
for name, levels in SHAPES.items():
    for seed in range(4):
        random = np.random.default_rng(seed)
        values = [round(v, 6) for level, n in levels for v in random.normal(level, 0.02 * level, n)]
        limit, magnitude = [(0.001, 0.01), (0.001, 0.0), (0.01, 0.02), (0.0001, 0.0)][seed]
        points, _ = analysis.compute_change_points(values, 50, limit, magnitude)
        cases.append(
            {
                "name": f"{name} {seed}",
                "maxPValue": limit,
                "minMagnitude": magnitude,
                "values": values,
                "points": [
                    {
                        "index": int(p.index),
                        "before": float(p.stats.mean_1),
                        "after": float(p.stats.mean_2),
                        "pValue": float(p.stats.pvalue),
                    }
                    for p in points
                ],
            }
        )
print(json.dumps({"source": "apache-otava 0.8.0, tests/oracles/change_points.py", "cases": cases}))
