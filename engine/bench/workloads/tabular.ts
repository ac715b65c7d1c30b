import type { Workload } from './workload.ts'

/** The size of network that a table of twenty columns gets: all overhead, hardly any arithmetic. */
export const tabular: Workload = {
  name: 'mlp 20-64-64-2, batch 32, adam',
  sizes: [20, 64, 64, 2],
  batch: 32,
  optimizer: { name: 'adam', learningRate: 1e-3 },
  rows: 8192,
}
