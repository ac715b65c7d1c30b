/** What data can be written as, to go on with elsewhere. */
import { define, family, type Chosen } from './define.ts'
import { choice } from './options.ts'

const file = choice(
  [
    { value: 'csv', label: 'CSV', help: 'Text that every program reads (RFC 4180, UTF-8).' },
    { value: 'parquet', label: 'Parquet', help: 'With types, and a fraction of the size.' },
  ],
  { label: 'File', help: 'CSV is read by every program; Parquet keeps types, and is smaller.', start: 'csv' },
)

export const typed = define({
  name: 'typed',
  label: 'As understood',
  help: 'Every column after shaping and corrections: numbers with a point, days as 2020-01-31, nothing where a value is missing.',
  advice: 'The usual choice.',
  options: { file },
})

export const written = define({
  name: 'written',
  label: 'As written',
  help: 'Every column after shaping and corrections, each cell as it stands in the source, with its units and marks.',
  options: { file },
})

export const prepared = define({
  name: 'prepared',
  label: 'As the network is given it',
  help: 'The numbers that preparation makes of the features, with the split that each row is in and the target: to train something else on exactly the same.',
  options: { file },
})

export const dataExports = family({
  name: 'dataExports',
  one: 'form of the data',
  help: 'What the data can be written as, to go on with elsewhere; a file beside it says how it came to be.',
  path: 'dataExport',
  key: 'as',
  usage:
    'Chosen with descent export-data DATA --as NAME -o FILE, where the name of FILE says whether it is .csv or .parquet. Not part of a recipe.',
  members: [typed, written, prepared],
})
export type DataExport = Chosen<typeof dataExports>
export type DataExportName = DataExport['as']
