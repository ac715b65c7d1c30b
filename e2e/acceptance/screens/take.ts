/** Photographs a page as it is, whole, in each size and theme, without what differs from one day and one machine to the next. */
import { expect, type Page } from '@playwright/test'
import { settled } from '../../specs/support/steps.ts'

const sizes = [
  { width: 960, height: 700 },
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
]
const themes = ['light', 'dark'] as const

/** Longer pages are cut: what comes so far below is lists. */
const tallest = 2000

export interface Picture {
  /** As `table-3-prepare-1280-light`. */
  readonly name: string
  readonly png: Buffer
}

/**
 * Durations, rates, days, sizes of files and names of processors are others on every machine, and so is where the workspace lies.
 * They are written alike for the picture; Vue writes only what has changed, so that the page's own words come again with its next change.
 */
function steady(root: Element, folder: string): void {
  const rules: readonly (readonly [RegExp, string])[] = [
    [/\/(?:tmp|var|private)\/[^\s,;”"]*/g, '/home/you/descent'],
    [/\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{8,64}(?=…|\b)/g, '0a1b2c3d'],
    [/\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?/g, '2026-01-01'],
    [/\b\d\d?:\d\d(?::\d\d)?\b/g, '12:00'],
    [/(?:just now|\d+ (?:seconds?|minutes?|hours?) ago)/g, 'just now'],
    [/[<~≈]?\s?\d[\d.,]*\s(?:h|min)\s\d\d\s(?:min|s)\b/g, '0 s'],
    [/[<~≈]?\s?\d[\d.,]*\s(?:µs|ms|s|min|h)\b/g, '0 s'],
    [/\d[\d.,]*\s(?:B|KB|MB|GB|TB)\b(?:\/s)?/g, '0 MB'],
    [/\d[\d.,]*\s(?:rows|examples|images|texts|steps)\/s\b/g, '0 rows/s'],
    [/\d[\d.,]*\s(?:G|M)FLOP\/s/g, '0 GFLOP/s'],
    [/(?:CPU|GPU)( · | \()[^)]*\d threads?\)?/g, 'CPU'],
  ]
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const text = node.nodeValue ?? ''
    let written = text.replaceAll(folder, '/home/you/descent')
    for (const [pattern, instead] of rules) written = written.replace(pattern, instead)
    if (written !== text) node.nodeValue = written
  }
  // How fast this machine is, and a chart of it.
  for (const label of root.querySelectorAll('dt'))
    if (label.textContent === 'Throughput' && label.nextElementSibling) {
      label.nextElementSibling.textContent = '0'
      for (const more of label.parentElement!.querySelectorAll('dd + dd')) more.textContent = 'examples/s'
    }
  for (const input of root.querySelectorAll('input'))
    if (input.value.includes(folder)) input.value = input.value.replaceAll(folder, '/home/you/descent')
}

/** The window's height with which nothing of the page has to be scrolled to. */
const heightOf = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const main = document.querySelector('main')!
    return innerHeight + Math.max(0, main.scrollHeight - main.clientHeight)
  })

/** Nothing is waited for any more, also not what is drawn once somebody has scrolled to it. */
export async function drawn(page: Page): Promise<void> {
  await settled(page)
  await expect(page.locator('main .animate-pulse')).toHaveCount(0, { timeout: 60_000 })
}

export async function takePictures(page: Page, name: string, folder: string): Promise<Picture[]> {
  const pictures: Picture[] = []
  for (const { width, height } of sizes) {
    await page.setViewportSize({ width, height })
    await page.waitForTimeout(200)
    await drawn(page)
    const whole = Math.min(tallest, await heightOf(page))
    if (whole > height) await page.setViewportSize({ width, height: whole })
    await page.locator('main').evaluate((main) => main.scrollTo(0, 0))
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme)
      // Charts redraw, and colors fade, for some frames after a change of size or theme.
      await page.waitForTimeout(350)
      await drawn(page)
      await page.mouse.move(0, 0)
      await page.locator('body').evaluate(steady, folder)
      const mask = [page.getByRole('figure', { name: /^Throughput/ }).locator('canvas')]
      const png = await page.screenshot({ animations: 'disabled', caret: 'hide', mask, maskColor: '#808080' })
      pictures.push({ name: `${name}-${width}-${colorScheme}`, png })
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  return pictures
}
