/** The sample of pictures: shapes as a hand draws them, in a zip of class folders. From a seed, the same bytes on every machine. */
import { crc32 } from 'node:zlib'
import { source } from './random.ts'

const size = 28
const names = ['circle', 'cross', 'square', 'triangle'] as const
const trained = 100
const tested = 25

type Random = ReturnType<typeof source>
type Shape = (x: number, y: number) => number

const distance = (x: number, y: number): number => Math.sqrt(x * x + y * y)
/** From a line through two points, where the point is beside it. */
function fromLine(x: number, y: number, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay]
  const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)))
  return distance(x - ax - t * dx, y - ay - t * dy)
}
type Point = readonly [x: number, y: number]

const outline =
  (corners: readonly Point[]): Shape =>
  (x, y) =>
    corners.reduce(
      (least, corner, i) => Math.min(least, fromLine(x, y, corner, corners[(i + 1) % corners.length]!)),
      Infinity,
    )

/** How far a point is from the line that a pencil draws, the shape being about as large as from −1 to 1. */
const shapes: Record<(typeof names)[number], (wobble: () => number) => Shape> = {
  circle: (wobble) => {
    const [wide, high] = [1 + wobble(), 1 + wobble()]
    return (x, y) => Math.abs(distance(x / wide, y / high) - 1)
  },
  cross: (wobble) => {
    const ends = [-1, 1].map((side): Point => [side + wobble(), wobble()])
    const others = [-1, 1].map((side): Point => [wobble(), side + wobble()])
    return (x, y) => Math.min(fromLine(x, y, ends[0]!, ends[1]!), fromLine(x, y, others[0]!, others[1]!))
  },
  square: (wobble) =>
    outline(
      (
        [
          [-0.9, -0.9],
          [0.9, -0.9],
          [0.9, 0.9],
          [-0.9, 0.9],
        ] as const
      ).map(([x, y]): Point => [x + wobble(), y + wobble()]),
    ),
  triangle: (wobble) =>
    outline(
      (
        [
          [0, -1],
          [0.95, 0.75],
          [-0.95, 0.75],
        ] as const
      ).map(([x, y]): Point => [x + wobble(), y + wobble()]),
    ),
}

/** Gray, row by row: dark paper, a light line, a little noise. Only operations that every machine rounds alike. */
function drawn(name: (typeof names)[number], random: Random): Uint8Array {
  const shape = shapes[name](() => random.between(-0.16, 0.16))
  // A turn by the tangent of half its angle: sines differ from machine to machine.
  const half = random.between(-0.22, 0.22)
  const [cosine, sine] = [(1 - half * half) / (1 + half * half), (2 * half) / (1 + half * half)]
  const scale = random.between(6.5, 10.5)
  const [centerX, centerY] = [14 + random.between(-2.5, 2.5), 14 + random.between(-2.5, 2.5)]
  const [width, light] = [random.between(0.9, 1.8), random.between(150, 235)]
  return Uint8Array.from({ length: size * size }, (_, i) => {
    const [dx, dy] = [(i % size) + 0.5 - centerX, Math.floor(i / size) + 0.5 - centerY]
    const far = shape((dx * cosine + dy * sine) / scale, (dy * cosine - dx * sine) / scale) * scale
    const ink = Math.min(1, Math.max(0, width + 0.5 - far))
    return Math.round(Math.min(255, Math.max(0, 20 + light * ink + 9 * random.normal())))
  })
}

/** https://www.w3.org/TR/png-3/, not compressed: what a library makes of the same picture changes with its version. */
function png(pixels: Uint8Array): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const frame = Buffer.alloc(8)
    frame.writeUInt32BE(data.length, 0)
    frame.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  header.set([8, 0, 0, 0, 0], 8)
  const rows = Buffer.concat(
    Array.from({ length: size }, (_, y) => Buffer.from([0, ...pixels.subarray(y * size, (y + 1) * size)])),
  )
  // One block that is stored as it is (RFC 1950 and 1951).
  const block = Buffer.alloc(7)
  block.set([0x78, 0x01, 0x01])
  block.writeUInt16LE(rows.length, 3)
  block.writeUInt16LE(0xffff - rows.length, 5)
  let [low, high] = [1, 0]
  for (const byte of rows) {
    low = (low + byte) % 65_521
    high = (high + low) % 65_521
  }
  const check = Buffer.alloc(4)
  check.writeUInt32BE(high * 65_536 + low)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', Buffer.concat([block, rows, check])),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, all of it stored, from 1980 on, where zip begins to count. */
function zip(files: readonly (readonly [name: string, data: Buffer])[]): Buffer {
  const local: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const [name, data] of files) {
    const title = Buffer.from(name, 'latin1')
    const facts = Buffer.alloc(26)
    facts.writeUInt16LE(10, 0)
    facts.writeUInt16LE(33, 8)
    facts.writeUInt32LE(crc32(data), 10)
    facts.writeUInt32LE(data.length, 14)
    facts.writeUInt32LE(data.length, 18)
    facts.writeUInt16LE(title.length, 22)
    const entry = Buffer.alloc(16)
    entry.writeUInt32LE(offset, 12)
    local.push(Buffer.from('PK\x03\x04', 'latin1'), facts, title, data)
    central.push(Buffer.from('PK\x01\x02\x0a\x00', 'latin1'), facts, entry.subarray(2), title)
    offset += 30 + title.length + data.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(files.length, 4)
  end.writeUInt16LE(files.length, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...local, directory, Buffer.from('PK\x05\x06', 'latin1'), end])
}

export function shapesArchive(): Buffer {
  const random = source(20_261)
  const files = Array.from({ length: trained + tested }, (_, i) =>
    names.map((name) => {
      const part = i < trained ? 'train' : 'test'
      return [
        `shapes/${part}/${name}/${String(i + 1).padStart(3, '0')}.png`,
        png(drawn(name, random)),
      ] as const
    }),
  )
  return zip(files.flat())
}

export const shapesFacts = { rows: names.length * (trained + tested), classes: names.length, size }
