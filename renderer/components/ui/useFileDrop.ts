/** Drag and drop of one file or folder onto an area. */
import { ref } from 'vue'
import { desktop } from '../../api/desktop.ts'
import { chosenFile, chosenFolder, type Chosen } from '../../api/files.ts'
import { filesIn, isFolder } from '../../lib/dropped-folder.ts'
import { useNotices } from '../../stores/notices.ts'
import { strings } from '../../strings/index.ts'

export function useFileDrop(take: (chosen: Chosen) => void) {
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
      const entry = event.dataTransfer?.items[0]?.webkitGetAsEntry() ?? null
      if (desktop || !isFolder(entry)) take(chosenFile(file))
      else
        void filesIn(entry).then(
          (files) => {
            if (files.length > 0) take(chosenFolder(files))
            else notices.add('error', strings.shell.files.folderEmpty(file.name))
          },
          () => notices.add('error', strings.shell.files.folderUnreadable(file.name)),
        )
    },
  }
  return { over, listeners }
}
