/** Mutated files through the host's import and through the command line. */
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DescentError } from '../../../electron/contract/index.ts'
import type { AttackOptions, Cases } from '../cases.ts'
import { questions, write, writeImages } from '../data.ts'
import { badRefusal } from '../storage/template.ts'
import { finished, projectWith } from '../training.ts'
import {
  commandLine,
  Host,
  inTime,
  messageOf,
  pick,
  program,
  randomOf,
  root,
  sample,
  slowness,
} from '../support.ts'

/** A file, or a folder of which one file is changed. */
interface Base {
  readonly name: string
  readonly path: string
  /** The file that is mutated; empty: the path itself. */
  readonly files: readonly string[]
}

const failures = join(root, 'test-results/faults')
const longestMs = 60_000

function bases(folder: string): Base[] {
  const head = readFileSync(sample('churn'), 'utf8').split('\n').slice(0, 80).join('\n') + '\n'
  const file = (name: string, content: Uint8Array | string): Base => ({
    name,
    path: write(join(folder, name), content),
    files: [''],
  })
  const images = writeImages(join(folder, 'idx'), 40)
  const packed = join(folder, 'idx-gz')
  mkdirSync(packed)
  for (const name of readdirSync(images))
    write(join(packed, `${name}.gz`), gzipSync(readFileSync(join(images, name))))
  const texts = join(folder, 'texts')
  write(join(texts, 'q.train.txt'), questions(60))
  write(join(texts, 'q.test.txt'), questions(12))
  const whole = (name: string, path: string): Base => ({ name, path, files: readdirSync(path) })
  return [
    file('table.csv', head),
    file('table.tsv', head.replaceAll(',', '\t')),
    file('houses.csv', readFileSync(sample('houses'), 'utf8').split('\n').slice(0, 60).join('\n')),
    file(
      'quoted.csv',
      'a,"b ""c""",d\n' + Array.from({ length: 40 }, (_, i) => `${i},"x, ${i}\ny","z"\n`).join(''),
    ),
    file('questions.txt', questions(40)),
    file('table.csv.gz', gzipSync(head)),
    whole('idx', images),
    whole('idx-gz', packed),
    whole('texts', texts),
  ]
}

/** Returns where the mutated thing is. */
function mutant(base: Base, random: () => number, into: string, mutate: Mutate): string {
  const target = join(into, base.name)
  cpSync(base.path, target, { recursive: true })
  const file = join(target, pick(random, base.files))
  const at = file.replace(/\/$/, '')
  writeFileSync(at, mutate(readFileSync(at), random))
  return target
}

export type Mutate = (bytes: Uint8Array, random: () => number) => Uint8Array

export interface Fuzz {
  readonly cases: Cases
  readonly options: AttackOptions
  readonly folder: string
  readonly mutate: Mutate
}

const keep = (path: string, name: string): string => {
  const kept = join(failures, name.replaceAll(/[^\w.-]+/g, '-'))
  mkdirSync(failures, { recursive: true })
  cpSync(path, kept, { recursive: true })
  return kept
}

export async function fuzzImports({ cases, options, folder, mutate }: Fuzz, count: number): Promise<void> {
  const all = bases(join(folder, 'bases'))
  let host = await Host.start(join(folder, 'workspace'))
  const one = async (number: number): Promise<void> => {
    const random = randomOf(options.seed, 7, number)
    const base = all[number % all.length]!
    const name = `import of ${base.name} #${number}`
    if (!name.includes(options.only)) return
    const into = join(folder, `import-${number}`)
    mkdirSync(into)
    const path = mutant(base, random, into, mutate)
    await cases.run(name, async () => {
      const complaints = await imported(host, path)
      if (host.exited !== null) {
        complaints.push(`the host died: ${host.stderr.slice(-500)}`)
        host = await Host.start(join(folder, 'workspace'))
      }
      return complaints.length === 0 ? [] : [...complaints, `kept as ${keep(path, name)}`]
    })
  }
  let next = options.from
  const lane = async (): Promise<void> => {
    while (next < options.from + count) await one(next++)
  }
  await Promise.all([lane(), lane()])
  await host.end()
}

async function imported(host: Host, path: string): Promise<string[]> {
  try {
    const { id: projectId } = await host.call('projects.create', { name: 'Fuzz' })
    const complaints: string[] = []
    try {
      const project = await inTime('the import', host.call('datasets.import', { projectId, path }), longestMs)
      if (project.dataset === null) return ['an import was answered, and there is no data']
      for (const call of [
        () => host.call('datasets.page', { projectId, offset: 0, limit: 50 }),
        () => host.call('explore.profile', { projectId }),
        () => host.call('prepare.summary', { projectId }),
      ])
        await inTime<unknown>('a call', call(), longestMs).catch((error: unknown) =>
          complaints.push(...badRefusal('a call after the import', error)),
        )
    } catch (error) {
      complaints.push(...badRefusal('the import', error))
      if (error instanceof DescentError && error.code === 'unavailable') complaints.push(messageOf(error))
    }
    await host.call('projects.delete', { projectId })
    return complaints
  } catch (error) {
    return [messageOf(error)]
  }
}

const insides = /\n\s+at |should not|Something went wrong|\bundefined\b|\[object /

/** Runs of the command line: imports and trains for one epoch, or predicts with a saved model. */
export async function fuzzCommands({ cases, options, folder, mutate }: Fuzz, count: number): Promise<void> {
  const all = bases(join(folder, 'command-bases'))
  const model = await modelIn(join(folder, 'model-workspace'))
  const recipes = write(join(folder, 'recipe.json'), JSON.stringify(model.recipe))
  const models: Base = { name: 'model', path: model.path, files: ['model.json', 'model.safetensors'] }
  const one = async (number: number): Promise<void> => {
    const random = randomOf(options.seed, 11, number)
    const what = (['run', 'predict', 'model', 'recipe'] as const)[number % 4]!
    const base =
      what === 'model'
        ? models
        : what === 'recipe'
          ? { name: 'recipe.json', path: recipes, files: [''] }
          : pick(random, all)
    const name = `descent ${what === 'run' || what === 'recipe' ? 'run' : 'predict'} of ${base.name} #${number}`
    if (!name.includes(options.only)) return
    const into = join(folder, `command-${number}`)
    mkdirSync(into)
    const path = mutant(base, random, into, mutate)
    const args =
      what === 'run' || what === 'recipe'
        ? ['run', path, '--epochs', '1', '--backend', 'wasm', '--out', join(into, 'run')]
        : what === 'predict'
          ? ['predict', model.path, path, '--out', join(into, 'out.csv')]
          : ['predict', path, sample('churn'), '--out', join(into, 'out.csv')]
    await cases.run(name, async () => {
      const { code, stderr, timedOut } = await program([commandLine, ...args], {
        limitMs: longestMs * slowness(),
        cwd: into,
        env: { HOME: into, DESCENT_CACHE: 'off' },
      })
      const complaints: string[] = []
      if (timedOut) complaints.push('it did not end within 60 s')
      else if (code !== 0 && code !== 1) complaints.push(`it ended with ${code}: ${stderr.slice(-500)}`)
      if (insides.test(stderr)) complaints.push(`it shows its insides: ${stderr.slice(-800)}`)
      if (code === 1 && !/^descent: .*[.!?…]$/ms.test(stderr.trim()))
        complaints.push(`no sentence: ${stderr.slice(-300)}`)
      return complaints.length === 0
        ? []
        : [...complaints, `kept as ${keep(path, name)}; ${args.slice(0, 1).join(' ')}`]
    })
  }
  let next = options.from
  const lane = async (): Promise<void> => {
    while (next < options.from + count) await one(next++)
  }
  await Promise.all([lane(), lane()])
}

async function modelIn(workspace: string): Promise<{ path: string; recipe: object }> {
  const host = await Host.start(workspace)
  try {
    const data = write(join(workspace, 'churn.csv'), '')
    copyFileSync(sample('churn'), data)
    const project = await projectWith(host, 'table', data, 2)
    const { id } = await host.call('training.start', { projectId: project.id })
    await finished(host, id)
    const { path } = await host.call('deploy.save', { runId: id })
    await host.end()
    return { path, recipe: project.recipe! }
  } finally {
    host.killAll()
  }
}
