/** What the values of a column are: a choice of people, found out when a table is imported. */

/** What values are kept as in memory: kinds that are kept alike go through the same steps, and most encoders take them. */
export type KeptAs = 'number' | 'category' | 'text' | 'date' | 'image'

interface KindWords {
  readonly label: string
  /** Columns of it, as the title of a list. */
  readonly plural: string
  /** What is in them. */
  readonly help: string
  readonly kept: KeptAs
  /** Its values have an order, which people may change. */
  readonly ordered?: true
  /** Different values at most. */
  readonly most?: number
}

export const columnKinds = {
  number: {
    label: 'number',
    plural: 'Numbers',
    help: 'Quantities: they are more or less than each other.',
    kept: 'number',
  },
  category: {
    label: 'category',
    plural: 'Categories',
    help: 'One of a list of values without an order.',
    kept: 'category',
  },
  ordered: {
    label: 'ordered category',
    plural: 'Ordered categories',
    help: 'One of a list of values in an order, such as low, medium and high. The order is found in the words, or given as levels.',
    kept: 'category',
    ordered: true,
  },
  boolean: {
    label: 'yes/no',
    plural: 'Yes or no',
    help: 'One of two words, one of which says yes: true and false, on and off, ja and nein.',
    kept: 'category',
    ordered: true,
    most: 2,
  },
  date: {
    label: 'date',
    plural: 'Dates',
    help: 'Days, with or without a time of day.',
    kept: 'date',
  },
  time: {
    label: 'time',
    plural: 'Times of day',
    help: 'Times of day without a date, such as 14:30 or 2:30 PM.',
    kept: 'date',
  },
  text: {
    label: 'text',
    plural: 'Texts',
    help: 'Free text: sentences, names, codes. Of a feature the words are learned from.',
    kept: 'text',
  },
  image: {
    label: 'image',
    plural: 'Images',
    help: 'Pictures.',
    kept: 'image',
  },
} as const satisfies Record<string, KindWords>

export type ColumnKind = keyof typeof columnKinds
export const columnKindNames = Object.keys(columnKinds) as [ColumnKind, ...ColumnKind[]]

export const keptAs = (kind: ColumnKind): KeptAs => columnKinds[kind].kept
/** Whether its values are looked up in a list. */
export const isCategorical = (kind: ColumnKind): boolean => keptAs(kind) === 'category'
/** Whether its values have an order. */
export const isOrdered = (kind: ColumnKind): boolean => 'ordered' in columnKinds[kind]
export const kindLabel = (kind: ColumnKind): string => columnKinds[kind].label

/** Kinds that are kept like this, e.g. all that are lists of values. */
export const kindsKeptAs = (kept: KeptAs): ColumnKind[] =>
  columnKindNames.filter((kind) => keptAs(kind) === kept)
