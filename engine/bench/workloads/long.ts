import type { Workload } from '../cases.ts'
import { cnnTraining } from './cnn.ts'
import { tabularMlp } from './tabular-mlp.ts'

/** Batch-sized data: making it belongs to nobody's start. */
const first = { ...cnnTraining, rows: cnnTraining.batch }

export const firstStep: Workload = {
  name: 'first-step',
  about: 'cnn from launching the program to the end of the first step, with empty caches and with warm ones',
  procedure: 'first-step',
  cases: { '': first },
}

export const memory: Workload = {
  name: 'memory',
  about:
    'tabular-mlp for --steps steps (100,000): how much the process grows after the first hundredth of them',
  procedure: 'growth',
  cases: tabularMlp.cases,
  quick: [],
}
