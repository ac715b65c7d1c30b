/** jax-js's side of the benchmark: its WebAssembly backend, which is the one it has under Node. */
import { pathToFileURL } from 'node:url'
import type { Case, DispatchCase, InferenceCase, OpCase, TrainCase } from '../../cases.ts'
import { batchIndex, fingerprint, makeData, Uniform } from '../data.ts'
import { operandsOf } from '../operands.ts'
import { serve, type Prepared } from '../serve.ts'
import type { Arr, Jax } from './jax.ts'
import { Network } from './model.ts'

const [entry = '', version = ''] = process.argv.slice(2)
const jax = (await import(pathToFileURL(entry).href)) as Jax
const { numpy: np, nn, tree } = jax

interface State {
  parameters: Arr[]
  m: Arr[]
  v: Arr[]
}
type Update = (state: State, gradients: Arr[], correction1: Arr, correction2: Arr) => State

const sgd =
  (rate: number): Update =>
  (state, gradients) => ({
    ...state,
    parameters: state.parameters.map((p, i) => p.sub(gradients[i]!.mul(rate))),
  })

/** Kingma and Ba, algorithm 1. The bias corrections come from outside: raising to a power on the device costs more. */
const adam =
  (rate: number): Update =>
  (state, gradients, correction1, correction2) => {
    const m = state.m.map((m, i) => m.mul(0.9).add(gradients[i]!.ref.mul(0.1)))
    const v = state.v.map((v, i) => v.mul(0.999).add(np.square(gradients[i]!).mul(0.001)))
    const parameters = state.parameters.map((p, i) => {
      const scale = np.sqrt(v[i]!.ref.div(correction2.ref)).add(1e-8)
      return p.sub(m[i]!.ref.div(correction1.ref).div(scale).mul(rate))
    })
    correction1.dispose()
    correction2.dispose()
    return { parameters, m, v }
  }

function prepareTraining({ model, batch, rows, optimizer }: TrainCase): Prepared {
  const network = new Network(jax, model.layers)
  const { inputs, shape, labels } = makeData(model, rows)
  const X = np.array(inputs).reshape(shape)
  const Y = nn.oneHot(np.array(labels), model.classes)
  const useAdam = optimizer.name === 'adam'
  const update = (useAdam ? adam : sgd)(optimizer.learningRate)
  const lossOf = (parameters: Arr[], x: Arr, y: Arr): Arr =>
    nn
      .logSoftmax(network.forward(parameters, x, true), -1)
      .mul(y)
      .sum()
      .mul(-1 / batch)
  const step = jax.jit((state: State, x: Arr, y: Arr, index: Arr, ...corrections: Arr[]): [State, Arr] => {
    const [loss, gradients] = jax.valueAndGrad(lossOf)(
      tree.ref(state.parameters),
      np.take(x, index.ref, 0),
      np.take(y, index, 0),
    )
    return [update(state, gradients, corrections[0]!, corrections[1]!), loss]
  })
  const parameters = network.start()
  const zeros = (): Arr[] => parameters.map(({ shape }) => np.zeros(shape))
  let state: State = useAdam ? { parameters, m: zeros(), v: zeros() } : { parameters, m: [], v: [] }
  const batches = Array.from({ length: rows / batch }, (_, i) => np.array(batchIndex(rows, batch, i)))
  let done = 0
  let loss: Arr | undefined
  return {
    run: async (iterations) => {
      for (let i = 0; i < iterations; i++) {
        loss?.dispose()
        const index = batches[done++ % batches.length]!
        const corrections = useAdam ? [np.array(1 - 0.9 ** done), np.array(1 - 0.999 ** done)] : []
        ;[state, loss] = step(state, X.ref, Y.ref, index.ref, ...corrections)
      }
      await jax.blockUntilReady(state)
    },
    result: () => loss!.ref.js(),
  }
}

/** Runs a compiled function over and over; it must not consume what it closes over. */
function repeated(compute: () => Arr[]): Prepared {
  let outputs: Arr[] = []
  return {
    run: async (iterations) => {
      for (let i = 0; i < iterations; i++) {
        for (const output of outputs) output.dispose()
        outputs = compute()
        // What is thrown away before anybody waited for it is not computed at all.
        await jax.blockUntilReady(outputs)
      }
    },
    result: async () => {
      const values = await Promise.all(outputs.map((output) => output.ref.data()))
      return values.reduce((sum, one) => sum + fingerprint(one), 0)
    },
    dispose: () => outputs.forEach((output) => output.dispose()),
  }
}

function prepareInference({ model, batch }: InferenceCase): Prepared {
  const network = new Network(jax, model.layers)
  const { inputs, shape } = makeData(model, batch)
  const x = np.array(inputs).reshape(shape)
  const parameters = network.start()
  const forward = jax.jit((weights: Arr[], input: Arr) => network.forward(weights, input, false))
  return repeated(() => [forward(tree.ref(parameters), x.ref)])
}

function forwardOp({ op, sizes }: OpCase, [x, y, z]: readonly Arr[], tokens: Arr | null): Arr {
  switch (op) {
    case 'matmul':
      return np.matmul(x!, y!)
    case 'conv': {
      const half = sizes[5]! >> 1
      return jax.lax.conv(x!, y!, [1, 1], [[half, half], [half, half]]) // prettier-ignore
    }
    case 'elementwise':
      return nn.relu(x!.mul(y!).add(z!))
    case 'reduce-all':
      return x!.sum()
    case 'reduce-rows':
      return x!.sum(1)
    case 'reduce-columns':
      return x!.sum(0)
    case 'softmax':
      return nn.softmax(x!, 1)
    case 'layer-norm':
      return nn.standardize(x!, 1).mul(y!).add(z!)
    case 'cross-entropy':
      return nn
        .logSoftmax(x!, 1)
        .mul(nn.oneHot(tokens!, sizes[1]!))
        .sum()
        .mul(np.array(-1 / sizes[0]!))
    case 'embedding':
      return np.take(x!, tokens!, 0)
  }
}

function prepareOp(c: OpCase): Prepared {
  const { inputs, tokens, gradient } = operandsOf(c)
  const leaves = inputs.map(({ values, shape }) => np.array(values).reshape(shape))
  const seed = np.array(gradient.values).reshape(gradient.shape)
  const index = tokens ? [np.array(tokens)] : []
  const forward = jax.jit((xs: Arr[], index: Arr[]) => forwardOp(c, xs, index[0] ?? null))
  const pulled = (xs: Arr[], g: Arr, index: Arr[]): Arr =>
    forwardOp(c, xs, index[0] ?? null)
      .mul(g)
      .sum()
  const backward = jax.jit((xs: Arr[], g: Arr, index: Arr[]) => {
    const [value, gradients] = jax.valueAndGrad(pulled)(xs, g, index)
    value.dispose()
    return gradients
  })
  return repeated(() =>
    c.gradient
      ? backward(tree.ref(leaves), seed.ref, tree.ref(index))
      : [forward(tree.ref(leaves), tree.ref(index))],
  )
}

function prepareDispatch({ kernels }: DispatchCase): Prepared {
  const random = new Uniform(4)
  const [x, y] = [0, 1].map(() => np.array(random.floats(16, 0.5)).reshape([4, 4])) as [Arr, Arr]
  const chain = jax.jit((a: Arr, b: Arr) => {
    let out = a
    for (let i = 0; i < kernels; i++) out = np.matmul(out, b.ref)
    b.dispose()
    return out
  })
  return { ...repeated(() => [chain(x.ref, y.ref)]), result: () => 0 }
}

async function prepare(c: Case): Promise<Prepared> {
  switch (c.kind) {
    case 'train':
      return prepareTraining(c)
    case 'inference':
      return prepareInference(c)
    case 'op':
      return prepareOp(c)
    case 'dispatch':
      return prepareDispatch(c)
    case 'reduced-op':
    case 'encode':
    case 'data-path':
    case 'roofline':
      throw new Error(`${c.kind} is not for it`)
  }
}

await serve(async () => {
  await jax.init('wasm')
  jax.defaultDevice('wasm')
  return { device: 'wasm', version, prepare }
})
