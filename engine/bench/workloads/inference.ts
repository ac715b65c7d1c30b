import type { Case, Workload } from '../cases.ts'
import { models } from './models.ts'

const cases = Object.entries(models).flatMap(([name, model]): [string, Case][] => [
  [`${name} batch 1`, { kind: 'inference', model, batch: 1 }],
  [`${name} batch 64`, { kind: 'inference', model, batch: 64 }],
])

export const inference: Workload = {
  name: 'inference',
  about: 'latency at batch 1 and throughput at batch 64 of each model',
  procedure: 'rounds',
  cases: Object.fromEntries(cases),
  quick: ['mnist-mlp batch 1', 'cnn batch 1', 'cnn batch 64', 'transformer batch 64'],
}
