import { expect, test } from 'vitest'
import { nextMove, rankedAt, stopsOf, type Standing } from './moves.ts'

const run = (number: number, results: number[], more: Partial<Standing> = {}): Standing => ({
  number,
  results,
  busy: false,
  over: false,
  ...more,
})

test('stops lie a factor apart, and the last one is the end', () => {
  expect(stopsOf(1, 3, 27)).toEqual([1, 3, 9, 27])
  expect(stopsOf(3, 3, 100)).toEqual([3, 9, 27, 81, 100])
  expect(stopsOf(5, 2, 6)).toEqual([5, 6])
})

const rules = { stops: [1, 3, 9], reduction: 3, left: 10 }

test('whoever is among the best third goes on, the best of them first, and else a new run begins', () => {
  expect(nextMove([], rules)).toEqual({ do: 'begin' })
  const two = [run(1, [0.5]), run(2, [0.4])]
  expect(nextMove(two, rules)).toEqual({ do: 'begin' })
  const three = [...two, run(3, [0.9])]
  expect(nextMove(three, rules)).toEqual({ do: 'goOn', number: 2, stop: 1 })
  // While it trains, it is still counted where it was.
  const going = three.map((one) => (one.number === 2 ? { ...one, busy: true } : one))
  expect(nextMove(going, rules)).toEqual({ do: 'begin' })
  const six = [...going, run(4, [0.3]), run(5, [0.8]), run(6, [0.7])]
  expect(nextMove(six, rules)).toEqual({ do: 'goOn', number: 4, stop: 1 })
})

test('later stops come first', () => {
  const runs = [1, 2, 3].map((number) => run(number, [number / 10, number / 10]))
  const others = [4, 5, 6, 7, 8, 9].map((number) => run(number, [0.9 + number]))
  expect(nextMove([...runs, ...others], rules)).toEqual({ do: 'goOn', number: 1, stop: 2 })
})

test('a run that failed is the worst, and is never told to go on', () => {
  const runs = [run(1, [Infinity], { over: true }), run(2, [2]), run(3, [Infinity], { over: true })]
  expect(rankedAt(runs, 0).map(({ number }) => number)).toEqual([2, 1, 3])
  expect(nextMove(runs, rules)).toEqual({ do: 'goOn', number: 2, stop: 1 })
  const all = runs.map((one) => ({ ...one, results: [Infinity], over: true }))
  expect(nextMove(all, { ...rules, left: 0 })).toBeNull()
})

test('nobody may be left without a run that has trained to the end', () => {
  const none = { ...rules, left: 0 }
  expect(nextMove([run(1, [0.5]), run(2, [0.4])], none)).toEqual({ do: 'goOn', number: 2, stop: 1 })
  expect(nextMove([run(1, [0.5]), run(2, [0.4, 0.3])], none)).toEqual({ do: 'goOn', number: 2, stop: 2 })
  expect(nextMove([run(1, [0.5]), run(2, [0.4, 0.3, 0.2], { over: true })], none)).toBeNull()
  expect(nextMove([run(1, [0.5], { busy: true }), run(2, [0.4])], none)).toBeNull()
})

/** A whole search, with runs that take as long as their epochs. */
function simulated(costs: readonly number[], room: number) {
  const stops = [1, 3, 9, 27]
  const runs: (Standing & { target: number; left: number })[] = []
  let epochs = 0
  for (;;) {
    for (;;) {
      if (runs.filter(({ busy }) => busy).length >= room) break
      const left = costs.length - runs.length
      const move = nextMove(runs, { stops, reduction: 3, left })
      if (move === null) break
      if (move.do === 'begin') runs.push({ ...run(runs.length + 1, [], { busy: true }), target: 0, left: 1 })
      else {
        const at = runs.findIndex(({ number }) => number === move.number)
        const from = stops[move.stop - 1]!
        runs[at] = { ...runs[at]!, busy: true, target: move.stop, left: stops[move.stop]! - from }
      }
    }
    const busy = runs.filter((one) => one.busy)
    if (busy.length === 0) return { runs, epochs }
    for (const one of busy) {
      epochs++
      const at = runs.indexOf(one)
      const left = one.left - 1
      const cost = costs[one.number - 1]!
      runs[at] =
        left > 0
          ? { ...one, left }
          : {
              ...one,
              left,
              busy: false,
              results: [...one.results, cost],
              over: one.target === stops.length - 1,
            }
    }
  }
}

test('a search finds the best of its settings in a fraction of the epochs', () => {
  const costs = Array.from({ length: 81 }, (_, i) => ((i * 37) % 81) / 81)
  const { runs, epochs } = simulated(costs, 2)
  const done = runs.filter(({ results }) => results.length === 4)
  expect(done.some(({ number }) => costs[number - 1] === 0)).toBe(true)
  expect(runs).toHaveLength(81)
  // Training all of them to the end takes 2187.
  expect(epochs).toBeLessThan(600)
})
