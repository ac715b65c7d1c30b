/** One of the bars, points or cells of a picture can be reached by Tab; arrow keys move on from there. */
import { computed, ref } from 'vue'
import type { ComputedRef } from 'vue'
import { movedBy, type Extent, type Place } from '../../lib/grid.ts'

export interface Roving {
  /** Where it is now, within what there is. */
  readonly place: ComputedRef<Place>
  readonly isAt: (row: number, column: number) => boolean
  readonly moveTo: (place: Place) => void
  /** Where the key leads, which is then the place; null: the key is somebody else's. */
  readonly onKeydown: (event: KeyboardEvent) => Place | null
}

/** `extent`: of a row, where rows are of different lengths. `skipped`: places that cannot be reached. */
export function useRoving(
  extent: (row: number) => Extent,
  skipped: (place: Place) => boolean = () => false,
): Roving {
  const at = ref<Place>({ row: 0, column: 0 })
  const within = ({ row, column }: Place): Place => {
    const last = (count: number): number => Math.max(0, count - 1)
    const kept = Math.min(row, last(extent(0).rows))
    return { row: kept, column: Math.min(column, last(extent(kept).columns)) }
  }
  const place = computed(() => {
    const kept = within(at.value)
    if (!skipped(kept)) return kept
    const beside = [1, -1].map((by) => ({ ...kept, column: kept.column + by }))
    return beside.find((one) => one.column >= 0 && one.column < extent(one.row).columns) ?? kept
  })
  const isSame = (a: Place, b: Place): boolean => a.row === b.row && a.column === b.column
  function onKeydown(event: KeyboardEvent): Place | null {
    const from = place.value
    let next = movedBy(event, from, extent(from.row))
    if (next === null) return null
    event.preventDefault()
    if (skipped(next)) {
      const beyond = movedBy(event, next, extent(next.row))
      next = beyond === null || isSame(beyond, next) || skipped(beyond) ? from : beyond
    }
    at.value = next
    return place.value
  }
  return {
    place,
    isAt: (row, column) => isSame(place.value, { row, column }),
    moveTo: (to) => (at.value = to),
    onKeydown,
  }
}
