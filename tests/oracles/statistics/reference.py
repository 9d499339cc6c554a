"""Known answers for tests/statistics.rs, by programs that share no code with xbench.

    python3 -m venv venv
    venv/bin/pip install scipy==1.17.1 statsmodels==0.14.6 hdrhistogram==0.10.8
    venv/bin/python tests/oracles/statistics/reference.py > tests/data/statistics.json

Everything comes from one seed, so that the file changes only when a program does.
"""

import itertools
import json
import platform
import sys
from importlib.metadata import version

import numpy as np
from hdrh.histogram import HdrHistogram
from scipy import stats
from statsmodels.stats.multitest import multipletests

random = np.random.default_rng(20261124)


def rounded(values):
    return [float(value) for value in values]


def exact_with_ties(base, candidate):
    """Two-sided p of the rank sum over all choices: twice the smaller tail, as scipy doubles it."""
    ranks = stats.rankdata(np.concatenate([candidate, base]))
    observed = ranks[: len(candidate)].sum()
    sums = np.array([sum(chosen) for chosen in itertools.combinations(ranks, len(candidate))])
    low = np.mean(sums <= observed + 1e-9)
    high = np.mean(sums >= observed - 1e-9)
    return float(min(1.0, 2 * min(low, high)))


def samples():
    for base, candidate, shift in [(3, 3, 5), (3, 3, 0.3), (4, 5, 1), (5, 5, 2), (8, 7, 0.5), (10, 10, 1), (20, 25, 0.6)]:
        yield random.normal(100, 1, base), random.normal(100 + shift, 1, candidate)


def mann_whitney():
    for base, candidate in samples():
        p = stats.mannwhitneyu(candidate, base, alternative="two-sided", method="exact").pvalue
        yield {"base": rounded(base), "candidate": rounded(candidate), "p": float(p), "by": "scipy exact"}
    for base, candidate in [(3, 3), (4, 4), (5, 6), (7, 7)]:
        tied = random.integers(0, 5, base), random.integers(1, 6, candidate)
        yield {"base": rounded(tied[0]), "candidate": rounded(tied[1]), "p": exact_with_ties(*tied), "by": "all choices"}
    for base, candidate in [(40, 45), (200, 180)]:
        large = random.normal(100, 5, base).round(), random.normal(101, 5, candidate).round()
        p = stats.mannwhitneyu(large[1], large[0], alternative="two-sided", method="asymptotic").pvalue
        yield {"base": rounded(large[0]), "candidate": rounded(large[1]), "p": float(p), "by": "scipy asymptotic"}


def shifts():
    for base, candidate in samples():
        shift = np.median(np.subtract.outer(candidate, base))
        yield {"base": rounded(base), "candidate": rounded(candidate), "shift": float(shift)}


def summaries():
    for values, _ in samples():
        yield {
            "values": rounded(values),
            "median": float(np.median(values)),
            "mean": float(np.mean(values)),
            "deviation": float(np.std(values, ddof=1)),
        }


def welch():
    for base, candidate in samples():
        p = stats.ttest_ind(np.log(candidate), np.log(base), equal_var=False, alternative="greater").pvalue
        yield {"lower": rounded(base), "higher": rounded(candidate), "p": float(p)}


def holm():
    for count in (1, 3, 8):
        p = random.uniform(0, 0.2, count)
        yield {"p": rounded(p), "adjusted": rounded(multipletests(p, method="holm")[1])}


def intervals():
    """Percentile bootstrap of the ratio of medians at the expanded level of the smaller sample."""
    for base, candidate, ratio in [(3, 3, 0.85), (5, 5, 0.9), (8, 10, 1.1), (30, 30, 1.0)]:
        ours = random.lognormal(np.log(100), 0.03, base)
        theirs = random.lognormal(np.log(100 * ratio), 0.03, candidate)
        count = min(base, candidate)
        tail = stats.norm.cdf(stats.t.ppf(0.025, count - 1) * np.sqrt(count / (count - 1)))
        found = stats.bootstrap(
            (ours, theirs),
            lambda ours, theirs, axis: np.median(theirs, axis=axis) / np.median(ours, axis=axis),
            confidence_level=1 - 2 * tail,
            n_resamples=99_999,
            method="percentile",
            rng=np.random.default_rng(1),
        ).confidence_interval
        yield {
            "base": rounded(ours),
            "candidate": rounded(theirs),
            "tail": float(tail),
            "low": float(found.low),
            "high": float(found.high),
        }


def histograms():
    """Parts encoded by another implementation; quantiles of the raw durations, which it rounds to 3 digits."""
    for median, other in [(5e6, 5e6), (1e6, 80e6)]:
        parts = [random.lognormal(np.log(median), 0.3, 2_000).astype(np.int64), random.lognormal(np.log(other), 0.5, 300).astype(np.int64)]
        encoded = []
        for part in parts:
            histogram = HdrHistogram(1, 86_400 * 10**9, 3)
            for value in part:
                histogram.record_value(int(value))
            encoded.append(histogram.encode().decode())
        everything = np.concatenate(parts)
        quantiles = [[q, float(np.quantile(everything, q, method="inverted_cdf")) / 1e6] for q in (0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0)]
        yield {"encoded": encoded, "count": len(everything), "quantilesMilliseconds": quantiles}


json.dump(
    {
        "by": {"python": platform.python_version(), **{name: version(name) for name in ("scipy", "numpy", "statsmodels", "hdrhistogram")}},
        "mannWhitney": list(mann_whitney()),
        "shifts": list(shifts()),
        "summaries": list(summaries()),
        "holm": list(holm()),
        "welch": list(welch()),
        "intervals": list(intervals()),
        "histograms": list(histograms()),
    },
    sys.stdout,
    indent=1,
)
print()
