import type { Workload } from '../cases.ts'
import { models } from './models.ts'

export const tabm: Workload = {
  name: 'tabm',
  about: '32 members of 20-128-128-2 in one network, batch 256, Adam: the ensemble that tables start with',
  procedure: 'rounds',
  cases: {
    '': {
      kind: 'train',
      model: models.tabm,
      batch: 256,
      rows: 8192,
      optimizer: { name: 'adam', learningRate: 1e-3 },
    },
  },
}
