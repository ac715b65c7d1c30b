/** A model is exported as a web page on Deploy; the page answers in the same browser, by keyboard, and axe has nothing against it. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { chromium, expect } from '@playwright/test'
import { findChromium } from '../checks/provision.ts'
import { complaints, violations } from './support/axe.ts'
import { test } from './support/folder.ts'
import { look } from './support/look.ts'
import { expectState, goTo, openSample, setField, startTraining, takeQuick } from './support/steps.ts'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
}

test('a model becomes a page that answers where it is opened', async ({ app }) => {
  const { page } = app
  await openSample(page, 'Customer churn')
  await takeQuick(page)
  await goTo(page, 'Train')
  await setField(page, 'Epochs', '2')
  await startTraining(page, 'A run with a name that is rather long, as people give them')
  await expectState(page, /^finished$/)
  await goTo(page, 'Deploy')
  await page.getByRole('button', { name: 'Save model' }).click()
  // As ONNX with lighter weights: what that costs is told, and lines to begin with can be copied.
  await page.getByRole('radiogroup', { name: 'Weights' }).getByRole('radio', { name: 'int8' }).click()
  await setField(page, 'Rows of the certificate (made-up rows)', '200')
  await page.getByRole('button', { name: 'Export as ONNX' }).click()
  await expect(page.getByText(/Weights as int8: .* instead of .*rows of the test: Accuracy/)).toBeVisible({
    timeout: 60_000,
  })
  const lines = page.getByRole('region', { name: 'Lines to begin with' })
  await expect(lines.getByRole('group', { name: 'Lines for Python' })).toContainText(
    'from reader import load',
  )
  await expect(lines.getByRole('group', { name: 'Lines for Node' })).toContainText('onnxruntime-node')
  await expect(lines.getByRole('button', { name: 'Copy the lines for Node' })).toBeVisible()
  await look(page, 'deploy-onnx-int8')
  expect(await complaints(page, 'deploy, a lighter file')).toEqual([])
  await page.getByRole('combobox', { name: /^Format/ }).selectOption({ label: 'Web page' })
  await setField(page, 'Rows of the certificate (made-up rows)', '500')
  await page.getByRole('button', { name: 'Export as Web page' }).click()
  await expect(
    page.getByText(/says what Descent says in 500 made-up rows .* and [\d,]+ (of [\d,]+ )?rows of the test/),
  ).toBeVisible({
    timeout: 60_000,
  })
  await look(page, 'deploy-web')
  expect(await complaints(page, 'deploy, a web page')).toEqual([])
  const saved = page.getByRole('table', { name: 'Saved and exported models' })
  const place = await saved
    .getByRole('row', { name: /Web page/ })
    .locator('code')
    .first()
    .textContent()
  const server = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : request.url!
    response.setHeader('content-type', types[extname(path)] ?? 'application/octet-stream')
    response.end(readFileSync(join(place!, path)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const browser = await chromium.launch({ executablePath: findChromium() })
  const shown = await browser.newPage()
  try {
    await shown.goto(`http://127.0.0.1:${(server.address() as { port: number }).port}/`)
    await expect(shown.getByRole('heading', { level: 1 })).toContainText('rather long')
    await shown.context().setOffline(true)
    await shown.getByRole('button', { name: 'Fill in an example' }).press('Enter')
    await shown.getByRole('button', { name: 'Predict', exact: true }).press('Enter')
    await expect(shown.getByRole('status').first()).toContainText(' %')
    for (const colorScheme of ['light', 'dark'] as const) {
      await shown.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      expect(await violations(shown)).toEqual([])
    }
    // An expression that takes for ever is ended: the page says so, and can be used.
    const hostile = await browser.newPage()
    const reading = { tokenizer: 'regex', pattern: '(\\w+\\s?)+$$x', length: 5, padding: '' }
    await hostile.route('**/signature.json', async (route) => {
      const signature = JSON.parse(readFileSync(join(place!, 'signature.json'), 'utf8')) as {
        inputs: unknown[]
      }
      const inputs = [...signature.inputs, { name: 'note', dtype: 'string', shape: ['N', 5], reading }]
      await route.fulfill({ json: { ...signature, inputs } })
    })
    await hostile.clock.install()
    await hostile.goto(shown.url())
    await hostile.getByRole('textbox', { name: 'note' }).fill(`${'a'.repeat(60)}!`)
    await hostile.getByRole('button', { name: 'Predict', exact: true }).press('Enter')
    await hostile.clock.fastForward(6000)
    await expect(hostile.getByRole('status').first()).toContainText(
      'Cutting this text into words takes longer than 5 seconds, and was ended',
    )
  } finally {
    await browser.close()
    server.close()
  }
  expect(app.problems).toEqual([])
})
