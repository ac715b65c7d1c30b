"""Rows as the network is given them, which Descent has prepared, and batches of them for any number of processes."""

import json

import torch

from tensors import read

with open("config.json", encoding="utf-8") as file:
    CONFIG = json.load(file)


class Rows(torch.utils.data.Dataset):
    """The rows of a file: what goes in, in the network's order, the target, and how much each row counts."""

    def __init__(self, path):
        tensors = read(path)
        self.inputs = [tensors[spec["name"]] for spec in CONFIG["inputs"]]
        self.targets = tensors["target"]
        self.weights = tensors.get("weight")

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, index):
        """One row, or, of a tensor of numbers, several."""
        inputs = [prepared(spec, values[index]) for spec, values in zip(CONFIG["inputs"], self.inputs)]
        return inputs, self.targets[index], None if self.weights is None else self.weights[index]


def prepared(spec, values):
    """Pictures are kept as bytes, and become numbers here."""
    if "mean" not in spec:
        return values
    mean, std = (torch.tensor(spec[name]).reshape(-1, 1, 1) for name in ("mean", "std"))
    return (values.float() / 255 - mean) / std


def batches(rows, size, epoch, seed, rank=0, world=1, shuffle=True):
    """Batches of `size` rows over all processes together: this one's share of each. All of them see the same order.

    A rest of fewer than two rows a process goes into the batch before it: batch norms cannot learn from one row.
    """
    generator = torch.Generator().manual_seed(seed + epoch)
    order = torch.randperm(len(rows), generator=generator) if shuffle else torch.arange(len(rows))
    starts = list(range(0, len(rows), size))
    if len(starts) > 1 and len(rows) - starts[-1] < 2 * world:
        starts.pop()
    for start, end in zip(starts, starts[1:] + [len(rows)]):
        yield rows[order[start:end][rank::world]]
