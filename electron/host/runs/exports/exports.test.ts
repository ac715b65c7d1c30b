import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { begin, defaultRecipe, detected, runExports, type RunExportName } from '../../../contract/index.ts'
import { createProject } from '../../projects/index.ts'
import { openStore, type Store } from '../../store/index.ts'
import { insertPoints, readCurves, stepwiseOf } from '../curves.ts'
import { importRuns } from '../import-runs.ts'
import { listRuns } from '../list.ts'
import { markRuns } from '../marks.ts'
import { insertRun, updateRun } from '../repository.ts'
import { manyRuns } from '../testing.ts'
import { crc32c, maskedCrc32c } from './crc32c.ts'
import { exportedRuns } from './each-run.ts'
import { exportRuns } from './index.ts'

let folder: string
let store: Store
let projectId: string

const recipe = defaultRecipe(
  { path: '/a.csv', ...detected, header: 'first', missingValues: [] },
  [
    { name: 'age', kind: 'number', role: 'feature' },
    { name: 'churned', kind: 'category', role: 'target' },
  ],
  'classification',
  500,
)
const started = Date.UTC(2026, 0, 2, 3, 4, 5)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-run-exports-'))
  store = openStore(join(folder, 'workspace'))
  projectId = createProject(store, 'Churn, the second')
  for (const name of ['Run 1', 'Über/..\\"10 %", née', 'Run 1']) add(name)
  const [newest] = listRuns(store, { projectId }).runs
  markRuns(store, projectId, { ids: [newest!.id] }, { tag: 'paper' })
  markRuns(store, projectId, { ids: [newest!.id] }, { note: 'Line one\nand "two", last' })
  markRuns(store, projectId, { ids: [newest!.id] }, { starred: true })
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

let count = 0
function add(name: string): void {
  const id = `run-${++count}`
  insertRun(store, {
    id,
    name,
    recipe,
    projectId,
    datasetId: 'd',
    dataSha256: 'sha',
    dataVersion: 1,
    engineVersion: '1',
  })
  insertPoints(
    store,
    id,
    [0.7, 0.5, 0.6].map((loss, i) => ({
      epoch: i + 1,
      step: 44 * (i + 1),
      seconds: i + 0.5,
      values: { 'train/loss': loss / 2, 'validation/loss': loss },
    })),
  )
  updateRun(store, id, {
    state: 'finished',
    startedAt: started,
    finishedAt: started + 3000,
    epoch: 3,
    bestEpoch: 2,
    seconds: 3,
    metrics: { 'validation/loss': 0.5, 'test/accuracy': 0.875 },
  })
}

/** Steps of the oldest run, as its first epoch was watched. */
function watch(): void {
  const id = listRuns(store, { projectId }).runs.at(-1)!.id
  const at = (step: number, value: number) => ({
    epoch: 1,
    step,
    seconds: step / 110,
    values: { 'train/stepLoss': value, gradientNorm: 2, 'layers/dead/1': 0 },
  })
  insertPoints(store, id, [at(11, 0.9), at(22, 0.8), at(33, 0.75)])
}

const write = (as: RunExportName, path: string | null = join(folder, as), options = {}) =>
  exportRuns(store, projectId, {}, begin(runExports, as, options), { path, within: join(folder, 'exports') })

describe('csv', () => {
  it('has a row for each run, and quotes what must be', async () => {
    const { path, runs } = await write('csv-file', join(folder, 'runs.csv'))
    expect(runs).toBe(3)
    const text = readFileSync(path, 'utf8')
    expect(text.startsWith('run,id,state,task,data_version,seed,')).toBe(true)
    expect(text).toContain('"Über/..\\""10 %"", née"')
    expect(text).toContain('paper,"Line one\nand ""two"", last",')
    expect(text).toContain('2026-01-02T03:04:05.000Z')
    // Read by a reader that others wrote.
    const rows = python(
      'import csv, json, sys; print(json.dumps(list(csv.DictReader(open(sys.argv[1], newline="")))))',
      path,
    ) as Record<string, string>[]
    expect(rows.map((row) => [row['run'], row['test/accuracy'], row['training.batchSize']])).toEqual(
      ['Run 1', 'Über/..\\"10 %", née', 'Run 1'].map((name) => [
        name,
        '0.875',
        String(recipe.training.batchSize),
      ]),
    )
  })
  it('has a row for each epoch of their curves', async () => {
    const { path } = await write('csv-file', join(folder, 'curves.csv'), { contents: 'curves' })
    const [head, first, ...rest] = readFileSync(path, 'utf8').trimEnd().split('\r\n')
    expect(head).toBe('run,id,epoch,step,seconds,train/loss,validation/loss')
    expect(first).toMatch(/^Run 1,run-\d+,1,44,0\.5,0\.35,0\.7$/)
    expect(rest).toHaveLength(8)
  })
  it('has no column for what is recorded within epochs, unless it is asked for', async () => {
    watch()
    const table = async (contents: string) => {
      const { path } = await write('csv-file', join(folder, `${contents}.csv`), { contents })
      return readFileSync(path, 'utf8').trimEnd().split('\r\n')
    }
    const epochs = await table('curves')
    expect([epochs[0], epochs.length]).toEqual(['run,id,epoch,step,seconds,train/loss,validation/loss', 10])
    const steps = await table('steps')
    expect(steps[0]).toBe('run,id,epoch,step,seconds,train/loss,validation/loss,train/stepLoss,gradientNorm')
    expect(steps[1]).toMatch(/^Run 1,run-\d+,1,11,0\.1,,,0\.9,2$/)
    expect((await table('layers'))[0]).toMatch(/,layers\/dead\/1$/)
  })
  it('leaves a file that is there as it is', async () => {
    const path = join(folder, 'mine.csv')
    writeFileSync(path, 'mine')
    await expect(write('csv-file', path)).rejects.toThrow('already exists')
    expect(readFileSync(path, 'utf8')).toBe('mine')
    await expect(write('csv-file', join(folder, 'mine.txt'))).rejects.toThrow('ends with .csv')
  })
})

const python = (program: string, ...args: string[]): unknown =>
  JSON.parse(execFileSync('python3', ['-c', program, ...args], { encoding: 'utf8', maxBuffer: 1 << 26 }))

describe('tensorboard', () => {
  it('sums as RFC 3720, appendix B.4, has it', () => {
    const bytes = (of: (i: number) => number) => Uint8Array.from({ length: 32 }, (_, i) => of(i))
    expect([bytes(() => 0), bytes(() => 255), bytes((i) => i), bytes((i) => 31 - i)].map(crc32c)).toEqual([
      0x8a9136aa, 0x62a8ab43, 0x46dd794e, 0x113fdb5c,
    ])
    expect(maskedCrc32c(new Uint8Array(8))).toBe(
      (((crc32c(new Uint8Array(8)) >>> 15) | (crc32c(new Uint8Array(8)) << 17)) + 0xa282ead8) >>> 0,
    )
  })
  it('writes what a reader of its specification reads', async () => {
    const { path } = await write('tensorboard')
    const names = readdirSync(path).filter((name) => name !== 'descent-files.json')
    expect(names.sort()).toEqual(['Run 1', 'Run 1 (3)', 'Über-..-10 - née'].sort())
    const [file] = readdirSync(join(path, 'Run 1 (3)'))
    expect(file).toMatch(/^events\.out\.tfevents\.1767323045\.descent$/)
    const events = JSON.parse(
      execFileSync('python3', [
        join(import.meta.dirname, 'read_events.py'),
        join(path, 'Run 1 (3)', file!),
      ]).toString(),
    ) as { time: number; step: number; version?: string; values: Record<string, unknown>[] }[]
    expect(events[0]).toEqual({ time: started / 1000, step: 0, version: 'brain.Event:2', values: [] })
    expect(events[1]!.values[0]).toMatchObject({ tag: 'settings/text_summary', plugin: 'text', dtype: 7 })
    expect((events[1]!.values[0]!['text'] as string[])[0]).toContain('| training.batchSize |')
    expect(events[2]!.values[0]).toMatchObject({ text: ['Line one\nand "two", last'] })
    expect(events.slice(3).map(({ time, step }) => [time - started / 1000, step])).toEqual([
      [0.5, 1],
      [1.5, 2],
      [2.5, 3],
      [3, 2],
    ])
    const scalar = (value: number) => expect.closeTo(value, 6) as number
    expect(events[4]!.values).toEqual([
      { tag: 'train/loss', value: scalar(0.25) },
      { tag: 'validation/loss', value: scalar(0.5) },
    ])
    expect(events[6]!.values).toEqual([{ tag: 'test/accuracy', value: scalar(0.875) }])
  })
  it('has what was recorded within epochs by the step, without layers', async () => {
    watch()
    const { path } = await write('tensorboard')
    const [file] = readdirSync(join(path, 'Run 1'))
    const events = JSON.parse(
      execFileSync('python3', [
        join(import.meta.dirname, 'read_events.py'),
        join(path, 'Run 1', file!),
      ]).toString(),
    ) as { step: number; values: { tag: string }[] }[]
    expect(events.slice(2, 6).map(({ step, values }) => [step, values.map(({ tag }) => tag)])).toEqual([
      [11, ['train/stepLoss', 'gradientNorm']],
      [22, ['train/stepLoss', 'gradientNorm']],
      [33, ['train/stepLoss', 'gradientNorm']],
      [1, ['train/loss', 'validation/loss']],
    ])
  })
  it('refuses to write over a folder, which it never does', async () => {
    const chosen = begin(runExports, 'tensorboard')
    await expect(
      exportRuns(store, projectId, {}, chosen, { path: join(folder, 't'), within: folder, overwrite: true }),
    ).rejects.toThrow('Leave --overwrite away')
  })
  it('leaves no run out where others are deleted while it is written', async () => {
    const many = manyRuns(store, recipe, { runs: 450, metrics: 1 })
    const runs = exportedRuns(store, many, {})
    const given: string[] = []
    for await (const { id, name } of runs.each()) {
      given.push(name)
      // What comes later would take its place.
      if (given.length < 10) markRuns(store, many, { ids: [id] }, { deleted: true })
    }
    expect(given).toEqual(Array.from({ length: 450 }, (_, i) => `Run ${i + 1}`))
    expect(runs.written()).toBe(runs.total)
  })
  it('goes beside a folder that is not its own', async () => {
    mkdirSync(join(folder, 'tensorboard'))
    writeFileSync(join(folder, 'tensorboard', 'thesis.txt'), 'mine')
    const { path, notes } = await write('tensorboard')
    expect(path).toBe(join(folder, 'tensorboard-2'))
    expect(notes[0]).toMatch(/stays as it is/)
  })
})

describe('mlflow', () => {
  it('writes a file store that holds all of it, and is read again as the same', async () => {
    const { path } = await write('mlflow')
    const [experiment] = readdirSync(path).filter((name) => name !== 'descent-files.json')
    const meta = parse(readFileSync(join(path, experiment!, 'meta.yaml'), 'utf8')) as Record<string, unknown>
    expect(meta).toMatchObject({
      experiment_id: experiment,
      name: 'Churn, the second',
      lifecycle_stage: 'active',
    })
    const ids = readdirSync(join(path, experiment!)).filter((name) => name !== 'meta.yaml')
    expect(ids).toHaveLength(3)
    const other = createProject(store, 'Read again')
    expect(await importRuns(store, other, path, 'classification')).toEqual({ runs: 3, notes: [] })
    const told = (project: string) =>
      listRuns(store, { projectId: project, settings: ['training.batchSize', 'model.template', 'seed'] })
        .runs.map(({ name, tags, note, starred, settings, metrics, startedAt, seconds }) => {
          const { 'train/loss': _, ...known } = metrics
          return { name, tags, note, starred, settings, known, startedAt, seconds }
        })
        .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : Number(a.starred) - Number(b.starred)))
    expect(told(other)).toEqual(told(projectId))
    const [imported] = listRuns(store, { projectId: other, filter: { where: 'state = imported' } }).runs
    const { series, recorded } = readCurves(store, imported!.id)
    expect(recorded).toBe(3)
    expect(series['validation/loss']).toMatchObject({ epoch: [1, 2, 3], value: [0.7, 0.5, 0.6] })
    expect(series['best/validation/loss']).toBeUndefined()
  })

  it('says where it lies, also where another place was taken', async () => {
    watch()
    mkdirSync(join(folder, 'mlflow'))
    writeFileSync(join(folder, 'mlflow', 'thesis.txt'), 'mine')
    const { path } = await write('mlflow')
    expect(path).toBe(join(folder, 'mlflow-2'))
    const [experiment] = readdirSync(path).filter((name) => name !== 'descent-files.json')
    const meta = parse(readFileSync(join(path, experiment!, 'meta.yaml'), 'utf8')) as Record<string, unknown>
    expect(meta['artifact_location']).toBe(pathToFileURL(join(path, experiment!)).href)
    const other = createProject(store, 'Steps')
    await importRuns(store, other, path, 'classification')
    const imported = listRuns(store, { projectId: other }).runs.find(
      ({ id }) => stepwiseOf(store, id).length > 0,
    )!
    const { series } = readCurves(store, imported.id, { names: ['train/stepLoss', 'validation/loss'] })
    expect(series['train/stepLoss']).toMatchObject({
      epoch: [1, 1, 1],
      step: [11, 22, 33],
      value: [0.9, 0.8, 0.75],
    })
    expect(series['validation/loss']).toMatchObject({ epoch: [1, 2, 3], value: [0.7, 0.5, 0.6] })
  })

  const line = (name: string, text: string) => {
    const path = join(folder, 'mlruns', '0', 'abc', ...name.split('/'))
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text)
  }
  it('reads what MLflow itself writes, and leaves out what it deleted', async () => {
    line(
      'meta.yaml',
      'run_id: abc\nrun_name: stylish-frog-12\nstart_time: 1700000000000\nend_time: 1700000060000\nstatus: 3\nlifecycle_stage: active\n',
    )
    line('params/lr', '1e-3')
    line('params/optimizer', 'adam')
    line('metrics/val/acc', '1700000001000 0.5 0\n1700000002000 0.75 1\n')
    line('metrics/loss', '1700000002000 nan 1\n')
    line('tags/mlflow.user', 'me')
    line('tags/stage', 'draft')
    const deleted = join(folder, 'mlruns', '0', 'def')
    mkdirSync(deleted)
    writeFileSync(join(deleted, 'meta.yaml'), 'run_id: def\nlifecycle_stage: deleted\n')
    const other = createProject(store, 'MLflow')
    expect(await importRuns(store, other, join(folder, 'mlruns'), 'classification')).toEqual({
      runs: 1,
      notes: ['1 run that MLflow has deleted was left out.'],
    })
    const [run] = listRuns(store, { projectId: other, settings: ['lr', 'optimizer'] }).runs
    expect(run).toMatchObject({
      name: 'stylish-frog-12',
      state: 'imported',
      tags: ['stage=draft'],
      settings: { lr: 0.001, optimizer: 'adam' },
      metrics: { 'val/acc': 0.75 },
      seconds: 60,
    })
  })
  it('takes best/ for what it is only in what Descent wrote, and reads nothing twice', async () => {
    line('meta.yaml', 'run_id: abc\nrun_name: frog\nstart_time: 1700000000000\n')
    line('metrics/best/acc', '1700000001000 0.5 0\n1700000002000 0.75 1\n')
    line('metrics/acc', '1700000001000 0.4 0\n1700000002000 0.6 1\n')
    const other = createProject(store, 'Others')
    const read = (project: string, path: string) => importRuns(store, project, path, 'classification')
    await read(other, join(folder, 'mlruns'))
    const [run] = listRuns(store, { projectId: other }).runs
    expect(run!.metrics).toEqual({ 'best/acc': 0.75, acc: 0.6 })
    expect(readCurves(store, run!.id).series['best/acc']?.value).toEqual([0.5, 0.75])
    expect(await read(other, join(folder, 'mlruns'))).toEqual({
      runs: 0,
      notes: ['1 run that the project has already was left out.'],
    })
    markRuns(store, other, {}, { deleted: true })
    expect((await read(other, join(folder, 'mlruns'))).runs).toBe(1)
    const { path } = await write('mlflow')
    expect(await read(projectId, path)).toEqual({
      runs: 0,
      notes: ['3 runs that the project has already were left out.'],
    })
    expect(listRuns(store, { projectId }).total).toBe(3)
  })
  it('follows no link, and takes what cannot be read for no missing metric', async () => {
    const read = () => importRuns(store, projectId, join(folder, 'mlruns'), 'classification')
    line('meta.yaml', 'run_id: abc\n')
    line('metrics/loss', '1700000001000 0.5 0\n')
    writeFileSync(join(folder, 'secret'), 'mine')
    symlinkSync(join(folder, 'secret'), join(folder, 'mlruns', '0', 'abc', 'metrics', 'stolen'))
    await expect(read()).rejects.toThrow('links are not followed')
    rmSync(join(folder, 'mlruns', '0', 'abc', 'metrics'), { recursive: true })
    writeFileSync(join(folder, 'mlruns', '0', 'abc', 'metrics'), 'no folder')
    await expect(read()).rejects.toThrow('metrics cannot be read as a folder (ENOTDIR)')
    rmSync(join(folder, 'mlruns', '0', 'abc', 'metrics'))
    rmSync(join(folder, 'mlruns', '0', 'abc', 'meta.yaml'))
    symlinkSync(join(folder, 'secret'), join(folder, 'mlruns', '0', 'abc', 'meta.yaml'))
    await expect(read()).rejects.toThrow('links are not followed')
    expect(listRuns(store, { projectId }).total).toBe(3)
  })
  it('says what is wrong with a store, and reads none of it then', async () => {
    const read = (path: string) => importRuns(store, projectId, path, 'classification')
    await expect(read(join(folder, 'nowhere'))).rejects.toThrow('nowhere is not there. Name a folder')
    mkdirSync(join(folder, 'empty'))
    await expect(read(join(folder, 'empty'))).rejects.toThrow('holds no run of MLflow')
    line('meta.yaml', 'run_id: abc\n')
    line('metrics/loss', '1700000001000 0.5 0\nhello\n')
    await expect(read(join(folder, 'mlruns'))).rejects.toThrow(
      'line 2 is “hello”, not a time, a value and a step',
    )
    line('metrics/loss', '')
    line('meta.yaml', 'run_id: [\n')
    await expect(read(join(folder, 'mlruns'))).rejects.toThrow('is no YAML')
    expect(listRuns(store, { projectId }).total).toBe(3)
  })
})
