/** Training steps and forward passes of whole models. */
import { capture, nn, noGrad, optim, tensor, type Device, type Tensor } from '../../../index.ts'
import type { InferenceCase, OptimizerSpec, TrainCase } from '../../cases.ts'
import { batchIndex, fingerprint, makeData } from '../data.ts'
import type { Prepared } from '../serve.ts'
import { buildModel } from './model.ts'
import { tunedOnce } from './tuned.ts'

function makeOptimizer(parameters: Tensor[], { name, learningRate: lr }: OptimizerSpec): optim.Optimizer {
  return name === 'adam' ? new optim.Adam(parameters, { lr }) : new optim.SGD(parameters, { lr })
}

/** One step on the given inputs and labels; gives the loss. To be called inside a captured step. */
export function makeStep({
  model: spec,
  optimizer: how,
}: TrainCase): (inputs: Tensor, labels: Tensor) => Tensor {
  const model = buildModel(spec)
  const optimizer = makeOptimizer(model.parameters(), how)
  return (inputs, labels) => {
    const loss = nn.functional.crossEntropy(model.forward(inputs), labels)
    loss.backward()
    optimizer.step()
    optimizer.zeroGrad()
    return loss
  }
}

export function prepareTraining(device: Device, c: TrainCase): Prepared {
  const { inputs, shape, labels } = makeData(c.model, c.rows)
  const X = tensor(inputs, { shape })
  const Y = tensor(labels)
  const train = makeStep(c)
  const onBatch = (index: Tensor): Tensor => train(X.indexSelect(0, index), Y.indexSelect(0, index))
  const step = capture(onBatch)
  const batches = Array.from({ length: c.rows / c.batch }, (_, i) => tensor(batchIndex(c.rows, c.batch, i)))
  let done = 0
  let loss: Tensor | undefined
  return {
    prelude: tunedOnce(device, onBatch, [batches[0]!]),
    run: (iterations) => {
      for (let i = 0; i < iterations; i++) loss = step(batches[done++ % batches.length]!)
      return device.synchronize()
    },
    result: () => loss!.item(),
  }
}

export function prepareInference(device: Device, { model: spec, batch }: InferenceCase): Prepared {
  const model = buildModel(spec).eval()
  const { inputs, shape } = makeData(spec, batch)
  const x = tensor(inputs, { shape })
  const evaluate = (input: Tensor): Tensor => noGrad(() => model.forward(input))
  const forward = capture(evaluate)
  let scores: Tensor | undefined
  return {
    prelude: tunedOnce(device, evaluate, [x]),
    run: (iterations) => {
      for (let i = 0; i < iterations; i++) scores = forward(x)
      return device.synchronize()
    },
    result: async () => fingerprint(await scores!.data()),
    dispose: () => [...model.parameters(), x].forEach((t) => t.dispose()),
  }
}
