import type { Workload } from '../cases.ts'
import { models } from './models.ts'

export const tabularMlp: Workload = {
  name: 'tabular-mlp',
  about: '20-64-64-2, batch 32, Adam: all overhead, hardly any arithmetic',
  procedure: 'rounds',
  cases: {
    '': {
      kind: 'train',
      model: models['tabular-mlp'],
      batch: 32,
      rows: 8192,
      optimizer: { name: 'adam', learningRate: 1e-3 },
    },
  },
}
