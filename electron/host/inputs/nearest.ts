/** The name that somebody may have meant. */

/** How many letters have to change until one is the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}

/** The name that may have been meant; null: none is like it. */
export function nearest(name: string, names: readonly string[]): string | null {
  const wanted = name.toLowerCase()
  const far = (one: string) => distance(wanted, one.toLowerCase().slice(0, 200))
  const [best] = names
    .slice(0, 5000)
    .map((one) => ({ one, far: far(one) }))
    .sort((a, b) => a.far - b.far)
  return best !== undefined && best.far <= Math.floor(name.length / 3) ? best.one : null
}
