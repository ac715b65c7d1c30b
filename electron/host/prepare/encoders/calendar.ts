import { z } from 'zod'
import type { OnnxNodes } from '../../../../engine/index.ts'
import type { encoders, OptionsOf } from '../../../contract/index.ts'
import type { DateColumn } from '../../datasets/frame.ts'
import { momentsOf, usableScale } from '../statistics.ts'
import { rowsOf, shifted, short } from '../words.ts'
import { exportCentered } from '../centered.ts'
import { defineEncoder } from './encoder.ts'

type Options = OptionsOf<typeof encoders, 'calendar'>

/**
 * What civil dates are computed with: numbers, or names of values in an ONNX graph. Whole numbers below 2²⁴ and their
 * quotients, rounded down, are exact in float32 as well.
 */
interface Arithmetic<T> {
  number(value: number): T
  add(one: T, other: T): T
  sub(one: T, other: T): T
  mul(one: T, other: T): T
  /** Rounded down. */
  quotient(one: T, other: T): T
  /** 1 where it is less, else 0. */
  less(one: T, other: T): T
}

interface CivilDate<T> {
  readonly year: T
  /** From 0: January. */
  readonly month: T
  /** From 0. */
  readonly day: T
  /** From 0: Monday. */
  readonly weekday: T
}

/** Of whole days since 1970-01-01: https://howardhinnant.github.io/date_algorithms.html#civil_from_days */
function civilDate<T>(days: T, { number, add, sub, mul, quotient, less }: Arithmetic<T>): CivilDate<T> {
  const by = (one: T, size: number): T => quotient(one, number(size))
  const times = (one: T, factor: number): T => mul(one, number(factor))
  const plus = (one: T, more: number): T => add(one, number(more))
  const rest = (one: T, size: number): T => sub(one, times(by(one, size), size))
  // Years begin in March here, so that the day that some of them have more comes last.
  const shiftedDays = plus(days, 719468)
  const era = by(shiftedDays, 146097)
  const dayOfEra = sub(shiftedDays, times(era, 146097))
  const leaps = sub(add(by(dayOfEra, 1460), by(dayOfEra, 146096)), by(dayOfEra, 36524))
  const yearOfEra = by(sub(dayOfEra, leaps), 365)
  const before = add(times(yearOfEra, 365), sub(by(yearOfEra, 4), by(yearOfEra, 100)))
  const dayOfYear = sub(dayOfEra, before)
  const fromMarch = by(plus(times(dayOfYear, 5), 2), 153)
  const day = sub(dayOfYear, by(plus(times(fromMarch, 153), 2), 5))
  const month = rest(plus(fromMarch, 2), 12)
  const year = add(add(yearOfEra, times(era, 400)), less(month, number(2)))
  // The first day of 1970 was a Thursday.
  return { year, month, day, weekday: rest(plus(days, 3), 7) }
}

const onNumbers: Arithmetic<number> = {
  number: (value) => value,
  add: (one, other) => one + other,
  sub: (one, other) => one - other,
  mul: (one, other) => one * other,
  quotient: (one, other) => Math.floor(one / other),
  less: (one, other) => Number(one < other),
}

const inGraph = (nodes: OnnxNodes): Arithmetic<string> => ({
  number: (value) => nodes.number(value),
  add: (one, other) => nodes.add('Add', [one, other]),
  sub: (one, other) => nodes.add('Sub', [one, other]),
  mul: (one, other) => nodes.add('Mul', [one, other]),
  quotient: (one, other) => nodes.add('Floor', [nodes.add('Div', [one, other])]),
  less: (one, other) => nodes.add('Cast', [nodes.add('Less', [one, other])], { to: { int: 1 } }),
})

const cycles = [
  { part: 'month', label: 'month', length: 12 },
  { part: 'day', label: 'day of the month', length: 31 },
  { part: 'weekday', label: 'weekday', length: 7 },
] as const

const timeOfDay = { label: 'time of day', length: 24 }

interface State extends Record<string, unknown> {
  elapsed: { of: 'days' | 'year'; center: number; scale: number } | null
  cycles: (typeof cycles)[number]['part'][]
  /** The time of day; absent where training has whole days only, and in models of earlier versions. */
  hour?: true | undefined
  missing: boolean
}

const cyclesOf = (state: State) => cycles.filter(({ part }) => state.cycles.includes(part))
const widthOf = (state: State): number =>
  Number(state.elapsed !== null) +
  2 * (state.cycles.length + Number(state.hour === true)) +
  Number(state.missing)

const elapsedOf = (days: number, of: 'days' | 'year'): number =>
  of === 'days' ? days : civilDate(days, onNumbers).year
const measuredIn: Record<Options['elapsed'], 'days' | 'year' | null> = {
  days: 'days',
  year: 'year',
  none: null,
}

/** What a date says about time, season, week and hour. */
export const calendar = defineEncoder<Options, DateColumn, State>({
  state: z.strictObject({
    elapsed: z
      .strictObject({ of: z.enum(['days', 'year']), center: z.number(), scale: z.number() })
      .nullable(),
    cycles: z.array(z.enum(['month', 'day', 'weekday'])),
    hour: z.literal(true).optional(),
    missing: z.boolean(),
  }),
  fit({ values }, rows, { elapsed, missing, hour, ...parts }) {
    const dated = Float64Array.from(rows, (row) => values[row]!).filter((days) => !Number.isNaN(days))
    const present = dated.map(Math.floor)
    // A column without a single date in training adds no feature.
    if (present.length === 0) return { elapsed: null, cycles: [], missing: false }
    const of = measuredIn[elapsed]
    const moments = of && momentsOf(present.map((days) => elapsedOf(days, of)))
    return {
      elapsed: of && moments && { of, center: moments.mean, scale: usableScale(moments.std) },
      cycles: cycles.flatMap(({ part }) => (parts[part] ? [part] : [])),
      ...(hour && dated.some((days) => days !== Math.floor(days)) && { hour: true }),
      missing: missing && present.length < rows.length,
    }
  },
  tensor: (state) => ({ kind: 'numbers', width: widthOf(state) }),
  features: (name, _, state) => [
    ...(state.elapsed === null
      ? []
      : [
          {
            name: `${name}: ${state.elapsed.of}`,
            transform: `${shifted(state.elapsed.of === 'days' ? 'days since 1970' : 'year', state.elapsed.center)} / ${short(state.elapsed.scale)}`,
          },
        ]),
    ...[...cyclesOf(state), ...(state.hour ? [timeOfDay] : [])].flatMap(({ label, length }) =>
      ['sine', 'cosine'].map((wave) => ({
        name: `${name}: ${wave} of ${label}`,
        transform: `${wave} of ${label} / ${length} of a circle`,
      })),
    ),
    ...(state.missing ? [{ name: `${name} is missing`, transform: '1 where missing, else 0' }] : []),
  ],
  write({ name, values }, state, { data, stride, offset }) {
    const chosen = cyclesOf(state)
    let gaps = 0
    for (let row = 0; row < values.length; row++) {
      let at = row * stride + offset
      const moment = values[row]!
      const days = Math.floor(moment)
      if (Number.isNaN(days)) {
        gaps++
        if (state.missing) data[at + widthOf(state) - 1] = 1
        continue
      }
      const date = civilDate(days, onNumbers)
      if (state.elapsed !== null) {
        const { of, center, scale } = state.elapsed
        data[at++] = ((of === 'days' ? days : date.year) - center) / scale
      }
      for (const { part, length } of chosen) {
        const angle = (2 * Math.PI * date[part]) / length
        data[at++] = Math.sin(angle)
        data[at++] = Math.cos(angle)
      }
      if (state.hour) {
        data[at++] = Math.sin(2 * Math.PI * (moment - days))
        data[at++] = Math.cos(2 * Math.PI * (moment - days))
      }
    }
    return gaps === 0 || state.missing
      ? []
      : [`${name}: ${rowsOf(gaps)} without a date, of which training had none: all its features are 0 there.`]
  },
  double: ({ hour }) => hour === true,
  exportTo(nodes, { value }, state) {
    const missing = nodes.add('IsNaN', [value])
    // Of a time of day the value is a float64: a float32 has no minutes left beside 20,000 days.
    const whole = nodes.add('Floor', [value])
    const single = (one: string): string => (state.hour ? nodes.add('Cast', [one], { to: { int: 1 } }) : one)
    const days = nodes.add('Where', [missing, nodes.number(0), single(whole)])
    const date = civilDate(days, inGraph(nodes))
    const features: string[] = []
    if (state.elapsed !== null) {
      const { of, center, scale } = state.elapsed
      const centered = exportCentered(nodes, of === 'days' ? days : date.year, center)
      features.push(nodes.add('Div', [centered, nodes.number(scale)]))
    }
    for (const { part, length } of cyclesOf(state)) {
      const angle = nodes.add('Mul', [date[part], nodes.number((2 * Math.PI) / length)])
      features.push(nodes.add('Sin', [angle]), nodes.add('Cos', [angle]))
    }
    if (state.hour) {
      const angle = nodes.add('Mul', [single(nodes.add('Sub', [value, whole])), nodes.number(2 * Math.PI)])
      features.push(nodes.add('Sin', [angle]), nodes.add('Cos', [angle]))
    }
    const held = features.map((feature) => nodes.add('Where', [missing, nodes.number(0), feature]))
    const all = state.missing ? [...held, nodes.add('Cast', [missing], { to: { int: 1 } })] : held
    return all.length === 1 ? all[0]! : nodes.add('Concat', all, { axis: { int: 1 } })
  },
})
