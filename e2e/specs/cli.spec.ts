import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { root, run } from '../checks/process.ts'
import { test } from './support/folder.ts'

const churn = join(root, 'resources/samples/churn.csv')
const houses = join(root, 'resources/samples/houses.csv')
const descent = (...args: string[]): ReturnType<typeof run> =>
  run(process.execPath, ['electron/descent.mjs', ...args], { timeoutSeconds: 100 })

interface Report {
  task: string
  target: string
  backend: string
  rows: Record<string, number>
  test: Record<string, number>
  baseline: Record<string, number>
  run: string
}
const lastLine = (output: string): Report => JSON.parse(output.trim().split('\n').at(-1) ?? '') as Report

async function train(folder: string, name: string, ...args: string[]): Promise<Report> {
  const finished = await descent(
    'run',
    ...args,
    '--effort',
    'quick',
    '--seed',
    '1',
    '--json',
    '--out',
    join(folder, name),
  )
  expect(finished.code, finished.output).toBe(0)
  return lastLine(finished.output)
}

test(
  'run: the same seed gives the same numbers to the bit, and beats the baseline',
  { tag: '@thorough' },
  async ({ folder }) => {
    const first = await train(
      folder,
      'a',
      churn,
      '--target',
      'churned',
      '--backend',
      'wasm',
      '--epochs',
      '15',
    )
    const second = await train(folder, 'b', churn, '--target', 'last', '--backend', 'wasm', '--epochs', '15')
    expect(first).toMatchObject({ task: 'binary', target: 'churned', backend: 'wasm' })
    expect(Object.keys(first.test).sort()).toEqual([
      'accuracy',
      'balancedAccuracy',
      'f1',
      'logLoss',
      'rocAuc',
    ])
    expect(first.test).toEqual(second.test)
    expect(first.test['logLoss']).toBeLessThan(first.baseline['logLoss']!)
    expect(first.rows['train']! + first.rows['validation']! + first.rows['test']!).toBe(2000)
  },
)

test('run and predict: a number is predicted, twice alike', { tag: '@thorough' }, async ({ folder }) => {
  const report = await train(folder, 'run', houses, '--target', 'price_eur', '--epochs', '20')
  expect(report.task).toBe('regression')
  expect(report.test['rmse']).toBeLessThan(report.baseline['rmse']!)
  const model = join(folder, 'run', 'model')
  expect(existsSync(model)).toBe(true)
  const outputs = ['one.csv', 'two.csv'].map((name) => join(folder, name))
  for (const output of outputs) {
    const finished = await descent('predict', model, houses, '--out', output)
    expect(finished.code, finished.output).toBe(0)
  }
  const [one, two] = outputs.map((output) => readFileSync(output, 'utf8'))
  expect(one).toBe(two)
  expect(one!.trim().split('\n')).toHaveLength(1501)
})

test(
  'a bad file or call is answered by a sentence, never by a stack trace',
  { tag: '@thorough' },
  async ({ folder }) => {
    const empty = join(folder, 'empty.csv')
    writeFileSync(empty, '')
    const binary = join(folder, 'binary.csv')
    writeFileSync(binary, Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13, 0xff, 0xfe, 0]))
    const constant = join(folder, 'constant.csv')
    writeFileSync(constant, 'a,b\n' + Array.from({ length: 40 }, (_, i) => `${i % 7},x\n`).join(''))
    mkdirSync(join(folder, 'directory.csv'))
    const calls = [
      [empty],
      [binary],
      [constant, '--target', 'b'],
      [join(folder, 'directory.csv')],
      [join(folder, 'nowhere.csv')],
      [churn, '--target', 'no such column'],
      [churn, '--backend', 'abacus'],
    ]
    for (const call of calls) {
      const finished = await descent('run', ...call, '--out', join(folder, 'out'))
      expect(finished.code, call.join(' ')).not.toBe(0)
      expect(finished.output, call.join(' ')).toMatch(/\w+ .+\./)
      expect(finished.output, call.join(' ')).not.toMatch(/^\s+at /m)
    }
  },
)
