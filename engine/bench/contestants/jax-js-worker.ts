/** jax-js's side of the benchmark: its WebAssembly backend, which is the one it has under Node. */
import { pathToFileURL } from 'node:url'
import { batchIndex, makeData } from '../workloads/data.ts'
import { classesOf, type Workload } from '../workloads/workload.ts'
import { serve, type Trainer } from './serve.ts'

/** The part of jax-js's interface that we use; `.ref` keeps an array alive across a call that would consume it. */
interface Arr {
  ref: Arr
  shape: number[]
  add(other: Arr | number): Arr
  sub(other: Arr): Arr
  mul(other: Arr | number): Arr
  div(other: Arr): Arr
  sum(): Arr
  slice(index: Arr): Arr
  reshape(shape: number[]): Arr
  dispose(): void
  js(): number
}
interface Layer {
  w: Arr
  b: Arr
}
interface State {
  parameters: Layer[]
  m: Layer[]
  v: Layer[]
}
interface Jax {
  init(device: string): Promise<string[]>
  defaultDevice(device: string): void
  jit<A extends unknown[], R>(f: (...args: A) => R): (...args: A) => R
  valueAndGrad(
    f: (parameters: Layer[], x: Arr, y: Arr) => Arr,
  ): (parameters: Layer[], x: Arr, y: Arr) => [Arr, Layer[]]
  blockUntilReady(tree: unknown): Promise<unknown>
  tree: {
    ref<T>(tree: T): T
    map<T>(f: (...leaves: Arr[]) => Arr, tree: T, ...others: T[]): T
  }
  numpy: {
    array(values: Float32Array | Int32Array | number): Arr
    zeros(shape: number[]): Arr
    dot(a: Arr, b: Arr): Arr
    sqrt(a: Arr): Arr
    square(a: Arr): Arr
  }
  nn: { relu(x: Arr): Arr; logSoftmax(x: Arr, axis: number): Arr; oneHot(x: Arr, classes: number): Arr }
}

const [entry = '', version = ''] = process.argv.slice(2)
const jax = (await import(pathToFileURL(entry).href)) as Jax
const { numpy: np, nn, tree } = jax

function initialParameters(sizes: number[]): Layer[] {
  return sizes.slice(1).map((outputs, i) => {
    const inputs = sizes[i]!
    const weights = Float32Array.from(
      { length: inputs * outputs },
      () => (Math.random() * 2 - 1) / Math.sqrt(inputs),
    )
    return { w: np.array(weights).reshape([inputs, outputs]), b: np.zeros([outputs]) }
  })
}

function lossOf(parameters: Layer[], x: Arr, y: Arr): Arr {
  const rows = x.shape[0]!
  const logits = parameters.reduce((input, layer, i) => {
    const output = np.dot(input, layer.w).add(layer.b)
    return i + 1 < parameters.length ? nn.relu(output) : output
  }, x)
  return nn
    .logSoftmax(logits, -1)
    .mul(y)
    .sum()
    .mul(-1 / rows)
}

type Update = (state: State, gradients: Layer[], correction1: Arr, correction2: Arr) => State

const sgd =
  (rate: number): Update =>
  (state, gradients) => ({
    ...state,
    parameters: tree.map((p, g) => p!.sub(g!.mul(rate)), state.parameters, gradients),
  })

/** Kingma and Ba, algorithm 1. The bias corrections come from outside: raising to a power on the device costs more. */
const adam =
  (rate: number): Update =>
  (state, gradients, correction1, correction2) => {
    const m = tree.map((m, g) => m!.mul(0.9).add(g!.mul(0.1)), state.m, tree.ref(gradients))
    const v = tree.map((v, g) => v!.mul(0.999).add(np.square(g!).mul(0.001)), state.v, gradients)
    const move = (p: Arr, m: Arr, v: Arr): Arr =>
      p.sub(
        m
          .div(correction1.ref)
          .div(np.sqrt(v.div(correction2.ref)).add(1e-8))
          .mul(rate),
      )
    const parameters = tree.map((p, m, v) => move(p!, m!, v!), state.parameters, tree.ref(m), tree.ref(v))
    correction1.dispose()
    correction2.dispose()
    return { parameters, m, v }
  }

async function prepare(workload: Workload): Promise<Trainer> {
  await jax.init('wasm')
  jax.defaultDevice('wasm')
  const { features, labels } = makeData(workload)
  const X = np.array(features).reshape([workload.rows, workload.sizes[0]!])
  const Y = nn.oneHot(np.array(labels), classesOf(workload))
  const { name, learningRate } = workload.optimizer
  const useAdam = name === 'adam'
  const update = useAdam ? adam(learningRate) : sgd(learningRate)
  const step = jax.jit((state: State, x: Arr, y: Arr, index: Arr, ...corrections: Arr[]): [State, Arr] => {
    const [loss, gradients] = jax.valueAndGrad(lossOf)(
      tree.ref(state.parameters),
      x.slice(index.ref),
      y.slice(index),
    )
    return [update(state, gradients, corrections[0]!, corrections[1]!), loss]
  })
  const parameters = initialParameters(workload.sizes)
  const zeros = (): Layer[] => parameters.map(({ w, b }) => ({ w: np.zeros(w.shape), b: np.zeros(b.shape) }))
  let state: State = useAdam ? { parameters, m: zeros(), v: zeros() } : { parameters, m: [], v: [] }
  const batches = Array.from({ length: workload.rows / workload.batch }, (_, i) =>
    np.array(batchIndex(workload, i)),
  )
  let done = 0
  return {
    device: 'wasm',
    version,
    run: async (steps) => {
      let loss: Arr | undefined
      for (let i = 0; i < steps; i++) {
        loss?.dispose()
        const index = batches[done++ % batches.length]!
        const corrections = useAdam ? [np.array(1 - 0.9 ** done), np.array(1 - 0.999 ** done)] : []
        ;[state, loss] = step(state, X.ref, Y.ref, index.ref, ...corrections)
      }
      await jax.blockUntilReady(state)
      return loss ? loss.js() : Number.NaN
    },
  }
}

await serve(prepare)
