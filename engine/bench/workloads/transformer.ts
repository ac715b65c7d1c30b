import type { Workload } from '../cases.ts'
import { models } from './models.ts'

export const transformer: Workload = {
  name: 'transformer',
  about: '2 encoder layers of 128, 4 heads, over 50 tokens, batch 64, Adam',
  procedure: 'rounds',
  cases: {
    '': {
      kind: 'train',
      model: models.transformer,
      batch: 64,
      rows: 2048,
      optimizer: { name: 'adam', learningRate: 1e-3 },
    },
  },
}
