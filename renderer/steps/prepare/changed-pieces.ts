/** Which tokens of a changed text do not stand in the one before it, in order: what is not part of their longest common sequence. */
export function changedPieces(before: readonly string[], after: readonly string[]): ReadonlySet<number> {
  const width = after.length + 1
  /** Of what comes from these places on. */
  const common = new Uint16Array((before.length + 1) * width)
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      common[i * width + j] =
        before[i] === after[j]
          ? common[(i + 1) * width + j + 1]! + 1
          : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!)
  const changed = new Set(after.keys())
  for (let i = 0, j = 0; i < before.length && j < after.length;) {
    if (before[i] === after[j]) {
      changed.delete(j)
      i++
      j++
    } else if (common[(i + 1) * width + j]! >= common[i * width + j + 1]!) i++
    else j++
  }
  return changed
}
