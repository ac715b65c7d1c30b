import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { placeWindow, readWindowState, writeWindowState } from './window-state.ts'

const primary = { x: 0, y: 25, width: 1920, height: 1055 }
const right = { x: 1920, y: 0, width: 2560, height: 1440 }
const saved = { x: 2000, y: 100, width: 1400, height: 900, maximized: false }

test('a first start is centered on the primary display', () => {
  expect(placeWindow(null, [primary, right])).toEqual({
    x: 240,
    y: 103,
    width: 1440,
    height: 900,
    maximized: false,
  })
})

test('a window comes back to where it was, maximised if it was', () => {
  expect(placeWindow(saved, [primary, right])).toEqual(saved)
  expect(placeWindow({ ...saved, maximized: true }, [primary, right]).maximized).toBe(true)
})

test('a display that is gone gives its window to the primary one', () => {
  expect(placeWindow(saved, [primary])).toEqual({
    x: 520,
    y: 100,
    width: 1400,
    height: 900,
    maximized: false,
  })
  expect(placeWindow({ ...saved, x: -9000, y: -9000 }, [primary])).toMatchObject({ x: 0, y: 25 })
})

test('sizes fit the display and stay usable', () => {
  expect(placeWindow({ ...saved, x: 0, y: 0, width: 9000, height: 9000 }, [primary])).toMatchObject(primary)
  expect(placeWindow({ ...saved, width: 10, height: 10 }, [right])).toMatchObject({ width: 960, height: 640 })
  const small = { x: 0, y: 0, width: 800, height: 480 }
  expect(placeWindow(null, [small])).toMatchObject(small)
})

test('what was written is read; what is damaged or missing is a first start', () => {
  const folder = mkdtempSync(join(tmpdir(), 'descent-window-'))
  const path = join(folder, 'window.json')
  expect(readWindowState(path)).toBe(null)
  writeWindowState(path, saved)
  expect(readWindowState(path)).toEqual(saved)
  for (const text of ['', '{"x":1', '{"x":0,"y":0,"width":-5,"height":1,"maximized":false}']) {
    writeFileSync(path, text)
    expect(readWindowState(path)).toBe(null)
  }
  rmSync(folder, { recursive: true })
})
