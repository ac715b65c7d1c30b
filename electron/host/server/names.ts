/** A name from somebody else's disk → one that every disk takes. */
import { extname } from 'node:path'

const reservedOnWindows = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/** Joiners are part of emoji and of several scripts; all other invisible characters only disguise a name. */
const unfit = /(?![\u200c\u200d])[\p{Cc}\p{Cf}<>:"|?*]/gu

/** File systems allow 255 bytes, of which suffixes such as `.part` need some. */
const maxBytes = 200
/** More than this after a dot is no extension. */
const maxExtension = 32

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** As many whole characters, as a reader sees them, as fit. */
function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text
  let kept = ''
  // No character of these has less than a byte, so what lies behind need not be looked at.
  for (const { segment } of graphemes.segment(text.slice(0, bytes + maxExtension))) {
    if (Buffer.byteLength(kept + segment) > bytes) break
    kept += segment
  }
  return kept
}

/** A name that is one plain file name on every platform: no path, no control characters, not hidden, not endless. */
export function safeFileName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? ''
  const plain = last
    .toWellFormed()
    .normalize('NFC')
    .replace(unfit, '_')
    .replace(/^[.\s\u200c\u200d]+|[.\s]+$/g, '')
  const safe = reservedOnWindows.test(plain) ? `_${plain}` : plain
  const found = extname(safe)
  const extension = Buffer.byteLength(found) <= maxExtension ? found : ''
  const stem = cut(safe.slice(0, safe.length - extension.length), maxBytes - Buffer.byteLength(extension))
  return (stem.replace(/[.\s]+$/, '') || 'data') + extension
}
