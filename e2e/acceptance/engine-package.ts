/**
 * The engine as it is packed: installed without a network into a folder that has nothing else, it trains in Node and in a
 * browser, and its types hold there.
 */
import { chromium } from '@playwright/test'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { packEngine } from '../../resources/engine-package/build.ts'
import { root, packageScript } from '../checks/process.ts'
import { findChromium } from '../checks/provision.ts'
import { add, nothing, type Tally } from '../checks/reports.ts'

const training = `import { capture, data, load, manualSeed, nn, openDevice, optim, save, setDefaultDevice, tensor } from 'descent-engine'

export async function train() {
  setDefaultDevice(await openDevice('wasm'))
  manualSeed(1)
  const model = new nn.Sequential(new nn.Linear(2, 16), new nn.Tanh(), new nn.Linear(16, 1))
  const optimizer = new optim.Adam(model.parameters(), 0.05)
  const points = new data.TensorDataset(tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), tensor([[0], [1], [1], [0]]))
  const step = capture((x, y) => {
    optimizer.zeroGrad()
    const loss = nn.functional.mseLoss(model.forward(x), y)
    loss.backward()
    optimizer.step()
    return loss
  })
  let loss = tensor(1)
  for (let epoch = 0; epoch < 300; epoch++)
    for await (const [x, y] of new data.DataLoader(points, { batchSize: 4, shuffle: true })) loss = step(x, y)
  const again = new nn.Sequential(new nn.Linear(2, 16), new nn.Tanh(), new nn.Linear(16, 1))
  again.loadStateDict(load(await save(model.stateDict())))
  const same = await again.forward(points.tensors[0]).sub(model.forward(points.tensors[0])).abs().max().item()
  return { loss: await loss.item(), same: same === 0 }
}
`
const typed = `import { nn, optim, tensor, type Tensor } from 'descent-engine'
import { encodeSafetensors } from 'descent-engine/safetensors'

class Net extends nn.Module {
  readonly body = new nn.Linear(2, 3, false)
  forward(x: Tensor): Tensor {
    return nn.functional.gelu(this.body.forward(x), { approximate: 'tanh' })
  }
}
const net = new Net()
const optimizer: optim.SGD = new optim.SGD(net.parameters(), { lr: 0.1, momentum: 0.9 })
const rows: number = net.forward(tensor([[1, 2]])).shape[0]!
// @ts-expect-error: there is no such option
new nn.Linear(2, 3, { biass: false })
// @ts-expect-error: a width is a number
new nn.Linear('2', 3)
console.log(rows, optimizer.paramGroups[0]!.lr, typeof encodeSafetensors)
`

interface Trained {
  readonly loss: number
  readonly same: boolean
}
const isTrained = ({ loss, same }: Trained): boolean => loss < 0.01 && same

function inFolder(folder: string, command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: 300_000,
  })
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`)
  return stdout
}

async function inBrowser(folder: string): Promise<Trained> {
  writeFileSync(
    join(folder, 'page.mjs'),
    `import { train } from './train.mjs'\ntrain().then((r) => { globalThis.trained = r }, (e) => { globalThis.trained = { error: String(e.stack) } })\n`,
  )
  const bundle = await rolldown({ cwd: folder, input: 'page.mjs', platform: 'browser', logLevel: 'silent' })
  await bundle.write({ dir: join(folder, 'bundled'), format: 'esm', entryFileNames: 'page.js' })
  await bundle.close()
  const server = createServer((request, response) => {
    const [, name = ''] = (request.url ?? '/').split('/')
    const file = join(folder, 'bundled', name)
    if (name !== '' && !existsSync(file)) response.statusCode = 404
    else response.setHeader('content-type', name === '' ? 'text/html' : 'text/javascript')
    const page = '<!doctype html><script type="module" src="/page.js"></script>'
    response.end(name === '' ? page : response.statusCode === 404 ? '' : readFileSync(file))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const executablePath = findChromium()
  const browser = await chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: ['--no-sandbox'],
  })
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await page.waitForFunction('globalThis.trained !== undefined', undefined, { timeout: 120_000 })
    const trained = (await page.evaluate('globalThis.trained')) as Trained & { readonly error?: string }
    if (trained.error !== undefined) throw new Error(trained.error)
    return trained
  } finally {
    await browser.close()
    server.close()
  }
}

export async function holdEnginePackage(): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'descent-engine-'))
  let total = nothing
  const hold = async (what: string, check: () => string | Promise<string>): Promise<void> => {
    try {
      console.log(`✓ ${what}: ${await check()}`)
      total = add(total, { ...nothing, passed: 1 })
    } catch (error) {
      console.log(`✗ ${what}: ${error instanceof Error ? error.message : String(error)}`)
      total = add(total, { ...nothing, failed: 1 })
    }
  }
  const expectTrained = (trained: Trained): string => {
    if (!isTrained(trained)) throw new Error(`it learned nothing: ${JSON.stringify(trained)}`)
    return `a loss of ${trained.loss.toExponential(1)}, and saved weights that compute the same`
  }
  try {
    const used = join(folder, 'used')
    mkdirSync(used)
    writeFileSync(join(used, 'package.json'), '{ "name": "used", "private": true, "type": "module" }')
    let packed = ''
    await hold('packed', () => (packed = packEngine(root, join(folder, 'engine'))))
    if (packed === '') return total
    await hold('installed without a network', () => {
      inFolder(used, 'npm', ['install', '--offline', '--no-audit', '--no-fund', packed])
      return Object.keys(
        (JSON.parse(readFileSync(join(used, 'package.json'), 'utf8')) as { dependencies: object })
          .dependencies,
      ).join()
    })
    writeFileSync(join(used, 'train.mjs'), training)
    await hold('trained in Node', () => {
      const script = `import { train } from './train.mjs'; console.log(JSON.stringify(await train())); process.exit()`
      const printed = inFolder(used, process.execPath, ['--input-type=module', '-e', script])
      return expectTrained(JSON.parse(printed) as Trained)
    })
    await hold('types', () => {
      writeFileSync(join(used, 'typed.ts'), typed)
      const compilerOptions = {
        noEmit: true,
        strict: true,
        noUncheckedIndexedAccess: true,
        target: 'esnext',
        module: 'nodenext',
        lib: ['esnext', 'dom'],
        types: [],
      }
      writeFileSync(join(used, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typed.ts'] }))
      inFolder(used, process.execPath, [packageScript('typescript', 'tsc'), '-p', '.'])
      return 'a script with the compiler’s strict rules, and its mistakes are found'
    })
    await hold('trained in a browser', async () => expectTrained(await inBrowser(used)))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return total
}
