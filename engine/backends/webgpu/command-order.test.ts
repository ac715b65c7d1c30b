import { expect, it } from 'vitest'
import { CommandOrder } from './command-order.ts'

const setup = () => {
  const log: string[] = []
  const order = new CommandOrder((error) => log.push(String(error)))
  return { log, order, note: (name: string) => () => void log.push(name) }
}

it('runs a command at once where nothing waits', () => {
  const { log, order, note } = setup()
  order.add(note('a'))
  expect(log).toEqual(['a'])
  expect(order.isIdle).toBe(true)
})

it('keeps the order behind a command that waits, and behind those that come while it does', async () => {
  const { log, order, note } = setup()
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  order.add(note('a'), first.promise)
  order.add(note('b'))
  order.add(note('c'), second.promise)
  second.resolve()
  await second.promise
  expect(log).toEqual([])
  first.resolve()
  order.add(note('d'))
  await order.done()
  expect(log).toEqual(['a', 'b', 'c', 'd'])
  order.add(note('e'))
  expect(log.at(-1)).toBe('e')
})

it('reports a command that fails while it waits, and goes on; one that runs at once fails in the face of its caller', async () => {
  const { log, order, note } = setup()
  const fail = (): void => {
    throw new Error('no')
  }
  expect(() => order.add(fail)).toThrow('no')
  order.add(fail, Promise.resolve())
  order.add(note('after'))
  await order.done()
  expect(log).toEqual(['Error: no', 'after'])
})
