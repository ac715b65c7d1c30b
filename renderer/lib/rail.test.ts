import { describe, expect, it } from 'vitest'
import { detected, defaultRecipe } from '../../electron/contract/index.ts'
import type { Column, Finding, Project, RunSummary } from '../../electron/contract/index.ts'
import { currentRunOf, railStates } from './rail.ts'
import type { RailInput } from './rail.ts'

const columns: Column[] = [
  { name: 'age', kind: 'number', role: 'feature' },
  { name: 'churn', kind: 'category', role: 'target' },
]
const recipe = defaultRecipe(
  { path: '/churn.csv', ...detected, missingValues: [] },
  columns,
  'classification',
  500,
)
const project: Project = {
  id: 'p',
  name: 'Churn',
  createdAt: 0,
  updatedAt: 0,
  step: 'data',
  dataset: {
    id: 'd',
    rows: 500,
    columns,
    receipt: {
      kind: 'table',
      files: [],
      path: '/churn.csv',
      fileName: 'churn.csv',
      bytes: 1000,
      sha256: 'ab',
      encoding: 'utf-8',
      delimiter: ',',
      header: true,
      rowsRead: 500,
      rowsRejected: 0,
      rejected: [],
      rowsChanged: 0,
      changed: [],
      layout: [],
      notes: [],
      seconds: 0.1,
    },
    version: {
      number: 1,
      sha256: 'ab',
      importId: 'd',
      importedRows: 500,
      counts: { cells: 0, dropped: 0, appended: 0 },
    },
  },
  recipe,
  canUndo: false,
  canRedo: false,
  undoesData: false,
  redoesData: false,
  selectedRun: null,
}
const run = (id: string, createdAt: number, state: RunSummary['state']): RunSummary => ({
  id,
  number: 1,
  projectId: 'p',
  name: id,
  state,
  createdAt,
  startedAt: createdAt,
  finishedAt: null,
  task: 'classification',
  dataVersion: 1,
  seed: 0,
  backend: 'wasm',
  device: 'CPU',
  epoch: 1,
  epochs: 10,
  bestEpoch: 1,
  metrics: { 'validation/loss': 0.5 },
  seconds: 1,
  error: null,
})
const input = (change: Partial<RailInput>): RailInput => ({
  project,
  runs: [],
  trained: 0,
  alerts: null,
  prepareWarnings: null,
  currentRun: null,
  exported: false,
  ...change,
})
const finding = (severity: Finding['severity']): Finding => ({
  name: 'missingValues',
  severity,
  columns: ['age'],
  message: 'x',
  evidence: {},
  fixes: [],
})

describe('railStates', () => {
  it('has nothing to show without data', () => {
    const states = railStates(input({ project: { ...project, dataset: null, recipe: null } }))
    expect(Object.values(states).map((entry) => entry.state)).toEqual(Array(8).fill('empty'))
  })
  it('is ready to train with defaults once data is there', () => {
    const states = railStates(input({}))
    expect(states.data.state).toBe('done')
    expect(states.train.state).toBe('ready')
    expect(states.evaluate.state).toBe('empty')
  })
  it('asks for attention: no target, rejected rows, alerts, warnings, a failed run', () => {
    const untargeted = { ...recipe, data: { ...recipe.data, columns: columns.slice(0, 1) } }
    expect(railStates(input({ project: { ...project, recipe: untargeted } })).data.state).toBe('attention')
    expect(railStates(input({ alerts: [finding('warning')] })).explore.state).toBe('attention')
    expect(railStates(input({ alerts: [finding('info')] })).explore.state).toBe('done')
    expect(railStates(input({ prepareWarnings: [finding('warning')] })).prepare.state).toBe('attention')
    expect(railStates(input({ prepareWarnings: [finding('info')] })).prepare.state).toBe('ready')
    expect(railStates(input({ runs: [run('b', 2, 'failed'), run('a', 1, 'finished')] })).train.state).toBe(
      'attention',
    )
  })
  it('shows a running job as busy', () => {
    const states = railStates(input({ runs: [run('a', 1, 'running')] }))
    expect(states.train).toMatchObject({ state: 'ready', busy: true })
  })
  it('keeps the seal until the test split was opened', () => {
    const sealed = run('a', 1, 'finished')
    expect(railStates(input({ runs: [sealed], currentRun: sealed })).evaluate.state).toBe('ready')
    const opened = { ...sealed, metrics: { 'test/accuracy': 1 } }
    expect(railStates(input({ runs: [opened], currentRun: opened })).evaluate.state).toBe('done')
  })
})

describe('currentRunOf', () => {
  // The clock went back between “a” and “b”: the order of making counts.
  const runs = [run('c', 5, 'failed'), run('b', 3, 'finished'), run('a', 9, 'finished')]
  it('is the latest trained run unless one was chosen', () => {
    expect(currentRunOf(project, runs)?.id).toBe('b')
    expect(currentRunOf({ ...project, selectedRun: 'a' }, runs)?.id).toBe('a')
  })
  it('ignores a chosen run without weights', () => {
    expect(currentRunOf({ ...project, selectedRun: 'c' }, runs)?.id).toBe('b')
    expect(currentRunOf(project, runs, 'a')?.id).toBe('a')
    expect(currentRunOf({ ...project, selectedRun: 'b' }, runs, 'a')?.id).toBe('b')
    expect(currentRunOf(project, [])).toBeNull()
  })
})
