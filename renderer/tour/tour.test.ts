import { readFileSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stepNames } from '../../electron/contract/index.ts'
import { tour } from '../strings/tour.ts'
import { placeCard } from './place.ts'
import { stepOnPage, tourSample, tourSteps } from './steps.ts'

const root = join(import.meta.dirname, '../..')
const source = (path: string): string => readFileSync(join(root, path), 'utf8')

const card = { width: 320, height: 200 }
const window = { width: 1280, height: 800 }
const overlaps = (a: { left: number; top: number; width: number; height: number }, b: typeof a): boolean =>
  a.left < b.left + b.width &&
  b.left < a.left + a.width &&
  a.top < b.top + b.height &&
  b.top < a.top + a.height

test('the card stands in the window, and beside what it points at', () => {
  const targets = [
    { left: 0, top: 0, width: 40, height: 40 },
    { left: 1240, top: 760, width: 40, height: 40 },
    { left: 0, top: 300, width: 1280, height: 100 },
    { left: 700, top: 0, width: 580, height: 800 },
    { left: 0, top: 0, width: 700, height: 800 },
  ]
  for (const target of targets) {
    const placed = { ...placeCard(target, card, window), ...card }
    expect(overlaps(placed, target), JSON.stringify(target)).toBe(false)
    expect(placed.left).toBeGreaterThanOrEqual(0)
    expect(placed.top).toBeGreaterThanOrEqual(0)
    expect(placed.left + card.width).toBeLessThanOrEqual(window.width)
    expect(placed.top + card.height).toBeLessThanOrEqual(window.height)
  }
  const corner = { left: 1280 - 320 - 12, top: 800 - 200 - 12 }
  expect(placeCard({ left: 0, top: 0, ...window }, card, window)).toEqual(corner)
  expect(placeCard(null, card, window)).toEqual(corner)
  expect(placeCard(null, card, { width: 200, height: 100 })).toEqual({ left: 12, top: 12 })
})

test('it goes through the steps in their order, and follows whoever goes elsewhere', () => {
  const pages = tourSteps.map(({ page }) => page)
  expect([...new Set(pages)]).toEqual([...stepNames])
  expect(Object.keys(tour.steps)).toEqual(tourSteps.map(({ name }) => name))
  expect(source('resources/samples/index.ts')).toMatch(new RegExp(`id: '${tourSample}',\\s+kind: 'table'`))
  expect(tourSteps[stepOnPage('model', 0)]?.name).toBe('model')
  const curves = tourSteps.findIndex(({ name }) => name === 'curves')
  expect(stepOnPage('train', curves)).toBe(curves)
  expect(stepOnPage('compare', 3)).toBe(3)
})

test('what it points at is in the pages', () => {
  const pages = globSync('renderer/**/*.vue', { cwd: root }).map(source).join('\n')
  for (const { target } of tourSteps) {
    const [, kind, name] = /\[data-(explain|tour)="(\w+)"\]/.exec(target)!
    expect(pages).toContain(kind === 'tour' ? `data-tour="${name}"` : `explain="${name}"`)
  }
})
