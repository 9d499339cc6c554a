#!/usr/bin/env python3
"""Holds 100,000 requests open at once, or as many as the machine's limits allow, and says what came of it.

    benches/loadgen/open_requests.py [--program target/release/xbench-loadgen] [--requests 100000]

Server and client need a file for each request: run as root, or raise the hard limit of open files first.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT / "target/release/xbench-loadgen"))
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--port", type=int, default=31998)
    options = parser.parse_args()
    address = f"127.0.0.1:{options.port}"
    # Every request waits longer than all of them take to be sent.
    server = subprocess.Popen([options.program, "simulate", "--listen", address, "--latency", "constant:30s"],
                              stdout=subprocess.PIPE, text=True)
    server.stdout.readline()
    try:
        with tempfile.TemporaryDirectory() as folder:
            config = {
                "schemaVersion": 1,
                "metadata": {"variant": "open-requests"},
                "target": {"url": f"http://{address}", "model": "m"},
                "workload": {"payload": "token-ids", "shapes": [{"items": 1, "queryTokens": 4, "itemTokens": 4}]},
                "load": {"arrival": "constant", "ratesPerSecond": [10000], "requests": options.requests, "maxInFlight": 1000000},
                "warmup": {"minRequests": 0},
                "probe": {"requests": 0},
                "timeouts": {"requestSeconds": 120},
                "output": {"path": f"{folder}/result.json"},
            }
            pathlib.Path(folder, "config.json").write_text(json.dumps(config))
            done = subprocess.run([options.program, "run", "--config", f"{folder}/config.json"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=300)
            run = json.loads(pathlib.Path(folder, "result.json").read_text())["runs"][0]
            counts = run["counts"]
            print(f"exit {done.returncode}; in flight at most {counts['inFlightPeak']}; {counts['succeeded']} succeeded, "
                  f"{counts['failed']} failed {[(group['class'], group['count']) for group in run['errors']]}; "
                  f"{run['client']['peakMemoryBytes'] / 1e6:.0f} MB")
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
