/** A network's source while it is written: what of it the host understands, and the layers that it becomes. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { ReadSource } from '../../electron/contract/index.ts'
import { call, toDescentError } from '../api/client.ts'
import { withUnwritten } from '../lib/unwritten-nodes.ts'
import { strings } from '../strings/index.ts'
import { useModel } from './model.ts'
import { useNotices } from './notices.ts'
import { useSession } from './session.ts'

const words = strings.model.source

export const useSource = defineStore('source', () => {
  const session = useSession()
  const model = useModel()
  const notices = useNotices()

  const isOpen = ref(false)
  const text = ref('')
  /** What the layers are as a source, as of the last time that they fit each other. */
  const written = ref('')
  /** The same when the text was last the same. */
  const begun = ref('')
  const answer = shallowRef<ReadSource | null>(null)
  /** Of which text the answer is. */
  const answered = ref<string | null>(null)
  const failure = ref<string | null>(null)
  /** What was applied, until the layers have become it. */
  const applied = ref<string | null>(null)

  const isChanged = computed(() => isOpen.value && text.value !== begun.value && text.value !== applied.value)
  /** The layers were changed while the text was, too. */
  const isBehind = computed(() => isChanged.value && written.value !== begun.value)
  const canApply = computed(
    () =>
      isChanged.value &&
      answered.value === text.value &&
      answer.value?.document != null &&
      model.document !== null,
  )

  /** The layers as they are now: what is not changed follows them. */
  function follow(source: string | null): void {
    if (source === null) return
    written.value = source
    if (isChanged.value) return
    applied.value = null
    begun.value = source
    text.value = source
  }
  function open(source: string): void {
    begun.value = source
    text.value = source
    isOpen.value = true
    void read()
  }
  function write(now: string): void {
    text.value = now
    applied.value = null
  }
  function close(): void {
    isOpen.value = false
    applied.value = null
    answer.value = null
    answered.value = null
    begun.value = written.value
    text.value = written.value
  }
  async function read(): Promise<void> {
    const [source, inputs] = [text.value, model.document?.inputs]
    if (!isOpen.value || !inputs || answered.value === source) return
    try {
      const found = await call('model.readSource', { source, inputs: [...inputs] })
      if (text.value !== source) return
      answer.value = found
      answered.value = source
      failure.value = null
    } catch (error) {
      if (text.value !== source) return
      answer.value = null
      failure.value = toDescentError(error).message
    }
  }
  /** One edit of the recipe, which can be undone. */
  function apply(): void {
    const [read, before] = [answer.value?.document, model.document]
    if (!canApply.value || !read || !before) return
    const document = withUnwritten(before, read, text.value)
    const isSame = JSON.stringify(document) === JSON.stringify(before)
    applied.value = text.value
    model.edit(() => document)
    notices.announce(isSame ? words.unchanged : words.applied)
    if (isSame) follow(written.value)
  }
  watch(
    () => session.project?.id,
    () => {
      written.value = ''
      close()
    },
  )
  return {
    isOpen,
    text,
    answer,
    failure,
    isChanged,
    isBehind,
    canApply,
    follow,
    open,
    write,
    close,
    read,
    apply,
  }
})
