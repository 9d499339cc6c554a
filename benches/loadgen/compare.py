#!/usr/bin/env python3
"""Compares the load generator with its peers, side by side, on one server and one client core.

    benches/loadgen/compare.py [--program target/release/xbench-loadgen] [--seconds 3] [--rounds 3]

The server (`xbench-loadgen simulate`, no latency) has core 0, each client has core 1, all on loopback.
Peers that are not installed are left out, and the output says so: wrk (Debian), oha (`cargo install oha`),
aiohttp (`--python` names an interpreter that has it). Figures are medians of the rounds; those of
throughput are ratios, because the machine is not yours alone. `--realtime` runs server and clients with
a real-time priority, so that other work on the machine disturbs less; it needs root.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT / "target/release/xbench-loadgen"))
    parser.add_argument("--python", default="python3")
    parser.add_argument("--oha", default=shutil.which("oha") or "oha")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--port", type=int, default=31999)
    parser.add_argument("--realtime", action="store_true")
    parser.add_argument("--only", choices=["closed", "pacing", "stall", "size"])
    return parser.parse_args()


class Bench:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.url = f"http://127.0.0.1:{options.port}"

    def on_core(self, core, command):
        priority = ["chrt", "-f", "40"] if self.options.realtime else []
        return [*priority, "taskset", "-c", str(core), *command]

    def serve(self, *extra):
        command = [self.options.program, "simulate", "--listen", f"127.0.0.1:{self.options.port}", *extra]
        server = subprocess.Popen(self.on_core(0, command), stdout=subprocess.PIPE, text=True)
        server.stdout.readline()
        return server

    def configuration(self, load, item_tokens, unique=100):
        return {
            "schemaVersion": 1,
            "metadata": {"variant": "bench"},
            "target": {"url": self.url, "model": "bench"},
            "workload": {
                "payload": "token-ids",
                "uniqueRequests": unique,
                "shapes": [{"items": 18, "queryTokens": 32, "itemTokens": item_tokens}],
            },
            "load": load,
            "output": {"path": str(self.folder / "result.json")},
        }

    def ours(self, load, item_tokens, meanwhile=None):
        file = self.folder / "config.json"
        file.write_text(json.dumps(self.configuration(load, item_tokens)))
        command = self.on_core(1, [self.options.program, "run", "--config", str(file)])
        client = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if meanwhile:
            meanwhile(client)
        client.communicate(timeout=300)
        return json.loads((self.folder / "result.json").read_text())["runs"][0]

    def body(self, item_tokens):
        file = self.folder / "config.json"
        file.write_text(json.dumps(self.configuration({"arrival": "closed", "concurrency": [1], "requests": 1}, item_tokens, 1)))
        out = self.folder / "body.json"
        text = subprocess.run([self.options.program, "workload", "--config", str(file)], capture_output=True, check=True).stdout
        out.write_bytes(text.strip())
        return out

    def output(self, command):
        return subprocess.run(self.on_core(1, command), capture_output=True, text=True, timeout=300).stdout

    def wrk(self, body):
        if not shutil.which("wrk"):
            return None
        script = self.folder / "post.lua"
        script.write_text(
            'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
            f'local file = io.open("{body}")\nwrk.body = file:read("*a")\nfile:close()\n'
        )
        text = self.output(["wrk", "-t1", "-c64", f"-d{max(1, int(self.options.seconds))}s", "-s", str(script), self.url + "/v1/score"])
        return float(re.search(r"Requests/sec:\s*([\d.]+)", text).group(1))

    def oha_closed(self, body):
        if not shutil.which(self.options.oha):
            return None
        return self.oha(body, "-c", "64")["summary"]["requestsPerSec"]

    def oha(self, body, *extra):
        command = [self.options.oha, "--no-tui", "--output-format", "json", "-z", f"{self.options.seconds:g}s", "-m", "POST",
                   "-T", "application/json", "-D", str(body), *extra, self.url + "/v1/score"]
        env = {**os.environ, "TOKIO_WORKER_THREADS": "1"}
        text = subprocess.run(self.on_core(1, command), capture_output=True, text=True, timeout=300, env=env).stdout
        return json.loads(text)

    def aiohttp(self, body, rate):
        script = str(HERE / "aiohttp_peer.py")
        text = self.output([self.options.python, script, self.url + "/v1/score", str(body), str(rate), str(self.options.seconds)])
        return json.loads(text) if text.strip() else None


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def shown(value, digits=2):
    return "not installed" if value is None else f"{value:.{digits}f}"


def closed(bench):
    print("closed loop, 64 in flight, one client core; requests/s as a ratio to wrk")
    server = bench.serve("--latency", "constant:0")
    try:
        for name, item_tokens in [("10 KB", 84), ("23 KB", 213)]:
            body = bench.body(item_tokens)
            load = {"arrival": "closed", "concurrency": [64], "durationSeconds": bench.options.seconds}
            rounds = []
            for _ in range(bench.options.rounds):
                ours = bench.ours(load, item_tokens)["throughput"]["requestsPerSecond"]
                rounds.append((ours, bench.wrk(body), bench.oha_closed(body)))
            to_wrk = median([ours / wrk if wrk else None for ours, wrk, _ in rounds])
            oha_to_wrk = median([oha / wrk if oha and wrk else None for _, wrk, oha in rounds])
            rate = median([ours for ours, _, _ in rounds])
            print(f"  {name} ({body.stat().st_size} bytes): xbench-loadgen {shown(to_wrk)} ({rate:.0f}/s), oha {shown(oha_to_wrk)}")
    finally:
        server.terminate()
        server.wait()


def pacing(bench):
    print("open loop, Poisson, 10 KB; send error against the schedule in us; CPU of one core")
    server = bench.serve("--latency", "constant:0")
    body = bench.body(84)
    try:
        for rate in [160, 1000, 10000, 20000]:
            runs = []
            for _ in range(bench.options.rounds):
                runs.append(bench.ours({"arrival": "poisson", "ratesPerSecond": [rate], "durationSeconds": bench.options.seconds}, 84))
            error = {key: median([run["client"]["sendError"][key] * 1e3 for run in runs]) for key in ("p50", "p99", "max")}
            cpu = median([run["client"]["cpuSeconds"] / run["elapsedSeconds"] for run in runs])
            memory = max(run["client"]["peakMemoryBytes"] for run in runs) / 1e6
            last = median([run["client"]["lastSendErrorMilliseconds"] for run in runs])
            sent = min(run["counts"]["sentInTime"] / run["counts"]["planned"] for run in runs)
            print(f"  {rate}/s: p50 {error['p50']:.1f}, p99 {error['p99']:.1f}, max {error['max']:.0f}; last send {last:.3f} ms late; "
                  f"{sent * 100:.2f} % of the plan in time; CPU {cpu * 100:.2f} %, {memory:.1f} MB")
            if rate <= 1000:
                peer = bench.aiohttp(body, rate)
                reached = f"{peer['sentPerSecond'] / rate:.2f} of the rate" if peer else "not installed"
                print(f"      aiohttp: {reached}")
            if shutil.which(bench.options.oha):
                summary = bench.oha(body, "-q", str(rate), "--latency-correction")["summary"]
                print(f"      oha -q: {summary['requestsPerSec'] / rate:.2f} of the rate")
    finally:
        server.terminate()
        server.wait()


def stall(bench):
    """One stop of 1 s in 10 s at 1000/s: who arrives in it waits for its end, so that the longest 1 % of
    waits begin in its first 0.1 s, and p99 is the stop's real length less 0.1 s."""
    print("a stop of 1 s within 10 s at 1000/s; p99 by its analytic value")
    stopped = []
    load = {"arrival": "poisson", "ratesPerSecond": [1000], "durationSeconds": 10}

    def freeze(process_of):
        def meanwhile(client):
            time.sleep(4.5)
            process = process_of(client)
            process.send_signal(signal.SIGSTOP)
            begin = time.monotonic()
            time.sleep(1.0)
            process.send_signal(signal.SIGCONT)
            stopped.append(time.monotonic() - begin)
        return meanwhile

    for name, pick in [("server", lambda server, client: server), ("client", lambda server, client: client)]:
        server = bench.serve("--latency", "constant:100us")
        try:
            run = bench.ours(load, 84, freeze(lambda client: pick(server, client)))
            scheduled, sent = run["latency"]["scheduled"]["p99"], run["latency"]["sent"]["p99"]
            analytic = (stopped[-1] - 0.1) * 1e3
            print(f"  {name} stopped for {stopped[-1]:.3f} s: p99 from the schedule {scheduled / analytic:.3f} of {analytic:.0f} ms, "
                  f"from the send {sent / analytic:.3f}")
        finally:
            server.send_signal(signal.SIGCONT)
            server.terminate()
            server.wait()


def size(bench):
    program = bench.options.program
    print(f"binary: {os.path.getsize(program) / 1e6:.2f} MB")
    if shutil.which("hyperfine"):
        out = bench.folder / "start.json"
        subprocess.run(["hyperfine", "-N", "--warmup", "5", "--runs", "50", "--export-json", str(out), f"{program} --version"],
                       capture_output=True, check=True)
        print(f"start: {json.loads(out.read_text())['results'][0]['median'] * 1e3:.2f} ms")
    else:
        print("start: hyperfine is not installed")


def main():
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, pathlib.Path(folder))
        for part in [size, closed, pacing, stall]:
            if options.only in (None, part.__name__):
                part(bench)


if __name__ == "__main__":
    main()
