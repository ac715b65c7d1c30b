import { describe, expect, it } from 'vitest'
import {
  expectedLoss,
  learn,
  levelsOf,
  ThreadChooser,
  typical,
  verdict,
  type Comparison,
  type ThreadChoice,
} from './threads-choice.ts'

const learned = (...logs: number[]): Comparison => logs.reduce<Comparison>(learn, [])

describe('A comparison', () => {
  it('says nothing before the first trial', () => {
    expect(verdict([])).toBe(0)
  })

  it('says that threads pay where they clearly do', () => {
    expect(verdict(learned(-0.6))).toBe(1)
    expect(verdict(learned(-0.2))).toBe(0)
    expect(verdict(learned(-0.2, -0.2, -0.2))).toBe(1)
  })

  it('takes threads back where they cost, and where it is hard to tell', () => {
    expect(verdict(learned(0.05))).toBe(0)
    expect(verdict(learned(0.2))).toBe(-1)
    expect(verdict(learned(0.2, -0.19, 0.03, -0.01))).toBe(-1)
  })

  it('leaves all as it is where threads seem to save a little', () => {
    expect(verdict(learned(-0.02, -0.02, -0.02, -0.02))).toBe(0)
    expect(verdict(learned(-0.5, 0.4, -0.1, -0.05))).toBe(0)
  })

  it('does not count a moment in which the system did something else', () => {
    expect(typical(learned(-0.6, -0.6, 2, -0.6))).toBeCloseTo(-0.6)
  })

  it('forgets the earlier trials when two lie beyond them', () => {
    expect(learned(-0.6, -0.5, -0.6, 0.1, 0.2)).toEqual([0.1, 0.2])
    expect(learned(-0.6, -0.5, 0.3, -0.55)).toHaveLength(4)
  })

  it('tells what a trial will lose', () => {
    expect(expectedLoss([-Math.LN2], -1)).toBeCloseTo(0.5)
    expect(expectedLoss([], -1)).toBeCloseTo(0.5)
    expect(expectedLoss([-Math.LN2], 1)).toBeLessThan(0.1)
    expect(expectedLoss([Math.LN2], 1)).toBeCloseTo(0.5)
  })
})

it('Numbers of threads are powers of two, and all', () => {
  expect([1, 2, 6, 8].map(levelsOf)).toEqual([[1], [1, 2], [1, 2, 4, 6], [1, 2, 4, 8]])
})

/** Numbers that look like noise and are the same every time. */
function* noise(): Generator<number, never> {
  for (let i = 1; ; i++) yield ((i * 0.754877666) % 1) - 0.5
}

/** A machine by what a step takes on it. */
class Machine {
  now = 0
  time: (threads: number) => number
  readonly #noise = noise()
  readonly #level: number

  constructor(time: (threads: number) => number, noiseLevel = 0) {
    this.time = time
    this.#level = noiseLevel
  }

  /** Runs steps for so long; gives the share of time spent on each number of threads, and the time that one step took. */
  run(choice: ThreadChoice, ms: number): { share: (threads: number) => number; step: number } {
    const spent = new Map<number, number>()
    let steps = 0
    const start = this.now
    while (this.now - start < ms) {
      const threads = choice.next(this.now)
      const took = this.time(threads) * (1 + 2 * this.#level * this.#noise.next().value)
      choice.ran(took)
      this.now += took
      steps++
      spent.set(threads, (spent.get(threads) ?? 0) + took)
    }
    const whole = this.now - start
    return { share: (threads) => (spent.get(threads) ?? 0) / whole, step: whole / steps }
  }
}

describe.each([0.05, 0.6, 8, 35, 1000])('A program whose step takes %d ms', (ms) => {
  const settle = Math.max(10_000, 60 * ms)

  it('runs on all threads where they bring something, from the start and with hardly a trial', () => {
    const machine = new Machine((threads) => ms / threads)
    const choice = new ThreadChooser(2).program()
    expect(machine.run(choice, settle).step).toBeLessThan((ms / 2) * 1.025)
    expect(machine.run(choice, 4 * settle).step).toBeLessThan((ms / 2) * 1.01)
  })

  it('gives them back where they cost', () => {
    const machine = new Machine((threads) => (threads === 1 ? ms : 1.3 * ms))
    const choice = new ThreadChooser(2).program()
    machine.run(choice, settle)
    expect(machine.run(choice, 4 * settle).step).toBeLessThan(ms * 1.02)
  })

  it('gives them back where they cost little and all times vary by a fifth', () => {
    const machine = new Machine((threads) => (threads === 1 ? ms : 1.1 * ms), 0.2)
    const choice = new ThreadChooser(2).program()
    machine.run(choice, settle)
    expect(machine.run(choice, 4 * settle).step).toBeLessThan(ms * 1.03)
  })

  it('takes them again when the machine is free', () => {
    const machine = new Machine((threads) => (threads === 1 ? ms : 1.3 * ms))
    const choice = new ThreadChooser(2).program()
    machine.run(choice, settle)
    machine.time = (threads) => ms / threads
    machine.run(choice, 4 * settle)
    expect(machine.run(choice, 4 * settle).share(2)).toBeGreaterThan(0.97)
  })
})

it('Of eight threads, as many are used as are quickest', () => {
  const best = (time: Record<number, number>): number => {
    const machine = new Machine((threads) => time[threads]!)
    const choice = new ThreadChooser(8).program()
    machine.run(choice, 20_000)
    const { share } = machine.run(choice, 20_000)
    return [1, 2, 4, 8].find((threads) => share(threads) > 0.9) ?? 0
  }
  expect(best({ 1: 8, 2: 4, 4: 2, 8: 1 })).toBe(8)
  expect(best({ 1: 8, 2: 4, 4: 2, 8: 3 })).toBe(4)
  expect(best({ 1: 1, 2: 1.1, 4: 1.2, 8: 1.3 })).toBe(1)
})

it('Programs that nobody has tried begin where others ended', () => {
  const chooser = new ThreadChooser(2)
  const machine = new Machine((threads) => threads)
  machine.run(chooser.program(), 5000)
  expect(chooser.program().next(machine.now)).toBe(1)
  const other = chooser.program()
  expect(other.next(machine.now)).toBe(1)
})

it('A program that was not run for a while follows the others', () => {
  const chooser = new ThreadChooser(2)
  const machine = new Machine((threads) => threads)
  const [early, late] = [chooser.program(), chooser.program()]
  machine.run(early, 5000)
  expect(early.next(machine.now)).toBe(1)
  machine.time = (threads) => 1 / threads
  machine.run(late, 20_000)
  expect(early.next(machine.now)).toBe(2)
})
