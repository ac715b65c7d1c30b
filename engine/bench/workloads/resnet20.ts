import type { Workload } from '../cases.ts'
import { models } from './models.ts'

export const resnet20: Workload = {
  name: 'resnet20',
  about: 'ResNet-20 on 3 × 32 × 32, batch 128, SGD',
  procedure: 'rounds',
  cases: {
    '': {
      kind: 'train',
      model: models.resnet20,
      batch: 128,
      rows: 512,
      optimizer: { name: 'sgd', learningRate: 0.05 },
    },
  },
}
