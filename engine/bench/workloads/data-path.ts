import type { Workload } from '../cases.ts'
import { cnnFromFiles } from './cnn.ts'

export const dataPath: Workload = {
  name: 'data-path',
  about: 'Fashion-MNIST from IDX files into cnn: decode, shift by up to 2 and flip, normalise, batch',
  procedure: 'rounds',
  cases: { '': cnnFromFiles },
}
