/**
 * Unpacks LZ4 frames (lz4_Frame_format.md), by which Arrow files are usually compressed: the packages that do so have not
 * been kept for years, or bring binaries. Every length is held against what is there.
 */

const magic = 0x184d2204
const longestCode = 15
const shortestMatch = 4

const broken = (): never => {
  throw new RangeError('damaged LZ4 data')
}

/** Grows while it is filled, to `most` bytes. */
class Output {
  bytes: Uint8Array
  filled = 0
  private readonly most: number

  constructor(size: number, most: number) {
    this.most = most
    this.bytes = new Uint8Array(Math.min(size, most))
  }

  /** Room for so many more. */
  reserve(more: number): void {
    const needed = this.filled + more
    if (needed > this.most) throw new RangeError('LZ4 data that unpacks to more than may be read')
    if (needed <= this.bytes.length) return
    const larger = new Uint8Array(Math.min(this.most, Math.max(needed, 2 * this.bytes.length)))
    larger.set(this.bytes.subarray(0, this.filled))
    this.bytes = larger
  }

  add(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.bytes.set(bytes, this.filled)
    this.filled += bytes.length
  }

  /** What is copied may be what is being written. */
  repeat(back: number, length: number): void {
    if (back === 0 || back > this.filled) broken()
    this.reserve(length)
    const { bytes } = this
    let to = this.filled
    for (let i = 0; i < length; i++, to++) bytes[to] = bytes[to - back]!
    this.filled = to
  }
}

/** `most`: bytes that it may unpack to. */
export function unpackLz4(packed: Uint8Array, most: number): Uint8Array {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  if (packed.length < 7 || view.getUint32(0, true) !== magic) return broken()
  const flags = packed[4]!
  const hasBlockSums = (flags & 0x10) !== 0
  let at = 6 + ((flags & 0x08) !== 0 ? 8 : 0) + ((flags & 0x01) !== 0 ? 4 : 0) + 1
  const out = new Output(4 * packed.length, most)
  while (at + 4 <= packed.length) {
    const header = view.getUint32(at, true)
    at += 4
    if (header === 0) return out.bytes.subarray(0, out.filled)
    const length = header & 0x7fffffff
    if (at + length > packed.length) return broken()
    const block = packed.subarray(at, at + length)
    if (header >>> 31 === 1) out.add(block)
    else unpackBlock(block, out)
    at += length + (hasBlockSums ? 4 : 0)
  }
  return broken()
}

function unpackBlock(block: Uint8Array, out: Output): void {
  let at = 0
  /** Behind a length of 15, bytes are added until one is not 255. */
  const lengthOf = (code: number): number => {
    if (code < longestCode) return code
    let length = code
    for (;;) {
      const more = block[at++]
      if (more === undefined) return broken()
      length += more
      if (more < 255) return length
    }
  }
  while (at < block.length) {
    const token = block[at++]!
    const literals = lengthOf(token >>> 4)
    if (at + literals > block.length) return broken()
    out.add(block.subarray(at, at + literals))
    at += literals
    if (at >= block.length) return
    if (at + 2 > block.length) return broken()
    const back = block[at]! | (block[at + 1]! << 8)
    at += 2
    out.repeat(back, lengthOf(token & 0x0f) + shortestMatch)
  }
}
