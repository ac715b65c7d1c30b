/** The active cell of the table of rows, the rows that are ticked, and the cell that is edited. */
import { computed, reactive, ref, shallowRef, watch } from 'vue'
import type { Column, Correction } from '../../../electron/contract/index.ts'
import { movedBy, type Place } from '../../lib/grid.ts'
import { formatCount } from '../../lib/format.ts'
import { cellText } from '../../lib/versions.ts'
import { useData } from '../../stores/data.ts'
import { useNotices } from '../../stores/notices.ts'
import { useSession } from '../../stores/session.ts'
import { useVersions } from '../../stores/versions.ts'
import { strings } from '../../strings/index.ts'

const words = strings.data.grid

export interface GridOptions {
  rows(): number
  columns(): readonly Column[]
  /** Rows that are seen at once. */
  page(): number
  /** Brings a cell into sight. */
  reveal(place: Place): void
  focus(): void
}

interface Edit extends Place {
  /** In the import. */
  readonly number: number
  readonly column: number
  text: string
}

export function useDataGrid(options: GridOptions) {
  const data = useData()
  const session = useSession()
  const versions = useVersions()
  const notices = useNotices()
  const active = shallowRef<Place>({ row: 0, column: 0 })
  /** Numbers of rows. */
  const selected = reactive(new Set<number>())
  const edit = ref<Edit | null>(null)
  /** What was sent, by row number and column, until the page that holds it has come. */
  const sent = reactive(new Map<string, { text: string; made: boolean }>())
  let anchor = 0

  watch(
    () => session.dataset?.version.importId,
    () => {
      selected.clear()
      edit.value = null
      active.value = { row: 0, column: 0 }
    },
  )
  watch(options.rows, (rows) => {
    if (active.value.row >= rows) active.value = { ...active.value, row: Math.max(0, rows - 1) }
  })

  watch(
    () => data.fetched,
    () => {
      for (const [key, { made }] of sent) if (made) sent.delete(key)
    },
  )

  const keyOf = (number: number, column: string): string => `${number}:${column}`
  const sentText = (number: number, column: string): string | undefined =>
    sent.get(keyOf(number, column))?.text
  const isEditable = (column: Column | undefined): boolean =>
    column !== undefined && (session.recipe?.kind !== 'images' || column.role === 'target')

  function go(place: Place): void {
    active.value = place
    options.reveal(place)
  }

  function startEdit(place: Place = active.value): void {
    const row = data.row(place.row)
    const column = options.columns()[place.column]
    if (!row || !column) return
    if (!isEditable(column)) {
      notices.info(words.images)
      return
    }
    active.value = place
    options.reveal(place)
    const text = sentText(row.number, column.name) ?? cellText(row.cells[place.column] ?? null)
    edit.value = { ...place, number: row.number, text }
  }

  /** Into the active cell, as if it had been typed. */
  async function write(text: string): Promise<void> {
    startEdit()
    if (edit.value === null) return
    edit.value.text = text
    await finishEdit('stay')
  }

  async function finishEdit(then: 'stay' | 'down' | 'next' | 'before'): Promise<void> {
    const one = edit.value
    if (!one) return
    edit.value = null
    const column = options.columns()[one.column]
    const before = cellText(data.row(one.row)?.cells[one.column] ?? null)
    const { row } = one
    if (then === 'down') go({ ...one, row: Math.min(row + 1, options.rows() - 1) })
    if (then === 'next') go({ row, column: Math.min(one.column + 1, options.columns().length - 1) })
    if (then === 'before') go({ row, column: Math.max(0, one.column - 1) })
    if (then !== 'stay') options.focus()
    if (!column || one.text.trim() === before) return
    const key = keyOf(one.number, column.name)
    sent.set(key, { text: one.text.trim(), made: false })
    const value = one.text.trim() === '' ? null : one.text
    const made = await versions.correct(
      [{ type: 'edit', row: one.number, column: column.name, value }],
      words.became(formatCount(one.number + 1), column.name, before || words.missing, value ?? words.missing),
    )
    if (made) sent.set(key, { text: one.text.trim(), made: true })
    else sent.delete(key)
    // What was typed is not lost: it is corrected where it stands.
    if (!made && edit.value === null && data.row(row)?.number === one.number) edit.value = one
  }

  function cancelEdit(): void {
    edit.value = null
    options.focus()
  }

  /** `range`: also the rows between this one and the one that was ticked before. */
  function toggle(row: number, range = false): void {
    const number = data.row(row)?.number
    if (number === undefined) return
    if (!range) {
      if (!selected.delete(number)) selected.add(number)
      anchor = row
      return
    }
    for (let at = Math.min(anchor, row); at <= Math.max(anchor, row); at++) {
      const between = data.row(at)?.number
      if (between !== undefined) selected.add(between)
    }
  }

  async function dropSelected(): Promise<void> {
    const rows = [...selected].sort((a, b) => a - b)
    if (rows.length === 0) return
    const corrections: Correction[] = Array.from({ length: Math.ceil(rows.length / 1000) }, (_, i) => ({
      type: 'drop',
      rows: rows.slice(1000 * i, 1000 * (i + 1)),
    }))
    if (await versions.correct(corrections, words.dropped(rows.length))) selected.clear()
    options.focus()
  }

  function onKey(event: KeyboardEvent): void {
    const extent = { rows: options.rows(), columns: options.columns().length, page: options.page() }
    const place = event.altKey ? null : movedBy(event, active.value, extent)
    if (place !== null) {
      if (event.shiftKey && place.row !== active.value.row) {
        if (selected.size === 0) toggle(active.value.row)
        toggle(place.row, true)
      }
      go(place)
    } else if (event.key === 'Enter' || event.key === 'F2') startEdit()
    else if (event.key === ' ') toggle(active.value.row, event.shiftKey)
    else if (event.key === 'Delete' && selected.size > 0) void dropSelected()
    else if (event.key === 'Escape' && selected.size > 0) selected.clear()
    else return
    event.preventDefault()
  }

  const isEditing = (row: number, column: number): boolean =>
    edit.value?.row === row && edit.value.column === column
  const isActive = (row: number, column: number): boolean =>
    active.value.row === row && active.value.column === column
  const many = computed(() => selected.size)

  return {
    active,
    selected,
    many,
    edit,
    go,
    onKey,
    startEdit,
    write,
    finishEdit,
    cancelEdit,
    toggle,
    dropSelected,
    isEditing,
    isActive,
    isEditable,
    sentText,
  }
}
