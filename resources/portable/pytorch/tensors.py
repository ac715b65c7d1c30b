"""Files of tensors by name: https://github.com/huggingface/safetensors#format. It needs nothing but PyTorch."""

import json
import struct

import torch

TYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "I64": torch.int64,
    "I32": torch.int32,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


def read(path):
    """The tensors of a file, by their names."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        empty = torch.empty(0, dtype=TYPES[entry["dtype"]])
        flat = torch.frombuffer(data[begin:end], dtype=TYPES[entry["dtype"]]) if end > begin else empty
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


def write(path, tensors):
    """The same as a file."""
    types = {dtype: name for name, dtype in TYPES.items()}
    header, parts, at = {}, [], 0
    for name, tensor in tensors.items():
        part = tensor.detach().cpu().contiguous().numpy().tobytes()
        shape = list(tensor.shape)
        header[name] = {"dtype": types[tensor.dtype], "shape": shape, "data_offsets": [at, at + len(part)]}
        at += len(part)
        parts.append(part)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))
