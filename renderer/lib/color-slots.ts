/** Colors of chosen things: one that stays keeps its color while others come and go. */

/** By id the place in the palette, from 1; who is new takes the lowest that is free. */
export function withSlots(ids: readonly string[], before: ReadonlyMap<string, number>): Map<string, number> {
  const kept = new Map(ids.flatMap((id) => (before.has(id) ? [[id, before.get(id)!] as const] : [])))
  const taken = new Set(kept.values())
  let next = 1
  for (const id of ids) {
    if (kept.has(id)) continue
    while (taken.has(next)) next++
    taken.add(next)
    kept.set(id, next)
  }
  return kept
}
