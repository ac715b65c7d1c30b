"""Goes on training, in one process or many:

    python train.py
    torchrun --standalone --nproc_per_node=2 train.py
    torchrun --nnodes=4 --nproc_per_node=8 --rdzv_backend=c10d --rdzv_endpoint=HOST:29500 train.py

The batch is that of all processes together, so that any number of them takes the same steps, but for what depends on a process:
dropout draws for each by itself, and batch norms measure each one's rows (with --sync-batch-norm, on GPUs, those of all).
"""

import argparse
import json
import os
import time

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from data import CONFIG, Rows, batches
from loss import loss
from model import Net
from tensors import read, write


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=CONFIG["batchSize"], help="of all processes together")
    parser.add_argument("--lr", type=float, default=CONFIG["optimizer"]["options"]["lr"])
    parser.add_argument("--seed", type=int, default=CONFIG["seed"])
    parser.add_argument("--train", default="data/train.safetensors")
    parser.add_argument("--validation", default="data/validation.safetensors")
    parser.add_argument("--weights", default="model.safetensors", help="where it begins; an empty word: anew")
    parser.add_argument("--out", default="trained.safetensors")
    parser.add_argument("--log", default="log.jsonl")
    parser.add_argument("--sync-batch-norm", action="store_true")
    return parser.parse_args()


def summed(net, rows, device):
    """The loss of some rows and what it is divided by, as tensors. What an ensemble's members say is compared one by one."""
    inputs, target, weight = rows
    output = net(*(values.to(device) for values in inputs))
    target = target.to(device)
    if output.ndim == 3:
        members = output.shape[1]
        output = output.flatten(0, 1)
        target = target.repeat_interleave(members, 0)
        weight = None if weight is None else weight.repeat_interleave(members, 0)
    return loss(output, target, None if weight is None else weight.to(device))


def over_all(value, world):
    if world > 1:
        dist.all_reduce(value)
    return value


def epoch_of(net, rows, args, epoch, rank, world, device, optimizer=None):
    """The mean loss; with an optimizer, it trains."""
    total = torch.zeros((), dtype=torch.float64)
    count = torch.zeros((), dtype=torch.float64)
    for batch in batches(rows, args.batch_size, epoch, args.seed, rank, world, shuffle=optimizer is not None):
        with torch.set_grad_enabled(optimizer is not None):
            part, counted = summed(net, batch, device)
        whole = over_all(counted.detach().clone(), world)
        if optimizer is not None:
            optimizer.zero_grad()
            # Gradients are averaged over the processes; the loss is over the rows of all of them.
            (part * world / whole).backward()
            optimizer.step()
        total += part.detach().double().cpu()
        count += counted.detach().double().cpu()
    return (over_all(total, world) / over_all(count, world)).item()


def too_few(batch_size, world):
    """What is wrong with a batch that leaves some process without rows, or with one alone, of which batch norms learn nothing."""
    least = 1 if world == 1 else 2 * world
    if batch_size >= least:
        return None
    if world == 1:
        return f"--batch-size {batch_size} is no row at all: give at least 1."
    return (
        f"--batch-size {batch_size} leaves fewer than two rows for each of {world} processes: "
        f"give at least {least}, or start fewer processes."
    )


def main():
    args = arguments()
    world = int(os.environ.get("WORLD_SIZE", 1))
    rank = int(os.environ.get("RANK", 0))
    local = int(os.environ.get("LOCAL_RANK", 0))
    complaint = too_few(args.batch_size, world)
    if complaint:
        raise SystemExit(complaint)
    has_gpu = torch.cuda.is_available()
    device = torch.device("cuda", local) if has_gpu else torch.device("cpu")
    if has_gpu:
        torch.cuda.set_device(device)
    if world > 1:
        dist.init_process_group("nccl" if has_gpu else "gloo")
    torch.manual_seed(args.seed)
    net = Net()
    if args.weights:
        net.load_state_dict(read(args.weights))
    net.to(device)
    if args.sync_batch_norm:
        net = torch.nn.SyncBatchNorm.convert_sync_batchnorm(net)
    # Running statistics of batch norms are those of the first process.
    trained = DistributedDataParallel(net) if world > 1 else net
    torch.manual_seed(args.seed + rank)
    described = CONFIG["optimizer"]
    make = getattr(torch.optim, described["name"])
    optimizer = make(net.parameters(), **{**described["options"], "lr": args.lr})
    train = Rows(args.train)
    validation = Rows(args.validation) if os.path.exists(args.validation) else None
    for epoch in range(args.epochs):
        started = time.monotonic()
        trained.train()
        line = {"epoch": epoch + 1}
        line["train/loss"] = epoch_of(trained, train, args, epoch, rank, world, device, optimizer)
        if validation is not None and len(validation) > 0:
            net.eval()
            line["validation/loss"] = epoch_of(net, validation, args, epoch, rank, world, device)
        line["seconds"] = round(time.monotonic() - started, 3)
        if rank == 0:
            print(json.dumps(line), flush=True)
            with open(args.log, "a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
    if rank == 0:
        write(args.out, net.state_dict())
    if world > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
