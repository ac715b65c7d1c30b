/** Paths that lead to pipes, devices, bombs and more than memory holds. While each is looked at, other calls answer. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Cases } from '../cases.ts'
import { questions, write, writeImages } from '../data.ts'
import { badRefusal } from '../storage/template.ts'
import { finished, projectWith } from '../training.ts'
import { commandLine, Host, inTime, messageOf, program, sample, sleep, slowness } from '../support.ts'

/** `granted`: it may be read; otherwise it must be refused. */
interface Oddity {
  readonly name: string
  make(folder: string): string
  readonly granted?: true
  readonly options?: { delimiter?: string; header?: string; target?: string }
}

const makeFifo = (path: string): string => (execFileSync('mkfifo', [path]), path)
const linkTo = (target: string, path: string): string => (symlinkSync(target, path), path)
const textFolder = (folder: string, make: (path: string) => unknown): string => {
  write(join(folder, 'test.txt'), questions(12))
  make(join(folder, 'train.txt'))
  return folder
}
const imageFolder = (folder: string, make: (path: string) => unknown): string => {
  writeImages(folder, 30)
  make(join(folder, 't10k-images-idx3-ubyte'))
  return folder
}
const sparse = (path: string, bytes: number): string => (
  writeFileSync(path, ''),
  truncateSync(path, bytes),
  path
)

function socketAt(path: string): string {
  const server = createServer().listen(path)
  server.unref()
  return path
}

/** Members of a gzip file unpack one after the other: https://www.rfc-editor.org/rfc/rfc1952#section-2.2 */
function bomb(path: string, gigabytes: number): string {
  const member = gzipSync(Buffer.alloc(100 << 20), { level: 9 })
  const file = openSync(path, 'w')
  for (let i = 0; i < gigabytes * 10; i++) writeSync(file, member)
  closeSync(file)
  return path
}

function manyFiles(folder: string, count: number): string {
  for (let i = 0; i < count; i++) writeFileSync(join(folder, `train-${i}.txt`), '')
  return folder
}

function longLine(path: string, mebibytes: number): string {
  const file = openSync(path, 'w')
  writeSync(file, 'a,b\n')
  for (let i = 0; i < mebibytes; i++) writeSync(file, 'x'.repeat(1 << 20))
  writeSync(file, ',1\n')
  closeSync(file)
  return path
}

const wide = (columns: number): string =>
  ['c', 1, 2, 3, 4]
    .map((row) => Array.from({ length: columns }, (_, i) => (row === 'c' ? `c${i}` : +row * i)).join(','))
    .join('\n') + '\n'

const csv = (content: string | Uint8Array) => (folder: string) => write(join(folder, 'table.csv'), content)

const oddities: readonly Oddity[] = [
  { name: 'a pipe as a table', make: (folder) => makeFifo(join(folder, 'table.csv')) },
  { name: 'a pipe as train.txt', make: (folder) => textFolder(folder, (path) => makeFifo(path)) },
  { name: 'a pipe among images', make: (folder) => imageFolder(folder, (path) => makeFifo(path)) },
  { name: '/dev/zero', make: () => '/dev/zero' },
  { name: '/dev/random', make: () => '/dev/random' },
  { name: '/dev/stdin', make: () => '/dev/stdin' },
  { name: '/proc/kmsg', make: () => '/proc/kmsg' },
  { name: '/proc/self/mem', make: () => '/proc/self/mem' },
  { name: '/proc', make: () => '/proc' },
  { name: 'a link to /dev/zero', make: (folder) => linkTo('/dev/zero', join(folder, 'table.csv')) },
  {
    name: 'a link to /dev/zero as train.txt',
    make: (folder) => textFolder(folder, (path) => linkTo('/dev/zero', path)),
  },
  {
    name: 'a link to /dev/zero among images',
    make: (folder) => imageFolder(folder, (path) => linkTo('/dev/zero', path)),
  },
  {
    name: 'a link to itself',
    make: (folder) => linkTo(join(folder, 'table.csv'), join(folder, 'table.csv')),
  },
  { name: 'a link to nothing', make: (folder) => linkTo(join(folder, 'gone'), join(folder, 'table.csv')) },
  {
    name: 'a folder that holds a link to itself',
    make: (folder) => (linkTo(folder, join(folder, 'train')), folder),
  },
  { name: 'a socket as a table', make: (folder) => socketAt(join(folder, 'table.csv')) },
  { name: 'a socket as train.txt', make: (folder) => textFolder(folder, (path: string) => socketAt(path)) },
  { name: 'a sparse file of 10 GB', make: (folder) => sparse(join(folder, 'table.csv'), 10 * 2 ** 30) },
  { name: 'a sparse file of 2 GB', make: (folder) => sparse(join(folder, 'table.csv'), 2 * 2 ** 30) },
  {
    name: 'a sparse train.txt of 10 GB',
    make: (folder) => textFolder(folder, (path) => sparse(path, 10 * 2 ** 30)),
  },
  {
    name: 'sparse images of 10 GB',
    make: (folder) => imageFolder(folder, (path) => sparse(path, 10 * 2 ** 30)),
  },
  { name: 'a gzip bomb as a table', make: (folder) => bomb(join(folder, 'table.csv.gz'), 10) },
  { name: 'a gzip bomb as text', make: (folder) => (bomb(join(folder, 'train.txt.gz'), 10), folder) },
  { name: 'a gzip bomb as images', make: (folder) => imageFolder(folder, (path) => bomb(`${path}.gz`, 10)) },
  { name: '200,000 files', make: (folder) => manyFiles(folder, 200_000) },
  { name: 'a line of 200 MB', make: (folder) => longLine(join(folder, 'table.csv'), 200) },
  {
    name: 'a train.txt of one line of 200 MB',
    make: (folder) => textFolder(folder, (path) => longLine(path, 200)),
  },
  { name: '5,000 columns and 4 rows', make: csv(wide(5000)), granted: true },
  { name: '30,000 columns and 4 rows', make: csv(wide(30_000)) },
  { name: 'null bytes', make: csv('a,b\n1,\0\n2,\0\0\n'), granted: true },
  { name: 'only null bytes', make: csv(Buffer.alloc(100_000)), granted: true },
  { name: 'nothing', make: csv('') },
  { name: 'a byte order mark', make: csv('\ufeff') },
  { name: 'a header alone', make: csv('a,b\n') },
  { name: 'an empty folder', make: (folder) => folder },
  { name: 'a path with a null character', make: (folder) => join(folder, 'a\0b.csv') },
  { name: 'a path of 5,000 characters', make: (folder) => join(folder, 'x'.repeat(5000)) },
  { name: 'a path of 5,000 folders', make: () => '/x'.repeat(2500) },
  { name: 'a relative path of steps up', make: () => '../'.repeat(1000) },
  ...['"', '\n', '\r', '\0', 'a', '0', '.', ' ', '\ud83d', '\\', "'"].map((delimiter): Oddity => ({
    name: `the delimiter ${JSON.stringify(delimiter)}`,
    make: () => sample('churn'),
    granted: true,
    options: { delimiter },
  })),
  {
    name: 'a target that is no column',
    make: () => sample('churn'),
    options: { target: 'nothing of that kind' },
  },
  { name: 'a target far right', make: () => sample('churn'), options: { target: '99999999999999999999' } },
]

export interface Latency {
  readonly all: number[]
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0

/** How long another call takes meanwhile. */
async function meanwhile<T>(
  host: Host,
  latency: Latency,
  work: Promise<T>,
): Promise<{ value: T; complaints: string[] }> {
  const mine: number[] = []
  let over = false
  const ended = work.finally(() => (over = true))
  ended.catch(() => undefined)
  while (!over) {
    const start = performance.now()
    await host.call('projects.list', {})
    mine.push(performance.now() - start)
    await sleep(20)
  }
  latency.all.push(...mine)
  const most = 100 * slowness()
  const complaints =
    mine.length >= 5 && median(mine) > most
      ? [
          `meanwhile other calls take ${median(mine).toFixed(0)} ms (median of ${mine.length}), the longest ${Math.max(...mine).toFixed(0)} ms`,
        ]
      : []
  return { value: await ended, complaints }
}

async function attempt(
  host: Host,
  latency: Latency,
  path: string,
  { granted, options }: Oddity,
): Promise<string[]> {
  const { id: projectId } = await host.call('projects.create', { name: 'Odd' })
  const work = inTime(
    'the import',
    host.call('datasets.import', { projectId, path, ...options }).then(
      () => null,
      (error: unknown) => ({ error }),
    ),
    60_000,
  )
  const { value, complaints } = await meanwhile(host, latency, work)
  if (value !== null) complaints.push(...badRefusal('the import', value.error))
  else if (granted !== true) complaints.push('it was read')
  if (value === null)
    for (const call of [
      () => host.call('datasets.page', { projectId, offset: 0, limit: 5 }),
      () => host.call('explore.profile', { projectId }),
      () => host.call('prepare.summary', { projectId }),
      () => host.call('model.summary', { projectId }),
    ])
      await inTime<unknown>('a call', call(), 60_000).catch((error: unknown) =>
        complaints.push(...badRefusal('a call after it', error)),
      )
  await host.call('projects.delete', { projectId })
  if (host.exited !== null) complaints.push('the host died')
  return complaints
}

export async function odd(cases: Cases, folder: string, say: (line: string) => void): Promise<void> {
  const latency: Latency = { all: [] }
  let host = await Host.start(join(folder, 'workspace'))
  const restored = async (work: () => Promise<string[]>): Promise<string[]> => {
    try {
      return await work()
    } finally {
      if (host.exited !== null) host = await Host.start(join(folder, 'workspace'))
    }
  }
  for (const [i, oddity] of oddities.entries())
    await cases.run(oddity.name, () =>
      restored(async () => {
        const place = join(folder, `odd-${i}`)
        mkdirSync(place)
        return await attempt(host, latency, oddity.make(place), oddity)
      }),
    )
  await oddModels(cases, folder, () => host)
  await cases.run('80 emoji as the name of an upload', async () => {
    const path = await host.upload(`${'😀'.repeat(80)}.csv`, readFileSync(sample('houses')))
    const { id: projectId } = await host.call('projects.create', { name: '😀'.repeat(40) })
    await host.call('datasets.import', { projectId, path })
  })
  await host.end()
  await oddCommands(cases, folder)
  await unreadable(cases, folder)
  if (latency.all.length > 0)
    say(
      `other calls meanwhile: ${latency.all.length}, median ${median(latency.all).toFixed(0)} ms, ` +
        `longest ${Math.max(...latency.all).toFixed(0)} ms (the machine: ${slowness().toFixed(1)} times its cores)`,
    )
}

/** Parts of a model that are no files. */
async function oddModels(cases: Cases, folder: string, host: () => Host): Promise<void> {
  const project = await projectWith(host(), 'table', sample('churn'), 2)
  const { id } = await host().call('training.start', { projectId: project.id })
  await finished(host(), id)
  const makers: Record<string, (path: string) => unknown> = {
    'a pipe': makeFifo,
    'a link to /dev/zero': (path) => linkTo('/dev/zero', path),
    'a socket': socketAt,
    'a sparse file of 10 GB': (path) => sparse(path, 10 * 2 ** 30),
    'a folder': (path) => mkdirSync(path),
  }
  for (const part of ['model.json', 'model.safetensors'])
    for (const [what, make] of Object.entries(makers))
      await cases.run(`${what} as ${part}`, async () => {
        const path = join(folder, `${part}-${what.replaceAll(/\W+/g, '-')}`)
        await host().call('deploy.save', { runId: id, path })
        execFileSync('rm', [join(path, part)])
        make(join(path, part))
        const complaints: string[] = []
        for (const [name, call] of Object.entries({
          load: () => host().call('deploy.load', { path }),
          predict: () => host().call('deploy.predict', { modelPath: path, dataPath: sample('churn') }),
        }))
          await inTime<unknown>(name, call(), 60_000).then(
            () => complaints.push(`${name} takes it`),
            (error: unknown) => complaints.push(...badRefusal(name, error)),
          )
        return complaints
      })
  const model = join(folder, 'sound-model')
  await host().call('deploy.save', { runId: id, path: model })
  for (const name of [
    'a pipe as a table',
    '/dev/zero',
    'a gzip bomb as a table',
    'a socket as a table',
    'a line of 200 MB',
  ])
    await cases.run(`prediction from ${name}`, async () => {
      const place = join(folder, `predict-${name.replaceAll(/\W+/g, '-')}`)
      mkdirSync(place)
      const dataPath = oddities.find((each) => each.name === name)!.make(place)
      try {
        await inTime('the prediction', host().call('deploy.predict', { modelPath: model, dataPath }), 60_000)
        return ['it was read']
      } catch (error) {
        return badRefusal('the prediction', error)
      }
    })
}

async function oddCommands(cases: Cases, folder: string): Promise<void> {
  const makers: Record<string, (place: string) => string[]> = {
    'run of a pipe as recipe.json': (place) => ['run', makeFifo(join(place, 'recipe.json'))],
    'run of a link to /dev/zero as recipe.json': (place) => [
      'run',
      linkTo('/dev/zero', join(place, 'recipe.json')),
    ],
    'run of a sparse recipe.json of 10 GB': (place) => [
      'run',
      sparse(join(place, 'recipe.json'), 10 * 2 ** 30),
    ],
    'run of a recipe.json that is a folder': (place) => [
      'run',
      (mkdirSync(join(place, 'recipe.json')), join(place, 'recipe.json')),
    ],
    'run of a pipe as a table': (place) => ['run', makeFifo(join(place, 'table.csv'))],
    'run of /dev/zero': () => ['run', '/dev/zero'],
    'run of a gzip bomb': (place) => ['run', bomb(join(place, 'table.csv.gz'), 10)],
    'run of a folder with a pipe': (place) => ['run', textFolder(place, (path) => makeFifo(path))],
    'run of a line of 200 MB': (place) => ['run', longLine(join(place, 'table.csv'), 200)],
    'run of a path with 5,000 characters': () => ['run', 'x'.repeat(5000)],
    'predict with a pipe as the model': (place) => [
      'predict',
      makeFifo(join(place, 'model')),
      sample('churn'),
    ],
  }
  for (const [name, make] of Object.entries(makers))
    await cases.run(`descent ${name}`, async () => {
      const place = join(folder, `command-${name.replaceAll(/\W+/g, '-')}`)
      mkdirSync(place)
      const { code, stderr, timedOut } = await program([commandLine, ...make(place)], {
        limitMs: 60_000 * slowness(),
        cwd: place,
      })
      const complaints: string[] = []
      if (timedOut) complaints.push('it did not end within 60 s')
      else if (code !== 1) complaints.push(`it ended with ${code}`)
      if (/\n\s+at |should not/.test(stderr)) complaints.push(`it shows its insides: ${stderr.slice(-800)}`)
      if (!/[.!?…]$/.test(stderr.trim())) complaints.push(`no sentence: ${stderr.slice(-300)}`)
      return complaints
    })
}

/** Root reads everything, so somebody else has to try. */
async function unreadable(cases: Cases, folder: string): Promise<void> {
  const name = 'files that may not be read'
  const setpriv = '/usr/bin/setpriv'
  if (process.getuid?.() !== 0 || !existsSync(setpriv))
    return cases.skip(name, 'only root can start a host as another user, by setpriv')
  const nobody = 65_534
  const place = join(folder, 'nobody')
  mkdirSync(place)
  const table = join(place, 'table.csv')
  copyFileSync(sample('churn'), table)
  const text = textFolder(join(place, 'texts'), (path) => writeFileSync(path, questions(12)))
  for (const path of [table, join(text, 'train.txt')]) chmodSync(path, 0)
  const closed = join(place, 'closed')
  write(join(closed, 'table.csv'), 'a,b\n1,2\n')
  chmodSync(closed, 0)
  const home = join(place, 'home')
  mkdirSync(home)
  execFileSync('chown', ['-R', `${nobody}:${nobody}`, home])
  for (const each of [folder, place]) chmodSync(each, 0o755)
  await cases.run(name, async () => {
    const host = await Host.start(join(home, 'workspace'), {
      under: [setpriv, `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'],
      env: { HOME: home, DESCENT_CACHE: 'off', XDG_DATA_HOME: home },
    })
    try {
      const { id: projectId } = await host.call('projects.create', { name: 'Closed' })
      const complaints: string[] = []
      for (const path of [table, text, closed, join(closed, 'table.csv'), '/root/.ssh', '/etc/shadow'])
        await host.call('datasets.import', { projectId, path }).then(
          () => complaints.push(`${path} was read`),
          (error: unknown) => complaints.push(...badRefusal(path, error)),
        )
      await host
        .call('datasets.import', { projectId, path: sample('churn') })
        .catch((error: unknown) => complaints.push(`a readable file: ${messageOf(error)}`))
      await host.end()
      return complaints
    } finally {
      host.killAll()
    }
  })
}
