"""Writes a case's forward pass as an ONNX file, for peers that run those. Case as JSON on stdin; argument: the file."""

import json
import sys
import warnings

import torch
from torch import nn

from data import make_data, operands
from model import build_model
from ops import forward_of


class Operation(nn.Module):
    def __init__(self, case, tokens):
        super().__init__()
        self.function = forward_of(case, tokens)

    def forward(self, *inputs):
        return self.function(*inputs)


class Indexed(nn.Module):
    """Tokens are an input, as a user's would be, instead of a constant."""

    def __init__(self, case):
        super().__init__()
        self.case = case

    def forward(self, x, tokens):
        return forward_of(self.case, tokens)(x)


def forward_pass(case):
    if case["kind"] == "inference":
        model = build_model(case["model"]).eval()
        for module in model.modules():
            # Evaluating, it takes a fused path that cannot be exported; without dropout the other computes the same.
            if isinstance(module, nn.TransformerEncoderLayer):
                module.train()
        return model, [make_data(case["model"], case["batch"])[0]]
    inputs, tokens, _ = operands(case)
    if tokens is not None:
        return Indexed(case), [*inputs, tokens]
    return Operation(case, tokens), inputs


warnings.simplefilter("ignore")
module, inputs = forward_pass(json.load(sys.stdin))
torch.onnx.export(
    module,
    tuple(inputs),
    sys.argv[1],
    input_names=[f"x{i}" for i in range(len(inputs))],
    output_names=["y"],
    opset_version=16,
    training=torch.onnx.TrainingMode.PRESERVE,
    do_constant_folding=False,
)
