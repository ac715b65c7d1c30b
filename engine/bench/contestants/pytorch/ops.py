"""Single operations as functions of their inputs."""

import torch
import torch.nn.functional as F


def forward_of(case, tokens):
    padding = case["sizes"][-1] // 2
    return {
        "matmul": torch.matmul,
        "conv": lambda x, w: F.conv2d(x, w, padding=padding),
        "elementwise": lambda x, y, z: torch.relu(x * y + z),
        "reduce-all": lambda x: x.sum(),
        "reduce-rows": lambda x: x.sum(1),
        "reduce-columns": lambda x: x.sum(0),
        "softmax": lambda x: F.softmax(x, 1),
        "layer-norm": lambda x, w, b: F.layer_norm(x, w.shape, w, b),
        "cross-entropy": lambda x: F.cross_entropy(x, tokens),
        "embedding": lambda table: F.embedding(tokens, table),
    }[case["op"]]
