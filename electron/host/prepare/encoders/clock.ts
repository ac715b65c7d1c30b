import { z } from 'zod'
import type { encoders, OptionsOf } from '../../../contract/index.ts'
import type { DateColumn } from '../../datasets/frame.ts'
import { momentsOf, usableScale } from '../statistics.ts'
import { rowsOf, shifted, short } from '../words.ts'
import { exportCentered } from '../centered.ts'
import { defineEncoder } from './encoder.ts'

interface State extends Record<string, unknown> {
  cycle: boolean
  hours: { center: number; scale: number } | null
  missing: boolean
}

const widthOf = ({ cycle, hours, missing }: State): number =>
  2 * Number(cycle) + Number(hours !== null) + Number(missing)

const hoursPerDay = 24

/** A time of day on the circle between midnight and midnight, and as hours. */
export const clock = defineEncoder<OptionsOf<typeof encoders, 'clock'>, DateColumn, State>({
  state: z.strictObject({
    cycle: z.boolean(),
    hours: z.strictObject({ center: z.number(), scale: z.number() }).nullable(),
    missing: z.boolean(),
  }),
  fit({ values }, rows, { cycle, hours, missing }) {
    const present = Float64Array.from(rows, (row) => values[row]! * hoursPerDay).filter(
      (hour) => !Number.isNaN(hour),
    )
    // A column without a single time in training adds no feature.
    if (present.length === 0) return { cycle: false, hours: null, missing: false }
    const { mean, std } = momentsOf(present)
    return {
      cycle,
      hours: hours ? { center: mean, scale: usableScale(std) } : null,
      missing: missing && present.length < rows.length,
    }
  },
  tensor: (state) => ({ kind: 'numbers', width: widthOf(state) }),
  features: (name, _, { cycle, hours, missing }) => [
    ...(cycle
      ? ['sine', 'cosine'].map((wave) => ({
          name: `${name}: ${wave} of time of day`,
          transform: `${wave} of hours / 24 of a circle`,
        }))
      : []),
    ...(hours === null
      ? []
      : [
          {
            name: `${name}: hours`,
            transform: `${shifted('hours since midnight', hours.center)} / ${short(hours.scale)}`,
          },
        ]),
    ...(missing ? [{ name: `${name} is missing`, transform: '1 where missing, else 0' }] : []),
  ],
  write({ name, values }, state, { data, stride, offset }) {
    const { cycle, hours, missing } = state
    let gaps = 0
    values.forEach((value, row) => {
      let at = row * stride + offset
      if (Number.isNaN(value)) {
        gaps++
        if (missing) data[at + widthOf(state) - 1] = 1
        return
      }
      if (cycle) {
        data[at++] = Math.sin(2 * Math.PI * value)
        data[at++] = Math.cos(2 * Math.PI * value)
      }
      if (hours !== null) data[at] = (value * hoursPerDay - hours.center) / hours.scale
    })
    return gaps === 0 || missing
      ? []
      : [`${name}: ${rowsOf(gaps)} without a time, of which training had none: all its features are 0 there.`]
  },
  exportTo(nodes, { value }, { cycle, hours, missing }) {
    const absent = nodes.add('IsNaN', [value])
    const held = nodes.add('Where', [absent, nodes.number(0), value])
    const features: string[] = []
    if (cycle) {
      const angle = nodes.add('Mul', [held, nodes.number(2 * Math.PI)])
      features.push(nodes.add('Sin', [angle]), nodes.add('Cos', [angle]))
    }
    if (hours !== null) {
      const hour = nodes.add('Mul', [held, nodes.number(hoursPerDay)])
      features.push(nodes.add('Div', [exportCentered(nodes, hour, hours.center), nodes.number(hours.scale)]))
    }
    const known = features.map((feature) => nodes.add('Where', [absent, nodes.number(0), feature]))
    const all = missing ? [...known, nodes.add('Cast', [absent], { to: { int: 1 } })] : known
    return all.length === 1 ? all[0]! : nodes.add('Concat', all, { axis: { int: 1 } })
  },
})
