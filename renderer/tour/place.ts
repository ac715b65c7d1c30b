/** Where the tour's card stands: beside what it points at, never over it where there is room. In pixels of the window. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}
interface Size {
  readonly width: number
  readonly height: number
}

/** From what it points at, and from the window's edge. */
const gap = 12

const between = (value: number, least: number, most: number): number =>
  Math.max(least, Math.min(value, Math.max(least, most)))

/** `target`: null, it is not on the page: the card stands in the lower right corner. */
export function placeCard(target: Box | null, card: Size, window: Size): { left: number; top: number } {
  const [right, bottom] = [window.width - card.width - gap, window.height - card.height - gap]
  const corner = { left: Math.max(gap, right), top: Math.max(gap, bottom) }
  if (target === null) return corner
  const beside = between(target.top, gap, bottom)
  const along = between(target.left, gap, right)
  const after = target.left + target.width + gap
  const below = target.top + target.height + gap
  if (below <= bottom) return { left: along, top: below }
  if (target.top - gap - card.height >= gap) return { left: along, top: target.top - gap - card.height }
  if (after <= right) return { left: after, top: beside }
  if (target.left - gap - card.width >= gap) return { left: target.left - gap - card.width, top: beside }
  return corner
}
