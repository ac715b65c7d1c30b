/**
 * SentencePiece's compiled table of what characters become: a double-array trie (Aoe 1989) of UTF-8 and, behind it, texts that
 * end in a zero. Source: https://github.com/google/sentencepiece, normalizer.cc.
 */
import { fromUtf8, utf8 } from './bytes.ts'

export type Charsmap = (chunk: string) => string | undefined

/** Undefined where the bytes are no such table. */
export function readCharsmap(base64: string): Charsmap | undefined {
  let bytes: Uint8Array<ArrayBuffer>
  try {
    bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
  } catch {
    return undefined
  }
  if (bytes.length < 4) return undefined
  const view = new DataView(bytes.buffer)
  const size = view.getUint32(0, true)
  if (size < 4 || size % 4 !== 0 || 4 + size > bytes.length) return undefined
  const units = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true))
  const texts = bytes.subarray(4 + size)

  const unitAt = (at: number): number => units[at] ?? 0
  const offsetOf = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6)
  const isLeaf = (unit: number): boolean => ((unit >>> 8) & 1) === 1
  const labelOf = (unit: number): number => (unit & 0x800000ff) >>> 0

  /** Of the shortest beginning that the table knows, as SentencePiece's followers take it. */
  return (chunk) => {
    let at = offsetOf(unitAt(0))
    for (const byte of utf8(chunk)) {
      if (byte === 0) return undefined
      at ^= byte
      const unit = unitAt(at)
      if (labelOf(unit) !== byte) return undefined
      at ^= offsetOf(unit)
      if (!isLeaf(unit)) continue
      const from = unitAt(at) & 0x7fffffff
      const to = texts.indexOf(0, from)
      return fromUtf8(texts.subarray(from, to < 0 ? texts.length : to))
    }
    return undefined
  }
}
