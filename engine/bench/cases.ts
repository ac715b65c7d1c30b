/** What can be measured, as plain data: every contestant gets a case as JSON and builds it with its own means. */

/** A network as PyTorch would list it. Weights are shaped and laid out as PyTorch has them. */
export type Layer =
  | { layer: 'linear'; inputs: number; outputs: number }
  | { layer: 'relu' }
  | { layer: 'flatten' }
  /** Square kernels; without `bias` where a batch norm follows. */
  | { layer: 'conv'; inputs: number; outputs: number; kernel: number; stride: number; padding: number; bias: boolean }
  | { layer: 'batch-norm'; channels: number }
  | { layer: 'max-pool'; size: number }
  /** Mean over height and width. */
  | { layer: 'average-pool' }
  /** relu(body(x) + shortcut(x)); an empty shortcut hands x on. */
  | { layer: 'residual'; body: Layer[]; shortcut: Layer[] }
  | { layer: 'embedding'; count: number; width: number }
  /** Over [batch, positions, width]: convolutions of these numbers of positions side by side, ReLU, largest over positions (Kim 2014). */
  | { layer: 'text-convs'; width: number; kernels: number[]; outputs: number }
  /** Over [batch, positions, width]; gives the hidden state after the last position. */
  | { layer: 'lstm' | 'gru'; inputs: number; hidden: number }
  /** [batch, inputs] to [batch, members, inputs]: every member of an ensemble scales them by factors of its own (TabM-mini). */
  | { layer: 'member-scale'; members: number; inputs: number }
  /** Over [batch, members, inputs]: a linear layer of its own for each member. */
  | { layer: 'member-linear'; members: number; inputs: number; outputs: number }
  /** Attention and feed-forward, each normalised after its residual; no dropout (torch.nn.TransformerEncoderLayer). */
  | { layer: 'encoder'; width: number; heads: number; feedForward: number }
  /** Mean over positions, or over members. */
  | { layer: 'mean' } // prettier-ignore

export interface Model {
  /** Of one sample: features or an image of float32, or token indices. */
  input: { kind: 'numbers'; shape: number[] } | { kind: 'tokens'; length: number; vocabulary: number }
  layers: Layer[]
  classes: number
}

export interface OptimizerSpec {
  name: 'sgd' | 'adam'
  learningRate: number
}

/** A training step on rows gathered by index from data that is on the device already; softmax cross-entropy. */
export interface TrainCase {
  kind: 'train'
  model: Model
  batch: number
  rows: number
  optimizer: OptimizerSpec
}

/** A forward pass over one batch, evaluating; from the values on the device to the scores on the device. */
export interface InferenceCase {
  kind: 'inference'
  model: Model
  batch: number
}

export const opNames = [
  'matmul', // m, k, n
  'conv', // n, c, h, w, o, kernel; stride 1, size kept
  'elementwise', // rows, columns: relu(x · y + z)
  'reduce-all', // rows, columns
  'reduce-rows', // rows, columns: one sum a row
  'reduce-columns', // rows, columns: one sum a column
  'softmax', // rows, columns
  'layer-norm', // rows, columns
  'cross-entropy', // rows, columns: the mean over rows that have a class each
  'embedding', // count, width, tokens
] as const
export type OpName = (typeof opNames)[number]

/**
 * One operation. `gradient`: forward, then back to all of its float inputs. A reduced-op multiplies with less than float32's
 * precision (setFloat32MatmulPrecision('medium')): a GPU's matter, without a roofline.
 */
export interface OpCase {
  kind: 'op' | 'reduced-op'
  op: OpName
  sizes: number[]
  gradient: boolean
}

/**
 * A chain of products of 4 × 4 matrices, which nothing can fuse: what it takes to have a kernel run at all (dispatch), or
 * only to hand it over to a device that then runs it by itself (encode).
 */
export interface DispatchCase {
  kind: 'dispatch' | 'encode'
  kernels: number
}

/** Training on images from IDX files: decoding, shift and flip, normalising, batching, stepping. */
export interface DataPathCase {
  kind: 'data-path'
  train: TrainCase
  /** Folder with images and labels in IDX files. */
  folder: string
}

/** What the machine gives at best, through what the backend runs on: see roofline.ts. */
export interface RooflineCase {
  kind: 'roofline'
  what: 'multiply-add' | 'read' | 'copy'
  /** Of the CPU: one of them, or as many as the backend uses. */
  threads: 'one' | 'all'
  /** The working set of all threads together; 0 for multiply-adds, which stay in registers. */
  bytes: number
  /** Of one iteration: floating-point operations, or bytes read and written together, the working set several times over. */
  amount: number
}

export type Case = TrainCase | InferenceCase | OpCase | DispatchCase | DataPathCase | RooflineCase

export interface Workload {
  /** What the command line selects. */
  name: string
  /** One line for whoever reads the output. */
  about: string
  /**
   * rounds: everybody takes turns. first-step: a process starts, imports, and finishes one step. growth: a long training,
   * watching memory.
   */
  procedure: 'rounds' | 'first-step' | 'growth'
  /** By the label that tells them apart in the report; '' where there is one only. */
  cases: Record<string, Case>
  /** Labels of what --quick measures; left out: all of it, empty: nothing. */
  quick?: string[]
  /** Labels of what only a GPU is asked: it needs that much to show what it can, and a CPU minutes. */
  large?: string[]
}
