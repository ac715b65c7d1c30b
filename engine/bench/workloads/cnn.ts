import type { DataPathCase, TrainCase, Workload } from '../cases.ts'
import { models } from './models.ts'

export const cnnTraining: TrainCase = {
  kind: 'train',
  model: models.cnn,
  batch: 64,
  rows: 1024,
  optimizer: { name: 'sgd', learningRate: 0.05 },
}

/** The folder is the command line's. */
export const cnnFromFiles: DataPathCase = { kind: 'data-path', train: cnnTraining, folder: '' }

export const cnn: Workload = {
  name: 'cnn',
  about: 'conv 32 – conv 64 (3 × 3, ReLU, max-pool) – 128 – 10 on 1 × 28 × 28, batch 64, SGD',
  procedure: 'rounds',
  cases: { '': cnnTraining, 'from files': cnnFromFiles },
  quick: [''],
}
