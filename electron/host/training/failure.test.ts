import { expect, test } from 'vitest'
import { listDevices, openDevice, tensor } from '../../../engine/index.ts'
import { DescentError } from '../../contract/index.ts'
import { failureOf } from './failure.ts'

test('what fails on a GPU that is gone is no fault of the training, and can be gone on with', async ({
  skip,
}) => {
  const webgpu = (await listDevices()).find(({ backend }) => backend === 'webgpu')
  if (!webgpu?.available) skip('There is no WebGPU here.')
  const device = await openDevice('webgpu')
  const kept = tensor([1, 2], { device })
  expect(failureOf(new Error('Lower the learning rate.'), device)).toEqual({
    code: 'trainingFailed',
    message: 'The computation failed: Lower the learning rate.',
  })
  device.close()
  const error: unknown = await kept
    .add(1)
    .data()
    .catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(Error)
  const said = failureOf(error, device)
  expect(said.code).toBe('deviceLost')
  expect(said.message).toContain('resume the run')
  expect(said.message).toContain((error as Error).message)
})

test('errors that are values stay what they are', () => {
  const value = { code: 'badData', message: 'No rows.', field: 'data' } as const
  expect(failureOf(new DescentError(value.code, value.message, value.field), null)).toEqual(value)
  expect(failureOf('nothing', null).code).toBe('trainingFailed')
})
