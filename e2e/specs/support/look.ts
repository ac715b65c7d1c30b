/** What a person checks by looking: nothing cut off, everything named, and, where they are asked for, screenshots. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { root } from '../../checks/process.ts'
import { settled } from './steps.ts'

const folder = join(root, 'test-results/screenshots')
const sizes = [
  { width: 1920, height: 1080 },
  { width: 1280, height: 800 },
]

/** 640: a window of 1280 at 200 % zoom. The last is what all tests go on with. */
const widths = [640, 800, 1280]

/** In both themes and sizes, of which the last of each is what all tests go on with: `npm run acceptance -- looks`. */
async function screenshots(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  for (const size of sizes) {
    await page.setViewportSize(size)
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      // Charts redraw, and colours fade, for some frames after a change of size or theme.
      await page.waitForTimeout(250)
      await page.screenshot({
        path: join(folder, `${name}-${size.width}x${size.height}-${colorScheme}.png`),
      })
    }
  }
}

const mustBeNamed = new Set([
  'button',
  'link',
  'textbox',
  'searchbox',
  'combobox',
  'checkbox',
  'switch',
  'radio',
  'radiogroup',
  'slider',
  'spinbutton',
  'tab',
  'dialog',
  'alertdialog',
  'navigation',
  'img',
  'image',
  'table',
  'progressbar',
])

/** Asks the browser's own accessibility tree, which is what a screen reader gets. */
async function unnamed(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page)
  try {
    const { nodes } = await session.send('Accessibility.getFullAXTree')
    return nodes
      .filter((node) => !node.ignored && mustBeNamed.has(String(node.role?.value)))
      .filter((node) => !String(node.name?.value ?? '').trim())
      .map((node) => String(node.role?.value))
  } finally {
    await session.detach()
  }
}

export async function look(page: Page, name: string): Promise<void> {
  await settled(page)
  if (process.env['DESCENT_SCREENSHOTS'] === 'all') await screenshots(page, name)
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 })
    const cut = () =>
      page.evaluate(() => {
        const main = document.querySelector('main')!
        const { documentElement } = document
        return Math.max(documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth)
      })
    // Charts follow a frame later.
    const message = `${name}: at ${width} px the page is wider than the window by`
    await expect.poll(cut, { message }).toBeLessThanOrEqual(0)
  }
  expect(await unnamed(page), `${name}: controls without a name`).toEqual([])
  await expect(page.getByRole('main'), `${name}: main landmarks`).toHaveCount(1)
  await expect(page.getByRole('heading', { level: 1 }), `${name}: first-level headings`).toHaveCount(1)
}
