import { expect, it } from 'vitest'
import { OnnxNodes } from '../../../engine/index.ts'
import {
  defaultTarget,
  insideAndOutside,
  insideText,
  outsideText,
  targetProblems,
} from '../../contract/index.ts'
import { classification } from '../tasks/classes.ts'
import { chooseOutside, sureness } from './outside.ts'

/** Two classes and none of them, at place 2. */
const classes = 3
const rows = [
  { truth: 0, p: [0.9, 0.05, 0.05] },
  { truth: 0, p: [0.6, 0.3, 0.1] },
  { truth: 1, p: [0.2, 0.7, 0.1] },
  { truth: 1, p: [0.55, 0.4, 0.05] },
  { truth: 2, p: [0.1, 0.1, 0.8] },
  { truth: 2, p: [0.5, 0.3, 0.2] },
  { truth: 2, p: [0.65, 0.2, 0.15] },
] as const
const truth = rows.map((row) => row.truth)
const said = { probabilities: rows.flatMap(({ p }) => [...p]), classes, outside: 2 }

it('is sure of the likeliest of the other classes', () => {
  const { sure, likeliest } = sureness(said)
  expect([...sure]).toEqual([0.9, 0.6, 0.7, 0.55, 0.1, 0.5, 0.65])
  expect([...likeliest]).toEqual([0, 0, 1, 0, 2, 0, 0])
})

it('loses as few right answers as it may, and finds what it can', () => {
  // Right are rows that it is 0.6, 0.7 and 0.9 sure of.
  const none = chooseOutside(truth, said, 0)
  expect(none).toEqual({ class: 2, confidence: 0.6, rows: 4, before: 0.75, after: 0.75, none: 3, found: 2 })
  const some = chooseOutside(truth, said, 0.25)
  expect(some).toMatchObject({ confidence: 0.7, before: 0.75, after: 0.5, found: 3 })
  expect(outsideText('oos', some)).toBe(
    '“oos” is answered where the network is less than 70.0\u00a0% sure of every other class: of 4 validation rows of the others 75.0\u00a0% are right without that, 50.0\u00a0% with it. There 100.0\u00a0% of 3 rows of none of the classes are found.',
  )
  expect(
    outsideText('oos', chooseOutside([0, 1], { ...said, probabilities: said.probabilities.slice(0, 6) }, 0)),
  ).toContain('The validation split has none to find.')
})

it('goes into predictions, metrics and ONNX alike', () => {
  const outputs = said.probabilities.map(Math.log)
  const outside = chooseOutside(truth, said, 0)
  const target = { kind: 'classes' as const, name: 'intent', classes: ['a', 'b', 'oos'], outside }
  const [predicted] = classification.predictions(target, outputs)
  expect(predicted!.cells).toEqual(['a', 'a', 'b', 'oos', 'oos', 'oos', 'a'])
  const { classification: detail } = classification.evaluate(target, {
    targets: truth,
    trainTargets: truth,
    outputs,
  } as never)
  const inside = insideAndOutside(detail!.perClass, outside)
  expect(inside).toEqual({ accuracy: 0.75, recall: 2 / 3, rows: 4, none: 3 })
  expect(insideText(inside)).toContain(
    '75.0\u00a0% of 4 rows of the other classes are right, and 66.7\u00a0%',
  )
  const nodes = new OnnxNodes('t_')
  classification.exportTo(nodes, target, 'x')
  expect(nodes.nodes.map(({ opType }) => opType)).toEqual(
    expect.arrayContaining(['Softmax', 'ArgMax', 'ReduceMax', 'Less', 'Where', 'Gather']),
  )
  const plain = new OnnxNodes('t_')
  classification.exportTo(plain, { ...target, outside: undefined }, 'x')
  expect(plain.nodes.map(({ opType }) => opType)).not.toContain('Where')
})

it('is for several classes only, and for one that is there', () => {
  const target = { ...defaultTarget('binary'), outside: 'oos' }
  expect(targetProblems(target, 'binary').map(({ message }) => message)).toEqual([
    expect.stringContaining('has no several classes of which one could stand for none'),
  ])
  expect(targetProblems({ ...target, threshold: 'half' }, 'classification')).toEqual([])
  const column = {
    kind: 'category' as const,
    name: 'intent',
    categories: ['a', 'b'],
    codes: Int32Array.of(0, 1),
  }
  const recipe = {
    task: 'classification',
    target: { ...defaultTarget('classification'), outside: 'none' },
  } as never
  expect(() => classification.fit([column], recipe, Int32Array.of(0, 1))).toThrow(
    '"intent" has no class “none” that could stand for none of the others: it has a, b.',
  )
})
