import { expect, test } from 'vitest'
import { TrainControl } from './control.ts'

test('pausing holds the loop until resume or stop', async () => {
  const control = new TrainControl()
  control.pause()
  const seen: string[] = []
  const waiting = control.whilePaused().then(() => seen.push(control.request))
  await Promise.resolve()
  expect(seen).toEqual([])
  control.resume()
  await waiting
  expect(seen).toEqual(['run'])
})

test('stop wins over everything', async () => {
  const control = new TrainControl()
  control.pause()
  const waiting = control.whilePaused()
  control.stop()
  await waiting
  control.resume()
  control.pause()
  expect(control.request).toBe('stop')
})
