/** What is said about one example and why, and how answers change with a column. */
import { z } from 'zod'
import { explanations, familySchema, namesIn } from './definitions/index.ts'

/** A number that a model gives of an example: how likely a class or label is, or a target in its own unit. */
export const saidAnswerSchema = z.object({
  name: z.string(),
  format: z.enum(['share', 'target']),
  value: z.number(),
})
export type SaidAnswer = z.infer<typeof saidAnswerSchema>

const partOfColumnSchema = z.object({
  name: z.string(),
  /** What the example says there; null: nothing. */
  told: z.string().nullable(),
  part: z.number(),
})
export type PartOfColumn = z.infer<typeof partOfColumnSchema>

export const explainedSchema = z.object({
  by: z.enum(namesIn(explanations)),
  /** The one that is explained. */
  answer: saidAnswerSchema,
  answers: z.array(saidAnswerSchema),
  /** The same for the reference, of which nothing is known; null: nothing is held against one. */
  reference: z.number().nullable(),
  /** Of shares: what they leave of the difference. */
  rest: z.number().nullable(),
  columns: z.array(partOfColumnSchema),
  texts: z.array(
    z.object({
      column: z.string(),
      words: z.array(z.object({ shown: z.string(), known: z.boolean(), part: z.number() })),
    }),
  ),
  pictures: z.array(
    z.object({
      column: z.string(),
      width: z.int(),
      height: z.int(),
      /** As the network gets it: the address of a PNG. */
      shown: z.string(),
      /** Of each pixel, row by row from the top left. */
      parts: z.array(z.number()),
    }),
  ),
  notes: z.array(z.string()),
})
export type Explained = z.infer<typeof explainedSchema>

export interface NamedPart {
  readonly name: string
  /** What a column says; null: nothing, or it is a word. */
  readonly told: string | null
  readonly is: 'column' | 'word'
  /** Whether the vocabulary has the word. */
  readonly known: boolean
  readonly part: number
}

/** Columns and words, the strongest first; the parts of pictures have no names. */
export const namedParts = ({ columns, texts }: Pick<Explained, 'columns' | 'texts'>): NamedPart[] =>
  [
    ...columns.map((one) => ({ ...one, is: 'column' as const, known: true })),
    ...texts.flatMap(({ words }) =>
      words.map(({ shown, known, part }) => ({ name: shown, told: null, is: 'word' as const, known, part })),
    ),
  ].sort((a, b) => Math.abs(b.part) - Math.abs(a.part))

/** One of nine fields of a picture, from the top left: how much of all its parts together is in it, whatever their signs. */
export interface PictureField {
  readonly row: number
  readonly column: number
  readonly share: number
}

/** The strongest first. */
export function fieldsOfPicture({
  width,
  height,
  parts,
}: Pick<Explained['pictures'][number], 'width' | 'height' | 'parts'>): PictureField[] {
  const sums = new Float64Array(9)
  let all = 0
  parts.forEach((part, pixel) => {
    const [x, y] = [pixel % width, Math.floor(pixel / width)]
    sums[3 * Math.floor((3 * y) / height) + Math.floor((3 * x) / width)]! += Math.abs(part)
    all += Math.abs(part)
  })
  return Array.from(sums, (sum, i) => ({
    row: Math.floor(i / 3),
    column: i % 3,
    share: all > 0 ? sum / all : 0,
  })).sort((a, b) => b.share - a.share)
}

/** Shares that leave less than this of the difference are said to sum to it. */
const restTold = 0.005
/** What would be written as 0.00 points is none. */
const leastPoints = 5e-5
export const leavesRest = ({
  answer,
  reference,
  rest,
}: Pick<Explained, 'answer' | 'reference' | 'rest'>): boolean =>
  rest !== null &&
  Math.abs(rest) > restTold * Math.abs(answer.value - (reference ?? 0)) &&
  (answer.format !== 'share' || Math.abs(rest) >= leastPoints)

/** One example that somebody made up, as a model reads it. */
export const triedSchema = z.object({
  /** What a file of predictions would have in its further columns. */
  cells: z.array(z.object({ name: z.string(), value: z.union([z.string(), z.number(), z.null()]) })),
  /** The answer in a word, a number, or several labels. */
  answer: z.string(),
  answers: z.array(saidAnswerSchema),
  notes: z.array(z.string()),
  /** Its pictures as the network gets them, by their columns, as addresses. */
  seen: z.array(z.object({ column: z.string(), shown: z.string(), width: z.int(), height: z.int() })),
  /** null: nobody asked, or it cannot be told. */
  explained: explainedSchema.nullable(),
  /** Why it cannot be explained; null: it is, or nobody asked. */
  notExplained: z.string().nullable(),
})
export type Tried = z.infer<typeof triedSchema>

/** What a person may enter for a column of a model. */
export const modelFieldSchema = z.object({
  name: z.string(),
  holds: z.enum(['number', 'category', 'date', 'text', 'image']),
  /** That training knew, of many the most frequent ones; in the column’s order, or sorted. Empty: there is no list. */
  levels: z.array(z.string()),
  moreLevels: z.int(),
  /** Between which numbers training's were. */
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** To begin with; null: nothing is known. */
  example: z.string().nullable(),
})
export type ModelField = z.infer<typeof modelFieldSchema>

const curveSchema = z.object({
  answer: saidAnswerSchema.omit({ value: true }),
  /** At each value of the grid, over all rows that were asked, and between which values the mean is, with 95 % confidence. */
  mean: z.array(z.number()),
  low: z.array(z.number()),
  high: z.array(z.number()),
  /** Of single rows, in the order of `rows`. */
  single: z.array(z.array(z.number())),
})

/** How answers change where one column is set to one value after the other and all others stay. */
export const dependenceSchema = z.object({
  column: z.string(),
  holds: z.enum(['number', 'date', 'category']),
  /** Numbers, days since 1970-01-01, or categories. */
  grid: z.array(z.union([z.number(), z.string()])),
  /** Rows whose mean it is. */
  looked: z.int(),
  /** Of the data, whose own curves are given. */
  rows: z.array(z.int()),
  curves: z.array(curveSchema),
  /** Categories, or answers, that are left out. */
  left: z.object({ values: z.int(), answers: z.int() }),
})
export type Dependence = z.infer<typeof dependenceSchema>

export const explanationSchema = familySchema(explanations)
