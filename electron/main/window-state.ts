/** Where the window was, and where it may come back: on a display that exists, large enough to use. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

const windowStateSchema = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().positive(),
  height: z.int().positive(),
  maximized: z.boolean(),
})
export type WindowState = z.infer<typeof windowStateSchema>

interface Area {
  x: number
  y: number
  width: number
  height: number
}

export const minimumSize = { width: 960, height: 640 }
const preferredSize = { width: 1440, height: 900 }

const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(value, high))

function overlap(a: Area, b: Area): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
  return width > 0 && height > 0 ? width * height : 0
}

/** `displays` are work areas, the primary one first. Moves the window no further than it must. */
export function placeWindow(saved: WindowState | null, displays: readonly Area[]): WindowState {
  const [primary = { x: 0, y: 0, ...preferredSize }] = displays
  const wanted = saved ?? {
    ...preferredSize,
    x: primary.x + Math.round((primary.width - preferredSize.width) / 2),
    y: primary.y + Math.round((primary.height - preferredSize.height) / 2),
    maximized: false,
  }
  const home = displays.reduce(
    (best, display) => (overlap(wanted, display) > overlap(wanted, best) ? display : best),
    primary,
  )
  // A display smaller than the minimum gets a window that fills it.
  const width = clamp(wanted.width, Math.min(minimumSize.width, home.width), home.width)
  const height = clamp(wanted.height, Math.min(minimumSize.height, home.height), home.height)
  return {
    x: clamp(wanted.x, home.x, home.x + home.width - width),
    y: clamp(wanted.y, home.y, home.y + home.height - height),
    width,
    height,
    maximized: wanted.maximized,
  }
}

/** A missing or damaged file is a first start. */
export function readWindowState(path: string): WindowState | null {
  try {
    return windowStateSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return null
  }
}

/** Never in the way of closing a window: a full disk loses the window's place, nothing else. */
export function writeWindowState(path: string, state: WindowState): void {
  try {
    writeFileSync(`${path}.new`, JSON.stringify(state))
    renameSync(`${path}.new`, path)
  } catch (error) {
    console.error('The window’s place was not saved:', error)
  }
}
