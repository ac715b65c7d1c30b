import type { Workload } from '../cases.ts'
import { models } from './models.ts'

export const gru: Workload = {
  name: 'gru',
  about: 'GRU of 128 over 50 tokens × 128, batch 64, Adam',
  procedure: 'rounds',
  cases: {
    '': {
      kind: 'train',
      model: models.gru,
      batch: 64,
      rows: 2048,
      optimizer: { name: 'adam', learningRate: 1e-3 },
    },
  },
}
