import {
  capture,
  engineVersion,
  nn,
  openDevice,
  optim,
  setDefaultDevice,
  tensor,
  manualSeed,
  type Tensor,
} from '../../index.ts'
import { batchIndex, makeData } from '../workloads/data.ts'
import type { Workload } from '../workloads/workload.ts'
import { serve, type Trainer } from './serve.ts'

async function prepare(workload: Workload): Promise<Trainer> {
  const backend = process.argv[2] === 'webgpu' ? 'webgpu' : 'wasm'
  const device = await openDevice(backend)
  setDefaultDevice(device)
  manualSeed(0)
  const { features, labels } = makeData(workload)
  const X = tensor(features, { shape: [workload.rows, workload.sizes[0]!] })
  const Y = tensor(labels, { shape: [workload.rows], dtype: 'int32' })
  const layers = workload.sizes
    .slice(1)
    .flatMap((units, i) => [...(i > 0 ? [new nn.ReLU()] : []), new nn.Linear(workload.sizes[i]!, units)])
  const model = new nn.Sequential(...layers)
  const { name, learningRate } = workload.optimizer
  const optimizer =
    name === 'adam'
      ? new optim.Adam(model.parameters(), { lr: learningRate })
      : new optim.SGD(model.parameters(), { lr: learningRate })
  const step = capture((index: Tensor) => {
    const loss = nn.functional.crossEntropy(model.forward(X.indexSelect(0, index)), Y.indexSelect(0, index))
    loss.backward()
    optimizer.step()
    optimizer.zeroGrad()
    return loss
  })
  const batches = Array.from({ length: workload.rows / workload.batch }, (_, i) =>
    tensor(batchIndex(workload, i), { dtype: 'int32' }),
  )
  let done = 0
  return {
    device: `${device.backend}, ${device.name}`,
    version: engineVersion,
    run: async (steps) => {
      let loss: Tensor | undefined
      for (let i = 0; i < steps; i++) loss = step(batches[done++ % batches.length]!)
      return loss ? await loss.item() : Number.NaN
    },
  }
}

await serve(prepare)
