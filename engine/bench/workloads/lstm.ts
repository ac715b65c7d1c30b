import type { Workload } from '../cases.ts'
import { models } from './models.ts'

export const lstm: Workload = {
  name: 'lstm',
  about: 'LSTM of 128 over 50 tokens × 128, batch 64, Adam',
  procedure: 'rounds',
  cases: {
    '': {
      kind: 'train',
      model: models.lstm,
      batch: 64,
      rows: 2048,
      optimizer: { name: 'adam', learningRate: 1e-3 },
    },
  },
}
