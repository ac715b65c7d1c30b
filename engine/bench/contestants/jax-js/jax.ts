/** The part of jax-js's interface that we use. A call consumes its arguments; `.ref` keeps one alive across it. */
export interface Arr {
  ref: Arr
  shape: number[]
  add(other: Arr | number): Arr
  sub(other: Arr): Arr
  mul(other: Arr | number): Arr
  div(other: Arr | number): Arr
  sum(axis?: number | number[], options?: { keepdims: boolean }): Arr
  mean(axis?: number | number[], options?: { keepdims: boolean }): Arr
  max(axis?: number | number[]): Arr
  slice(...index: (Arr | number | number[] | [])[]): Arr
  reshape(shape: number[]): Arr
  transpose(order?: number[]): Arr
  dispose(): void
  js(): number
  data(): Promise<Float32Array>
}

export interface Jax {
  init(device: string): Promise<string[]>
  defaultDevice(device: string): void
  jit<A extends unknown[], R>(f: (...args: A) => R): (...args: A) => R
  valueAndGrad<A extends unknown[], P>(
    f: (parameters: P, ...rest: A) => Arr,
  ): (parameters: P, ...rest: A) => [Arr, P]
  blockUntilReady(tree: unknown): Promise<unknown>
  tree: { ref<T>(tree: T): T }
  lax: { conv(x: Arr, w: Arr, strides: number[], padding: [number, number][]): Arr }
  numpy: {
    array(values: Float32Array | Int32Array | number): Arr
    zeros(shape: number[]): Arr
    matmul(a: Arr, b: Arr): Arr
    concatenate(parts: Arr[], axis: number): Arr
    take(a: Arr, index: Arr, axis: number): Arr
    split(a: Arr, sections: number, axis: number): Arr[]
    sqrt(a: Arr): Arr
    square(a: Arr): Arr
    tanh(a: Arr): Arr
  }
  nn: {
    relu(x: Arr): Arr
    sigmoid(x: Arr): Arr
    softmax(x: Arr, axis: number): Arr
    logSoftmax(x: Arr, axis: number): Arr
    oneHot(x: Arr, classes: number): Arr
    standardize(x: Arr, axis: number | number[]): Arr
  }
}
