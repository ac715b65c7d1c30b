import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Evaluation } from '../../contract/index.ts'
import {
  bands,
  idxImages,
  idxLabels,
  questions,
  writeBands,
  writeFiles,
  writeQuestions,
} from '../kinds/testing.ts'
import { performHere } from './testing.ts'
import { describeEach, type EachReport } from './each.ts'
import type { FoldsReport } from './folds.ts'
import type { MeasuredRobustness } from './robustness.ts'
import type { RunReport } from './run-report.ts'

const program = fileURLToPath(new URL('../cli.ts', import.meta.url))
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-cli-'))
  writeFileSync(join(folder, 'plants.csv'), plants(150))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** No header; a number with holes, a letter, and the class: tall plants and those marked b. */
function plants(rows: number): string {
  return Array.from({ length: rows }, (_, i) => {
    const height = ((i * 7919) % 1000) / 100
    const letter = 'abc'[(i * 31) % 3] ?? 'a'
    return `${i % 13 === 0 ? '?' : height},${letter},${height > 6 || letter === 'b' ? 2 : 1}`
  }).join('\n')
}

interface Ended {
  code: number
  stdout: string
  stderr: string
}

function descent(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd: folder }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, stdout, stderr })
    })
  })
}

/** The same in this process: what is refused is refused sooner than a process starts. */
const perform = (...args: string[]): Promise<Ended> => performHere(args, folder)

const runArgs = ['--effort', 'quick', '--seed', '1', '--backend', 'wasm', '--epochs', '8', '--json']

function reportOf({ code, stdout, stderr }: Ended): RunReport {
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as RunReport
}

/** What all look at who only want some run: trained once. Its folder is `one`, and nobody changes it. */
let trained: Promise<RunReport> | null = null
const plantsRun = (): Promise<RunReport> =>
  (trained ??= descent('run', 'plants.csv', '--target', 'last', ...runArgs, '--out', 'one').then(reportOf))

const comparable = ({ seconds: _, run: __, resources: ___, ...report }: RunReport) => report

test('a table becomes a run folder, and its recipe the same numbers to the bit', async () => {
  const first = await plantsRun()
  expect(first).toMatchObject({
    task: 'binary',
    target: 'c3',
    epochs: 8,
    rows: { train: 105, validation: 23, test: 22 },
    run: join(folder, 'one'),
  })
  expect(Object.keys(first)).toEqual([
    'task',
    'target',
    'backend',
    'device',
    'epochs',
    'seconds',
    'resources',
    'rows',
    'data',
    'test',
    'intervals',
    'baseline',
    'hardest',
    'baselines',
    'beside',
    'calibration',
    'checks',
    'importance',
    'noImportance',
    'groups',
    'coverage',
    'run',
    'alerts',
    'preflight',
    'alarms',
  ])
  expect(Object.keys(first.test)).toEqual(['accuracy', 'balancedAccuracy', 'f1', 'logLoss', 'rocAuc'])
  expect(first.baselines.map(({ name }) => name)).toEqual(['constant', 'linear', 'nearest', 'boosted'])
  expect(readdirSync(join(folder, 'one')).sort()).toEqual([
    'baselines.json',
    'descent-files.json',
    'evaluation.json',
    'examined.json',
    'examples.json',
    'metrics.csv',
    'model',
    'receipt.json',
    'recipe.json',
    'steps.csv',
  ])
  expect(
    readFileSync(join(folder, 'one', 'metrics.csv'), 'utf8')
      .trim()
      .split('\n').length,
  ).toBe(9)

  const rows = readFileSync(join(folder, 'plants.csv'), 'utf8').split('\n')
  for (const examples of [first.hardest.validation!, first.hardest.train!])
    for (const { row, answer, told } of examples) {
      const label = rows[row - 1]!.split(',')[2]!
      expect(answer).toMatchObject({ is: 'chosen', truth: [label] })
      expect(told).toMatch(new RegExp(`^${label}, predicted `))
    }

  const replayed = reportOf(await descent('run', join('one', 'recipe.json'), '--json', '--out', 'two'))
  expect(comparable(replayed)).toEqual(comparable(first))
  const weights = ['one', 'two'].map((run) => readFileSync(join(folder, run, 'model', 'model.safetensors')))
  expect(weights[1]).toEqual(weights[0])
})

test(
  'a recipe may have layers of its own; where they do not fit, the refusal says what to set',
  { tags: 'thorough', timeout: 60_000 },
  async () => {
    await plantsRun()
    const recipe = JSON.parse(readFileSync(join(folder, 'one', 'recipe.json'), 'utf8')) as object
    const head = {
      id: 'head',
      layer: 'Linear',
      options: { inFeatures: 1, outFeatures: 1 },
      inputs: ['numbers'],
    }
    const document = {
      inputs: [{ name: 'numbers', kind: 'numbers', width: 1 }],
      nodes: [head],
      output: 'head',
    }
    const own = { ...recipe, model: { template: 'custom', document } }
    writeFileSync(join(folder, 'own.json'), JSON.stringify(own))
    const refused = await descent('run', 'own.json', '--json', '--out', 'own')
    expect(refused.code).toBe(1)
    const said = /head gets \d+ features and wants 1\. Set its inFeatures to (\d+) in Model \((\S+)\)/
    const [, width, path] = said.exec(refused.stderr) ?? []
    const mended = reportOf(
      await descent('run', 'own.json', '--set', `${path}=${width}`, '--json', '--out', 'own'),
    )
    expect(mended.epochs).toBe(8)
  },
)

test(
  'what looks wrong is told before a training, with the --set that mends it',
  { tags: 'thorough', timeout: 60_000 },
  async () => {
    const half = (i: number) => (i % 5 < 3 ? '' : i % 2 ? 'u' : 'v')
    const rows = Array.from({ length: 60 }, (_, i) => `${(i * 7) % 31},${half(i)},${i % 2 ? 'a' : 'b'}`)
    writeFileSync(join(folder, 'gaps.csv'), `x,my dose,y\n${rows.join('\n')}\n`)
    const fix = "Ignore: --set 'data.columns.my dose.role=ignore'"
    const explored = await descent('explore', 'gaps.csv')
    expect(explored.code, explored.stderr).toBe(0)
    expect(explored.stdout).toMatch(/^gaps\.csv: 60 rows, 3 columns\n/)
    expect(explored.stdout).toMatch(/^ {2}my dose +category +feature +60\.0 % +2 +u \(12\), v \(12\)$/m)
    expect(explored.stdout).toContain('  warning  “my dose” is missing in 60.0 % of the rows.\n')
    expect(explored.stdout).toContain(`${fix}\n`)

    const set = ['--set', 'data.columns.my dose.role=ignore']
    const { alerts } = JSON.parse((await descent('explore', 'gaps.csv', '--json')).stdout) as {
      alerts: { name: string; fixes: { set: string[] }[] }[]
    }
    expect(alerts.find(({ name }) => name === 'mostlyMissing')?.fixes[0]?.set).toEqual([set[1]])
    const mended = await perform('explore', 'gaps.csv', ...set)
    expect(mended.stdout).not.toContain('is missing in')

    const trained = await descent(
      'run',
      'gaps.csv',
      ...runArgs,
      '--set',
      'training.batchSize=64',
      '--out',
      'told-so',
    )
    expect(trained.code, trained.stderr).toBe(0)
    expect(trained.stderr).toContain(fix)
    expect(trained.stderr).toContain('A batch of 64 is more than all 42 training rows')
    expect(trained.stderr).toContain('Smaller batches: --set training.batchSize=4\n')
  },
)

test(
  'a profile shows where the time goes, and changes nothing',
  { tags: 'thorough', timeout: 60_000 },
  async () => {
    const args = ['run', 'plants.csv', '--target', 'last', ...runArgs]
    const plain = await plantsRun()
    const { profile, ...report } = reportOf(await descent(...args, '--profile', '--out', 'profiled'))
    expect(comparable(report)).toEqual(comparable(plain))
    const weights = ['one', 'profiled'].map((name) =>
      readFileSync(join(folder, name, 'model', 'model.safetensors')),
    )
    expect(weights[1]).toEqual(weights[0])
    expect(profile?.layers.map(({ layer }) => layer)).toContain('loss')
    expect(JSON.parse(readFileSync(join(folder, 'profiled', 'profile.json'), 'utf8'))).toEqual(profile)

    const { stdout } = await descent(...args.filter((arg) => arg !== '--json'), '--profile', '--out', 'told')
    expect(stdout).toMatch(/Time by layer\n.*forward ms +backward ms +optimizer ms/)
    expect(stdout).toMatch(/^ {2}\d Linear( +[\d.–]+){4} +[\d.]+ %$/m)
    expect(stdout).toMatch(/Time by kernel.*\n.*GFLOP\/s/)
    expect(stdout).toMatch(/ matmul \d+×\d+×\d+ +\d/)
  },
)

test('a saved model predicts a file, to stdout or beside it', async () => {
  await plantsRun()
  writeFileSync(join(folder, 'new.csv'), '9.5,a\n?,b\n1,c\n')
  const model = join('one', 'model')
  const printed = await descent('predict', model, 'new.csv')
  expect(printed.code, printed.stderr).toBe(0)
  const lines = printed.stdout.trim().split('\n')
  expect(lines[0]).toBe('c1,c2,prediction,probability_1,probability_2')
  expect(lines[1]).toMatch(/^9\.5,a,[12],0\.\d+,0\.\d+$/)
  expect(lines[2]).toMatch(/^,b,/)
  expect((await perform('predict', 'one', 'new.csv')).stdout).toBe(printed.stdout)
  const written = await descent('predict', model, 'new.csv', '--out', 'predicted.csv', '--json')
  expect(readFileSync(join(folder, 'predicted.csv'), 'utf8')).toBe(printed.stdout)
  expect(JSON.parse(written.stdout)).toMatchObject({
    rows: 3,
    target: 'c3',
    out: join(folder, 'predicted.csv'),
  })
  const again = (...args: string[]) => perform('predict', model, 'new.csv', '--out', ...args)
  expect((await again('predicted.csv')).stderr).toMatch(/predicted\.csv already exists\..*--overwrite/)
  expect((await again('new.csv', '--overwrite')).stderr).toMatch(/new\.csv is the file that is read\./)
  expect((await again(join(model, 'out.csv'))).stderr).toMatch(/is inside the model's folder/)
  expect(readFileSync(join(folder, 'new.csv'), 'utf8')).toBe('9.5,a\n?,b\n1,c\n')
  writeFileSync(join(folder, 'predicted.csv'), 'older')
  expect((await again('predicted.csv', '--overwrite')).code).toBe(0)
  expect(readFileSync(join(folder, 'predicted.csv'), 'utf8')).toBe(printed.stdout)
})

test('what happens to a saved model’s metric where something happens to the rows is told from its folder', async () => {
  const { test: tested } = await plantsRun()
  const model = join('one', 'model')
  const ask = (...args: string[]) => perform('runs', 'robustness', model, '--json', ...args)
  const told = await ask()
  expect(told.code, told.stderr).toBe(0)
  const found = JSON.parse(told.stdout) as MeasuredRobustness
  expect(found).toMatchObject({ split: 'test', rows: 22, of: 22 })
  expect(found.clean.value).toBeCloseTo(tested[found.metric]!, 6)
  expect(found.curves.length).toBeGreaterThan(2)
  writeFileSync(join(folder, 'more.csv'), plants(151))
  expect((await ask('--data', 'more.csv')).stderr).toMatch(/more\.csv is not what the model was trained on/)
  expect(await perform('runs', 'robustness', 'none', '--data', 'plants.csv')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--data is for the folder of a saved model') as string,
  })
})

test('a run for each fold, and what they come to together', { tags: 'thorough' }, async () => {
  const args = ['run', 'plants.csv', '--target', 'last', ...runArgs, '--folds', '3', '--out', 'folds']
  const report = JSON.parse((await descent(...args)).stdout.trim().split('\n').at(-1)!) as FoldsReport
  expect(report.folds.map(({ fold }) => fold)).toEqual([1, 2, 3])
  const accuracies = report.folds.map(({ test }) => test['accuracy']!)
  const mean = accuracies.reduce((sum, one) => sum + one) / 3
  expect(report.mean['accuracy']).toBeCloseTo(mean, 12)
  expect(report.deviation['accuracy']).toBeCloseTo(
    Math.sqrt(accuracies.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 2),
    12,
  )
  const tested = report.folds.reduce((sum, { rows }) => sum + rows.test, 0)
  const [{ rows }] = report.folds as [FoldsReport['folds'][number]]
  expect(tested).toBe(rows.train + rows.validation + rows.test)
  expect(JSON.parse(readFileSync(join(folder, 'folds', 'folds.json'), 'utf8'))).toMatchObject({
    mean: report.mean,
  })
  expect((await descent('predict', join('folds', 'fold-2', 'model'), 'plants.csv')).code).toBe(0)
  writeFileSync(join(folder, 'taken.txt'), 'mine')
  expect((await perform(...args.slice(0, -1), '.')).stderr).toContain('no cross-validation of Descent’s')
})

const reportOfEach = ({ stdout }: { stdout: string }) =>
  JSON.parse(stdout.trim().split('\n').at(-1)!) as EachReport

test('a run for each value of a setting, side by side on the same rows', { tags: 'thorough' }, async () => {
  const args = ['run', 'plants.csv', '--target', 'last', ...runArgs, '--out', 'each']
  const steps = 'prepare.number.steps=impute,standardize,["impute","standardize"]'
  const ran = await descent(...args, '--each', steps)
  const report = reportOfEach(ran)
  expect(report.runs.map(({ value }) => value)).toEqual(['impute', '["impute","standardize"]'])
  // The data have gaps, which only one of the steps fills in.
  expect(report.failed).toMatchObject([{ value: 'standardize', message: expect.stringContaining('impute') }])
  expect(ran.stderr).toContain('prepare.number.steps=standardize failed: ')
  expect(report.sameRows).toBe(true)
  for (const { run, validation, rarest } of report.runs) {
    const written = JSON.parse(readFileSync(join(run, 'validation.json'), 'utf8')) as Evaluation
    expect(written).toMatchObject({ split: 'validation', metrics: validation })
    expect(written.curves!.map(({ name }) => name)).toContain(rarest!.name)
    expect(rarest!.support).toBe(Math.min(...written.classification!.perClass.map(({ support }) => support)))
    expect(rarest!.averagePrecision).toBeGreaterThan(0)
  }
  const table = describeEach(report)
  expect(table).toMatch(/prepare\.number\.steps +Accuracy .* Recall \(/)
  expect(table).toMatch(/\n {2}impute +\d/)
  expect(table).toContain('standardize failed')

  const split = reportOfEach(await descent(...args, '--each', 'split.seed=0,1'))
  expect(split.sameRows).toBe(false)
  expect(readdirSync(join(folder, 'each')).toSorted()).toEqual(['1-0', '2-1', 'each.json'])
  const lone = await perform(...args, '--each', 'prepare.number.steps=standardize,["standardize"]')
  expect(lone.code).toBe(1)
  expect(lone.stderr).toMatch(/Of 2 runs none can be trained, so there is nothing to compare\. .*impute/)
  const wrong = await perform(...args, '--each', 'imbalance=none,magic')
  expect(wrong.stderr).toMatch(/There is no remedy for class imbalance “magic”/)

  // What has no training is told before another is trained, and leaves no folder.
  const days = [
    'day,x,y',
    ...Array.from(
      { length: 60 },
      (_, i) => `2024-01-${String(1 + (i % 28)).padStart(2, '0')},${(i * 7) % 11},${i % 4 ? 'a' : 'b'}`,
    ),
  ]
  writeFileSync(join(folder, 'days.csv'), `${days.join('\n')}\n`)
  const dated = ['run', 'days.csv', '--target', 'last', ...runArgs, '--out', 'dated']
  const early = await perform(...dated, '--each', 'imbalance=none,smote')
  expect(early.code).toBe(1)
  expect(early.stderr).toMatch(/Of 2 runs only one can be trained, .*“day”/)
  expect(early.stderr).not.toContain('run 1 of')
  const odd = await perform(...dated, '--each', 'training.epochs=1,many')
  expect(odd.stderr).toContain('changed by --each is not valid')
  expect(existsSync(join(folder, 'dated'))).toBe(false)
})

test(
  'a run folder is replaced as long as it is ours, and what a person wrote into it stays',
  { tags: 'thorough', timeout: 60_000 },
  async () => {
    const args = ['run', 'plants.csv', '--target', 'last', ...runArgs, '--out', 'mine']
    const first = await plantsRun()
    cpSync(join(folder, 'one'), join(folder, 'mine'), { recursive: true })
    expect(comparable(reportOf(await descent(...args)))).toEqual(comparable(first))
    const card = join(folder, 'mine', 'model', 'README.md')
    writeFileSync(card, 'What I know about this model')
    const refused = await descent(...args)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(
      /mine has a model\/README\.md that was changed since Descent wrote it\..*--out/,
    )
    expect(refused.stderr).not.toContain('Imported')
    expect(readFileSync(card, 'utf8')).toBe('What I know about this model')
  },
)

test('a regression reports in the unit of its target', { tags: 'thorough', timeout: 60_000 }, async () => {
  const rows = Array.from({ length: 120 }, (_, i) => `${i % 10},${(i * 3) % 7},${100 + 5 * (i % 10)}.5`)
  writeFileSync(join(folder, 'prices.csv'), ['size,noise,price', ...rows].join('\n'))
  const args = ['--target', 'price', '--seed', '1', '--backend', 'wasm', '--json', '--out', 'prices']
  const report = reportOf(await descent('run', 'prices.csv', ...args))
  expect(report.task).toBe('regression')
  expect(Object.keys(report.test)).toEqual(['rmse', 'mae', 'r2'])
  expect(report.test).toMatchObject({ r2: expect.closeTo(1, 1) })
})

test('a saved model is exported, as its settings say', async () => {
  await plantsRun()
  const model = join('one', 'model')
  // Nothing is asked here of the certificate, which takes longest.
  const onnx = ['export', model, '--format', 'onnx', '--set', 'certificate=50']
  const written = await descent(...onnx, '--json')
  expect(written.code, written.stderr).toBe(0)
  expect(JSON.parse(written.stdout)).toMatchObject({ format: 'onnx', path: join(folder, 'model-onnx') })
  const signature = () =>
    JSON.parse(readFileSync(join(folder, 'model-onnx', 'signature.json'), 'utf8')) as {
      inputs: { name: string }[]
    }
  expect(signature().inputs.map(({ name }) => name)).toEqual(['c1', 'c2'])
  const bare = await perform(...onnx, '--set', 'preparation=false')
  expect(bare.stdout).toContain('ONNX written to')
  expect(signature().inputs.map(({ name }) => name)).toEqual(['numbers'])
  const wrong = await perform('export', model, '--format', 'onnx', '--set', 'opset=3')
  expect(wrong).toMatchObject({ code: 2 })
  expect(wrong.stderr).toContain('it has preparation, answers')
  for (const target of [model, 'one', join(model, 'onnx')]) {
    const refused = await perform(...onnx, '--out', target)
    expect(refused, target).toMatchObject({ code: 1 })
    expect(refused.stderr).toContain('stays as it is')
  }
  expect((await perform('predict', model, 'plants.csv')).code).toBe(0)
})

test(
  'a folder of images becomes a tested model that predicts further images, the same from its recipe',
  { tags: 'thorough', timeout: 120_000 },
  async () => {
    writeBands(join(folder, 'bands'))
    const args = ['--model', 'cnn', '--epochs', '3', '--seed', '1', '--backend', 'wasm', '--json']
    const first = reportOf(
      await descent('run', 'bands', ...args, '--set', 'training.batchSize=16', '--out', 'i1'),
    )
    expect(first).toMatchObject({
      task: 'classification',
      target: 'label',
      epochs: 3,
      rows: { train: 108, validation: 12, test: 30 },
      run: join(folder, 'i1'),
    })
    expect('accuracy' in first.test ? first.test.accuracy : 0).toBeGreaterThan(0.9)
    const replayed = reportOf(await descent('run', join('i1', 'recipe.json'), '--json', '--out', 'i2'))
    expect(comparable(replayed)).toEqual(comparable(first))
    writeFileSync(join(folder, 'new.idx'), idxImages(bands(4, 5).pixels))
    const printed = await descent('predict', join('i1', 'model'), 'new.idx')
    expect(printed.code, printed.stderr).toBe(0)
    const lines = printed.stdout.trim().split('\n')
    expect(lines[0]).toBe('image,prediction,probability_0,probability_1,probability_2')
    expect(lines.slice(1).map((line) => line.split(',')[1])).toEqual(['0', '1', '2', '0'])
    expect((await descent('predict', join('i2', 'model'), 'new.idx')).stdout).toBe(printed.stdout)
  },
)

test(
  'a folder of text becomes a tested model that predicts further lines',
  { tags: 'thorough', timeout: 120_000 },
  async () => {
    writeQuestions(join(folder, 'questions'))
    const small = [
      'model.embedding=16',
      'model.filters=8',
      'prepare.text.encoder.maxTokens=12',
      'training.batchSize=16',
    ]
    const rate = 'training.optimizer.learningRate=0.01'
    const args = ['--model', 'text-cnn', '--epochs', '6', '--seed', '1', '--backend', 'wasm', '--json']
    const settings = [...small, rate].flatMap((setting) => ['--set', setting])
    const report = reportOf(await descent('run', 'questions', ...args, ...settings, '--out', 't1'))
    expect(report.rows).toEqual({ train: 81, validation: 9, test: 24 })
    expect('accuracy' in report.test ? report.test.accuracy : 0).toBeGreaterThan(0.9)
    writeFileSync(join(folder, 'asked.txt'), 'how many bridges ?\nwho wrote, then ?\n')
    const printed = await descent('predict', join('t1', 'model'), 'asked.txt')
    expect(printed.stdout.split('\n')[0]).toBe(
      'text,prediction,probability_HOW,probability_WHERE,probability_WHO',
    )
    expect(printed.stdout).toMatch(/\nhow many bridges \?,HOW,.*\n"who wrote, then \?",WHO,/)
    writeFileSync(join(folder, 'photo.png'), Buffer.from('89504e470d0a1a0a', 'hex'))
    const wrong = await descent('predict', join('t1', 'model'), 'photo.png')
    expect(wrong).toMatchObject({ code: 1, stdout: '' })
    expect(wrong.stderr).toContain('is not a text file')
  },
)

test('images and text that cannot be used as asked end with 1 and a sentence', async () => {
  const images = writeBands(join(folder, 'fine'), 12, 6)
  writeFiles(join(folder, 'unlabeled'), { 'train-images-idx3-ubyte': idxImages(bands(6).pixels) })
  writeFiles(join(folder, 'uneven'), {
    'train-images-idx3-ubyte': idxImages(bands(6).pixels),
    'train-labels-idx1-ubyte': idxLabels(bands(5).labels),
  })
  writeFiles(join(folder, 'lines'), { 'train.txt': questions(9) })
  const calls: [string[], RegExp][] = [
    [['run', 'unlabeled'], /no labels for them/],
    [['run', 'uneven'], /6 images, but .* 5 labels/],
    [['run', join('fine', 'train-images-idx3-ubyte.gz')], /Give the folder that holds both/],
    [['run', 'fine', '--model', 'lstm'], /fine is images, which lstm does not read\. Use --model cnn or/],
    [['run', 'plants.csv', '--model', 'cnn'], /is a table, which cnn does not read\. Use --model mlp/],
    [['run', 'fine', '--target', 'last'], /--target is for tables: of images/],
    [
      ['run', 'lines', '--model', 'text-cnn', '--set', 'prepare.text.encoder.maxTokens=2'],
      /covers more words/,
    ],
    [['run', 'lines', '--set', 'split.method=given'], /came without test files/],
    [['run', 'fine', '--set', 'augment=shift', '--set', 'augment.shift.pixels=-1'], /augment\.0\.pixels/],
  ]
  const ended: Ended[] = []
  for (const [i, [args]] of calls.entries())
    // The first as a person does it, with all that is around it.
    ended.push(await (i === 0 ? descent : perform)(...args, '--out', `out-${i}`))
  calls.forEach(([args, sentence], i) => {
    expect(ended[i], args.join(' ')).toMatchObject({ code: 1, stdout: '' })
    expect(ended[i]?.stderr, args.join(' ')).toMatch(sentence)
    expect(ended[i]?.stderr).not.toContain('    at ')
  })
  // The data is read only.
  expect(readdirSync(images).length).toBe(4)
})

test('bad calls end with 2 and the way to help, bad files with 1 and a sentence', async () => {
  writeFileSync(join(folder, 'empty.csv'), '')
  mkdirSync(join(folder, 'folder.csv'))
  const calls: [string[], number, RegExp][] = [
    [['run', 'plants.csv', '--model', 'hopfield'], 2, /--model is one of mlp, resnet, realmlp, /],
    [['run', 'plants.csv', '--seed', 'x'], 2, /--seed is a whole number.*See “descent run --help”/],
    [['flly'], 2, /no command “flly”/],
    [['run', 'empty.csv'], 1, /empty/],
    [['run', 'folder.csv'], 1, /folder/],
    [['run', 'nowhere.csv'], 1, /There is no file/],
    [['run', 'plants.csv', '--target', 'colour'], 1, /no column "colour"/],
    [['run', 'plants.csv', '--set', 'model.depth=3'], 1, /no setting “model.depth”/],
    [['run', 'plants.csv', '--set', 'data.columns.c1.role=target'], 1, /“Two classes” has one target/],
    [['run', 'plants.csv', '--out', '.'], 1, /holds something that Descent did not write.*--out/],
    [['predict', 'nowhere', 'plants.csv'], 1, /no model at/],
  ]
  const whole = [calls[0]!, calls[3]!]
  const ended: Ended[] = []
  for (const call of calls) ended.push(await (whole.includes(call) ? descent : perform)(...call[0]))
  calls.forEach(([args, code, sentence], i) => {
    expect(ended[i], args.join(' ')).toMatchObject({ code, stdout: '' })
    expect(ended[i]?.stderr, args.join(' ')).toMatch(sentence)
    expect(ended[i]?.stderr).not.toContain('    at ')
  })
  // Nothing was trained, so nothing is left behind.
  expect(readdirSync(join(folder, 'runs'))).toEqual([])
})
