/** A host that is called for days must not grow: twenty thousand calls over HTTP, and its memory all along. */
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'

/** Calls that read: what a window asks again and again. The last is refused, which must not cost anything either. */
const frequent: readonly (readonly [name: string, input: object])[] = [
  ['projects.list', {}],
  ['samples.list', {}],
  ['projects.get', { projectId: '$project' }],
  ['runs.list', { projectId: '$project' }],
  ['projects.get', { projectId: 'nothing' }],
]
/** These read a file, or build a network, and take most of the time. */
const seldom: typeof frequent = [
  ['datasets.page', { projectId: '$project', offset: 0, limit: 100 }],
  ['model.summary', { projectId: '$project' }],
]
const calls = [...Array.from({ length: 10 }, () => frequent).flat(), ...seldom]

/** A window has a few connections, and its calls overlap. */
const lanes = 4
const samples = 100

export interface Endurance {
  readonly calls: number
  readonly seconds: number
  /** Resident memory in MiB, evenly over the calls. */
  readonly mebibytes: readonly number[]
  /**
   * How far the peaks of the last quarter are above those of the two before. Memory is a saw: the collector lets it
   * rise and brings it down; what leaks lifts the whole saw. What a process allots to warm up lies in the first quarter.
   */
  readonly grown: number
  /** Less than this is what collector and allocator do by themselves. */
  readonly limit: number
  readonly flat: boolean
}

const pageSize = 4096

/** Linux alone tells. https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html */
const residentMebibytes = (pid: number): number =>
  (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * pageSize) / 2 ** 20

/** `url` is where the process `pid` listens, `cookie` what it gave when signing in. */
export async function enduresCalls(
  url: string,
  cookie: string,
  count: number,
  pid: number,
): Promise<Endurance> {
  const { hostname, port } = new URL(url)
  const agent = new Agent({ keepAlive: true, maxSockets: lanes })
  const call = (name: string, input: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        { agent, hostname, port, method: 'POST', path: `/rpc/${name}`, headers: { cookie } },
        (response) => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => (text += chunk))
          response.on('error', reject)
          response.on('end', () => {
            if (response.statusCode === 200 || response.statusCode === 404) resolve(text)
            else reject(new Error(`${name} answered ${response.statusCode}: ${text.slice(0, 300)}`))
          })
        },
      )
      outgoing.on('error', reject)
      outgoing.end(input)
    })

  try {
    const [sample] = JSON.parse(await call('samples.list', '{}')) as { id: string }[]
    const project = JSON.parse(
      await call('projects.createFromSample', JSON.stringify({ sampleId: sample!.id })),
    ) as { id: string }
    const bodies = calls.map(([name, input]) => ({
      name,
      body: JSON.stringify(input).replace('$project', project.id),
    }))
    const mebibytes: number[] = []
    const began = performance.now()
    let made = 0
    const lane = async () => {
      while (made < count) {
        const { name, body } = bodies[made % bodies.length]!
        if (made % Math.ceil(count / samples) === 0) mebibytes.push(residentMebibytes(pid))
        made++
        await call(name, body)
      }
    }
    await Promise.all(Array.from({ length: lanes }, lane))
    const quarter = Math.floor(mebibytes.length / 4)
    const before = Math.max(...mebibytes.slice(quarter, -quarter))
    const grown = Math.max(...mebibytes.slice(-quarter)) - before
    const limit = 0.05 * before
    return {
      calls: made,
      seconds: (performance.now() - began) / 1000,
      mebibytes,
      grown,
      limit,
      flat: grown <= limit,
    }
  } finally {
    agent.destroy()
  }
}
