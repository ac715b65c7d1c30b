import { expect, test } from 'vitest'
import type { FrameColumn } from '../../datasets/frame.ts'
import type { Preparation } from '../../prepare/preparation.ts'
import { randomSource } from '../../prepare/random.ts'
import { groupsOf } from './groups.ts'

const preparationOf = (classes: readonly string[]): Preparation =>
  ({
    task: classes.length === 2 ? 'binary' : 'classification',
    target: { kind: 'classes', classes },
    columns: [],
  }) as unknown as Preparation

/** Groups that have nothing to do with what is so, nor with what is said of it. */
function judgedNoise(random: () => number, rows: number, groups: number) {
  const who: FrameColumn = {
    kind: 'category',
    name: 'who',
    categories: Array.from({ length: groups }, (_, k) => `g${k}`),
    codes: Int32Array.from({ length: rows }, () => Math.floor(random() * groups)),
  }
  const targets = Float32Array.from({ length: rows }, () => Number(random() < 0.3))
  const outputs = Float32Array.from(targets, (yes) => 2 * yes - 1 + 4 * (random() - 0.5))
  const of = { preparation: preparationOf(['no', 'yes']), rows: Int32Array.from(targets.keys()) }
  return groupsOf([who], { ...of, targets, outputs })[0]!
}

test('of groups that are nothing hardly ever one is said to differ', () => {
  const random = randomSource(8)
  const tables = 40
  const alarms = Array.from({ length: tables }, () => judgedNoise(random, 800, 8)).filter(({ groups }) =>
    groups.some(({ gaps }) => Object.values(gaps).some(({ verdict }) => verdict === 'differs')),
  ).length
  expect(alarms).toBeLessThanOrEqual(0.05 * tables)
})

test('how many gaps are kept in mind is told', () => {
  const { compared, groups, figures } = judgedNoise(randomSource(1), 800, 8)
  expect(compared).toBe(groups.length * figures.length)
})

test('a mean over classes is not compared where a group lacks one of them', () => {
  const random = randomSource(3)
  const rows = 600
  const who = Int32Array.from({ length: rows }, (_, i) => Number(i % 3 === 0))
  const targets = Float32Array.from(who, (k) => Math.floor(random() * (k === 1 ? 2 : 3)))
  const outputs = new Float32Array(rows * 3)
  targets.forEach((k, i) => {
    for (let j = 0; j < 3; j++) outputs[3 * i + j] = Number(j === k) + 2 * random()
  })
  const [found] = groupsOf([{ kind: 'category', name: 'who', categories: ['x', 'y'], codes: who }], {
    preparation: preparationOf(['a', 'b', 'c']),
    rows: Int32Array.from(targets.keys()),
    targets,
    outputs,
  })
  for (const { gaps } of found!.groups) {
    expect(gaps).toHaveProperty('logLoss')
    expect(gaps).toHaveProperty('accuracy')
    expect(gaps).not.toHaveProperty('balancedAccuracy')
  }
})
