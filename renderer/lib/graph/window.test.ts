import { expect, test } from 'vitest'
import { holds, meets, roomOf, seenIn, windowAround } from './window.ts'

const seen = seenIn({ x: -100, y: 50, zoom: 0.5 }, { width: 300, height: 150 })

test('what is seen is told in the picture’s own measure', () => {
  expect(seen).toEqual({ x: 200, y: -100, width: 600, height: 300 })
})

test('the part that is there stays as long as it holds what is seen, and is not far larger', () => {
  const part = windowAround(null, seen)
  expect(holds(part, seen)).toBe(true)
  expect(windowAround(part, { ...seen, x: seen.x + 150 })).toBe(part)
  const on = windowAround(part, { ...seen, x: seen.x + 250 })
  expect(on).not.toBe(part)
  expect(holds(on, { ...seen, x: seen.x + 250 })).toBe(true)
  const near = { x: seen.x, y: seen.y, width: 100, height: 50 }
  expect(windowAround(part, near).width).toBeLessThan(part.width / 4)
})

test('an upright line has some width, and is met by what it crosses', () => {
  const room = roomOf([{ x: 10, y: 0 }, { x: 10, y: 90 }]) // prettier-ignore
  expect(meets(room, { x: 0, y: 40, width: 50, height: 10 })).toBe(true)
  expect(meets(room, { x: 12, y: 40, width: 50, height: 10 })).toBe(false)
})
