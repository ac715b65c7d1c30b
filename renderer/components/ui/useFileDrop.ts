/** Drag and drop of one file or folder onto an area. A browser hands no folder over, and says so. */
import { ref } from 'vue'
import { desktop } from '../../api/desktop.ts'
import { useNotices } from '../../stores/notices.ts'
import { strings } from '../../strings/index.ts'

export function useFileDrop(take: (file: File) => void) {
  const notices = useNotices()
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
      if (!file) return
      const isFolder = event.dataTransfer?.items[0]?.webkitGetAsEntry()?.isDirectory ?? false
      if (isFolder && !desktop) notices.add('error', strings.shell.files.folderDropped(file.name))
      else take(file)
    },
  }
  return { over, listeners }
}
