import { describe, expect, it } from 'vitest'
import type { ComputationGraph, GradientPaths, LabVariable } from '../../../contract/index.ts'
import { formulaFunctions, labAnswerSchema, type FormulaFunctionName } from '../../../contract/index.ts'
import { evaluateProgram, openProgram } from './evaluate.ts'

const names = Object.keys(formulaFunctions) as FormulaFunctionName[]
const variables = (values: Record<string, number | number[]>): LabVariable[] =>
  Object.entries(values).map(([name, value]) => ({ name, value }))
const run = (source: string, values: Record<string, number | number[]> = {}) =>
  evaluateProgram({ source, variables: variables(values) })
async function graphOf(
  source: string,
  values: Record<string, number | number[]> = {},
): Promise<ComputationGraph> {
  const { graph, problem } = await run(source, values)
  if (!graph) throw new Error(problem?.message)
  return graph
}
const named = (graph: ComputationGraph, name: string) => graph.values.find((value) => value.name === name)!
const valueOfLoss = (graph: ComputationGraph): number =>
  graph.values.find(({ id }) => id === graph.loss)!.forward.mean!
const sumOf = ({ paths, remainder }: GradientPaths): number =>
  paths.reduce((sum, { product }) => sum + product, remainder)

describe('an expression', () => {
  it('is decomposed into operations, with values and gradients', async () => {
    const graph = await graphOf('log(1 + x) ** 2 * w1', { x: 1, w1: 3 })
    expect(graph.nodes.map(({ op }) => op)).toEqual(['add', 'log', 'mul', 'mul'])
    expect(valueOfLoss(graph)).toBeCloseTo(3 * Math.LN2 ** 2, 6)
    // 2·w·log(1 + x)/(1 + x)
    expect(named(graph, 'x').gradient!.mean).toBeCloseTo((2 * 3 * Math.LN2) / 2, 6)
    expect(named(graph, 'w1').gradient!.mean).toBeCloseTo(Math.LN2 ** 2, 6)
    expect(named(graph, 'log(1 + x)').forward.mean).toBeCloseTo(Math.LN2, 6)
    // On the reversed edge from the logarithm to 1 + x.
    const log = graph.nodes.find(({ op }) => op === 'log')!
    expect(graph.edges.find(({ node }) => node === log.id)!.local!.mean).toBeCloseTo(0.5, 6)
  })

  it('says which names need a value, in order, and takes 1 for those that have none', async () => {
    const answer = await run('b = w1 * a\nb ** 2 + c', { a: 3 })
    expect(answer.free).toEqual(['w1', 'a', 'c'])
    expect(labAnswerSchema.parse(answer)).toEqual(answer)
    expect(valueOfLoss(answer.graph!)).toBe(10)
    expect(await run('')).toEqual({ free: [], problem: null, graph: null })
  })

  it('takes lists, and asks for a single number at the end', async () => {
    const graph = await graphOf('sum(w * x)', { w: [1, 2, 3], x: [4, 5, 6] })
    expect(valueOfLoss(graph)).toBe(32)
    const { problem } = await run('w * x', { w: [1, 2, 3], x: [4, 5, 6] })
    expect([problem!.message, problem!.suggestion]).toEqual([
      'The last line gives 3 numbers, and derivatives are of one.',
      'sum(w * x)',
    ])
    const misfit = await run('sum(w * x)', { w: [1, 2, 3], x: [4, 5] })
    expect([misfit.problem!.start, misfit.problem!.end]).toEqual([4, 9])
  })

  it.each([
    ['lg(x)', 'There is no function lg.', 0, 2, 'log'],
    ['Exp(x)', 'There is no function Exp.', 0, 3, 'exp'],
    ['ln(x)', 'There is no function ln.', 0, 2, 'log'],
    ['x + pow(x)', 'pow takes two, with a comma between, not 1.', 4, 10, null],
    ['exp()', 'exp takes one number or list, not 0.', 0, 5, null],
  ])('%s is told with its place and what was meant', async (source, message, start, end, suggestion) => {
    const { problem } = await run(source, { x: 1 })
    expect(problem!.message).toContain(message)
    expect([problem!.start, problem!.end, problem!.suggestion]).toEqual([start, end, suggestion])
  })

  it('tells a value that is no number', async () => {
    const graph = await graphOf('log(x)', { x: -1 })
    expect(graph.values.at(-1)!.forward.notFinite).toBe(1)
    expect(graph.values.at(-1)!.forward.mean).toBeNull()
  })

  it('is computed in float64, from what is typed on', async () => {
    expect(valueOfLoss(await graphOf('pi + 0'))).toBe(Math.PI)
    expect(valueOfLoss(await graphOf('0.1 + 0.2'))).toBe(0.1 + 0.2)
    const large = await graphOf('x * 1e200', { x: 1e100 })
    expect(valueOfLoss(large)).toBe(1e100 * 1e200)
    expect(named(large, 'x').forward.mean).toBe(1e100)
    expect(named(large, 'x').gradient!.mean).toBe(1e200)
    const third = await graphOf('mean(x)', { x: [1, 2, 3] })
    expect(named(third, 'x').gradient!.mean).toBe(1 / 3)
    const opened = await openProgram({ source: 'x * y + x', variables: variables({ x: 0.1, y: 1e60 }) })
    const x = (await opened.describe()).values.find(({ name }) => name === 'x')!
    expect((await opened.numbers(x.id)).value.numbers).toEqual([0.1])
    const found = await opened.paths(x.id, 0)
    expect(found.paths.map(({ product }) => product)).toEqual([1e60, 1])
    expect(found.gradient).toBe(1e60 + 1)
  })

  // Two elements, so that sums and means are of more than one.
  it.each(names)('%s is as exact, and so is its derivative', async (name) => {
    const { takes } = formulaFunctions[name]
    const at = async (x: number) => {
      const graph = await graphOf(`sum(${name}(${['x', 'y'].slice(0, takes).join(', ')}))`, {
        x: [x, 0.6],
        y: [0.5, 0.2],
      })
      return { graph, value: valueOfLoss(graph) }
    }
    const h = 1e-4
    const [a, b, c, d] = await Promise.all([0.3 - 2 * h, 0.3 - h, 0.3 + h, 0.3 + 2 * h].map((x) => at(x)))
    const slope = (a!.value - 8 * b!.value + 8 * c!.value - d!.value) / (12 * h)
    const { graph } = await at(0.3)
    const x = named(graph, 'x')
    const opened = await openProgram({
      source: `sum(${name}(${['x', 'y'].slice(0, takes).join(', ')}))`,
      variables: variables({ x: [0.3, 0.6], y: [0.5, 0.2] }),
    })
    const numbers = x.gradient ? (await opened.numbers(x.id)).gradient!.numbers[0]! : 0
    if (name !== 'detach') expect(Math.abs(numbers - slope)).toBeLessThan(1e-10)
    const scalar = Math[name as 'exp'] as ((...given: number[]) => number) | undefined
    if (scalar && !['max', 'min', 'round'].includes(name)) {
      const expected = scalar(0.3, ...(takes === 2 ? [0.5] : [])) + scalar(0.6, ...(takes === 2 ? [0.2] : []))
      expect(Math.abs((await at(0.3)).value - expected)).toBeLessThan(1e-14)
    }
  })

  it('may not be endless', async () => {
    const long = Array.from({ length: 900 }, () => 'x').join('+')
    expect((await run(long, { x: 1 })).problem!.message).toContain('more than 500 operations')
  })

  it.each(names)('%s can be called', async (name) => {
    const { takes } = formulaFunctions[name]
    const graph = await graphOf(`sum(${name}(${['x', 'y'].slice(0, takes).join(', ')}))`, {
      x: [0.3, 0.6],
      y: [0.5, 0.2],
    })
    expect(graph.values.at(-1)!.forward.notFinite).toBe(0)
  })
})

describe('the lecture’s examples', () => {
  it('the logarithm is a series of elementary operations', async () => {
    const source = 'u = (z - 1) / (z + 1)\n2 * (u + u**3 / 3 + u**5 / 5 + u**7 / 7)'
    const graph = await graphOf(source, { z: 2 })
    expect(new Set(graph.nodes.map(({ op }) => op))).toEqual(new Set(['sub', 'add', 'div', 'mul']))
    expect(valueOfLoss(graph)).toBeCloseTo(Math.LN2, 4)
    expect(named(graph, 'z').gradient!.mean).toBeCloseTo(0.5, 3)
  })

  it('a derivative is the sum over paths', async () => {
    const source = 'b = w1 * a\nc = w2 * a\nd = w3 * b + w4 * c\nL = d ** 2'
    const values = { w1: 2, a: 11, w2: 3, w3: 5, w4: 7 }
    const graph = await graphOf(source, values)
    const opened = await openProgram({ source, variables: variables(values) })
    for (const [name, expected] of Object.entries({ w1: 37510, w2: 52514, w3: 15004, w4: 22506, a: 21142 })) {
      const value = named(graph, name)
      expect(value.gradient!.mean).toBe(expected)
      const found = await opened.paths(value.id, 0)
      expect([found.complete, found.gradient, sumOf(found)]).toEqual([true, expected, expected])
    }
    expect((await opened.paths(named(graph, 'a').id, 0)).paths).toHaveLength(2)
    expect(await opened.numbers(named(graph, 'd').id)).toEqual({
      value: { numbers: [341], histogram: null },
      gradient: { numbers: [682], histogram: null },
    })
    await expect(opened.paths(named(graph, 'a').id, 3)).rejects.toThrow('There is no element 3')
    await expect(opened.numbers(99)).rejects.toThrow('The graph has no value 99')
  })
})
