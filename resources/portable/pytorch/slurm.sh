#!/bin/bash
#SBATCH --job-name=descent-train
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=4
#SBATCH --cpus-per-task=16
#SBATCH --time=04:00:00
#SBATCH --output=%x-%j.out

# One task a node, which starts a process for each of its GPUs. Run sbatch in this folder.
set -euo pipefail
head_node="$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)"
srun torchrun \
  --nnodes="$SLURM_JOB_NUM_NODES" \
  --nproc_per_node="${SLURM_GPUS_ON_NODE:-1}" \
  --rdzv_id="$SLURM_JOB_ID" \
  --rdzv_backend=c10d \
  --rdzv_endpoint="$head_node:29500" \
  train.py "$@"
