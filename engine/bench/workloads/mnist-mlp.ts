import type { Workload } from '../cases.ts'
import { models } from './models.ts'

export const mnistMlp: Workload = {
  name: 'mnist-mlp',
  about: '784-256-10, batch 64, SGD: 26 million multiply-adds a step, mostly in one matrix product',
  procedure: 'rounds',
  cases: {
    '': {
      kind: 'train',
      model: models['mnist-mlp'],
      batch: 64,
      rows: 1024,
      optimizer: { name: 'sgd', learningRate: 0.1 },
    },
  },
}
