/** What is measured: one training step of a classifying MLP on rows gathered by index from data that is already on the device. */
export interface Workload {
  name: string
  /** Units from the input to the output layer; ReLU between them, softmax cross-entropy at the end. */
  sizes: number[]
  batch: number
  optimizer: { name: 'sgd' | 'adam'; learningRate: number }
  rows: number
}

export const classesOf = (workload: Workload): number => workload.sizes.at(-1)!
