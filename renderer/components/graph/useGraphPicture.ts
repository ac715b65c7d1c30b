/** The graph as it is seen, as a file. */
import type { ComputedRef } from 'vue'
import { drawGraph } from '../../lib/graph/draw.ts'
import { drawnPicture, type Picture } from '../figures/pictures.ts'
import { usePalette } from '../palette.ts'
import type { GraphState } from './useGraph.ts'

export function useGraphPicture(
  { mode, arranged }: GraphState,
  title: () => string,
  summary: ComputedRef<string>,
): () => Picture {
  const palette = usePalette()
  return () => {
    const seen = arranged.value
    const drawing = seen
      ? drawGraph(seen.graph, seen.visible, seen, mode.value, palette.value)
      : { width: 0, height: 0, body: '' }
    return drawnPicture(title(), summary.value, drawing, palette.value)
  }
}
