/**
 * Runs the shell as it is in a package's asar, with a stand-in for Electron's module, under the packaged Node, and does the main
 * job through it as the window would: packaged-shell.ts SHELL RESOURCES FOLDER. Prints one line of JSON. SHELL is the unpacked
 * asar, RESOURCES the folder that it lay in, FOLDER where this may write.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

interface StandIn {
  app: { isPackaged: boolean; userData: string; quit(): void; exited: { promise: Promise<void> } }
  dialog: { errors: string[] }
  protocol: { handlers: Map<string, (request: Request) => Promise<Response>> }
  BrowserWindow: { all: { webContents: { url: string } }[] }
}

const [shell, resources, folder] = process.argv.slice(2) as [string, string, string]
const load = (path: string): Promise<unknown> => import(pathToFileURL(path).href)
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

Object.defineProperty(process, 'resourcesPath', { value: resources })
process.argv.splice(1, Infinity, shell, '--workspace', join(folder, 'workspace'))
const electron = (await load(join(shell, 'node_modules/electron/index.js'))) as StandIn
electron.app.isPackaged = true
electron.app.userData = join(folder, 'window')

await load(join(shell, 'electron/main/main.js'))
while (electron.protocol.handlers.size === 0) await pause(10)
const handle = electron.protocol.handlers.get('app')!

async function call<T>(name: string, input: object): Promise<T> {
  const request = new Request(`app://descent/rpc/${name}`, { method: 'POST', body: JSON.stringify(input) })
  const response = await handle(request)
  if (!response.ok) throw new Error(`${name}: ${await response.text()}`)
  return (await response.json()) as T
}

interface Project {
  id: string
  recipe: { training: object }
}

/** A sample to a trained, tested, saved and predicting model. */
async function mainJob(): Promise<object> {
  const { id: projectId, recipe } = await call<Project>('projects.createFromSample', { sampleId: 'churn' })
  const training = { ...recipe.training, epochs: 3 }
  await call('projects.setRecipe', { projectId, recipe: { ...recipe, backend: 'wasm', training } })
  const { id: runId } = await call<{ id: string }>('training.start', { projectId })
  let state = 'queued'
  while (['queued', 'preparing', 'running'].includes(state)) {
    await pause(50)
    state = (await call<{ state: string }>('runs.get', { runId })).state
  }
  const evaluated = await call<{ metrics: Record<string, number> }>('evaluate.run', { runId, split: 'test' })
  const { path } = await call<{ path: string }>('deploy.save', { runId })
  const dataPath = join(resources, 'descent/resources/samples/churn.csv')
  const { rows } = await call<{ rows: number }>('deploy.predict', { modelPath: path, dataPath })
  return { state, rocAuc: evaluated.metrics['rocAuc'], predicted: rows }
}

/** The window's page comes from the package, too. */
const page = async (): Promise<boolean> =>
  (await (await handle(new Request('app://descent/index.html'))).text()).includes('<script type="module"')

const started = performance.now()
const refusedOr = Promise.race([
  call('app.info', {}).then(() => null),
  (async () => {
    while (electron.dialog.errors.length === 0) await pause(10)
    return electron.dialog.errors[0]!
  })(),
])
const refused = await refusedOr.catch((error: unknown) => electron.dialog.errors[0] ?? String(error))
const ready = Math.round(performance.now() - started)
const result = refused === null ? { ready, page: await page(), job: await mainJob() } : { refused }
electron.app.quit()
await electron.app.exited.promise
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
