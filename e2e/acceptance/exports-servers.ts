/**
 * A model behind HTTP, asked by curl: `descent deploy`, which computes as the app does, and the folder that runs without Descent, whose
 * graph is computed by onnxruntime itself.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { hostileAnswers } from '../../electron/host/deploy/exports/certificate.ts'
import { hostileRows } from '../../electron/host/deploy/exports/hostile.ts'
import type { Signature } from '../../electron/host/deploy/exports/signature.ts'
import { readModelFolder, type LoadedModel } from '../../electron/host/deploy/folder.ts'
import { serveModel } from '../../electron/host/rest/server.ts'
import { useDevice } from '../../electron/host/training/predict.ts'
import { onnxruntimeModules } from '../../engine/fixtures/onnxruntime.ts'
import { root } from '../checks/process.ts'
import { add, type Tally } from '../checks/reports.ts'
import { descent } from './exports-models.ts'
import { said } from './said.ts'

const count = 200

/** As JSON has it: pictures in base64; there is no NaN, and what is not there is null. */
const sent = (row: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([name, cell]) => [
      name,
      cell instanceof Uint8Array ? Buffer.from(cell).toString('base64') : cell,
    ]),
  )

type Answers = Record<string, string | number>[]

async function curl(address: string, body: string): Promise<Answers> {
  const given = ['--silent', '--show-error', '--header', 'content-type: application/json', '--data-binary', `@${body}`, `${address}/predict`] // prettier-ignore
  const { stdout } = await promisify(execFile)('curl', given, { maxBuffer: 2 ** 28 })
  const { predictions, error } = JSON.parse(stdout) as { predictions?: Answers; error?: string }
  if (predictions === undefined) throw new Error(`curl got: ${error ?? stdout.slice(0, 300)}`)
  return predictions
}

/** Of the folder that was exported: its first line says where it is. */
async function answersFrom(place: string, body: string): Promise<Answers> {
  const child = spawn(process.execPath, ['server.mjs'], { cwd: place, env: { ...process.env, PORT: '0', TOKEN: '' }, stdio: ['ignore', 'pipe', 'pipe'] }) // prettier-ignore
  const ended = once(child, 'exit')
  const faults: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => faults.push(chunk))
  try {
    const [line] = (await Promise.race([once(child.stdout, 'data'), ended.then(() => [])])) as [Buffer?]
    if (line === undefined) throw new Error(`it did not start: ${Buffer.concat(faults).toString().slice(-300)}`) // prettier-ignore
    const { address } = JSON.parse(String(line)) as { address: string }
    return await curl(address, body)
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

/** What `descent deploy` starts. */
async function ownAnswers(model: LoadedModel, body: string): Promise<Answers> {
  const server = await serveModel({ model, host: '127.0.0.1', port: 0, token: null, coverage: null, log: () => undefined }) // prettier-ignore
  try {
    return await curl(server.address, body)
  } finally {
    await server.close()
  }
}

/** The folder, with its packages as npm would install them. */
async function exported(model: string, folder: string): Promise<string> {
  const place = join(folder, 'server')
  await descent('export', model, '--format', 'server', '--set', 'certificate=100', '-o', place)
  const packages = join(place, 'node_modules')
  mkdirSync(packages)
  for (const name of ['onnxruntime-node', 'onnxruntime-common']) symlinkSync(join(onnxruntimeModules(), name), join(packages, name)) // prettier-ignore
  symlinkSync(join(root, 'node_modules/sharp'), join(packages, 'sharp'))
  return place
}

export async function holdServers(model: string, folder: string, name: string): Promise<Tally> {
  const place = await exported(model, folder)
  const loaded = await readModelFolder(model)
  const signature = JSON.parse(readFileSync(join(place, 'signature.json'), 'utf8')) as Signature
  await useDevice('wasm')
  const rows = hostileRows(loaded.document.preparation.columns, signature.inputs, count)
  const body = join(folder, 'rows.json')
  writeFileSync(body, JSON.stringify({ rows: rows.map(sent) }))
  const hold = async (what: string, answers: Answers): Promise<Tally> => {
    const { held, disagreement } = await hostileAnswers(loaded, signature, rows, answers)
    const most = Math.max(...Object.values(held.largest))
    return said(`${name}: ${what} says what Descent says in ${rows.length} hostile rows (at most ${most.toExponential(1)} apart)`, disagreement === null, disagreement === null ? '' : JSON.stringify(disagreement)) // prettier-ignore
  }
  const own = await hold('the server of descent deploy under curl', await ownAnswers(loaded, body))
  return add(own, await hold('the exported server, on onnxruntime-node, under curl', await answersFrom(place, body))) // prettier-ignore
}
