/** Colors of tokens, worked out for files: an SVG that leaves the app has no style sheet to ask. */

const channels = (hex: string): number[] => {
  const digits = /^#([\da-f]{3}|[\da-f]{6})$/i.exec(hex.trim())?.[1]
  if (!digits) return []
  const six = digits.length === 3 ? [...digits].map((one) => one + one).join('') : digits
  return [0, 2, 4].map((at) => Number.parseInt(six.slice(at, at + 2), 16))
}

/** `share` of one color, the rest of its ground; where the system names the colors, the ground alone. */
export function mix(color: string, base: string, share: number): string {
  const [a, b] = [channels(color), channels(base)]
  if (a.length === 0 || b.length === 0) return base
  const part = (index: number) => Math.round(a[index]! * share + b[index]! * (1 - share))
  return `#${[0, 1, 2].map((index) => part(index).toString(16).padStart(2, '0')).join('')}`
}

/** As `rgba()`, which more programs that read SVG understand than they do eight digits. */
export function withAlpha(color: string, alpha: number): string {
  const parts = channels(color)
  return parts.length === 0 ? color : `rgba(${parts.join(',')},${alpha})`
}
