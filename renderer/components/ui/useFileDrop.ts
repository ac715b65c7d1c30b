/** Drag and drop of one file onto an area. */
import { ref } from 'vue'

export function useFileDrop(take: (file: File) => void) {
  const over = ref(false)
  // dragleave fires for every child that is crossed; only the balance says when the area was left.
  let depth = 0
  const hasFile = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
  const listeners = {
    onDragenter(event: DragEvent) {
      if (!hasFile(event)) return
      event.preventDefault()
      depth++
      over.value = true
    },
    onDragover(event: DragEvent) {
      if (hasFile(event)) event.preventDefault()
    },
    onDragleave() {
      depth = Math.max(0, depth - 1)
      over.value = depth > 0
    },
    onDrop(event: DragEvent) {
      event.preventDefault()
      depth = 0
      over.value = false
      const file = event.dataTransfer?.files[0]
      if (file) take(file)
    },
  }
  return { over, listeners }
}
