"""A described network (cases.ts) of torch.nn's layers, with the starting weights of parameters.ts."""

import math

import torch
from torch import nn

from data import Uniform


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return torch.relu(self.body(x) + self.shortcut(x))


class TextConvs(nn.Module):
    def __init__(self, width, kernels, outputs):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv1d(width, outputs, kernel) for kernel in kernels)

    def forward(self, x):
        x = x.transpose(1, 2)
        return torch.cat([torch.relu(conv(x)).amax(2) for conv in self.convs], 1)


class LastHidden(nn.Module):
    def __init__(self, kind, inputs, hidden):
        super().__init__()
        self.recurrent = kind(inputs, hidden, batch_first=True)

    def forward(self, x):
        return self.recurrent(x)[0][:, -1]


class MemberScale(nn.Module):
    def __init__(self, members, inputs):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(members, inputs))

    def forward(self, x):
        return x[:, None] * self.weight


class MemberLinear(nn.Module):
    def __init__(self, members, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(members, inputs, outputs))
        self.bias = nn.Parameter(torch.empty(members, outputs))

    def forward(self, x):
        return (x.transpose(0, 1) @ self.weight).transpose(0, 1) + self.bias


class Mean(nn.Module):
    def forward(self, x):
        return x.mean(1)


def build(layer):
    kind = layer["layer"]
    if kind == "linear":
        return nn.Linear(layer["inputs"], layer["outputs"])
    if kind == "relu":
        return nn.ReLU()
    if kind == "flatten":
        return nn.Flatten()
    if kind == "conv":
        names = ("kernel_size", "kernel"), ("stride", "stride"), ("padding", "padding"), ("bias", "bias")
        return nn.Conv2d(layer["inputs"], layer["outputs"], **{to: layer[name] for to, name in names})
    if kind == "batch-norm":
        return nn.BatchNorm2d(layer["channels"])
    if kind == "max-pool":
        return nn.MaxPool2d(layer["size"])
    if kind == "average-pool":
        return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    if kind == "residual":
        return Residual(sequence(layer["body"]), sequence(layer["shortcut"]))
    if kind == "embedding":
        return nn.Embedding(layer["count"], layer["width"])
    if kind == "text-convs":
        return TextConvs(layer["width"], layer["kernels"], layer["outputs"])
    if kind in ("lstm", "gru"):
        return LastHidden(nn.LSTM if kind == "lstm" else nn.GRU, layer["inputs"], layer["hidden"])
    if kind == "member-scale":
        return MemberScale(layer["members"], layer["inputs"])
    if kind == "member-linear":
        return MemberLinear(layer["members"], layer["inputs"], layer["outputs"])
    if kind == "encoder":
        return nn.TransformerEncoderLayer(
            layer["width"], layer["heads"], layer["feedForward"], dropout=0.0, batch_first=True
        )
    if kind == "mean":
        return Mean()
    raise ValueError(f"pytorch's side of the benchmark knows no layer {kind}")


def sequence(layers):
    return nn.Sequential(*map(build, layers))


def fan_in(module):
    """By which the bound of a module's own parameters is found; None: they keep 1 and 0."""
    if isinstance(module, (nn.BatchNorm2d, nn.LayerNorm)):
        return None
    if isinstance(module, nn.RNNBase):
        return module.hidden_size
    if isinstance(module, nn.MultiheadAttention):
        return module.embed_dim
    if isinstance(module, nn.Embedding):
        return 1
    if isinstance(module, MemberLinear):
        return module.weight.shape[1]
    return math.prod(module.weight.shape[1:])


def build_model(spec):
    model = sequence(spec["layers"])
    random = Uniform(2)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.MultiheadAttention):
                own = [module.in_proj_weight, module.in_proj_bias, *module.out_proj.parameters()]
            elif isinstance(module, nn.modules.linear.NonDynamicallyQuantizableLinear):
                continue
            else:
                own = list(module.parameters(recurse=False))
            inputs = fan_in(module) if own else None
            for parameter in own if inputs is not None else []:
                parameter.copy_(random.floats(parameter.shape, 1 / math.sqrt(inputs)))
    return model
