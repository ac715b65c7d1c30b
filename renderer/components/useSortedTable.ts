/** Rows that people sort by a click on the header of a column. */
import {
  createSortedRowModel,
  rowSortingFeature,
  sortFn_alphanumeric,
  sortFn_basic,
  tableFeatures,
  useTable,
} from '@tanstack/vue-table'
import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue'

/** `text` or `number`: what a row is sorted by; with neither, the column cannot be sorted by. */
export interface SortedColumn<Row> {
  id: string
  header: string
  text?: (row: Row) => string
  /** Undefined comes last in either direction. */
  number?: (row: Row) => number | undefined
}

export interface SortedHeader {
  id: string
  label: string
  sortable: boolean
  sorted: false | 'asc' | 'desc'
  /** For the header's aria-sort. */
  ariaSort: 'none' | 'ascending' | 'descending' | undefined
  toggle: () => void
}

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { alphanumeric: sortFn_alphanumeric, basic: sortFn_basic },
})
const ariaSorts = { asc: 'ascending', desc: 'descending' } as const

/** `largestFirst`: the column by which the rows are sorted at first; without it they stay in their order. */
export function useSortedTable<Row extends object>(
  columns: MaybeRefOrGetter<readonly SortedColumn<Row>[]>,
  rows: () => readonly Row[],
  largestFirst?: string,
): { sorted: ComputedRef<Row[]>; headers: ComputedRef<SortedHeader[]> } {
  const table = useTable<typeof features, Row>({
    features,
    columns: computed(() =>
      toValue(columns).map(({ id, header, text, number }) => ({
        id,
        header,
        accessorFn: text ?? number ?? (() => undefined),
        enableSorting: Boolean(text ?? number),
        sortFn: text ? ('alphanumeric' as const) : ('basic' as const),
        sortUndefined: 'last' as const,
      })),
    ),
    data: computed(() => [...rows()]),
    initialState: { sorting: largestFirst ? [{ id: largestFirst, desc: true }] : [] },
  })
  const headers = computed(() =>
    (table.getHeaderGroups()[0]?.headers ?? []).map(({ column }): SortedHeader => {
      const [sortable, sorted] = [column.getCanSort(), column.getIsSorted()]
      return {
        id: column.id,
        label: String(column.columnDef.header),
        sortable,
        sorted,
        ariaSort: !sortable ? undefined : sorted ? ariaSorts[sorted] : 'none',
        toggle: () => column.toggleSorting(),
      }
    }),
  )
  return { sorted: computed(() => table.getRowModel().rows.map((row) => row.original)), headers }
}
