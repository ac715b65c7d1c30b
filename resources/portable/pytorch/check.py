"""Holds the network to what Descent says of the rows in check.safetensors: python check.py"""

import sys

import torch

from data import CONFIG, prepared
from model import Net
from tensors import read

net = Net()
net.load_state_dict(read("model.safetensors"))
net.eval()
rows = read("check.safetensors")
with torch.no_grad():
    said = net(*(prepared(spec, rows[spec["name"]]) for spec in CONFIG["inputs"]))
wanted = rows["output"].reshape(said.shape)
apart = ((said - wanted).abs() / wanted.abs().clamp(min=1)).max().item()
print(f"{len(wanted)} rows: at most {apart:.1e} apart")
sys.exit(0 if apart <= 1e-5 else 1)
