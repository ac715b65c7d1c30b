"""PyTorch's side of the benchmark; see protocol.ts. Threads are left as PyTorch chooses them."""

import json
import sys
import time

import torch
from torch import nn


def uniform(seed):
    state = seed
    while True:
        state = (state * 48271) % 2147483647
        yield state / 2147483647


def prepare(workload):
    torch.manual_seed(0)
    sizes, rows, batch = workload["sizes"], workload["rows"], workload["batch"]
    random = uniform(1)
    features = torch.tensor([next(random) * 2 - 1 for _ in range(rows * sizes[0])]).reshape(rows, sizes[0])
    labels = features[:, : sizes[-1]].argmax(1)
    labels[::4] = torch.arange(len(labels[::4])) % sizes[-1]
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    rate = workload["optimizer"]["learningRate"]
    kind = torch.optim.Adam if workload["optimizer"]["name"] == "adam" else torch.optim.SGD
    optimizer = kind(model.parameters(), lr=rate)
    criterion = nn.CrossEntropyLoss()
    batches = [torch.arange(start, start + batch) % rows for start in range(0, rows, batch)]
    done = 0

    def run(steps):
        nonlocal done
        loss = None
        for _ in range(steps):
            index = batches[done % len(batches)]
            loss = criterion(model(features[index]), labels[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            done += 1
        return loss.item()

    return run


def reply(message):
    print(json.dumps(message), flush=True)


run = None
for line in sys.stdin:
    request = json.loads(line)
    try:
        if request["kind"] == "prepare":
            run = prepare(request["workload"])
            threads = torch.get_num_threads()
            reply({"kind": "ready", "device": f"cpu, {threads} thread(s)", "version": torch.__version__})
        else:
            start = time.perf_counter()
            loss = run(request["steps"])
            reply({"kind": "ran", "seconds": time.perf_counter() - start, "loss": loss})
    except Exception as error:
        reply({"kind": "failed", "reason": str(error)})
