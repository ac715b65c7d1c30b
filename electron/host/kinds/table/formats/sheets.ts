/** Workbooks: a sheet is written as plain CSV, and then read like any other, since it has titles and headers as those do. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HucreError, type CellValue, type Sheet, type Workbook } from 'hucre'
import { plural, type Receipt, type TableFormatName } from '../../../../contract/index.ts'
import { loadCsv } from '../reading/read-csv.ts'
import type { DuckDBConnection } from '../duckdb.ts'
import { plainText, sheetDateText } from './cells.ts'
import { checkWidth, writeRows, type Cells } from './fill.ts'
import { bad, listed, parsing, type Loaded, type Loading } from './format.ts'
import { TypedNumbers } from './typed.ts'

const cellText = (value: CellValue): string | null =>
  value instanceof Date ? sheetDateText(value) : plainText(value)

const isFilled = (value: CellValue | undefined): boolean =>
  value !== null && value !== undefined && value !== ''
const filledRows = ({ rows }: Sheet): number => rows.filter((row) => row.some(isFilled)).length

const isHidden = ({ hidden, veryHidden }: Sheet): boolean => hidden === true || veryHidden === true

interface Chosen {
  readonly sheet: Sheet
  readonly decision: Receipt['layout'][number]
}

/** Pure. */
export function chooseSheet({ sheets }: Workbook, asked: string | null, shown: string): Chosen {
  const names = sheets.map(({ name }) => name)
  if (sheets.length === 0) throw bad(`${shown} is a workbook without sheets.`)
  const place = Number(asked)
  const lower = asked?.toLowerCase()
  const named =
    asked === null
      ? undefined
      : (sheets.find(({ name }) => name === asked) ??
        sheets.find(({ name }) => name.toLowerCase() === lower) ??
        (Number.isInteger(place) ? sheets[place - 1] : undefined))
  if (asked !== null && named === undefined)
    throw bad(`${shown} has no sheet “${asked}”. It has: ${listed(names)}.`, 'sheet')
  const visible = sheets.filter((sheet) => !isHidden(sheet))
  const offered = visible.length > 0 ? visible : sheets
  const sheet = named ?? offered.reduce((best, each) => (filledRows(each) > filledRows(best) ? each : best))
  const sizes = sheets.map(
    (each) => `“${each.name}” (${plural(filledRows(each), 'row')}${isHidden(each) ? ', hidden' : ''})`,
  )
  return {
    sheet,
    decision: {
      option: 'sheet',
      value: sheet.name,
      evidence:
        sheets.length > 1
          ? `${asked === null ? 'The one with most rows' : 'One'} of ${sheets.length} sheets: ${listed(sizes)}.`
          : null,
      given: asked !== null,
      ...(sheets.length > 1 && { choices: names }),
    },
  }
}

/** Columns are told by letters. */
export function letters(index: number): string {
  let name = ''
  for (let n = index + 1; n > 0; n = Math.floor((n - 1) / 26))
    name = String.fromCharCode(65 + ((n - 1) % 26)) + name
  return name
}

const sheetErrors = new Set('#N/A #DIV/0! #VALUE! #REF! #NAME? #NUM! #NULL! #SPILL! #CALC!'.split(' '))

interface Grid {
  readonly rows: Cells[]
  readonly width: number
  readonly typed: ReadonlySet<number>
  readonly notes: readonly string[]
}

/** The part of a sheet that holds anything. Errors are no values, and neither are formulas that nobody has computed. */
export function gridOf(sheet: Sheet): Grid {
  const { cells, merges = [] } = sheet
  // Rows without cells may not be there at all.
  const rows = Array.from(sheet.rows, (row: CellValue[] | undefined) => row ?? [])
  const errors = new Map<string, number>()
  const uncomputed = [...(cells?.values() ?? [])].filter(
    ({ type, value, formulaResult }) => type === 'formula' && (value ?? formulaResult ?? null) === null,
  ).length
  let [first, end] = [Infinity, 0]
  for (const row of rows) {
    const from = row.findIndex(isFilled)
    if (from === -1) continue
    first = Math.min(first, from)
    end = Math.max(end, row.findLastIndex(isFilled) + 1)
  }
  const last = rows.findLastIndex((row) => row.some(isFilled))
  const width = Math.max(0, end - (first === Infinity ? 0 : first))
  const typed = new TypedNumbers(true)
  const texts = rows.slice(0, last + 1).map((row) =>
    Array.from({ length: width }, (_, i) => {
      const value = row[first + i]
      if (typeof value !== 'string' || !sheetErrors.has(value)) {
        typed.see(i, value)
        return value === undefined ? null : cellText(value)
      }
      errors.set(value, (errors.get(value) ?? 0) + 1)
      return null
    }),
  )
  const failed = [...errors].map(([name, count]) => `${count} × ${name}`)
  return {
    rows: texts,
    width,
    typed: typed.columns,
    notes: [
      ...(first > 0 && first !== Infinity
        ? [
            first === 1
              ? 'Column A of the sheet is empty and left out.'
              : `Columns A to ${letters(first - 1)} of the sheet are empty and left out.`,
          ]
        : []),
      ...(merges.length > 0
        ? [
            `${plural(merges.length, 'merged area')}: what is in one belongs to its first cell, and the others are empty.`,
          ]
        : []),
      ...(failed.length > 0
        ? [`Cells that hold an error of the spreadsheet are missing: ${listed(failed)}.`]
        : []),
      ...(uncomputed > 0
        ? [
            `${plural(uncomputed, 'formula')} ${uncomputed === 1 ? 'has' : 'have'} no result in the file and ${uncomputed === 1 ? 'is' : 'are'} missing: open it in a spreadsheet program and save it there.`,
          ]
        : []),
    ],
  }
}

const readable = new Set(['header', 'skip'])

export async function loadSheet(
  connection: DuckDBConnection,
  { file, options, scratch, files, context }: Loading,
  format: TableFormatName,
  read: (bytes: Uint8Array) => Promise<Workbook>,
): Promise<Loaded> {
  const { shown } = file
  const bytes = await readFile(file.path)
  const workbook = await parsing(shown, format, async () => {
    try {
      return await read(bytes)
    } catch (error) {
      if (error instanceof HucreError && /encrypt|password/i.test(error.message))
        throw bad(`${shown} is protected by a password. Save it without one.`)
      throw error
    }
  })
  context.progress(0.4)
  const asked = options.sheet === undefined || options.sheet === 'auto' ? null : options.sheet
  const { sheet, decision } = chooseSheet(workbook, asked, shown)
  const grid = gridOf(sheet)
  if (grid.width === 0)
    throw bad(
      `The sheet “${sheet.name}” of ${shown} is empty.${workbook.sheets.length > 1 ? ` The workbook has: ${listed(workbook.sheets.map(({ name }) => name))}.` : ''}`,
      'sheet',
    )
  checkWidth(shown, grid.width, context.limits)
  const path = join(scratch, 'sheet.csv')
  await writeRows(grid.rows, path, shown, context.limits)
  const table = await loadCsv(
    connection,
    {
      ...options,
      path,
      delimiter: 'comma',
      quote: '"',
      escape: 'doubled',
      comment: 'none',
      encoding: 'UTF-8',
      certain: true,
    },
    files,
    context,
  )
  return {
    ...table,
    encoding: null,
    typedNumbers: grid.typed,
    decisions: [decision, ...table.decisions.filter(({ option }) => readable.has(option))],
    notes: [
      ...(decision.evidence === null || decision.given ? [] : [sheetNote(decision)]),
      ...grid.notes,
      ...table.notes,
    ],
  }
}

const sheetNote = ({ value, evidence }: Receipt['layout'][number]): string =>
  `The sheet “${value}” is read. ${evidence} Another one is chosen by its name.`
