/** Our side of the benchmark. Arguments: the backend, and its number of threads where that is not its own choice. */
import { engineVersion, openDevice, setDefaultDevice, type Device } from '../../../index.ts'
import type { Case } from '../../cases.ts'
import { serve, type Prepared } from '../serve.ts'
import { prepareDataPath } from './data-path.ts'
import { prepareDispatch, prepareOp, prepareReducedOp } from './ops.ts'
import { prepareRoofline } from './roofline.ts'
import { prepareInference, prepareTraining } from './train.ts'

async function prepare(device: Device, c: Case): Promise<Prepared> {
  switch (c.kind) {
    case 'train':
      return prepareTraining(device, c)
    case 'inference':
      return prepareInference(device, c)
    case 'op':
      return prepareOp(device, c)
    case 'reduced-op':
      return prepareReducedOp(device, c)
    case 'dispatch':
    case 'encode':
      return prepareDispatch(device, c)
    case 'roofline':
      return prepareRoofline(device, c, threads)
    case 'data-path':
      return prepareDataPath(device, c)
  }
}

const backend = process.argv[2] === 'webgpu' ? 'webgpu' : 'wasm'
const threads = Number(process.argv[3]) || undefined

await serve(async () => {
  const device = await openDevice(backend, { threads })
  setDefaultDevice(device)
  return {
    device: `${device.backend}, ${device.name}`,
    version: engineVersion,
    prepare: (c) => prepare(device, c),
  }
})
