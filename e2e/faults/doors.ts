/** The ways in: slow bodies, endless calls, long curves, open files, the key, and a clock that goes backwards. */
import { chmodSync, lstatSync, mkdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { enduresCalls } from './calls.ts'
import { Cases, type AttackOptions, type Result } from './cases.ts'
import { writeData } from './data.ts'
import { makeTemplate, onCopy, type Template } from './storage/template.ts'
import { evaluation, finished, projectWith } from './training.ts'
import { commandOf, freshFolder, Host, removeFolder, sample, sleep, slowness } from './support.ts'
import { everything } from './workspace.ts'

async function withHost(
  work: (host: Host, folder: string) => Promise<string[]>,
  options: Parameters<typeof Host.start>[1] & { prepare?: (workspace: string) => void } = {},
): Promise<string[]> {
  const folder = freshFolder()
  const workspace = join(folder, 'workspace')
  options.prepare?.(workspace)
  const host = await Host.start(workspace, options)
  try {
    return await work(host, folder)
  } finally {
    host.killAll()
    removeFolder(folder)
  }
}

/** Sends a request byte by byte; how long until the host had enough, and what it said. */
function drip(host: Host, head: string, everyMs: number): Promise<{ seconds: number; heard: string }> {
  const { hostname, port } = new URL(host.url)
  const start = performance.now()
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    let heard = ''
    const [first, ...more] = head.split('\r\n')
    socket.write([first, `Host: ${hostname}:${port}`, `Cookie: ${host.cookie}`, ...more].join('\r\n'))
    const timer = setInterval(() => socket.write('x'), everyMs)
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString()))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearInterval(timer)
      clearTimeout(enough)
      resolve({ seconds: (performance.now() - start) / 1000, heard })
    })
    const enough = setTimeout(() => socket.destroy(), 150_000)
  })
}

async function slowBodies(cases: Cases): Promise<void> {
  const folder = freshFolder()
  const host = await Host.start(join(folder, 'workspace'))
  const requests: readonly (readonly [name: string, head: string, everyMs: number, most: number])[] = [
    [
      'a call whose body stalls',
      'POST /rpc/projects.list HTTP/1.1\r\nContent-Length: 1000\r\n\r\n',
      2 ** 30,
      45,
    ],
    [
      'a call whose body drips',
      'POST /rpc/projects.list HTTP/1.1\r\nContent-Length: 100000\r\n\r\n',
      500,
      45,
    ],
    ['an upload that stalls', 'PUT /upload/a.csv HTTP/1.1\r\nContent-Length: 100000\r\n\r\n', 2 ** 30, 80],
    ['an upload that drips', 'PUT /upload/a.csv HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n', 100, 80],
    ['headers that never end', 'POST /rpc/projects.list HTTP/1.1\r\nX-Slow: ', 500, 110],
  ]
  const started = requests.map(([, head, everyMs]) => drip(host, head, everyMs))
  for (const [i, [name, , , most]] of requests.entries())
    await cases.run(name, async () => {
      const { seconds, heard } = await started[i]!
      const complaints: string[] = []
      if (seconds > most * slowness()) complaints.push(`it held the connection for ${seconds.toFixed(0)} s`)
      if (!/^HTTP\/1\.1 4\d\d /.test(heard))
        complaints.push(`it heard ${JSON.stringify(heard.slice(0, 200))}`)
      await host.call('projects.list', {})
      return complaints
    })
  await cases.run('nothing of the slow uploads is kept', async () => {
    await sleep(200)
    return everything(host.workspace)
      .filter((path) => /\ba\.csv/.test(path))
      .map((path) => `left behind: ${path}`)
  })
  await host.end()
  removeFolder(folder)
}

const endurance = (say: AttackOptions['say'], count: number): Promise<string[]> =>
  withHost(async (host) => {
    const { mebibytes, grown, limit, flat, seconds } = await enduresCalls(
      host.url,
      host.cookie,
      count,
      host.pid,
    )
    say(
      `${count} calls in ${seconds.toFixed(0)} s; memory ${mebibytes[0]?.toFixed(0)} to ${mebibytes.at(-1)?.toFixed(0)} MiB, ` +
        `grown by ${grown.toFixed(1)} of ${limit.toFixed(1)} allowed`,
    )
    return flat ? [] : [`its memory grew by ${grown.toFixed(1)} MiB: ${mebibytes.map(Math.round).join(' ')}`]
  })

/** As many points as a run of ten days once had. */
const points = 35_550

const longCurve = (template: Template, say: AttackOptions['say']): Promise<string[]> =>
  onCopy(template, async (trial) => {
    const db = new Database(join(trial.workspace, 'descent.db'))
    const runId = template.tested.id
    db.transaction(() => {
      const run = db.prepare('SELECT number FROM runs WHERE id = ?').pluck().get(runId)
      for (const table of ['points', 'point_values', 'curve_blocks'])
        db.prepare(`DELETE FROM ${table} WHERE run = ?`).run(run)
      const epochs = `WITH RECURSIVE each(epoch) AS (SELECT 1 UNION ALL SELECT epoch + 1 FROM each WHERE epoch < ${points})`
      db.prepare(`INSERT INTO points ${epochs} SELECT ?, epoch * 44, epoch, epoch FROM each`).run(run)
      for (const series of db.prepare('SELECT id FROM series_names').pluck().all()) {
        db.prepare(
          `INSERT INTO point_values ${epochs} SELECT ?, ?, epoch * 44, 1 + epoch * 7919 % 97 / 97.0 FROM each`,
        ).run(run, series)
        db.prepare(
          `INSERT INTO curve_blocks SELECT run, series, step / 44 / 64, min(value), min(step), max(value), max(step)
           FROM point_values WHERE run = ? AND series = ? GROUP BY 3`,
        ).run(run, series)
      }
    })()
    db.close()
    const host = await trial.start()
    const taken: number[] = []
    for (let i = 0; i < 7; i++) {
      const start = performance.now()
      const { series } = await host.call('runs.curves', { runId })
      taken.push(performance.now() - start)
      for (const { epoch } of Object.values(series))
        if (epoch[0] !== 1 || epoch.at(-1) !== points) return ['the first or the last point is missing']
    }
    taken.sort((a, b) => a - b)
    say(`runs.curves of ${points} points: ${taken[3]!.toFixed(0)} ms (median of 7)`)
    return taken[3]! < 300 * slowness() ? [] : [`it takes ${taken[3]!.toFixed(0)} ms`]
  })

/** All that a person does once, so that every kind of file is there. */
async function everythingOnce(host: Host, folder: string): Promise<void> {
  const table = writeData('table', folder)
  const project = await projectWith(host, 'table', table, 3)
  for (const kind of ['text', 'images'] as const) await projectWith(host, kind, writeData(kind, folder), 3)
  const { id: projectId } = await host.call('projects.create', { name: 'Upload' })
  const path = await host.upload('houses.csv', readFileSync(sample('houses')))
  await host.call('datasets.import', { projectId, path })
  const { id: runId } = await host.call('training.start', { projectId: project.id })
  await finished(host, runId)
  await evaluation(host, runId)
  const model = await host.call('deploy.save', { runId })
  await host.call('deploy.predict', { modelPath: model.path, dataPath: table })
}

const open = (workspace: string): string[] =>
  [workspace, ...everything(workspace)].flatMap((path) => {
    const at = lstatSync(path)
    const wanted = at.isDirectory() ? 0o700 : 0o600
    return (at.mode & 0o777) === wanted ? [] : [`${path} has mode ${(at.mode & 0o777).toString(8)}`]
  })

const modes = (prepare?: (workspace: string) => void): Promise<string[]> =>
  withHost(
    async (host, folder) => {
      await everythingOnce(host, folder)
      await sleep(500)
      const complaints = open(host.workspace)
      await host.end()
      return [...new Set([...complaints, ...open(host.workspace)])]
    },
    { umask: 0, prepare },
  )

/** Whoever may list processes must not learn from it how to get in. */
const key = (): Promise<string[]> =>
  withHost(async (host, folder) => {
    const secrets = [new URL(host.url).searchParams.get('token')!, host.cookie.split('=')[1]!]
    const found = new Set<string>()
    let over = false
    const watch = (async () => {
      while (!over) {
        for (const pid of host.processes()) {
          const line = commandOf(pid)
          if (secrets.some((secret) => line.includes(secret)))
            found.add(`the key is in the arguments: ${line}`)
        }
        await sleep(20)
      }
    })()
    await everythingOnce(host, folder)
    over = true
    await watch
    return [...found]
  })

const usedAddress = (): Promise<string[]> =>
  withHost(async (host) => {
    const again = await fetch(host.url, { redirect: 'manual' })
    const complaints = again.status === 401 ? [] : [`a used address answers ${again.status}`]
    const next = await host.nextAddress()
    const second = await fetch(next, { redirect: 'manual' })
    if (second.status !== 303) complaints.push(`the next address answers ${second.status}`)
    const third = await fetch(next, { redirect: 'manual' })
    if (third.status !== 401) complaints.push(`the next address answers ${third.status} the second time`)
    const without = await fetch(new URL('/rpc/projects.list', host.url), { method: 'POST', body: '{}' })
    if (without.status !== 401) complaints.push(`without a cookie a call answers ${without.status}`)
    await host.call('projects.list', {})
    return complaints
  })

/** Each second that passes sets the clock back by an hour. */
const backwards = `data:text/javascript,${encodeURIComponent(`
  const RealDate = Date
  const start = RealDate.now()
  const now = () => start - 3600 * (RealDate.now() - start)
  globalThis.Date = class extends RealDate {
    constructor(...args) { args.length === 0 ? super(now()) : super(...args) }
    static now() { return now() }
  }
`)}`

async function orders(node: readonly string[]): Promise<string> {
  let found = ''
  await withHost(
    async (host, folder) => {
      const table = writeData('table', folder)
      const names: string[] = []
      for (const name of ['A', 'B', 'C']) await host.call('projects.create', { name })
      const project = await projectWith(host, 'table', table, 3)
      for (let i = 0; i < 3; i++)
        await finished(host, (await host.call('training.start', { projectId: project.id })).id)
      await host.call('projects.undo', { projectId: project.id })
      await host.call('projects.redo', { projectId: project.id })
      const look = async (which: Host): Promise<void> => {
        names.push(...(await which.call('projects.list', {})).map(({ name }) => name))
        const { runs } = await which.call('runs.list', { projectId: project.id })
        names.push(...runs.map(({ name, state }) => `${name} ${state}`))
        const [run] = runs
        names.push(String((await which.call('runs.curves', { runId: run!.id })).recorded))
      }
      await look(host)
      await host.end()
      const again = await Host.start(host.workspace)
      try {
        await look(again)
        await again.end()
      } finally {
        again.killAll()
      }
      found = names.join(', ')
      return []
    },
    { node },
  )
  return found
}

async function clock(): Promise<string[]> {
  const wanted = await orders([])
  const found = await orders(['--import', backwards])
  return found === wanted ? [] : [`in order: ${wanted}; with a clock that goes backwards: ${found}`]
}

/** `rounds`: how many calls a host must endure. */
export async function doors(options: AttackOptions): Promise<Result> {
  const cases = new Cases(options)
  await cases.run('a used address lets nobody in', usedAddress)
  await cases.run('the key is in nobody’s arguments', key)
  await cases.run('a new workspace is closed to others, whatever the umask', () => modes())
  await cases.run('a workspace that was open is closed to others', () =>
    modes((workspace) => {
      mkdirSync(workspace)
      chmodSync(workspace, 0o755)
    }),
  )
  await cases.run('a clock that goes backwards changes no order', clock)
  const template = await makeTemplate()
  try {
    await cases.run('a curve of 35,550 points', () => longCurve(template, options.say))
  } finally {
    removeFolder(template.folder)
  }
  await slowBodies(cases)
  await cases.run(`${options.rounds} calls`, () => endurance(options.say, options.rounds))
  return cases.result()
}
