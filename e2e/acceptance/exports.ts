/**
 * Exports where they are meant to run: web pages in Chromium on hostile rows, and a PyTorch project that torchrun trains in two
 * processes as in one. For a table, texts and pictures.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { chromium, type Page } from '@playwright/test'
import sharp from 'sharp'
import { hostileRows } from '../../electron/host/deploy/exports/hostile.ts'
import type { Signature } from '../../electron/host/deploy/exports/signature.ts'
import { hostileAnswers } from '../../electron/host/deploy/exports/certificate.ts'
import { readModelFolder } from '../../electron/host/deploy/folder.ts'
import { useDevice } from '../../electron/host/training/predict.ts'
import { pythonWithTorch } from '../../engine/fixtures/ask-torch.ts'
import { findChromium } from '../checks/provision.ts'
import { root } from '../checks/process.ts'
import { add, nothing, type Tally } from '../checks/reports.ts'
import { said } from './said.ts'

const claim = (holds: boolean, what: string): Tally => said(what, holds, '')

interface Kind {
  readonly name: string
  /** Writes data into the folder, and says what `descent run` is given. */
  readonly make: (folder: string) => Promise<string[]>
}

const kinds: readonly Kind[] = [
  {
    name: 'table',
    make: async (folder) => {
      const file = join(folder, 'parts.csv')
      const lines = Array.from({ length: 300 }, (_, i) => {
        const width = (i * 7919) % 100
        return `"€ 1.${String(100 + ((i * 37) % 900))},50",${i % 9 === 4 ? '' : width},${['round', 'square', 'NA'][i % 3]},0${1 + (i % 9)}.03.2024,${i % 24}:30,${width > 50 ? 'big' : 'small'}`
      })
      writeFileSync(file, ['price,width,shape,day,when,size', ...lines, ''].join('\n'))
      return [file, '--target', 'size', '--effort', 'quick']
    },
  },
  {
    name: 'texts',
    make: async (folder) => {
      const file = join(folder, 'texts.csv')
      const words = [
        'good',
        'fine',
        'bad',
        'poor',
        'film',
        'the',
        'it’s',
        'a',
        'Größe',
        'plot',
        'twice',
        'never',
      ]
      const lines = Array.from({ length: 240 }, (_, i) => {
        const label = i % 2 === 0 ? 'yes' : 'no'
        const rest = Array.from({ length: 5 + (i % 7) }, (__, k) => words[(i * 5 + k * k) % words.length])
        const first = label === 'yes' ? words[i % 4 < 2 ? 0 : 1] : words[i % 4 < 2 ? 2 : 3]
        return `"${i % 3 === 0 ? 'Well, ' : ''}${first} ${rest.join(' ')}, no. ${i}!",${label}`
      })
      writeFileSync(file, ['note,liked', ...lines, ''].join('\n'))
      return [file, '--target', 'liked', '--effort', 'quick', '--set', 'data.columns.note.kind=text', '--set', 'data.columns.note.role=feature'] // prettier-ignore
    },
  },
  {
    name: 'pictures',
    make: async (folder) => {
      const place = join(folder, 'pictures')
      for (const [k, name] of ['dark', 'bright'].entries()) {
        mkdirSync(join(place, name), { recursive: true })
        for (let i = 0; i < 40; i++) {
          const data = Uint8Array.from(
            { length: 16 * 16 * 3 },
            (_, at) => 40 + 120 * k + ((at * 31 + i * 57) % 60),
          )
          await sharp(data, { raw: { width: 16, height: 16, channels: 3 } })
            .png()
            .toFile(join(place, name, `${i}.png`))
        }
      }
      return [place]
    },
  },
]

function descent(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'electron/host/cli.ts'), ...args], { encoding: 'utf8', timeout: 300_000 }) // prettier-ignore
  if (status !== 0) throw new Error(`descent ${args[0]} ended with ${status}: ${stderr.slice(-500)}`)
  return stdout
}

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

async function holdWeb(model: string, folder: string, name: string): Promise<Tally> {
  const to = join(folder, 'web')
  descent('export', model, '--format', 'web', '-o', to)
  const asked: string[] = []
  const server = await serveFolder(to, asked)
  const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage()
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
    const rows = hostileRows(
      loaded.document.preparation.columns,
      signature.inputs,
      name === 'table' ? 10_000 : 300,
    )
    const { held, disagreement } = await hostileAnswers(loaded, signature, rows, await askedOf(page, rows))
    const most = Math.max(...Object.values(held.largest))
    let total = claim(disagreement === null, `${name}: the page in Chromium says what Descent says in ${rows.length} hostile rows (at most ${most.toExponential(1)} apart)${disagreement === null ? '' : ` ${JSON.stringify(disagreement)}`}`) // prettier-ignore
    total = add(total, claim(faults.length === 0, `${name}: its console has no error ${faults.join('; ')}`))
    total = add(total, claim(asked.length === before, `${name}: it asks nobody for anything`))
    return total
  } finally {
    await browser.close()
    server.close()
  }
}

const wait = 60_000

function holdPyTorch(model: string, folder: string, name: string): Tally {
  const python = pythonWithTorch()
  if (python === undefined) {
    console.log(`– ${name}: PyTorch is not run, no Python has it`)
    return { ...nothing, skipped: 1 }
  }
  const to = join(folder, 'pytorch')
  descent('export', model, '--format', 'pytorch', '-o', to)
  const runs = (command: string, args: string[]) =>
    spawnSync(command, args, { cwd: to, encoding: 'utf8', timeout: wait, killSignal: 'SIGKILL', env: { ...process.env, OMP_NUM_THREADS: '1' } }) // prettier-ignore
  const checked = runs(python, ['check.py'])
  let total = claim(
    checked.status === 0,
    `${name}: PyTorch says the same: ${checked.stdout.trim()}${checked.stderr.slice(-300)}`,
  )
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

export async function holdExports(only: string): Promise<Tally> {
  let total = nothing
  for (const { name, make } of kinds.filter((one) => one.name.includes(only))) {
    const folder = mkdtempSync(join(tmpdir(), 'descent-exports-'))
    try {
      const data = await make(folder)
      descent('run', ...data, '--seed', '1', '--epochs', '2', '--no-preflight', '--baselines', 'none', '--backend', 'wasm', '--out', join(folder, 'run')) // prettier-ignore
      const model = join(folder, 'run/model')
      total = add(total, await holdWeb(model, folder, name))
      total = add(total, holdPyTorch(model, folder, name))
    } catch (error) {
      total = add(total, claim(false, `${name}: ${error instanceof Error ? error.message : String(error)}`))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  return total
}
