"""An independent Score server: FastAPI and uvicorn, as SGLang and sglang-jax are built.

It shares no code with the load generator. `--fault` makes it fail in one way for every N-th request;
what it did is at `/counts`. Keep-alive is uvicorn's own 5 s.
"""

import argparse
import asyncio
import hashlib
import json
import math
import os
import socket
import struct

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

app = FastAPI()
arguments = argparse.Namespace()
counts = {"requests": 0, "faults": 0, "bodies": {}}


def error(code, message):
    body = {"object": "error", "message": message, "type": "BadRequestError", "param": None, "code": code}
    return JSONResponse(body, status_code=code)


def kind(value):
    """'text', 'ids' or None for anything else."""
    if isinstance(value, str):
        return "text"
    if isinstance(value, list) and all(isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in value):
        return "ids"
    return None


def row(query, item, labels, softmax):
    prompt = json.dumps([query, item]).encode()
    logits = []
    for label in labels:
        digest = hashlib.sha256(prompt + str(label).encode()).digest()
        logits.append(int.from_bytes(digest[:4], "big") / 2**30 - 2.0)
    weights = [math.exp(logit) for logit in logits]
    total = sum(weights) if softmax else 64.0 * len(weights)
    return [weight / total for weight in weights]


@app.get("/health")
async def health():
    return Response(status_code=200)


@app.get("/health_generate")
async def health_generate():
    return Response(status_code=200)


@app.get("/get_server_info")
async def server_info():
    return {"status": "ready", "version": "0.0.1", "max_req_input_len": 4090, "dtype": "bfloat16", "tp_size": 1}


@app.get("/get_model_info")
async def model_info():
    return {"model_path": "oracle"}


@app.get("/v1/models")
async def models():
    return {"object": "list", "data": [{"id": "oracle", "object": "model", "max_model_len": 4096}]}


@app.post("/flush_cache")
async def flush_cache():
    return Response("Cache flushed.\n", status_code=200)


@app.post("/start_profile")
@app.post("/stop_profile")
async def profile():
    return Response("ok\n", status_code=200)


@app.get("/counts")
async def get_counts():
    return counts


@app.post("/v1/score")
async def score(request: Request):
    raw = await request.body()
    try:
        body = json.loads(raw)
        query, items, labels = body["query"], body["items"], body["label_token_ids"]
        model = body["model"]
    except (ValueError, KeyError, TypeError) as problem:
        return error(400, f"bad request: {problem!r}")
    if isinstance(items, str):
        items = [items]
    kinds = {kind(query)} | {kind(item) for item in items}
    if None in kinds or len(kinds) != 1:
        return error(400, "query and items must both be text or both be token ids")
    if not labels:
        return error(500, "label_token_ids is empty")
    softmax = bool(body.get("apply_softmax", False))
    digest = hashlib.sha256(raw).hexdigest()
    counts["bodies"][digest] = counts["bodies"].get(digest, 0) + 1
    counts["requests"] += 1
    scores = [row(query, item, labels, softmax) for item in items]
    answer = {"scores": scores, "model": model, "usage": None, "object": "scoring"}
    if arguments.fault and counts["requests"] % arguments.every == 0:
        counts["faults"] += 1
        return await fail(arguments.fault, answer, request)
    if arguments.latency:
        await asyncio.sleep(arguments.latency)
    return JSONResponse(answer)


def whole(text):
    return Response(text, media_type="application/json")


async def fail(fault, answer, request):
    scores = answer["scores"]
    if fault == "silence":
        await asyncio.sleep(3600)
    if fault == "http-400":
        return error(400, "on purpose")
    if fault == "http-503":
        return error(503, "on purpose")
    if fault == "crash":
        raise RuntimeError("on purpose")
    if fault == "die":
        os._exit(1)
    if fault == "bad-json":
        return whole(json.dumps(answer)[:-7])
    if fault == "html":
        return Response("<html>busy</html>", media_type="text/html")
    if fault == "null-scores":
        return JSONResponse({**answer, "scores": None})
    if fault == "nan":
        scores[0][0] = math.nan
        return whole(json.dumps(answer))
    if fault == "infinity":
        scores[-1][-1] = math.inf
        return whole(json.dumps(answer))
    if fault == "null":
        scores[0][0] = None
        return whole(json.dumps(answer))
    if fault == "missing-row":
        scores.pop()
        return JSONResponse(answer)
    if fault == "extra-row":
        scores.append(scores[0])
        return JSONResponse(answer)
    if fault == "missing-column":
        scores[0].pop()
        return JSONResponse(answer)
    if fault == "bad-sum":
        scores[0][0] /= 2
        return JSONResponse(answer)
    if fault == "out-of-range":
        scores[0] = [1.5, -0.5]
        return JSONResponse(answer)
    # The rest happens below HTTP.
    return Broken(fault, json.dumps(answer).encode())


class Broken(Response):
    """A response that breaks off; `send` is a method of uvicorn's request cycle, which knows the transport."""

    def __init__(self, fault, payload):
        super().__init__()
        self.fault = fault
        self.payload = payload

    async def __call__(self, scope, receive, send):
        cycle = send
        while not hasattr(cycle, "__self__"):
            closure = {name: cell.cell_contents for name, cell in zip(cycle.__code__.co_freevars, cycle.__closure__)}
            cycle = closure["send"]
        transport = cycle.__self__.transport
        if self.fault == "reset":
            linger = struct.pack("ii", 1, 0)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            transport.abort()
            return
        if self.fault == "close":
            transport.close()
            return
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(self.payload)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        half = self.payload[: len(self.payload) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        if self.fault == "slow-body":
            await asyncio.sleep(3600)
        await asyncio.sleep(0.01)
        transport.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--fault")
    parser.add_argument("--every", type=int, default=5)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.parse_args(namespace=arguments)
    listener = socket.create_server(("127.0.0.1", arguments.port), backlog=1024)
    print(f"listening at http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=1)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
