/** Windows bitmaps, which libvips does not read, as pixels that sharp takes. */
import { decode } from 'bmp-ts'

const headerBytes = 26

/** Before anything is allocated; null: there is no such header. */
export function sizeOfBmp(bytes: Uint8Array): { readonly width: number; readonly height: number } | null {
  if (bytes.length < headerBytes) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes)
  // Of the oldest header the extents have two bytes; a negative height says that rows run downwards.
  const old = view.getUint32(14, true) === 12
  const width = old ? view.getUint16(18, true) : view.getInt32(18, true)
  const height = old ? view.getUint16(20, true) : Math.abs(view.getInt32(22, true))
  return width > 0 && height > 0 ? { width, height } : null
}

/** Rows of red, green, blue from the top. Throws where the file is damaged. */
export function decodeBmp(bytes: Uint8Array): {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
} {
  // Its option for red first is not obeyed where there is a palette: alpha, blue, green, red it is.
  const { width, height, data } = decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  const rgb = new Uint8Array(3 * width * height)
  // The alpha of most bitmaps means nothing.
  for (let i = 0, from = 0; i < rgb.length; i += 3, from += 4) {
    rgb[i] = data[from + 3]!
    rgb[i + 1] = data[from + 2]!
    rgb[i + 2] = data[from + 1]!
  }
  return { width, height, data: rgb }
}
