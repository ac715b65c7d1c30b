/** TensorFlow.js in Chromium, on WebGPU. Arguments: the folder of its packages, its version, and Chromium. */
import { readFile } from 'node:fs/promises'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { join, resolve } from 'node:path'
import { serve } from '../serve.ts'
import type { Case } from '../../cases.ts'

interface Route {
  request(): { url(): string }
  fulfill(response: { contentType: string; body: string }): Promise<void>
}
interface Page {
  route(pattern: string, handler: (route: Route) => Promise<void>): Promise<void>
  goto(url: string): Promise<unknown>
  evaluate<T>(script: string): Promise<T>
}
interface Playwright {
  chromium: {
    launch(options: object): Promise<{ newPage(): Promise<Page>; close(): Promise<void> }>
  }
}

const [modules = '', version = '', executablePath = ''] = process.argv.slice(2)
const bench = resolve(import.meta.dirname, '../..')
/** Its name counts as secure, which WebGPU asks for; nothing listens there, every request is answered here. */
const origin = 'http://localhost'
const bundles = ['tfjs/dist/tf.min.js', 'tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js']

async function answer(route: Route): Promise<void> {
  const path = new URL(route.request().url()).pathname
  if (path === '/') {
    const scripts = bundles.map((bundle) => `<script src="/packages/${bundle}"></script>`)
    return route.fulfill({ contentType: 'text/html', body: `<!doctype html>${scripts.join('')}` })
  }
  const isPackage = path.startsWith('/packages/')
  const file = isPackage ? join(modules, '@tensorflow', path.slice('/packages/'.length)) : join(bench, path)
  const source = await readFile(file, 'utf8')
  const body = isPackage ? source : stripTypeScriptTypes(source)
  return route.fulfill({ contentType: 'text/javascript', body })
}

async function openPage(): Promise<Page> {
  const { chromium } = createRequire(join(modules, 'x.js'))('playwright-core') as Playwright
  const args = [
    '--enable-unsafe-webgpu',
    '--ignore-gpu-blocklist',
    '--enable-features=Vulkan',
    '--use-angle=vulkan',
  ]
  const browser = await chromium.launch({ executablePath, args })
  process.once('exit', () => void browser.close())
  const page = await browser.newPage()
  await page.route('**', answer)
  await page.goto(`${origin}/`)
  return page
}

/** Calls a function that page.ts exports. */
const call = <T>(page: Page, name: string, ...values: unknown[]): Promise<T> =>
  page.evaluate<T>(
    `import('/contestants/tfjs/page.ts').then((page) => page.${name}(...${JSON.stringify(values)}))`,
  )

await serve(async () => {
  const page = await openPage()
  const device = await page.evaluate<string>(
    `import('/contestants/tfjs/page.ts').then((page) => page.device)`,
  )
  let count = 0
  return {
    device: `webgpu in Chromium, ${device}`,
    version,
    prepare: async (c: Case) => {
      const id = count++
      await call(page, 'ready', id, c)
      return {
        run: (iterations) => call(page, 'run', id, iterations),
        result: () => call(page, 'result', id),
        dispose: () => void call(page, 'forget', id),
      }
    },
  }
})
