/**
 * `npm run acceptance -- screens [--only table-5] [--again]`: every page of the window at three widths in both themes, held against
 * the pictures in `docs/screenshots/reference`. What differs is in test-results/screens, as it is now and marked; `--again` keeps
 * what is there now as the reference, for whoever has looked at it.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Page } from '@playwright/test'
import sharp from 'sharp'
import { root } from '../../checks/process.ts'
import { nothing, type Tally } from '../../checks/reports.ts'
import { buildWindow } from '../../../electron/launch/window-build.ts'
import { openApp } from '../../specs/support/app.ts'
import { differenceOf, halved, marked, pixelsOf, whyNotSame } from './compare.ts'
import { isInTutorials, rooms } from './rooms.ts'
import { drawn, takePictures, type Picture } from './take.ts'

const references = join(root, 'docs/screenshots/reference')
const tutorials = join(root, 'docs/screenshots/tutorial')
const taken = join(root, 'test-results/screens')

/** Null: as its reference shows it, or kept as one. */
async function problemOf({ name, png }: Picture, again: boolean): Promise<string | null> {
  const small = await halved(png)
  const reference = join(references, `${name}.webp`)
  writeFileSync(join(taken, `${name}.png`), png)
  if (again) {
    writeFileSync(reference, small)
    return null
  }
  if (!existsSync(reference)) return 'has no reference'
  const [before, now] = [await pixelsOf(reference), await pixelsOf(small)]
  const problem = whyNotSame(before, now)
  const difference = differenceOf(before, now)
  if (problem !== null && difference !== null)
    writeFileSync(join(taken, `${name}-changed.png`), await marked(now, difference))
  return problem
}

/** The window as somebody sees it who has followed the tutorial so far. */
async function writeForTutorial(page: Page, name: string): Promise<void> {
  await drawn(page)
  const png = await page.screenshot({ animations: 'disabled', caret: 'hide' })
  await sharp(png)
    .webp({ quality: 80, effort: 6 })
    .toFile(join(tutorials, `${name}.webp`))
}

export async function holdScreens(only: string, again: boolean): Promise<Tally> {
  await buildWindow(root)
  rmSync(taken, { recursive: true, force: true })
  for (const folder of [taken, references, tutorials]) mkdirSync(folder, { recursive: true })
  const folder = mkdtempSync(join(tmpdir(), 'descent-screens-'))
  const app = await openApp(join(folder, 'workspace'))
  const known = new Set<string>()
  let [passed, failed] = [0, 0]
  const say = (holds: boolean, text: string): void => {
    if (holds) passed++
    else failed++
    console.log(`${holds ? '✓' : '✗'} ${text}`)
  }
  try {
    const walk = rooms(folder)
    // Rooms are reached through those before, and nobody waits for those behind.
    const last = walk.findLastIndex(({ name }) => name.includes(only))
    for (const { name, enter } of walk.slice(0, last + 1)) {
      try {
        await enter(app.page)
      } catch (error) {
        await app.page.screenshot({ path: join(taken, `${name}-not-reached.png`) })
        say(false, `${name} was not reached: ${error instanceof Error ? error.message : String(error)}`)
        continue
      }
      if (!name.includes(only)) continue
      if (again && isInTutorials(name)) await writeForTutorial(app.page, name)
      const pictures = await takePictures(app.page, name, folder)
      const problems: string[] = []
      for (const picture of pictures) {
        known.add(picture.name)
        const problem = await problemOf(picture, again)
        if (problem !== null) problems.push(`${picture.name} ${problem}`)
      }
      say(problems.length === 0, [name, ...problems].join('\n    '))
    }
    say(app.problems.length === 0, ['nothing was said on the console', ...app.problems].join('\n    '))
  } finally {
    await app.close()
    rmSync(folder, { recursive: true, force: true })
  }
  const stray = readdirSync(references).filter((file) => !known.has(basename(file, '.webp')))
  if (only === '' && again) for (const file of stray) rmSync(join(references, file))
  else if (only === '') say(stray.length === 0, ['each reference is of a page', ...stray].join('\n    '))
  return { ...nothing, passed, failed }
}
