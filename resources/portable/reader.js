/**
 * What model.onnx cannot do itself: from rows as people write them to the tensors that it takes, and from its outputs to answers.
 * It follows signature.json and nothing else, and runs in browsers and in Node. reader.py does the same.
 * The rules are in docs/exports.md of Descent, under “Reading written values”.
 */

import { wordsOf } from './words.js'

export { wordsOf }

/** Blanks of any width and the signs of typesetters, as a keyboard has them. */
const typeset = { '\u2212': '-', '\u2019': "'", '\u00a0': ' ', '\u202f': ' ', '\u2009': ' ', '\u2007': ' ' }
const plain = (text) =>
  text.replace(/[\u2212\u2019\u00a0\u202f\u2009\u2007]/g, (one) => typeset[one]).replace(/^ +| +$/g, '')
const literally = (text) => text.replace(/[!-/:-@[-`{-~]/g, '\\$&')
const separators = { ',': ',', '.': '.', space: ' ', apostrophe: "'" }

const patterns = new Map()
function patternOf({ decimal = '.', grouping = 'none', unit = '', parentheses = false }) {
  const key = JSON.stringify([decimal, grouping, unit, parentheses])
  const known = patterns.get(key)
  if (known) return known
  const [point, between, taken] = [literally(decimal), separators[grouping], literally(plain(unit))]
  const grouped = between ? `[1-9]\\d{0,2}(?:${literally(between)}\\d{3})+(?:${point}\\d*)?|` : ''
  const digits = `(?:${grouped}\\d+(?:${point}\\d*)?|${point}\\d+)(?:[eE][+-]?\\d+)?`
  const before = unit === '' ? '([+-]?)()' : `(?:([+-]?) ?(?:${taken} ?)?|${taken} ?([+-]?) ?)`
  const after = unit === '' ? '' : `(?: ?${taken})?`
  const enclosed = unit === '' ? '' : `(?:${taken} ?)?`
  const signed = new RegExp(`^${before}(${digits})${after}$`)
  const negative = parentheses ? new RegExp(`^\\(${enclosed}(${digits})${after}\\)$`) : null
  patterns.set(key, { signed, negative })
  return { signed, negative }
}

/** A number as it is written; NaN: it is none. */
export function numberOf(text, reading = {}) {
  const given = plain(text)
  const { signed, negative } = patternOf(reading)
  const enclosed = negative?.exec(given)
  const found = signed.exec(given)
  const digits = enclosed?.[1] ?? found?.[3]
  if (digits === undefined) return NaN
  const { decimal = '.', grouping = 'none' } = reading
  const bare = separators[grouping] ? digits.replaceAll(separators[grouping], '') : digits
  const value = Number(decimal === '.' ? bare : bare.replace(decimal, '.'))
  const sign = enclosed || found[1] === '-' || found[2] === '-' ? -1 : 1
  return Number.isFinite(value) ? sign * value : NaN
}

const months = 'january february march april may june july august september october november december'.split(
  ' ',
)
const weekdays = 'monday tuesday wednesday thursday friday saturday sunday'.split(' ')
const short = (names) => names.map((name) => name.slice(0, 3))
const dayMs = 86_400_000

/** Days since 1970-01-01 with the time as fraction; NaN for what no calendar has. */
function momentOf({ year, month = 1, day = 1, ordinal, hour = 0, minute = 0, second = 0, micro = 0 }) {
  if (!(year >= 1000 && year <= 9999) || month < 1 || month > 12 || day < 1) return NaN
  if (day > new Date(Date.UTC(year, month, 0)).getUTCDate() || minute > 59 || second > 59) return NaN
  const midnight = hour === 24 && minute === 0 && second === 0 && micro === 0
  if (hour > 23 && !midnight) return NaN
  const days =
    ordinal === undefined
      ? Date.UTC(year, month - 1, day) / dayMs
      : Date.UTC(year, 0, 1) / dayMs + ordinal - 1
  return days + ((hour * 60 + minute) * 60e6 + second * 1e6 + micro) / 86400e6
}

const iso =
  /^(\d{4,})([-/ \\])(\d{1,2})\2(\d{1,2})(?:(?: +|T)(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?(?: ?Z| ?UTC|[+-]\d{2}(?::?\d{2})?)?)?)?$/
function isoDays(text) {
  const [all, year, , month, day, hour = 0, minute = 0, second = 0, fraction = ''] = iso.exec(text) ?? []
  if (all === undefined) return NaN
  const micro = Number(fraction.slice(0, 6).padEnd(6, '0'))
  return momentOf({
    year: +year,
    month: +month,
    day: +day,
    hour: +hour,
    minute: +minute,
    second: +second,
    micro,
  })
}

/** What each letter of a format reads; a number has at most so many digits. */
const numbers = {
  d: ['day', 2],
  m: ['month', 2],
  Y: ['year', 4],
  y: ['year', 2],
  H: ['hour', 2],
  I: ['half', 2],
  M: ['minute', 2],
  S: ['second', 2],
  j: ['ordinal', 3],
  f: ['micro', 9],
}
const names = { b: short(months), B: months, a: short(weekdays), A: weekdays, p: ['am', 'pm'] }

function formattedDays(text, format) {
  const found = {}
  let at = 0
  for (const [part, letter] of format.matchAll(/%-?([a-zA-Z%])|[^]/g)) {
    if (letter === undefined || letter === '%') {
      const sign = letter ?? part
      if (/\s/.test(sign)) {
        const blank = /^\s+/.exec(text.slice(at))
        if (!blank) return NaN
        at += blank[0].length
      } else if (text[at++] !== sign) return NaN
    } else if (Object.hasOwn(numbers, letter)) {
      const [name, most] = numbers[letter]
      const digits = new RegExp(`^\\d{1,${most}}`).exec(text.slice(at))?.[0]
      if (digits === undefined) return NaN
      at += digits.length
      found[name] = letter === 'f' ? Number(digits.slice(0, 6).padEnd(6, '0')) : Number(digits)
      if (letter === 'y') found.year += found.year < 69 ? 2000 : 1900
    } else if (Object.hasOwn(names, letter)) {
      const rest = text.slice(at).toLowerCase()
      const which = names[letter].findIndex((name) => rest.startsWith(name))
      if (which < 0) return NaN
      at += names[letter][which].length
      if (letter === 'b' || letter === 'B') found.month = which + 1
      if (letter === 'p') found.afternoon = which
    } else return NaN
  }
  if (at < text.length) return NaN
  const { half, afternoon } = found
  if (half !== undefined && (half < 1 || half > 12)) return NaN
  if (half !== undefined) found.hour = half
  if (found.hour > 23 || found.ordinal < 1 || found.ordinal > 366) return NaN
  if (afternoon !== undefined && found.hour !== undefined) {
    if (found.hour > 12) return NaN
    found.hour = (found.hour % 12) + 12 * afternoon
  }
  return momentOf(found)
}

/** A date as it is written, in days since 1970-01-01; NaN: it is none. */
export function daysOf(text, formats = []) {
  for (const format of ['', ...formats]) {
    const days = format === '' || format === '%Y-%m-%d' ? isoDays(text) : formattedDays(text, format)
    if (!Number.isNaN(days)) return days
  }
  return NaN
}

const clock = /^(\d{1,2})(?:[:hH](\d{2})(?::(\d{2}(?:\.\d{1,9})?))?)?(?: ?([AaPp])\.?[Mm]\.?)?$/

/** A time of day as it is written, as a share of the day; NaN: it is none. */
export function shareOf(text) {
  const [all, h, minute = 0, second = 0, half] = clock.exec(text) ?? []
  if (all === undefined || !/[:hH]|[AaPp]\.?[Mm]\.?$/.test(text)) return NaN
  const hour = Number(h)
  const fits = half === undefined ? hour < 24 : hour >= 1 && hour <= 12
  if (!fits || minute > 59 || second >= 60) return NaN
  const hours = half === undefined ? hour : (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0)
  return (hours * 3600 + Number(minute) * 60 + Number(second)) / 86400
}

const parsers = {
  numerals: (text, reading) => numberOf(text, reading),
  dates: (text, { formats }) => daysOf(text, formats),
  times: (text) => shareOf(text),
}

const pairs = [
  ['true', 'false'],
  ['yes', 'no'],
  ['t', 'f'],
  ['y', 'n'],
  ['1', '0'],
]
/** A yes or no as the training's table spelled it. */
function spelled(value, { name, levels = [] }) {
  for (const pair of pairs) {
    const found = levels.find((level) => level.toLowerCase() === pair[value ? 0 : 1])
    if (found !== undefined) return found
  }
  throw new Error(`“${name}” is ${value}: say it as a text, as the table had it.`)
}

/** A text, a number, or null where a cell says nothing. */
function cellOf(value, input) {
  if (value === undefined || value === null) return null
  const cell = typeof value === 'boolean' ? spelled(value, input) : value
  if (typeof cell !== 'string' && typeof cell !== 'number')
    throw new Error(`“${input.name}” is no text, number, true, false or null.`)
  const { marks = [] } = input
  const said = typeof cell === 'string' ? cell.trim() : cell
  if (said === '' || Number.isNaN(said) || marks.includes(said)) return null
  return marks.some((mark) => /\d/.test(mark) && Number(mark) === Number(said)) ? null : said
}

function numberIn(cell, { reading, dtype, name }, row, unread) {
  if (cell === null) return NaN
  if (typeof cell === 'number' && reading?.parser !== 'dates') return cell
  const parse = parsers[reading?.parser ?? 'numerals']
  const value = parse(String(cell), reading ?? {})
  if (Number.isNaN(value)) unread.push({ row, name, text: String(cell) })
  return reading?.parser === 'dates' && dtype === 'float32' ? Math.floor(value) : value
}

const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array }

/**
 * Rows, as objects by the names of the inputs, as the tensors that the model takes: by name, { dtype, shape, data }. `unread`: cells
 * that hold something that could not be understood, and count as missing. A picture is a list of its bytes, channel by channel.
 */
export function feedsOf(signature, rows) {
  const unread = []
  // A column may have any name, __proto__ too.
  const feeds = Object.create(null)
  for (const input of signature.inputs) {
    const { name, dtype, shape, reading } = input
    const size = shape.slice(1).reduce((product, extent) => product * extent, 1)
    const data = dtype === 'string' ? [] : new arrays[dtype](rows.length * size)
    rows.forEach((row, i) => {
      if (!Object.hasOwn(row, name))
        throw new Error(`Row ${i + 1} lacks “${name}”. Say null where it is not known.`)
      if (dtype === 'uint8') {
        if (row[name]?.length !== size)
          throw new Error(`“${name}” of row ${i + 1} is no picture of ${shape.slice(1).join(' × ')}.`)
        data.set(row[name], i * size)
        return
      }
      const cell = cellOf(row[name], input)
      if (dtype !== 'string') data[i] = numberIn(cell, input, i, unread)
      else if (reading?.tokenizer) data.push(...wordsOf(cell === null ? '' : String(cell), reading))
      else data.push(cell === null ? '' : String(cell))
    })
    feeds[name] = { dtype, shape: [rows.length, ...shape.slice(1)], data }
  }
  return { feeds, unread }
}

/** Labels as the training's column lists them: in brackets as JSON, or with the separator between them. */
function listed(values, separator) {
  const labels = values.filter((one) => one !== '')
  return separator === '[' ? JSON.stringify(labels) : labels.join(separator)
}

/** What the model's outputs say of each row: `prediction`, and `probability_…` of each class. Outputs: by name, lists in rows. */
export function answersOf(signature, outputs, count) {
  const taken = new Set(signature.inputs.map(({ name }) => name))
  const free = (name) => {
    let each = name
    for (let n = 2; taken.has(each); n++) each = `${name}_${n}`
    return each
  }
  const answers = Array.from({ length: count }, () => ({}))
  for (const { name, shape, columns = [], separator, answer } of signature.outputs) {
    const width = shape[1] ?? 1
    answers.forEach((said, row) => {
      const values = Array.from({ length: width }, (_, k) => outputs[name][row * width + k])
      if (answer === 'probabilities') values.forEach((p, k) => (said[free(`probability_${columns[k]}`)] = p))
      else if (separator !== undefined) said[free('prediction')] = listed(values, separator)
      else if (width === 1 && !(answer === 'label' && shape.length > 1)) said[free('prediction')] = values[0]
      else values.forEach((value, k) => (said[free(`prediction_${columns[k]}`)] = value))
    })
  }
  return answers
}
