/** Damaged databases, data and rows: each is told in a sentence, and everything else goes on. */
import { spawn } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Cases } from '../cases.ts'
import { hashOf } from '../data.ts'
import { evaluation, projectWith } from '../training.ts'
import { Host, messageOf, randomOf, refusalOf, root } from '../support.ts'
import { change, query, unsound } from '../workspace.ts'
import {
  intact,
  badRefusal,
  dataFiles,
  onCopy,
  readProject,
  worksAnew,
  type Template,
  type Trial,
} from './template.ts'

function scribble(path: string, from: number, to: number, seed: number): void {
  const bytes = readFileSync(path)
  const random = randomOf(seed)
  for (let i = Math.floor(from * bytes.length); i < to * bytes.length; i++) bytes[i] = 256 * random()
  writeFileSync(path, bytes)
}

const cut = (share: number) => (path: string) => truncateSync(path, Math.floor(share * statSync(path).size))

const damages: Readonly<Record<string, (path: string, seed: number) => void>> = {
  'cut to 95 %': cut(0.95),
  'cut to half': cut(0.5),
  'of no bytes': cut(0),
  'all garbage': (path, seed) => scribble(path, 0, 1, seed),
  'garbage in the middle': (path, seed) => scribble(path, 0.3, 0.7, seed),
  'garbage in some pages': (path, seed) =>
    [0.35, 0.6, 0.85].forEach((at) => scribble(path, at, at + 0.02, seed)),
  gone: (path) => rmSync(path),
}

const journals = (path: string): string[] => [`${path}-wal`, `${path}-shm`]

/** Starting is granted, or refused in a sentence. */
async function startedOrRefused(trial: Trial, complaints: string[]): Promise<Host | null> {
  try {
    return await trial.start()
  } catch (error) {
    complaints.push(...badRefusal('starting', error), `it does not start: ${messageOf(error)}`)
    return null
  }
}

async function damagedMain(trial: Trial, name: string, seed: number, backup: boolean): Promise<string[]> {
  const { workspace, template } = trial
  const file = join(workspace, 'descent.db')
  const complaints: string[] = []
  if (!backup) rmSync(join(workspace, 'backups'), { recursive: true })
  journals(file).forEach((path) => rmSync(path, { force: true }))
  damages[name]!(file, seed)
  const damaged = existsSync(file) ? hashOf(file) : null
  const data = dataFiles(workspace)
  const host = await startedOrRefused(trial, complaints)
  if (host === null) return complaints
  const notices = await host.call('notices.list', {})
  if (!notices.some(({ severity }) => severity === 'error')) complaints.push('no notice tells of it')
  const aside = readdirSync(workspace).filter((each) => /^descent\.db\.damaged-[^.]*$/.test(each))
  if (damaged !== null && !aside.some((each) => hashOf(join(workspace, each)) === damaged))
    complaints.push(`the damaged database was not kept: ${readdirSync(workspace).join(', ')}`)
  const kept = dataFiles(workspace)
  for (const [hash, path] of data) if (!kept.has(hash)) complaints.push(`a data file is gone: ${path}`)
  const projects = await host.call('projects.list', {})
  if (backup) {
    for (const [kind, id] of Object.entries(template.projects))
      complaints.push(...(await intact(host, id, `the project of ${kind}`)))
    const found = await evaluation(host, template.tested.id)
    if (JSON.stringify(found) !== JSON.stringify(template.tested.evaluation))
      complaints.push('the evaluation is not what it was')
  } else if (projects.length > 0) complaints.push('there are projects in a database that was begun anew')
  return [...complaints, ...(await worksAnew(host, template))]
}

async function damagedBlobs(trial: Trial, name: string, seed: number): Promise<string[]> {
  const { workspace, template } = trial
  const file = join(workspace, 'checkpoints.db')
  const complaints: string[] = []
  journals(file).forEach((path) => rmSync(path, { force: true }))
  damages[name]!(file, seed)
  const damaged = existsSync(file) ? hashOf(file) : null
  const host = await startedOrRefused(trial, complaints)
  if (host === null) return complaints
  const told = async (): Promise<boolean> =>
    (await host.call('notices.list', {})).some(({ severity }) => severity === 'error')
  const aside = readdirSync(workspace).filter((each) => /^checkpoints\.db\.damaged-[^.]*$/.test(each))
  if (damaged !== null && !aside.some((each) => hashOf(join(workspace, each)) === damaged))
    complaints.push('the damaged database was not kept')
  const { refused, complaints: unread } = await readProject(host, template.projects.table)
  complaints.push(...unread)
  for (const [what, error] of refused)
    if (!['evaluate.run', 'deploy.save'].includes(what))
      complaints.push(`${what} is refused: ${messageOf(error)}`)
  if (!(await told())) complaints.push('no notice tells of it')
  const { runs } = await host.call('runs.list', { projectId: template.projects.table })
  if (runs.length !== 2) complaints.push(`of two runs ${runs.length} are left`)
  return [...complaints, ...(await worksAnew(host, template))]
}

async function damagedLock(trial: Trial, damage: (path: string) => void): Promise<string[]> {
  const complaints: string[] = []
  const file = join(trial.workspace, 'lock')
  rmSync(file, { force: true })
  damage(file)
  const host = await startedOrRefused(trial, complaints)
  if (host === null) return complaints
  if ((await host.call('notices.list', {})).length === 0) complaints.push('no notice tells of it')
  const second = await Host.start(trial.workspace).then(
    (another) => (another.killAll(), 'two hosts share the workspace'),
    (error: unknown) => (messageOf(error).startsWith('conflict') ? null : messageOf(error)),
  )
  if (second !== null) complaints.push(second)
  for (const id of Object.values(trial.template.projects)) complaints.push(...(await intact(host, id, id)))
  return complaints
}

export async function databases(cases: Cases, template: Template, seed: number): Promise<void> {
  for (const name of Object.keys(damages)) {
    for (const backup of [true, false])
      await cases.run(`descent.db ${name}, ${backup ? 'with' : 'without'} a backup`, () =>
        onCopy(template, (trial) => damagedMain(trial, name, seed, backup)),
      )
    await cases.run(`checkpoints.db ${name}`, () =>
      onCopy(template, (trial) => damagedBlobs(trial, name, seed)),
    )
  }
  const locks: Record<string, (path: string) => void> = {
    'of garbage': (path) => writeFileSync(path, 'no database at all\n'.repeat(100)),
    'that is a folder': (path) => mkdirSync(path),
  }
  for (const [name, damage] of Object.entries(locks))
    await cases.run(`a lock ${name}`, () => onCopy(template, (trial) => damagedLock(trial, damage)))
  await cases.run('another program reads the database all along', () => onCopy(template, readAlong))
  await cases.run('the former database is put back', () => onCopy(template, putBack))
}

const reader = `
  import Database from 'better-sqlite3'
  for (;;) {
    const db = new Database(process.argv[1], { readonly: true })
    db.prepare('SELECT count(*) FROM projects').get()
    db.close()
  }`

/** As a backup, a browser of databases or our own check does: SQLite's locks keep them apart, while we hold them. */
async function readAlong(trial: Trial): Promise<string[]> {
  const { workspace } = trial
  const host = await trial.start()
  const args = ['--input-type=module', '-e', reader, join(workspace, 'descent.db')]
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'ignore' })
  try {
    const end = performance.now() + 10_000
    let made = 0
    for (; performance.now() < end; made++) await host.call('projects.create', { name: 'Read along' })
    await host.end()
    await trial.start()
    const found = (await trial.host!.call('projects.list', {})).length
    return found === made + 3 ? unsound(workspace) : [`of ${made + 3} projects ${found} are there`]
  } finally {
    child.kill('SIGKILL')
  }
}

/** What once cost people their data: a damaged database, new work, and then the sound copy again. */
async function putBack(trial: Trial): Promise<string[]> {
  const { workspace, template } = trial
  const file = join(workspace, 'descent.db')
  const copy = join(trial.folder, 'copy.db')
  const before = dataFiles(workspace)
  rmSync(join(workspace, 'backups'), { recursive: true })
  copyFileSync(file, copy)
  scribble(file, 0, 1, 1)
  let host = await trial.start()
  const complaints: string[] = []
  for (const kind of ['table', 'text'] as const) {
    const project = await projectWith(host, kind, template.data[kind], 2)
    await host.call('projects.delete', { projectId: project.id })
  }
  await host.end()
  journals(file).forEach((path) => rmSync(path, { force: true }))
  renameSync(file, `${file}.second`)
  renameSync(copy, file)
  host = await trial.start()
  for (const [hash, path] of before)
    if (!existsSync(path) || hashOf(path) !== hash) complaints.push(`a data file did not come back: ${path}`)
  for (const [kind, id] of Object.entries(template.projects))
    complaints.push(...(await intact(host, id, `the project of ${kind}`)))
  const found = await evaluation(host, template.tested.id)
  if (JSON.stringify(found) !== JSON.stringify(template.tested.evaluation))
    complaints.push('the evaluation is not what it was')
  return complaints
}

// ---- data ----

const dataDamages: Readonly<Record<string, (path: string) => void>> = {
  'altered in one byte': (path) => {
    const bytes = readFileSync(path)
    const at = Math.floor(bytes.length / 2)
    bytes[at] = bytes[at]! ^ 1
    writeFileSync(path, bytes)
  },
  'cut to half': cut(0.5),
  'of no bytes': cut(0),
  gone: (path) => rmSync(path),
  'a folder instead': (path) => {
    rmSync(path)
    mkdirSync(path)
  },
}

export async function data(cases: Cases, template: Template): Promise<void> {
  for (const kind of ['table', 'text', 'images'] as const)
    for (const [name, damage] of Object.entries(dataDamages)) {
      // What a process has in memory matters for tables, whose reader keeps most.
      for (const when of kind === 'table'
        ? (['before the start', 'while it runs'] as const)
        : (['before the start'] as const))
        await cases.run(`data of ${kind} ${name} ${when}`, () =>
          onCopy(template, async (trial) => {
            const [file] = query<{ path: string }>(
              trial.workspace,
              `SELECT path FROM dataset_files JOIN datasets ON id = dataset_id
               WHERE project_id = '${template.projects[kind]}' ORDER BY path`,
            )
            const path = join(trial.workspace, file!.path)
            if (when === 'before the start') damage(path)
            const host = await trial.start()
            if (when === 'while it runs') {
              await host.call('datasets.page', { projectId: template.projects[kind], offset: 0, limit: 3 })
              damage(path)
            }
            return await damagedData(host, template, kind)
          }),
        )
    }
}

async function damagedData(
  host: Host,
  template: Template,
  kind: 'table' | 'text' | 'images',
): Promise<string[]> {
  const projectId = template.projects[kind]
  const complaints: string[] = []
  const { granted, refused, complaints: unread } = await readProject(host, projectId)
  complaints.push(...unread)
  for (const what of ['datasets.page', 'explore.profile', 'prepare.summary'])
    if (granted.includes(what)) complaints.push(`${what} is answered from damaged data`)
  for (const what of ['projects.get', 'runs.list', 'runs.curves'])
    if (refused.has(what)) complaints.push(`${what} is refused, which needs no data`)
  // It is listed at once, and says then what stands against it.
  const { id: runId } = await host.call('training.start', { projectId })
  let run = await host.call('runs.get', { runId })
  while (run.state === 'queued') {
    await new Promise((resolve) => setTimeout(resolve, 50))
    run = await host.call('runs.get', { runId })
  }
  if (run.state !== 'interrupted' || !run.error) complaints.push(`training on damaged data is ${run.state}`)
  if ((await host.call('notices.list', {})).length === 0) complaints.push('no notice tells of it')
  for (const [other, id] of Object.entries(template.projects))
    if (other !== kind) complaints.push(...(await intact(host, id, `the project of ${other}`)))
  // Importing the data again heals it.
  await host.call('datasets.import', { projectId, path: template.data[kind] })
  await host.call('datasets.page', { projectId, offset: 0, limit: 3 })
  return complaints
}

// ---- rows ----

const rows: readonly (readonly [table: string, column: string, where: string])[] = [
  ['projects', 'recipe', 'id = $project'],
  ['projects', 'dataset_id', 'id = $project'],
  ['projects', 'step', 'id = $project'],
  ['projects', 'selected_run', 'id = $project'],
  ['recipe_history', 'recipe', 'project_id = $project'],
  ['datasets', 'receipt', 'project_id = $project'],
  ['datasets', 'columns', 'project_id = $project'],
  ['run_recipes', 'recipe', 'run IN (SELECT number FROM runs WHERE project_id = $project)'],
  ['run_settings', 'value', 'run IN (SELECT number FROM runs WHERE project_id = $project)'],
  ['series_names', 'name', `name = 'validation/loss'`],
  ['runs', 'name_key', 'project_id = $project'],
  ['runs', 'state', 'project_id = $project'],
  ['runs', 'task', 'project_id = $project'],
  ['runs', 'backend', 'project_id = $project'],
  ['runs', 'dataset_id', 'project_id = $project'],
  ['evaluations', 'result', 'true'],
  ['models', 'info', 'true'],
]
const values: Readonly<Record<string, string>> = {
  'no JSON': '{"version": 2, "ki',
  'another JSON': '[{"version": 2}, null, 1e999]',
}

export async function storedRows(cases: Cases, template: Template): Promise<void> {
  const projectId = template.projects.table
  for (const [table, column, where] of rows)
    for (const [name, value] of Object.entries(values))
      await cases.run(`${table}.${column} is ${name}`, () =>
        onCopy(template, async (trial) => {
          const sql = `UPDATE ${table} SET ${column} = ? WHERE ${where.replace('$project', `'${projectId}'`)}`
          if (change(trial.workspace, sql, [value]) === 0) return ['there is no such row']
          const host = await trial.start()
          const { complaints } = await readProject(host, projectId)
          const listed = await host.call('projects.list', {})
          if (listed.length !== 3) complaints.push(`of three projects ${listed.length} are listed`)
          complaints.push(...(await intact(host, template.projects.text, 'the project of text')))
          for (const runId of [template.tested.id, template.untested]) {
            const refusal = await refusalOf(host.call('runs.delete', { runId }))
            if (refusal !== undefined) complaints.push(`a run cannot be deleted: ${messageOf(refusal)}`)
          }
          for (const call of ['projects.undo', 'projects.redo'] as const) {
            const refusal = await refusalOf(host.call(call, { projectId }))
            if (refusal !== undefined) complaints.push(...badRefusal(call, refusal))
          }
          const refusal = await refusalOf(host.call('projects.delete', { projectId }))
          if (refusal !== undefined) complaints.push(`the project cannot be deleted: ${messageOf(refusal)}`)
          return complaints
        }),
      )
  await cases.run('checkpoints.meta is no JSON', () =>
    onCopy(template, async (trial) => {
      change(trial.workspace, `DELETE FROM evaluations`)
      change(trial.workspace, `UPDATE checkpoints SET meta = '{'`, [], 'checkpoints.db')
      const host = await trial.start()
      const { complaints } = await readProject(host, projectId)
      return [...complaints, ...(await worksAnew(host, template))]
    }),
  )
  await cases.run('tensors.data is other bytes', () =>
    onCopy(template, async (trial) => {
      change(trial.workspace, `DELETE FROM evaluations`)
      change(trial.workspace, `UPDATE tensors SET data = zeroblob(length(data))`, [], 'checkpoints.db')
      const host = await trial.start()
      const { complaints, granted } = await readProject(host, projectId)
      if (granted.includes('deploy.save')) complaints.push('weights that were altered are exported')
      return [...complaints, ...(await worksAnew(host, template))]
    }),
  )
}
