"""Images from IDX files through torch's DataLoader, with torchvision's transforms where it is installed."""

import gzip
import os
import re

import numpy
import torch
from torch.utils.data import DataLoader, Dataset

try:
    from PIL import Image
    from torchvision import transforms
except ImportError:
    transforms = None

MEAN, STD = 0.286, 0.353
SHIFT = 2


def read_idx(folder, pattern):
    name = next(name for name in sorted(os.listdir(folder)) if re.search(pattern, name))
    path = os.path.join(folder, name)
    with (gzip.open if name.endswith(".gz") else open)(path, "rb") as file:
        content = file.read()
    dimensions = content[3]
    shape = numpy.frombuffer(content, ">i4", dimensions, 4)
    return numpy.frombuffer(content, numpy.uint8, offset=4 + 4 * dimensions).reshape(shape)


def shift_and_flip(image):
    """What torchvision's RandomCrop and RandomHorizontalFlip do, on the tensor of one image."""
    _, height, width = image.shape
    padded = torch.nn.functional.pad(image, (SHIFT, SHIFT, SHIFT, SHIFT))
    top, left = torch.randint(0, 2 * SHIFT + 1, (2,)).tolist()
    cut = padded[:, top : top + height, left : left + width]
    return cut.flip(2) if torch.rand(1).item() < 0.5 else cut


class Images(Dataset):
    def __init__(self, folder):
        self.images = read_idx(folder, "train.*images.*idx3")
        self.labels = read_idx(folder, "train.*labels.*idx1").astype(numpy.int64)
        self.transform = transforms and transforms.Compose(
            [
                transforms.RandomCrop(self.images.shape[1:], padding=SHIFT),
                transforms.RandomHorizontalFlip(),
                transforms.ToTensor(),
                transforms.Normalize((MEAN,), (STD,)),
            ]
        )

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        if self.transform:
            return self.transform(Image.fromarray(self.images[i], mode="L")), self.labels[i]
        image = torch.from_numpy(self.images[i].astype(numpy.float32) / 255)[None]
        return (shift_and_flip(image) - MEAN) / STD, self.labels[i]


class Batches:
    """Without end, in a new order for every epoch. Memory is pinned where a GPU fetches it."""

    def __init__(self, folder, batch, workers, pin_memory):
        self.loader = DataLoader(
            Images(folder),
            batch,
            shuffle=True,
            drop_last=True,
            num_workers=workers,
            persistent_workers=True,
            pin_memory=pin_memory,
        )
        # What its workers get ready while nobody asks.
        self.ahead = workers * self.loader.prefetch_factor

    def __iter__(self):
        while True:
            yield from self.loader


# By which the output tells what was measured.
transforms_used = "torchvision" if transforms else "no torchvision"
