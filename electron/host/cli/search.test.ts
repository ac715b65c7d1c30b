import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recipeSchema } from '../../contract/index.ts'
import { performHere } from './testing.ts'
import { describeSearch, type SearchReport } from './search.ts'

let folder: string
const cli = fileURLToPath(new URL('../cli.ts', import.meta.url))

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'descent-cli-search-'))
  const rows = Array.from({ length: 240 }, (_, i) => {
    const [x, y] = [((i * 7919) % 1000) / 500 - 1, ((i * 104729) % 997) / 498 - 1]
    return `${x},${y},${x * y > 0 ? 'same' : 'other'}`
  })
  writeFileSync(join(folder, 'signs.csv'), `x,y,sign\n${rows.join('\n')}\n`)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** `onError`: told each piece of stderr. */
function descent(args: string[], onError: (text: string, interrupt: () => void) => void = () => undefined) {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: folder,
    env: { ...process.env, DESCENT_THREADS: '1' },
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => {
    said.stderr += chunk.toString()
    onError(said.stderr, () => child.kill('SIGINT'))
  })
  return new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, ...said })))
}
/** The same in this process: what is refused is refused sooner than a process starts. */
const refused = (args: string[]): Promise<Ended> => performHere(args, folder)
const reportOf = ({ code, stdout, stderr }: Ended): SearchReport => {
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as SearchReport
}

const common = 'search signs.csv --target sign --effort quick --backend wasm --seed 1'.split(' ')
const over = [
  '--over',
  'training.optimizer.learningRate=1e-3..1e-1:log',
  '--over',
  'model.hidden=[4],[16,16]',
]

test(
  'a search tells of its runs, and leaves a recipe that is trained and tested afterwards',
  { tags: 'thorough', timeout: 120_000 },
  async () => {
    const ran = await descent([
      ...common,
      ...over,
      '--epochs',
      '9',
      '--runs',
      '8',
      '--least-epochs',
      '1',
      '--out',
      'found',
      '--json',
    ])
    const report = reportOf(ran)
    expect(report).toMatchObject({ state: 'finished', planned: 8, begun: 8, run: join(folder, 'found') })
    expect(ran.stderr).toContain(
      'ASHA: 8 runs of 9 epochs at most, 2 at a time, judged by validation accuracy',
    )
    expect(ran.stderr).toMatch(/Run \d stopped early after \d epochs?: .* of 8 after 1 epoch/)
    expect(readdirSync(join(folder, 'found')).sort()).toEqual([
      'descent-files.json',
      'recipe.json',
      'search.json',
      'trials.csv',
    ])
    const best = report.trials.find(({ number }) => number === report.best)!
    const recipe = recipeSchema.parse(JSON.parse(readFileSync(join(folder, 'found/recipe.json'), 'utf8')))
    expect(recipe.training.optimizer.learningRate).toBe(best.settings['training.optimizer.learningRate'])
    expect(recipe.seed).toBe(1)
    expect(report.bestSettings.join(' ')).toContain('training.optimizer.learningRate=')
    const lines = readFileSync(join(folder, 'found/trials.csv'), 'utf8').trim().split(/\r?\n/)
    expect(lines).toHaveLength(9)
    expect(lines[0]).toBe(
      'run,state,epochs,seconds,validation/accuracy,training.optimizer.learningRate,model.hidden,why',
    )
    const text = describeSearch(report)
    expect(text).toMatch(/^8 of 8 runs in .*, the best first:\n {2}Run/)
    expect(text).toContain('looks better on the validation split than it is')
    expect(text).toContain('descent run ' + join(folder, 'found', 'recipe.json'))
    for (const line of text.split('\n').filter((one) => one.startsWith('  ')))
      expect(line).not.toContain('undefined')

    const tested = await descent([
      'run',
      join('found', 'recipe.json'),
      '--no-preflight',
      '--out',
      'tested',
      '--json',
    ])
    expect(tested.code, tested.stderr).toBe(0)
    expect(existsSync(join(folder, 'tested/model'))).toBe(true)
  },
)

test('Ctrl-C ends a search, which keeps and tells what there is', async () => {
  let asked = false
  const ran = await descent(
    [
      ...common,
      ...over,
      '--kind',
      'randomSearch',
      '--epochs',
      '50000',
      '--set',
      'training.earlyStopping=null',
      '--runs',
      '9',
      '--json',
    ],
    (stderr, interrupt) => {
      if (asked || !/Run 2 of 9/.test(stderr)) return
      asked = true
      setTimeout(interrupt, 4000)
    },
  )
  const report = reportOf(ran)
  expect(ran.stderr).toContain('Stopping: what was trained will be told and kept.')
  expect(report.state).toBe('stopped')
  expect(report.said[0]).toBe('It was stopped by hand.')
  expect(report.trials.map(({ state }) => state)).toEqual(['cut', 'cut'])
  expect(report.best).not.toBeNull()
}, 120_000)

test('what cannot be searched is refused in a sentence, and leaves no folder', async () => {
  const wrong = await refused([...common, '--over', 'training.learningRate=1e-4..1e-1', '--out', 'none'])
  expect(wrong.code).toBe(1)
  expect(wrong.stderr).toContain(
    'no setting “training.learningRate”. Did you mean training.optimizer.learningRate?',
  )
  const nothing = await refused([...common, '--out', 'none'])
  expect(nothing.stderr).toContain('Say which settings are to be searched')
  const weights = await refused([...common, ...over, '--weights', 'nowhere.safetensors', '--out', 'none'])
  expect(weights.code).toBe(1)
  expect(weights.stderr).toContain('nowhere.safetensors')
  expect(weights.stderr).not.toContain('Run 1')
  expect(existsSync(join(folder, 'none'))).toBe(false)
})

test(
  'every optimizer recommends what did best, and no seed',
  { tags: 'thorough', timeout: 120_000 },
  async () => {
    const ran = await descent([
      ...common,
      '--kind',
      'everyOptimizer',
      '--repeats',
      '1',
      '--epochs',
      '2',
      '--out',
      'optimizers',
      '--json',
    ])
    const report = reportOf(ran)
    const most = Math.max(...report.contenders.map(({ mean }) => mean))
    const first = report.contenders.find(({ mean }) => mean === most)!
    expect(first.numbers).toContain(report.best)
    expect(report.bestSettings.join(' ')).not.toContain('seed')
    const recipe = recipeSchema.parse(
      JSON.parse(readFileSync(join(folder, 'optimizers/recipe.json'), 'utf8')),
    )
    expect(recipe.seed).toBe(1)
    // Where that of the recipe did best, that is no failure.
    const own = describeSearch({ ...report, bestSettings: [] })
    expect(own).toContain('Nothing did better than the settings that the recipe has already.')
    expect(own).toContain('descent run ' + join(folder, 'optimizers', 'recipe.json'))
    expect(describeSearch({ ...report, best: null, bestSettings: [] })).toContain('No run came to anything')
  },
)
