/** Our side of the benchmark. Argument: the backend. */
import { engineVersion, openDevice, setDefaultDevice, type Device } from '../../../index.ts'
import type { Case } from '../../cases.ts'
import { serve, type Prepared } from '../serve.ts'
import { prepareDispatch, prepareOp } from './ops.ts'
import { prepareInference, prepareTraining } from './train.ts'

async function prepare(device: Device, c: Case): Promise<Prepared> {
  switch (c.kind) {
    case 'train':
      return prepareTraining(device, c)
    case 'inference':
      return prepareInference(device, c)
    case 'op':
      return prepareOp(device, c)
    case 'dispatch':
      return prepareDispatch(device, c)
    case 'roofline':
    case 'data-path':
      throw new Error(`${c.kind} is not measured yet`)
  }
}

const backend = process.argv[2] === 'webgpu' ? 'webgpu' : 'wasm'

await serve(async () => {
  const device = await openDevice(backend)
  setDefaultDevice(device)
  return {
    device: `${device.backend}, ${device.name}`,
    version: engineVersion,
    prepare: (c) => prepare(device, c),
  }
})
