"""Nightly results: copies of one that the load generator could have written, each with a start and figures of its own.

    generate.py FOLDER COUNT

Twenty variants, each at one point with three runs, in a folder for each hundred. Histograms are the same in all of them: it is
the number of files that is measured.
"""

import datetime
import json
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "compare"))
from generate import result  # noqa: E402

folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
one = result(1, "jax-tpu")
for run in one["runs"]:
    run["intervals"] = []
    del run["latency"]["firstByte"]
randomness = random.Random(42)
start = datetime.datetime(2020, 1, 1)
for number in range(count):
    variant, night = number % 20, number // 20
    level = 100 if night < count // 40 else 92
    name = f"v{variant:02}.one.tiny.smoke.here"
    one["metadata"]["variant"] = one["config"]["metadata"]["variant"] = name
    one["environment"]["hostname"] = f"host-{variant}"
    one["configHash"] = f"{variant:064x}"
    began = start + datetime.timedelta(hours=number)
    one["startedAt"] = one["endedAt"] = began.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    for run in one["runs"]:
        run["throughput"]["requestsPerSecond"] = level * randomness.gauss(1, 0.02)
    file = folder / f"{number // 100:04}" / f"{number}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(one))
