"""PyTorch's side of the benchmark; see protocol.ts. Argument: cpu or gpu."""

import json
import os
import sys
import time

import torch
from torch import nn

import data_path
from data import Uniform, fingerprint, make_data, operands
from kernels import kernels
from model import build_model
from ops import forward_of

wants_gpu = sys.argv[1] == "gpu" and torch.cuda.is_available()
device = torch.device("cuda" if wants_gpu else "cpu")
cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
products = kernels()
threads = {} if wants_gpu else {
    ", ".join(filter(None, [f"{n} thread{'s' if n > 1 else ''}", products])): n for n in sorted({1, cpus})
}
# float32 is float32: cuDNN would otherwise round convolutions' factors to TF32.
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
# We measure which kernel is best too.
torch.backends.cudnn.benchmark = True


class Training:
    def __init__(self, case):
        inputs, labels = make_data(case["model"], case["rows"])
        self.inputs, self.labels = inputs.to(device), labels.to(device)
        self.model = build_model(case["model"]).to(device)
        kind = torch.optim.Adam if case["optimizer"]["name"] == "adam" else torch.optim.SGD
        self.optimizer = kind(self.model.parameters(), lr=case["optimizer"]["learningRate"])
        self.criterion = nn.CrossEntropyLoss()
        rows, batch = case["rows"], case["batch"]
        self.batches = [
            torch.arange(start, start + batch, device=device) % rows for start in range(0, rows, batch)
        ]
        self.done = 0

    def step(self, inputs, labels):
        self.loss = self.criterion(self.model(inputs), labels)
        self.optimizer.zero_grad()
        self.loss.backward()
        self.optimizer.step()

    def run(self, iterations):
        for _ in range(iterations):
            index = self.batches[self.done % len(self.batches)]
            self.step(self.inputs[index], self.labels[index])
            self.done += 1

    def result(self):
        return self.loss.item()


class Inference:
    def __init__(self, case):
        self.model = build_model(case["model"]).to(device).eval()
        self.inputs = make_data(case["model"], case["batch"])[0].to(device)

    def run(self, iterations):
        with torch.inference_mode():
            for _ in range(iterations):
                self.scores = self.model(self.inputs)

    def result(self):
        return fingerprint(self.scores)


class Operation:
    def __init__(self, case):
        inputs, tokens, gradient = operands(case)
        self.inputs = [x.to(device).requires_grad_(case["gradient"]) for x in inputs]
        self.gradient = gradient.to(device) if case["gradient"] else None
        self.forward = forward_of(case, tokens if tokens is None else tokens.to(device))

    def run(self, iterations):
        if self.gradient is not None:
            for _ in range(iterations):
                self.outputs = torch.autograd.grad(self.forward(*self.inputs), self.inputs, self.gradient)
            return
        with torch.inference_mode():
            for _ in range(iterations):
                self.outputs = [self.forward(*self.inputs)]

    def result(self):
        return sum(fingerprint(output) for output in self.outputs)


class ReducedOperation(Operation):
    """With TF32: factors have ten bits of fraction as float16 has, sums and what is in memory are float32."""

    def __init__(self, case):
        if not wants_gpu:
            raise ValueError("without CUDA it has no tensor cores")
        super().__init__(case)

    def run(self, iterations):
        torch.set_float32_matmul_precision("medium")
        try:
            super().run(iterations)
        finally:
            torch.set_float32_matmul_precision("highest")


class Dispatch:
    def __init__(self, case):
        random = Uniform(4)
        self.x, self.y = (random.floats((4, 4), 0.5).to(device) for _ in range(2))
        self.kernels = case["kernels"]

    def run(self, iterations):
        with torch.inference_mode():
            for _ in range(iterations):
                out = self.x
                for _ in range(self.kernels):
                    out = out @ self.y

    def result(self):
        return 0


class DataPath(Training):
    def __init__(self, case):
        train = case["train"]
        # One batch is all of the made-up data that it needs: as what is ready.
        super().__init__({**train, "rows": train["batch"]})
        batches = data_path.Batches(case["folder"], train["batch"], max(1, cpus - 1), pin_memory=wants_gpu)
        self.loader, self.ahead = iter(batches), batches.ahead

    def prelude(self, iterations):
        start = time.perf_counter()
        for _ in range(iterations):
            self.step(self.inputs, self.labels)
        finish()
        self.ready_seconds = time.perf_counter() - start
        # Batches made while nobody took the time would count as made for nothing.
        self.run(self.ahead)
        finish()

    def run(self, iterations):
        for _ in range(iterations):
            inputs, labels = next(self.loader)
            self.step(inputs.to(device, non_blocking=True), labels.to(device, non_blocking=True))


kinds = {
    "train": Training,
    "inference": Inference,
    "op": Operation,
    "reduced-op": ReducedOperation,
    "dispatch": Dispatch,
    "data-path": DataPath,
}


def finish():
    if wants_gpu:
        torch.cuda.synchronize()


def variants_of(prepared):
    """Numbers of threads by what the output calls them; on a GPU how it multiplies."""
    used = [data_path.transforms_used] if isinstance(prepared, DataPath) else []
    if wants_gpu:
        tf32 = "TF32" if isinstance(prepared, ReducedOperation) else "no TF32"
        return {", ".join(["CUDA", tf32, *used]): None}
    place = ["CPU"] if sys.argv[1] == "gpu" else []
    return {", ".join([*place, *used, name]): count for name, count in threads.items()}


def run(prepared, request):
    if not wants_gpu:
        torch.set_num_threads(variants_of(prepared)[request["variant"]])
    if hasattr(prepared, "prelude"):
        prepared.prelude(request["iterations"])
    start = time.perf_counter()
    prepared.run(request["iterations"])
    finish()
    ran = {"seconds": time.perf_counter() - start, "result": prepared.result()}
    if hasattr(prepared, "ready_seconds"):
        ran["readySeconds"] = prepared.ready_seconds
    return {"kind": "ran", "ran": ran}


def answer(prepared, request):
    if request["kind"] == "prepare":
        made = prepared[request["id"]] = kinds[request["case"]["kind"]](request["case"])
        name = torch.cuda.get_device_name() if wants_gpu else "cpu"
        variants = list(variants_of(made))
        return {"kind": "ready", "device": name, "version": torch.__version__, "variants": variants}
    if request["kind"] == "forget":
        del prepared[request["id"]]
        return {"kind": "forgotten"}
    return run(prepared[request["id"]], request)


prepared = {}
for line in sys.stdin:
    try:
        reply = answer(prepared, json.loads(line))
    except Exception as error:
        reply = {"kind": "failed", "reason": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply), flush=True)
