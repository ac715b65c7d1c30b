/** The part of TensorFlow.js's interface that we use. */
export interface Arr {
  shape: number[]
  add(other: Arr): Arr
  sub(other: Arr): Arr
  mul(other: Arr): Arr
  sum(axis?: number): Arr
  mean(axis?: number | number[]): Arr
  max(axis?: number): Arr
  reshape(shape: number[]): Arr
  transpose(order?: number[]): Arr
  slice(begin: number[], size: number[]): Arr
  toFloat(): Arr
  squeeze(axes?: number[]): Arr
  data(): Promise<Float32Array>
  dataSync(): Float32Array
  dispose(): void
}
export interface Variable extends Arr {
  assign(value: Arr): void
}
type Gradients = Record<string, Arr>
export interface Optimizer {
  applyGradients(gradients: Gradients): void
}

export interface Tf {
  setBackend(name: string): Promise<boolean>
  ready(): Promise<void>
  tidy<T>(f: () => T): T
  dispose(what: unknown): void
  tensor(values: Float32Array | Int32Array, shape: number[], dtype: string): Arr
  variable(initial: Arr, trainable?: boolean, name?: string): Variable
  variableGrads(f: () => Arr, list?: Variable[]): { value: Arr; grads: Gradients }
  grads(f: (...inputs: Arr[]) => Arr): (inputs: Arr[], dy: Arr) => Arr[]
  train: { sgd(rate: number): Optimizer; adam(rate: number): Optimizer }
  gather(x: Arr, index: Arr): Arr
  matMul(a: Arr, b: Arr, transposeA?: boolean, transposeB?: boolean): Arr
  conv2d(x: Arr, filter: Arr, strides: number, pad: number | 'valid'): Arr
  conv1d(x: Arr, filter: Arr, stride: number, pad: 'valid'): Arr
  maxPool(x: Arr, size: number, strides: number, pad: 'valid'): Arr
  moments(x: Arr, axes: number[]): { mean: Arr; variance: Arr }
  batchNorm(x: Arr, mean: Arr, variance: Arr, offset: Arr, scale: Arr, epsilon: number): Arr
  relu(x: Arr): Arr
  sigmoid(x: Arr): Arr
  tanh(x: Arr): Arr
  softmax(x: Arr): Arr
  logSoftmax(x: Arr): Arr
  oneHot(x: Arr, classes: number): Arr
  concat(parts: Arr[], axis: number): Arr
  split(x: Arr, parts: number, axis: number): Arr[]
  zeros(shape: number[]): Arr
  ones(shape: number[]): Arr
  scalar(value: number): Arr
}
