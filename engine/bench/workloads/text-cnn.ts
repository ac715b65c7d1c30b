import type { Workload } from '../cases.ts'
import { models } from './models.ts'

export const textCnn: Workload = {
  name: 'text-cnn',
  about: '50 tokens × 128, convolutions of 3, 4 and 5 words × 100, batch 64, Adam',
  procedure: 'rounds',
  cases: {
    '': {
      kind: 'train',
      model: models['text-cnn'],
      batch: 64,
      rows: 2048,
      optimizer: { name: 'adam', learningRate: 1e-3 },
    },
  },
}
