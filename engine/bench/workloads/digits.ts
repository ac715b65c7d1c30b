import type { Workload } from './workload.ts'

/** The classic first network for 28 × 28 digits: 26 million multiply-adds a step, mostly in one matrix product. */
export const digits: Workload = {
  name: 'mlp 784-256-10, batch 64, sgd',
  sizes: [784, 256, 10],
  batch: 64,
  optimizer: { name: 'sgd', learningRate: 0.1 },
  rows: 1024,
}
