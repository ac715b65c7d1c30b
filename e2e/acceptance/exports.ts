/**
 * Exports where they are meant to run, for one model of each template and one that has every preparation step: web pages in Chromium
 * and servers under curl on hostile rows, the network in PyTorch; and of a table, texts and pictures a PyTorch project that torchrun
 * trains in two processes as in one.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { chromium, type Browser, type Page } from '@playwright/test'
import { hostileRows } from '../../electron/host/deploy/exports/hostile.ts'
import type { Signature } from '../../electron/host/deploy/exports/signature.ts'
import { hostileAnswers } from '../../electron/host/deploy/exports/certificate.ts'
import { readModelFolder } from '../../electron/host/deploy/folder.ts'
import { useDevice } from '../../electron/host/training/predict.ts'
import { pythonWithTorch } from '../../engine/fixtures/ask-torch.ts'
import { findChromium } from '../checks/provision.ts'
import { add, nothing, type Tally } from '../checks/reports.ts'
import { descent, others, started, type Kind } from './exports-models.ts'
import { holdServers } from './exports-servers.ts'
import { said } from './said.ts'

const claim = (holds: boolean, what: string): Tally => said(what, holds, '')

const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.wasm': 'application/wasm', '.svg': 'image/svg+xml' } // prettier-ignore

/** The files of a folder, and nothing else; `asked`: every address. */
function serveFolder(folder: string, asked: string[]): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : request.url!
    asked.push(path)
    try {
      const content = readFileSync(join(folder, path))
      response
        .writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' })
        .end(content)
    } catch {
      response.writeHead(404).end()
    }
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

type Answers = Record<string, string | number>[]

/** What the page computes of rows, as it computes what a person enters. */
const askedOf = (page: Page, rows: readonly Record<string, unknown>[]): Promise<Answers> =>
  page.evaluate(
    async (given) =>
      (
        await (globalThis as unknown as { predict(rows: unknown): Promise<{ answers: Answers }> }).predict(
          given,
        )
      ).answers,
    rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, cell instanceof Uint8Array ? [...cell] : cell]))), // prettier-ignore
  )

async function holdWeb(
  browser: Browser,
  model: string,
  folder: string,
  name: string,
  count: number,
): Promise<Tally> {
  const to = join(folder, 'web')
  await descent('export', model, '--format', 'web', '--set', `certificate=${count}`, '-o', to)
  const asked: string[] = []
  const server = await serveFolder(to, asked)
  const page = await browser.newPage()
  try {
    const faults: string[] = []
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
    page.on('pageerror', (error) => faults.push(error.message))
    const { port } = server.address() as { port: number }
    await page.goto(`http://127.0.0.1:${port}/`)
    await page.waitForSelector('#parts:not([hidden])')
    // From here on there is no network.
    await page.context().setOffline(true)
    const before = asked.length
    const loaded = await readModelFolder(model)
    const signature = JSON.parse(readFileSync(join(to, 'signature.json'), 'utf8')) as Signature
    await useDevice('wasm')
    const rows = hostileRows(loaded.document.preparation.columns, signature.inputs, count)
    const { held, disagreement } = await hostileAnswers(loaded, signature, rows, await askedOf(page, rows))
    const most = Math.max(...Object.values(held.largest))
    let total = claim(disagreement === null, `${name}: the page in Chromium says what Descent says in ${rows.length} hostile rows (at most ${most.toExponential(1)} apart)${disagreement === null ? '' : ` ${JSON.stringify(disagreement)}`}`) // prettier-ignore
    total = add(total, claim(faults.length === 0, `${name}: its console has no error ${faults.join('; ')}`))
    total = add(total, claim(asked.length === before, `${name}: it asks nobody for anything`))
    return total
  } finally {
    await page.context().close()
    server.close()
  }
}

/** Importing PyTorch takes a minute where others want the cores. */
const wait = 300_000

async function holdPyTorch(model: string, folder: string, name: string, trains: boolean): Promise<Tally> {
  const python = pythonWithTorch()
  if (python === undefined) {
    console.log(`– ${name}: PyTorch is not run, no Python has it`)
    return { ...nothing, skipped: 1 }
  }
  const to = join(folder, 'pytorch')
  await descent('export', model, '--format', 'pytorch', '-o', to)
  const runs = (command: string, args: string[]) =>
    spawnSync(command, args, { cwd: to, encoding: 'utf8', timeout: wait, killSignal: 'SIGKILL', env: { ...process.env, OMP_NUM_THREADS: '1' } }) // prettier-ignore
  const checked = runs(python, ['check.py'])
  let total = claim(
    checked.status === 0,
    `${name}: PyTorch says the same: ${checked.stdout.trim()}${checked.stderr.slice(-300)}`,
  )
  if (!trains) return total
  // What draws for each process by itself would make others of them.
  const source = readFileSync(join(to, 'model.py'), 'utf8')
  writeFileSync(join(to, 'model.py'), source.replaceAll(/Dropout\(p=[\d.]+/g, 'Dropout(p=0.0'))
  const train = (out: string) => ['train.py', '--epochs', '3', '--batch-size', '32', '--out', `${out}.safetensors`, '--log', `${out}.jsonl`] // prettier-ignore
  const one = runs(python, train('one'))
  // Some versions understand no other values of what is written where.
  const launch = ['-m', 'torch.distributed.run', '--nnodes=1', '--nproc_per_node=2', '--master_addr=127.0.0.1', `--master_port=${29600 + name.length}`, '--redirects=1', '--tee=1', `--log_dir=${join(folder, 'logs')}`] // prettier-ignore
  const two = runs(python, [...launch, ...train('two')])
  if (one.status !== 0 || two.status !== 0)
    return add(total, claim(false, `${name}: trains on: ${(one.stderr + two.stderr).slice(-600)}`))
  const losses = (log: string): number[] =>
    readFileSync(join(to, `${log}.jsonl`), 'utf8').trim().split('\n').map((line) => (JSON.parse(line) as Record<string, number>)['train/loss']!) // prettier-ignore
  const [alone, together] = [losses('one'), losses('two')]
  total = add(total, claim(alone.at(-1)! < alone[0]!, `${name}: training on improves the loss: ${alone.map((loss) => loss.toFixed(4)).join(', ')}`)) // prettier-ignore
  const compare = `from tensors import read\na, b = read("one.safetensors"), read("two.safetensors")\nprint(max((a[k].float() - b[k].float()).abs().max().item() for k in a))`
  const apart = Number(runs(python, ['-c', compare]).stdout)
  const batchNorm = /BatchNorm/.test(source)
  return add(total, claim(batchNorm || apart < 1e-4, `${name}: two processes with the same batch together train as one: weights ${apart.toExponential(1)} apart, losses ${together.map((loss) => loss.toFixed(4)).join(', ')}${batchNorm ? ' (batch norms measure what each process has)' : ''}`)) // prettier-ignore
}

async function holdOne(
  browser: Browser,
  { name, make }: Kind,
  epochs: string,
  trains: boolean,
): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'descent-exports-'))
  try {
    const data = await make(folder)
    await descent('run', ...data, '--seed', '1', '--epochs', epochs, '--no-preflight', '--baselines', 'none', '--backend', 'wasm', '--out', join(folder, 'run')) // prettier-ignore
    const model = join(folder, 'run/model')
    const count = name === 'table' ? 10_000 : 300
    let total = await holdWeb(browser, model, folder, name, count)
    total = add(total, await holdPyTorch(model, folder, name, trains))
    return add(total, await holdServers(model, folder, name))
  } catch (error) {
    return claim(false, `${name}: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Of the one case of that name, or else of those whose names begin so, as table/ for its templates. */
const askedBy = (only: string): ((kind: Kind) => boolean) =>
  [...started, ...others].some(({ name }) => name === only)
    ? ({ name }) => name === only
    : ({ name }) => name.startsWith(only)

export async function holdExports(only: string): Promise<Tally> {
  const asked = askedBy(only)
  const all = [...started, ...others]
  if (!all.some(asked))
    throw new Error(`There is no “${only}” among ${all.map(({ name }) => name).join(', ')}.`)
  const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] })
  let total = nothing
  try {
    for (const kind of started.filter(asked)) total = add(total, await holdOne(browser, kind, '2', true))
    for (const kind of others.filter(asked)) total = add(total, await holdOne(browser, kind, '1', false))
  } finally {
    await browser.close()
  }
  return total
}
