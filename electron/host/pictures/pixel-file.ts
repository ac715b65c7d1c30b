/** Pixels of pictures of one size, one after the other in a file (IDX of [count, channels, height, width]), so that none but one has to be in memory. */
import { open, type FileHandle } from 'node:fs/promises'
import { grayOf, planar, type Extent } from './decode.ts'

const headerBytes = 20
const atOnce = 4 * 1024 * 1024

export function pixelHeader(count: number, channels: number, { height, width }: Extent): Uint8Array {
  const bytes = new Uint8Array(headerBytes)
  bytes.set([0, 0, 0x08, 4])
  const view = new DataView(bytes.buffer)
  for (const [i, extent] of [count, channels, height, width].entries()) view.setUint32(4 + 4 * i, extent)
  return bytes
}

async function writeAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;)
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten
}

/** Color is written until it is known that there is none. */
export class PixelFile {
  readonly #file: FileHandle
  readonly #size: Extent
  readonly #path: string
  readonly #waiting: Uint8Array
  #waits = 0
  #written = headerBytes
  #count = 0
  #gray = true

  private constructor(file: FileHandle, path: string, size: Extent) {
    this.#file = file
    this.#path = path
    this.#size = size
    const one = 3 * size.width * size.height
    this.#waiting = new Uint8Array(Math.max(one, Math.floor(atOnce / one) * one))
  }

  static async create(path: string, size: Extent): Promise<PixelFile> {
    return new PixelFile(await open(path, 'wx+', 0o600), path, size)
  }

  get count(): number {
    return this.#count
  }
  /** None of them has any color. */
  get gray(): boolean {
    return this.#gray
  }

  /** `pixels`: rows of red, green, blue. */
  async add(pixels: Uint8Array, gray: boolean): Promise<void> {
    if (this.#waits + pixels.length > this.#waiting.length) await this.#flush()
    planar(pixels, 3, this.#waiting, this.#waits)
    this.#waits += pixels.length
    this.#count++
    this.#gray &&= gray
  }

  async #flush(): Promise<void> {
    await writeAll(this.#file, this.#waiting.subarray(0, this.#waits), this.#written)
    this.#written += this.#waits
    this.#waits = 0
  }

  /** In one channel or three; whole when it returns. */
  async finish(channels: 1 | 3): Promise<void> {
    await this.#flush()
    if (channels === 1) await this.#toGray()
    await writeAll(this.#file, pixelHeader(this.#count, channels, this.#size), 0)
    await this.#file.sync()
  }

  /** In place: what is written is never beyond what was read. */
  async #toGray(): Promise<void> {
    const size = this.#size.width * this.#size.height
    const [color, pixels] = [new Uint8Array(3 * size), new Uint8Array(3 * size)]
    for (let row = 0; row < this.#count; row++) {
      const { bytesRead } = await this.#file.read(color, 0, color.length, headerBytes + row * color.length)
      if (bytesRead < color.length) throw new Error(`${this.#path} became shorter while it was written.`)
      for (let i = 0; i < size; i++) pixels.set([color[i]!, color[size + i]!, color[2 * size + i]!], 3 * i)
      await writeAll(this.#file, grayOf(pixels), headerBytes + row * size)
    }
    await this.#file.truncate(headerBytes + this.#count * size)
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}

export interface PixelShape extends Extent {
  readonly count: number
  readonly channels: number
}

/** What the file's header says; throws where it is none of ours, or has not what it says. */
export async function shapeOfPixels(file: FileHandle, name: string): Promise<PixelShape> {
  const head = Buffer.alloc(headerBytes)
  const { bytesRead } = await file.read(head, 0, headerBytes, 0)
  const { size } = await file.stat()
  const [count, channels, height, width] = [4, 8, 12, 16].map((at) =>
    bytesRead === headerBytes ? head.readUInt32BE(at) : 0,
  ) as [number, number, number, number]
  if (head.readUInt32BE(0) !== 0x0804 || size !== headerBytes + count * channels * height * width)
    throw new Error(`${name} is not a file of pixels.`)
  return { count, channels, height, width }
}

/** One of them, without the others. */
export async function pixelsAt(
  path: string,
  rows: readonly number[],
): Promise<PixelShape & { readonly pictures: Uint8Array[] }> {
  const file = await open(path)
  try {
    const shape = await shapeOfPixels(file, path)
    const size = shape.channels * shape.height * shape.width
    const pictures: Uint8Array[] = []
    for (const row of rows) {
      if (row < 0 || row >= shape.count) throw new RangeError(`${path} has no picture ${row}.`)
      const pixels = new Uint8Array(size)
      await file.read(pixels, 0, size, headerBytes + row * size)
      pictures.push(pixels)
    }
    return { ...shape, pictures }
  } finally {
    await file.close()
  }
}
