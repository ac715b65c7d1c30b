import { readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect } from '@playwright/test'
import { root } from '../checks/process.ts'
import { test } from './support/folder.ts'

/** In KB of 1024 bytes, with room for a sentence or two: what comes on top belongs to a page of its own, or pays for itself here. */
const most = { scripts: 480, styles: 60 }

/** What the page names is what it waits for: the page itself is built into these, and others are fetched once it rests. */
function namedBy(page: string, ending: string): string[] {
  const names = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, name]) => name!)
  return names.filter((name) => name.endsWith(ending))
}

test('the start page waits for few scripts and styles', () => {
  const packaged = process.env['DESCENT_PACKAGED']
  const dist =
    packaged === undefined
      ? join(root, 'renderer/dist')
      : join(resolve(root, packaged), 'resources/descent/renderer/dist')
  const page = readFileSync(join(dist, 'index.html'), 'utf8')
  const weight = (ending: string): number =>
    namedBy(page, ending).reduce((sum, name) => sum + statSync(join(dist, name)).size, 0) / 1024
  const [scripts, styles] = [weight('.js'), weight('.css')]
  expect(scripts, 'it has scripts at all').toBeGreaterThan(100)
  expect(scripts, 'KB of scripts').toBeLessThanOrEqual(most.scripts)
  expect(styles, 'KB of styles').toBeLessThanOrEqual(most.styles)
})
