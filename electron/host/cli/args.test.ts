import { expect, test } from 'vitest'
import { startLimits } from '../../contract/index.ts'
import { parseCommand, UsageError } from './args.ts'

const refusal = (...argv: string[]): string => {
  try {
    parseCommand(argv)
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
  return 'accepted'
}

test('baselines are all that are trained, some, or none', () => {
  const baselines = (...given: string[]) => {
    const command = parseCommand(['run', 'd.csv', '--target', 'c', ...given])
    return 'baselines' in command ? command.baselines : null
  }
  expect(baselines('--baselines', 'none')).toEqual([])
  expect(baselines('--baselines', 'boosted,linear')).toEqual(['linear', 'boosted'])
  expect(() => baselines('--baselines', 'forest')).toThrow(
    '--baselines has no “forest”: it is none, or some of constant, linear, nearest, boosted, with commas between them.',
  )
})

test('a full run command', () => {
  const argv =
    'run d.csv --target last --model cnn --rows 2000 --threads 2 --seed 1 --json --epochs 5 --profile --backend wasm --task regression -o out'.split(
      ' ',
    )
  expect(parseCommand([...argv, '--set', 'seed=2', '--set', 'model.hidden=[]'])).toEqual({
    command: 'run',
    input: 'd.csv',
    target: ['last'],
    task: 'regression',
    model: 'cnn',
    effort: null,
    rows: 2000,
    threads: 2,
    seed: 1,
    backend: 'wasm',
    epochs: 5,
    out: 'out',
    json: true,
    profile: true,
    robustness: false,
    preflight: true,
    baselines: ['linear', 'nearest', 'boosted'],
    quiet: false,
    folds: null,
    each: null,
    repeats: 1,
    test: null,
    trainRows: null,
    testRows: null,
    select: null,
    set: ['seed=2', 'model.hidden=[]'],
    mirror: null,
    sensitive: [],
    limits: startLimits,
    reading: {},
    missing: null,
    shape: [],
  })
})

test('exploring takes what says which data, and under which recipe', () => {
  expect(parseCommand('augment pictures -o out --draws 3 --set augment=flip'.split(' '))).toMatchObject({
    command: 'augment',
    input: 'pictures',
    out: 'out',
    examples: 4,
    draws: 3,
  })
  expect(parseCommand(['augment', 'texts'])).toMatchObject({ out: null, examples: 4, draws: 8 })
  expect(() => parseCommand('augment pictures -o out --draws 99'.split(' '))).toThrow('from 1 to 24')
  expect(parseCommand('explore d.csv -t last --set seed=2 --json'.split(' '))).toEqual({
    command: 'explore',
    input: 'd.csv',
    target: ['last'],
    task: null,
    model: null,
    effort: null,
    rows: null,
    seed: null,
    backend: null,
    epochs: null,
    json: true,
    test: null,
    trainRows: null,
    testRows: null,
    select: null,
    set: ['seed=2'],
    mirror: null,
    sensitive: [],
    limits: startLimits,
    reading: {},
    missing: null,
    shape: [],
  })
  expect(parseCommand(['explore', '-h'])).toEqual({ command: 'help', about: 'explore' })
  expect(refusal('explore')).toBe('Say which CSV file, folder or recipe to explore.')
  expect(refusal('explore', 'a.csv', 'b.csv')).toContain('“b.csv” is too many')
  expect(refusal('explore', 'a.csv', '--task', 'magic')).toContain('--task is one of')
  expect(refusal('explore', 'a.csv', '--epochs', '3')).not.toBe('accepted')
})

test('what is tested is said in one way', () => {
  const asked = 'run d.csv --folds 5 --repeats 2'.split(' ')
  expect(parseCommand(asked)).toMatchObject({ folds: 5, repeats: 2 })
  expect(parseCommand('run d.csv --test t.csv'.split(' '))).toMatchObject({ test: 't.csv' })
  expect(parseCommand('explore d.csv --test-rows t.txt'.split(' '))).toMatchObject({ testRows: 't.txt' })
  expect(refusal('run', 'd.csv', '--repeats', '2')).toContain('give --folds, too')
  expect(refusal('run', 'd.csv', '--folds', '1')).toContain('a whole number from 2')
  expect(refusal('run', 'd.csv', '--folds', '101')).toContain('a whole number from 2 to 100')
  expect(refusal('run', 'd.csv', '--folds', '5', '--test', 't.csv')).toContain('each row tests once')
  expect(refusal('run', 'd.csv', '--test-rows', 't.txt', '--test', 't.csv')).toContain('not both')
})

test('limits are read with their units, and held to their bounds', () => {
  expect(
    parseCommand(['run', 'd.csv', '--limit', 'fileSize=16 GB', '--limit', 'columns=30000']),
  ).toMatchObject({
    limits: { ...startLimits, fileSize: 16 * 1024 ** 3, columns: 30_000 },
  })
  expect(refusal('run', 'd.csv', '--limit', 'size=1GB')).toContain('a name of fileSize, expandedSize,')
  expect(refusal('predict', 'm', 'd.csv', '--limit', 'fileSize')).toContain('--limit takes NAME=VALUE')
  expect(refusal('run', 'd.csv', '--limit', 'columns=1')).toContain('lies between 2 and 200,000; not “1”')
  expect(refusal('run', 'd.csv', '--limit', 'fileSize=lots')).toContain('not “lots”')
})

test('threads are a whole number that a machine may have', () => {
  expect(parseCommand('predict m d.csv --threads 3'.split(' '))).toMatchObject({ threads: 3 })
  expect(parseCommand(['predict', 'm', 'd.csv'])).toMatchObject({ threads: null })
  for (const value of ['0', '257', '1.5', 'all'])
    expect(refusal('run', 'd.csv', '--threads', value)).toBe(
      `--threads is a whole number from 1 to 256; not “${value}”.`,
    )
})

test('help and version, in every spelling', () => {
  expect(parseCommand([])).toEqual({ command: 'help', about: null })
  expect(parseCommand(['--help'])).toEqual({ command: 'help', about: null })
  expect(parseCommand(['run', '--help'])).toEqual({ command: 'help', about: 'run' })
  expect(parseCommand(['predict', '-h'])).toEqual({ command: 'help', about: 'predict' })
  expect(parseCommand(['serve', '--help'])).toEqual({ command: 'help', about: 'serve' })
  expect(parseCommand(['help', 'optimizers'])).toEqual({ command: 'help', about: 'optimizers' })
  expect(() => parseCommand(['help', 'magic'])).toThrow(
    /one of run, tune, search, explore, augment, predict, explain, export, export-data, convert, data, runs, project, deploy, latency, serve, space, backup, restore, diagnose, shaping, parsers, tasks, splits, selections, steps, encoders/,
  )
  expect(parseCommand(['--version'])).toEqual({ command: 'version' })
})

test('a predict command overwrites only when told to', () => {
  const plain = {
    command: 'predict',
    model: 'm',
    data: 'd.csv',
    out: 'p.csv',
    overwrite: false,
    table: null,
    query: null,
    threads: null,
    mirror: null,
    limits: startLimits,
    json: false,
    coverage: null,
  }
  expect(parseCommand(['predict', 'm', 'd.csv', '--coverage', '90%'])).toMatchObject({ coverage: 0.9 })
  expect(() => parseCommand(['predict', 'm', 'd.csv', '--coverage', '2'])).toThrow(/from 0.5 to 0.99/)
  expect(parseCommand(['predict', 'm', 'd.csv', '-o', 'p.csv'])).toEqual(plain)
  const place = 'mysql://me@host/shop'
  expect(parseCommand(['predict', 'm', place, '-o', 'p.csv', '--table', 'new'])).toEqual({
    ...plain,
    data: place,
    table: 'new',
  })
  expect(refusal('convert', place, '--table', 'new', '--query', 'select 1')).toContain(
    'leave out --table or --query',
  )
  expect(parseCommand(['predict', 'm', 'd.csv', '-o', 'p.csv', '--overwrite'])).toEqual({
    ...plain,
    overwrite: true,
  })
})

test('a test is a file, not an address', () => {
  expect(refusal('run', 'a.csv', '--test', 'https://example.org/t.csv')).toContain('Download it first')
  expect(refusal('run', 'a.csv', '--test', 'mysql://me@host/shop')).toContain('descent convert ADDRESS')
})

test('public sets are listed, or one of them is fetched, from a mirror where one is named', () => {
  const plain = {
    command: 'data',
    set: null,
    again: false,
    trust: false,
    mirror: null,
    limits: startLimits,
    json: false,
  }
  expect(parseCommand(['data'])).toEqual(plain)
  const mirror = 'https://mirror.example.org/sets'
  expect(parseCommand(['data', 'catalog:Iris', '--mirror', mirror, '--trust'])).toEqual({
    ...plain,
    set: 'iris',
    trust: true,
    mirror,
  })
  expect(parseCommand(['run', 'catalog:iris', '--mirror', mirror])).toMatchObject({
    input: 'catalog:iris',
    mirror,
  })
  expect(refusal('data', 'nothing')).toContain('There is no public set “nothing”')
  expect(refusal('data', '--again')).toContain('Say which set')
  expect(refusal('data', '--mirror', 'here')).toContain('--mirror: A mirror is the address of a server')
  expect(refusal('run', 'catalog:iris', '--mirror', 'https://me:x@here')).toContain('without a name')
})

test('an export names its format', () => {
  const plain = { command: 'export', model: 'm', format: 'onnx', set: [], data: null, out: null, json: false }
  expect(parseCommand(['export', 'm', '--format', 'onnx'])).toEqual(plain)
  const more = ['--set', 'answers=false', '--data', 'd.csv', '-o', 'here', '--json']
  expect(parseCommand(['export', 'm', '-f', 'onnx', ...more])).toEqual({
    ...plain,
    set: ['answers=false'],
    data: 'd.csv',
    out: 'here',
    json: true,
  })
  expect(refusal('export', 'm')).toContain('Say by --format which: onnx, web, server, pytorch, safetensors')
  expect(refusal('export', 'm', '--format', 'xls')).toContain('onnx, web, server, pytorch, safetensors')
  expect(refusal('export', '--format', 'onnx')).toContain('one model folder')
})

test('serve hands its arguments on', () => {
  expect(parseCommand(['diagnose', '--workspace', 'w'])).toEqual({ command: 'diagnose', workspace: 'w' })
  expect(() => parseCommand(['diagnose', 'data.csv'])).toThrow('too much')
  expect(parseCommand(['space', '--trim'])).toEqual({
    command: 'space',
    workspace: null,
    trim: true,
    keep: null,
    project: null,
    json: false,
  })
  expect(parseCommand(['space', '--keep', 'best'])).toMatchObject({ keep: 'best', trim: false })
  expect(() => parseCommand(['space', '--keep', 'some'])).toThrow('both or best')
  expect(() => parseCommand(['space', '--project', 'Churn'])).toThrow('--trim')
  expect(parseCommand(['serve', '--port', '8080'])).toEqual({ command: 'serve', args: ['--port', '8080'] })
})

test('what makes no sense is refused with what would', () => {
  expect(refusal('fly')).toBe('There is no command “fly”.')
  expect(refusal('run')).toContain('Say which')
  expect(refusal('run', 'a.csv', 'b.csv')).toContain('b.csv')
  expect(refusal('run', 'a.csv', '--seed', '-1')).toContain('--seed')
  expect(refusal('run', 'a.csv', '--seed', '1.5')).toContain('whole number')
  expect(refusal('run', 'a.csv', '--epochs', '0')).toContain('from 1')
  expect(refusal('run', 'a.csv', '--backend', 'cuda')).toContain('wasm, webgpu')
  expect(refusal('run', 'a.csv', '--colour')).toContain('--colour')
  expect(refusal('predict', 'model')).toContain('model folder')
})

test('what becomes of a table is said in its order', () => {
  const argv = ['--derive', 'bmi = a / (b*b)', '--filter', 'bmi >= 18', '--join', 'x.csv', '--on', 'a = b, c']
  expect(parseCommand(['run', 'd.csv', ...argv, '--prefix', 'x_', '--filter', 'a=1'])).toMatchObject({
    shape: [
      { shaping: 'deriveColumn', as: 'bmi', expression: 'a / (b*b)' },
      { shaping: 'filterRows', where: 'bmi >= 18' },
      { shaping: 'joinTable', path: 'x.csv', on: ['a = b', 'c'], prefix: 'x_', kind: 'left' },
      { shaping: 'filterRows', where: 'a=1' },
    ],
  })
  expect(parseCommand(['convert', 'd.csv', '--derive', '"odd name" = a = 1'])).toMatchObject({
    shape: [{ as: 'odd name', expression: 'a = 1' }],
  })
  expect(refusal('run', 'd.csv', '--derive', 'a >= 3')).toMatch(/NAME = EXPRESSION/)
  expect(refusal('run', 'd.csv', '--on', 'a')).toMatch(/--join, which stands before/)
  expect(refusal('run', 'd.csv', '--join', 'x.csv')).toMatch(/Join x\.csv: say by --on/)
})

test('data are exported in a form and to a file', () => {
  expect(
    parseCommand(['export-data', 'd.csv', '--as', 'prepared', '-o', 'x.csv', '--filter', 'a > 1']),
  ).toMatchObject({
    command: 'export-data',
    as: 'prepared',
    out: 'x.csv',
    shape: [{ where: 'a > 1' }],
  })
  expect(parseCommand(['export-data', 'd.csv', '-o', 'x.csv'])).toMatchObject({ as: 'typed' })
  expect(refusal('export-data', 'd.csv')).toMatch(/Say by --out/)
  expect(refusal('export-data', 'd.csv', '-o', 'x.csv', '--as', 'cleaned')).toMatch(
    /typed, written, prepared/,
  )
})

test('--each is one setting with two values or more', () => {
  expect(parseCommand(['run', 'd.csv', '--each', 'imbalance=none,smote'])).toMatchObject({
    each: { path: 'imbalance.remedy', values: ['none', 'smote'] },
  })
  expect(parseCommand(['run', 'd.csv', '--each', 'model.hidden=[64,64], [128]'])).toMatchObject({
    each: { path: 'model.hidden', values: ['[64,64]', '[128]'] },
  })
  expect(refusal('run', 'd.csv', '--each', 'imbalance=smote')).toContain('two values or more')
  expect(refusal('run', 'd.csv', '--each', 'imbalance=smote,smote')).toContain('“smote” twice')
  expect(refusal('run', 'd.csv', '--each', 'smote')).toContain('a setting and its values')
  expect(refusal('run', 'd.csv', '--each', 'data.source.header=yes,no')).toContain('one reading of the data')
  expect(refusal('run', 'd.csv', '--each', 'seed=1,2', '--each', 'seed=3,4')).toContain('give it once')
  expect(parseCommand(['run', 'd.csv', '--each', 'imbalance=none,smote', '--folds', '3'])).toMatchObject({
    each: { path: 'imbalance.remedy' },
    folds: 3,
  })
  expect(refusal('run', 'd.csv', '--each', 'split.seed=1,2', '--folds', '3')).toContain(
    'leave out one of them',
  )
})

test('runs are listed, put together, compared, exported and imported', () => {
  expect(parseCommand(['runs'])).toMatchObject({ command: 'runs', action: 'list', where: '', limit: 20 })
  expect(parseCommand(['runs', '-p', 'Churn', '-w', 'tag = paper', '--sort', 'seconds'])).toMatchObject({
    action: 'list',
    project: 'Churn',
    where: 'tag = paper',
    sort: 'seconds',
  })
  expect(parseCommand(['runs', 'groups', '--by', 'tag'])).toMatchObject({ action: 'groups', by: 'tag' })
  expect(parseCommand(['runs', 'export', '--as', 'mlflow', '-o', 'runs'])).toMatchObject({
    action: 'export',
    as: 'mlflow',
    out: 'runs',
  })
  expect(parseCommand(['runs', 'import', 'mlruns'])).toMatchObject({ action: 'import', folder: 'mlruns' })
  expect(parseCommand(['runs', 'compare', 'Run 1', 'Run 2', '--on', 'test'])).toMatchObject({
    action: 'compare',
    first: 'Run 1',
    second: 'Run 2',
    split: 'test',
    metric: null,
  })
  expect(parseCommand(['runs', 'compare', '--help'])).toEqual({ command: 'help', about: 'runs' })
  expect(refusal('runs', 'delete')).toContain('“delete” is none of list, groups, export, import, compare')
  expect(refusal('runs', 'export')).toContain('Say by --out')
  expect(refusal('runs', 'export', '-o', 'x', '--as', 'wandb')).toContain('csv-file, tensorboard, mlflow')
  expect(refusal('runs', 'compare', 'Run 1')).toContain('Name two runs')
  expect(refusal('runs', 'compare', 'a', 'b', '--on', 'train')).toContain('validation or test')
  expect(refusal('runs', '--limit', '0')).toContain('--limit')
  expect(refusal('runs', '--nonsense')).toContain('--nonsense')
})

test('a model is deployed on loopback, or elsewhere with a token that nobody guesses', () => {
  expect(parseCommand(['deploy', 'model'])).toEqual({
    command: 'deploy',
    model: 'model',
    host: '127.0.0.1',
    port: 8080,
    token: null,
    coverage: null,
    threads: null,
  })
  const asked = ['deploy', 'model', '--host', '0.0.0.0', '--port', '0', '--coverage', '90%', '--threads', '2']
  expect(parseCommand([...asked, '--token', 'a-token-of-some-length'])).toMatchObject({
    host: '0.0.0.0',
    port: 0,
    token: 'a-token-of-some-length',
    coverage: 0.9,
    threads: 2,
  })
  expect(parseCommand(['deploy', '--help'])).toEqual({ command: 'help', about: 'deploy' })
  expect(() => parseCommand(['deploy'])).toThrow('Name one model folder')
  expect(() => parseCommand(['deploy', 'model', '--port', '70000'])).toThrow('is not a port')
  expect(() => parseCommand(['deploy', 'model', '--token', 'short'])).toThrow('at least 16 characters')
  expect(() => parseCommand(['deploy', 'model', '--coverage', '2'])).toThrow('from 0.5 to 0.99')
})

test('projects are listed, exported, imported and duplicated', () => {
  expect(parseCommand(['project'])).toEqual({
    command: 'project',
    action: 'list',
    workspace: null,
    json: false,
  })
  expect(parseCommand(['project', 'export', 'My rings', '-o', 'rings.descent', '--overwrite'])).toMatchObject(
    {
      action: 'export',
      project: 'My rings',
      out: 'rings.descent',
      overwrite: true,
    },
  )
  expect(parseCommand(['project', 'import', 'rings.descent', '--json'])).toMatchObject({
    action: 'import',
    file: 'rings.descent',
    json: true,
  })
  expect(parseCommand(['project', 'duplicate'])).toMatchObject({ action: 'duplicate', project: null })
  expect(parseCommand(['project', 'export', '--help'])).toEqual({ command: 'help', about: 'project' })
  expect(refusal('project', 'delete')).toContain('“delete” is none of list, export, import, duplicate')
  expect(refusal('project', 'export', 'Rings')).toContain('Say by --out which file')
  expect(refusal('project', 'import')).toContain('Name the file')
  expect(refusal('project', 'export', 'My', 'rings', '-o', 'x')).toContain('in quotes')
  expect(refusal('project', 'import', 'x', '--overwrite')).toContain('--overwrite')
})

test('a search has settings to search, of ranges, values or what is usual, and flags of its kind', () => {
  const over = [
    'training.optimizer.learningRate=1e-4..1e-1:log',
    'model.hidden=[32],[64,64]',
    'model.dropout',
  ]
  const argv = ['search', 'd.csv', '-t', 'y', '--runs', '9', '--least-epochs', '2', '--seed', '4']
  expect(parseCommand([...argv, ...over.flatMap((one) => ['--over', one])])).toMatchObject({
    command: 'search',
    input: 'd.csv',
    target: ['y'],
    search: { kind: 'asha', runs: 9, leastEpochs: 2, reduction: 3, minutes: 0, by: 'metric', seed: 4 },
    over: [
      { path: 'training.optimizer.learningRate', from: 1e-4, to: 0.1, scale: 'logarithmic' },
      { path: 'model.hidden', values: [[32], [64, 64]] },
      { path: 'model.dropout' },
    ],
  })
  expect(parseCommand(['search', 'd.csv', '--kind', 'everyOptimizer', '--repeats', '2'])).toMatchObject({
    search: { kind: 'everyOptimizer', repeats: 2, rates: 'start' },
    over: [],
  })
  expect(refusal('search')).toContain('to search good settings for')
  expect(refusal('search', 'd.csv', '--kind', 'grid')).toContain(
    'one of asha, randomSearch, everyOptimizer, ablation, learningCurve',
  )
  expect(refusal('search', 'd.csv', '--kind', 'randomSearch', '--reduction', '2')).toContain(
    'is for --kind asha',
  )
  expect(refusal('search', 'd.csv', '--runs', '0')).toBe(
    '--runs: Runs must be a whole number from 1 to 500. Not “0”.',
  )
  expect(refusal('search', 'd.csv', '--over', 'model.dropout=0.1')).toContain('two values or more')
  expect(refusal('search', 'd.csv', '--over', 'model.dropout=0..1:cubic')).toContain('“log” or “linear”')
  expect(refusal('search', 'd.csv', '--over', '=1,2')).toContain('--over wants a setting')
})

test('settings that nothing obeys are refused', () => {
  expect(() => parseCommand(['explain', 'model', 'data.csv', '--column', 'a', '--set', 'orders=3'])).toThrow(
    'leave out --row, --by and --set',
  )
  expect(() => parseCommand(['latency', 'model', '--set', 'rows=3'])).toThrow(
    '“rows=3” sets nothing here: there are batches, concurrency, seconds',
  )
  expect(parseCommand(['latency', 'model', '--set', 'batches=[2]'])).toMatchObject({
    options: { batches: [2], concurrency: [1, 8], seconds: 1 },
  })
})

test('robustness of a run is asked for by its name, on the split that is said', () => {
  expect(parseCommand(['runs', 'robustness', 'Run 1', '--on', 'test'])).toMatchObject({
    command: 'runs',
    action: 'robustness',
    run: 'Run 1',
    split: 'test',
  })
  expect(parseCommand(['runs', 'robustness', 'Run 1'])).toMatchObject({ split: null, data: null })
  expect(parseCommand(['runs', 'robustness', 'run/model', '--data', 'a.csv'])).toMatchObject({
    run: 'run/model',
    data: 'a.csv',
  })
  expect(() => parseCommand(['runs', 'robustness'])).toThrow('Name one run.')
  expect(() => parseCommand(['runs', 'robustness', 'a', '--on', 'train'])).toThrow(
    '--on is validation or test',
  )
  expect(parseCommand(['run', 'a.csv', '--robustness'])).toMatchObject({ robustness: true })
})

test('a report of a run goes into a page that is named', () => {
  expect(parseCommand(['runs', 'report', 'Run 1', '-o', 'a.html', '--overwrite'])).toMatchObject({
    action: 'report',
    run: 'Run 1',
    out: 'a.html',
    overwrite: true,
  })
  expect(() => parseCommand(['runs', 'report', 'Run 1'])).toThrow('a name that ends with .html')
  expect(() => parseCommand(['runs', 'report', 'Run 1', '-o', 'a.csv'])).toThrow(
    'a name that ends with .html',
  )
  expect(() => parseCommand(['runs', 'report', '-o', 'a.html'])).toThrow('Name one run.')
})
