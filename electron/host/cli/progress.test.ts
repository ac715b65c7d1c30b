import { expect, test } from 'vitest'
import { bar, formatRate, openDisplay, openQuietDisplay } from './progress.ts'

const point = (epoch: number) => ({
  epoch,
  step: epoch,
  seconds: 1,
  values: {
    'train/loss': 0.5,
    'validation/loss': 0.25,
    'validation/accuracy': 0.9,
    learningRate: 0.1,
    throughput: 1,
  },
})

test('figures are short', () => {
  expect([12, 1234, 2_500_000].map(formatRate)).toEqual(['12 rows/s', '1.2 k rows/s', '2.5 M rows/s'])
  expect(bar(0.5)).toBe('█'.repeat(12) + '░'.repeat(12))
})

test('without a terminal there are few lines and no control characters', () => {
  const lines: string[] = []
  const display = openDisplay({ write: (text) => lines.push(text) }, 'classification', 100)
  for (let epoch = 1; epoch <= 100; epoch++) display.epoch(point(epoch))
  display.done()
  expect(lines.length).toBe(11)
  expect(lines[0]).toBe(
    'epoch 1/100  training loss 0.5000  validation loss 0.2500  validation accuracy 90.0 %\n',
  )
  expect(lines.join('')).not.toContain('\x1b')
})

test('on a terminal one line renews itself, at most ten times a second, and never wraps', () => {
  const writes: string[] = []
  let time = 0
  const screen = { isTTY: true, columns: 40, write: (text: string) => writes.push(text) }
  const display = openDisplay(screen, 'regression', 1000, () => time)
  for (let epoch = 1; epoch <= 1000; epoch++) {
    time += 1
    display.epoch(point(epoch))
  }
  expect(writes.length).toBe(10)
  for (const text of writes) expect(text.replace('\r\x1b[2K', '').length).toBeLessThan(40)
  display.say('done')
  expect(writes.slice(-2)).toEqual(['\r\x1b[2K', 'done\n'])
})

test('where quiet was asked for, only what spoils a training is said', () => {
  const lines: string[] = []
  const display = openQuietDisplay({ write: (text) => lines.push(text) })
  display.say('Imported')
  display.epoch({ epoch: 1, step: 1, seconds: 1, values: {} })
  display.warn('The loss is not finite.')
  expect(lines).toEqual(['The loss is not finite.\n'])
})
