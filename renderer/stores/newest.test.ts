import { expect, it } from 'vitest'
import { createNewest } from './newest.ts'

interface Row {
  readonly row: number
}
const opened = () => {
  const waiting = new Map<number, { give: (text: string) => void; fail: (reason: Error) => void }>()
  const ended: number[] = []
  const newest = createNewest(
    ({ row }: Row) =>
      new Promise<string>((resolve, reject) => void waiting.set(row, { give: resolve, fail: reject })),
    ({ row }) => Promise.resolve(void ended.push(row)),
  )
  return { newest, waiting, ended }
}

it('shows what the newest request gives, under the row that it was asked for', async () => {
  const { newest, waiting, ended } = opened()
  const first = newest.ask({ row: 1 })
  const second = newest.ask({ row: 2 })
  await Promise.resolve()
  expect([ended, newest.asking]).toEqual([[1], { row: 2 }])
  waiting.get(1)!.give('of one')
  await first
  expect([newest.found, newest.asking]).toEqual([null, { row: 2 }])
  waiting.get(2)!.give('of two')
  await second
  expect([newest.found, newest.asking]).toEqual([{ asked: { row: 2 }, result: 'of two' }, null])
})

it('says of which request a failure is, and nothing of one that was replaced', async () => {
  const { newest, waiting } = opened()
  const first = newest.ask({ row: 1 })
  const second = newest.ask({ row: 2 })
  await Promise.resolve()
  waiting.get(1)!.fail(new Error('ended'))
  await first
  expect(newest.failed).toBe(null)
  waiting.get(2)!.fail(new Error('broken'))
  await second
  expect([newest.failed!.asked.row, newest.failed!.error.message]).toEqual([2, 'broken'])
  const third = newest.ask({ row: 3 })
  expect(newest.failed).toBe(null)
  waiting.get(3)!.give('of three')
  await third
})
