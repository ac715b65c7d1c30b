/** Of many rows of one height only those that are seen are there; the scroller scrolls by keys as by wheel. */
import { useVirtualizer } from '@tanstack/vue-virtual'
import type { VirtualItem } from '@tanstack/vue-virtual'
import { computed } from 'vue'
import type { ComputedRef, Ref } from 'vue'

export interface VirtualRows {
  items: ComputedRef<VirtualItem[]>
  /** Of all rows together, in pixels. */
  height: ComputedRef<number>
  /** Brings a row into sight. */
  scrollTo: (index: number) => void
}

export function useVirtualRows(
  scroller: Readonly<Ref<HTMLElement | null>>,
  count: () => number,
  rowHeight: number,
  /** Pixels at the top and at the bottom that cover rows, as a head that stays does. */
  covered = 0,
): VirtualRows {
  const virtualizer = useVirtualizer(
    computed(() => ({
      count: count(),
      getScrollElement: () => scroller.value,
      estimateSize: () => rowHeight,
      overscan: 10,
      scrollPaddingStart: covered,
      scrollPaddingEnd: covered,
    })),
  )
  return {
    items: computed(() => virtualizer.value.getVirtualItems()),
    height: computed(() => virtualizer.value.getTotalSize()),
    scrollTo: (index) => virtualizer.value.scrollToIndex(index),
  }
}
