/** What TensorFlow.js does for each case, in Node as in a browser. */
import type { Case, DispatchCase, InferenceCase, OpCase, TrainCase } from '../../cases.ts'
import { batchIndex, fingerprint, makeData, Uniform } from '../data.ts'
import { operandsOf, type Operand } from '../operands.ts'
import type { Prepared } from '../serve.ts'
import { Network } from './model.ts'
import type { Arr, Tf } from './tf.ts'

const upload = (tf: Tf, { values, shape }: Operand): Arr =>
  tf.tensor(values, shape, values instanceof Float32Array ? 'float32' : 'int32')

function prepareTraining(tf: Tf, { model, batch, rows, optimizer: how }: TrainCase): Prepared {
  const network = new Network(tf, model.layers)
  const { inputs, shape, labels } = makeData(model, rows)
  const X = upload(tf, { values: inputs, shape })
  const Y = tf.oneHot(tf.tensor(labels, [rows], 'int32'), model.classes).toFloat()
  const optimizer = tf.train[how.name](how.learningRate)
  const batches = Array.from({ length: rows / batch }, (_, i) =>
    tf.tensor(batchIndex(rows, batch, i), [batch], 'int32'),
  )
  const negative = tf.scalar(-1 / batch)
  const step = (index: Arr): Arr =>
    tf.tidy(() => {
      const [x, y] = [tf.gather(X, index), tf.gather(Y, index)]
      const { value, grads } = tf.variableGrads(
        () => tf.logSoftmax(network.forward(x, true)).mul(y).sum().mul(negative),
        network.variables,
      )
      optimizer.applyGradients(grads)
      return value
    })
  let done = 0
  let loss: Arr | undefined
  return {
    run: async (iterations) => {
      for (let i = 0; i < iterations; i++) {
        loss?.dispose()
        loss = step(batches[done++ % batches.length]!)
      }
      await loss?.data()
    },
    result: async () => (await loss!.data())[0]!,
  }
}

function repeated(tf: Tf, inputs: readonly Arr[], compute: () => Arr[]): Prepared {
  let outputs: Arr[] = []
  return {
    run: async (iterations) => {
      for (let i = 0; i < iterations; i++) {
        tf.dispose(outputs)
        outputs = tf.tidy(compute)
      }
      await outputs[0]!.data()
    },
    result: async () => {
      const values = await Promise.all(outputs.map((output) => output.data()))
      return values.reduce((sum, one) => sum + fingerprint(one), 0)
    },
    dispose: () => tf.dispose([...inputs, ...outputs]),
  }
}

function prepareInference(tf: Tf, { model, batch }: InferenceCase): Prepared {
  const network = new Network(tf, model.layers)
  const { inputs, shape } = makeData(model, batch)
  const x = upload(tf, { values: inputs, shape })
  return repeated(tf, [x, ...network.variables], () => [network.forward(x, false)])
}

function forwardOp(tf: Tf, { op, sizes }: OpCase, [x, y, z]: readonly Arr[], tokens: Arr | null): Arr {
  switch (op) {
    case 'matmul':
      return tf.matMul(x!, y!)
    case 'conv':
      return tf.conv2d(x!, y!, 1, sizes[5]! >> 1)
    case 'elementwise':
      return tf.relu(x!.mul(y!).add(z!))
    case 'reduce-all':
      return x!.sum()
    case 'reduce-rows':
      return x!.sum(1)
    case 'reduce-columns':
      return x!.sum(0)
    case 'softmax':
      return tf.softmax(x!)
    case 'layer-norm':
      return new Network(tf, []).norm(x!, y!, z!)
    case 'cross-entropy':
      return tf
        .logSoftmax(x!)
        .mul(tf.oneHot(tokens!, sizes[1]!).toFloat())
        .sum()
        .mul(tf.scalar(-1 / sizes[0]!))
    case 'embedding':
      return tf.gather(x!, tokens!)
  }
}

/** Images and kernels in its own order of axes; results go back to PyTorch's when they are compared. */
const orders: Record<number, number[]> = { 0: [0, 2, 3, 1], 1: [2, 3, 1, 0] }
const back: Record<number, number[]> = { 0: [0, 3, 1, 2], 1: [3, 2, 0, 1] }

function prepareOp(tf: Tf, c: OpCase): Prepared {
  const isConv = c.op === 'conv'
  const { inputs, tokens, gradient } = operandsOf(c)
  const leaves = inputs.map((operand, i) =>
    isConv ? upload(tf, operand).transpose(orders[i]!) : upload(tf, operand),
  )
  const seed = isConv ? upload(tf, gradient).transpose(orders[0]!) : upload(tf, gradient)
  const index = tokens && upload(tf, { values: tokens, shape: [tokens.length] })
  const backward = tf.grads((...xs) => forwardOp(tf, c, xs, index))
  const prepared = repeated(tf, [...leaves, seed], () =>
    c.gradient ? backward(leaves, seed) : [forwardOp(tf, c, leaves, index)],
  )
  if (!isConv) return prepared
  // Its results are in its own order: one more run, turned.
  const result = async (): Promise<number> => {
    const outputs = c.gradient ? backward(leaves, seed) : [forwardOp(tf, c, leaves, index)]
    const values = await Promise.all(outputs.map((output, i) => output.transpose(back[i]!).data()))
    return values.reduce((sum, one) => sum + fingerprint(one), 0)
  }
  return { ...prepared, result }
}

function prepareDispatch(tf: Tf, { kernels }: DispatchCase): Prepared {
  const random = new Uniform(4)
  const [x, y] = [0, 1].map(() => upload(tf, { values: random.floats(16, 0.5), shape: [4, 4] })) as [Arr, Arr]
  const chain = (): Arr[] => {
    let out = x
    for (let i = 0; i < kernels; i++) out = tf.matMul(out, y)
    return [out]
  }
  return { ...repeated(tf, [x, y], chain), result: () => 0 }
}

export async function prepare(tf: Tf, c: Case): Promise<Prepared> {
  switch (c.kind) {
    case 'train':
      return prepareTraining(tf, c)
    case 'inference':
      return prepareInference(tf, c)
    case 'op':
      return prepareOp(tf, c)
    case 'dispatch':
      return prepareDispatch(tf, c)
    case 'reduced-op':
    case 'encode':
    case 'data-path':
    case 'roofline':
      throw new Error(`${c.kind} is not for it`)
  }
}
