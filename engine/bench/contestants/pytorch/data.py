"""The data, weights and operands of data.ts, parameters.ts and operands.ts, bit for bit."""

import math

import numpy
import torch

MODULUS = 2147483647
PERIOD = 65521


class Uniform:
    """Park and Miller's minimal standard generator, many numbers at a time."""

    def __init__(self, seed):
        self.state = seed

    def doubles(self, count):
        """In (0, 1)."""
        states = numpy.empty(count, dtype=numpy.uint64)
        if count == 0:
            return states.astype(numpy.float64)
        states[0] = self.state * 48271 % MODULUS
        filled, factor = 1, 48271
        # What follows `filled` numbers is those numbers times 48271 to that power.
        while filled < count:
            step = min(filled, count - filled)
            states[filled : filled + step] = states[:step] * numpy.uint64(factor) % numpy.uint64(MODULUS)
            filled += step
            factor = pow(48271, filled, MODULUS)
        self.state = int(states[-1])
        return states.astype(numpy.float64) / MODULUS

    def floats(self, shape, bound=1.0):
        count = math.prod(shape)
        drawn = ((self.doubles(min(count, PERIOD)) * 2 - 1) * bound).astype(numpy.float32)
        return torch.from_numpy(numpy.resize(drawn, count)).reshape(list(shape))


def make_data(model, rows):
    random = Uniform(1)
    classes, spec = model["classes"], model["input"]
    row = numpy.arange(rows)
    shown = numpy.where(row % 4 == 0, row // 4, row) % classes
    labels = torch.from_numpy(row % classes)
    if spec["kind"] == "tokens":
        length = spec["length"]
        tokens = numpy.floor(random.doubles(rows * length) * spec["vocabulary"]).astype(numpy.int64)
        tokens = tokens.reshape(rows, length)
        tokens[:, ::5] = shown[:, None]
        return torch.from_numpy(tokens), labels
    shape = spec["shape"]
    size, width = math.prod(shape), shape[-1]
    noise = (random.doubles(rows * size) * 2 - 1).reshape(rows, size)
    place = numpy.arange(size) % width
    wave = numpy.cos(2 * math.pi * (shown[:, None] + 1) * place / width)
    return torch.from_numpy((noise + wave / 2).astype(numpy.float32)).reshape(rows, *shape), labels


def fingerprint(values):
    values = values.detach().reshape(-1)
    values = values[:: max(1, math.ceil(len(values) / 1000))].cpu().double()
    squares = float((values * values).sum())
    if squares == 0:
        return 0.0
    along = float((values * torch.cos(torch.arange(len(values)).double())).sum())
    return along / math.sqrt(squares) + math.log(squares) / 2


def operands(case):
    """Inputs, tokens, and what comes back to the output."""
    op, sizes = case["op"], case["sizes"]
    a, b = sizes[:2]
    shapes = {
        "matmul": lambda: ([(a, b), (b, sizes[2])], (a, sizes[2])),
        "conv": lambda: (
            [tuple(sizes[:4]), (sizes[4], b, sizes[5], sizes[5])],
            (a, sizes[4], sizes[2], sizes[3]),
        ),
        "elementwise": lambda: ([(a, b)] * 3, (a, b)),
        "reduce-all": lambda: ([(a, b)], ()),
        "reduce-rows": lambda: ([(a, b)], (a,)),
        "reduce-columns": lambda: ([(a, b)], (b,)),
        "softmax": lambda: ([(a, b)], (a, b)),
        "layer-norm": lambda: ([(a, b), (b,), (b,)], (a, b)),
        "cross-entropy": lambda: ([(a, b)], ()),
        "embedding": lambda: ([(a, b)], (sizes[2], b)),
    }
    inputs, output = shapes[op]()
    random = Uniform(3)
    values = [random.floats(shape) for shape in inputs]
    gradient = random.floats(output)
    count, below = {"embedding": (sizes[-1], a), "cross-entropy": (a, b)}.get(op, (0, 1))
    tokens = torch.arange(count) * 7919 % below if count > 0 else None
    return values, tokens, gradient
