/** What axe says of a page: everything in the light theme, and of the dark one what colors have a part in. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import type axe from 'axe-core'
import { root } from '../../checks/process.ts'
import { settled } from './steps.ts'

/** The only rules whose answer depends on the theme. Names, roles and landmarks are the same in both, and take most of the time. */
const colorRules = ['color-contrast', 'link-in-text-block']

const source = readFileSync(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8')

/** Colors that fade have come to their end; what turns until something is there is not waited for. */
const faded = (page: Page): Promise<unknown> =>
  page.evaluate(async () => {
    // Two frames: those that a change of theme begins are known by then.
    for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame)
    const ending = document
      .getAnimations()
      .filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime))
    await Promise.allSettled(ending.map(({ finished }) => finished))
  })

/** What axe complains about in this state: rule, place and reason. */
export async function complaints(page: Page, state: string): Promise<string[]> {
  // Evaluated by the browser's own tools, which the page's content security policy does not reach.
  if (!(await page.evaluate('typeof axe === "object"'))) await page.evaluate(source)
  await settled(page)
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme)
    await faded(page)
    const { violations } = await page.evaluate(
      (only) =>
        (globalThis as unknown as { axe: typeof axe }).axe.run(document, {
          resultTypes: ['violations'],
          ...(only === null
            ? // Speech control needs the words that are seen; axe still calls the rule experimental.
              { rules: { 'label-content-name-mismatch': { enabled: true } } }
            : { runOnly: { type: 'rule', values: only } }),
        }),
      colorScheme === 'dark' ? colorRules : null,
    )
    for (const { id, help, nodes } of violations)
      for (const node of nodes)
        found.push(
          `${state}, ${colorScheme}: ${id} (${help}) at ${node.target.join(' ')}: ${node.any[0]?.message ?? node.html.slice(0, 160)}`,
        )
  }
  return found
}

/** The same of a page that is not the window's, in the theme that it has now: rules and places. */
export async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate('typeof axe === "object"'))) await page.evaluate(source)
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ['violations'] }),
  )
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id} at ${node.target.join(' ')}`))
}
