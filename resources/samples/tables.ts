/** The sample tables, from a seed: the same text on every machine. */
import { source } from './random.ts'

type Cell = string | number | null

const toCsv = (header: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [header, ...rows].map((row) => row.map((cell) => cell ?? '').join(',')).join('\n') + '\n'

/** `**` may be off by a bit from machine to machine; products are not. */
const power = (base: number, exponent: number): number =>
  exponent === 1 ? base : base * power(base, exponent - 1)

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high)

/** Who leaves a phone company: short contracts, many calls for help and high charges push, long tenure holds. */
function churnTable(rows = 2000): string {
  const random = source(20240)
  const customers = Array.from({ length: rows }, (_, i) => {
    const contract = random.pick([
      ['month', 55],
      ['year', 25],
      ['two years', 20],
    ])
    const internet = random.pick([
      ['fibre', 45],
      ['dsl', 38],
      ['none', 17],
    ])
    const payment = random.pick([
      ['direct debit', 42],
      ['card', 25],
      ['invoice', 20],
      ['transfer', 13],
    ])
    const region = random.pick([
      ['north', 30],
      ['south', 28],
      ['east', 22],
      ['west', 20],
    ])
    const age = Math.round(clamp(46 + 15 * random.normal(), 18, 90))
    const tenure = Math.round(72 * random.uniform() * (contract === 'month' ? random.between(0.2, 1) : 1))
    const base = { fibre: 62, dsl: 41, none: 19 }[internet]
    const charges = clamp(base + 9 * random.normal(), 12, 120)
    const calls = Math.floor(5 * random.uniform() * random.uniform() * (internet === 'fibre' ? 1.5 : 1))
    const gigabytes = internet === 'none' ? 0 : 25 * random.uniform() * (1 + 5 * power(random.uniform(), 4))
    const pressure =
      { month: 1.9, year: 0.1, 'two years': -1.4 }[contract] +
      0.75 * calls +
      0.032 * (charges - 45) -
      0.042 * tenure +
      (payment === 'invoice' ? 0.8 : 0) -
      0.012 * (age - 46) +
      0.75 * random.normal()
    const cells = [
      `C${String(100000 + i * 7 + Math.floor(random.uniform() * 7))}`,
      random.chance(0.04) ? null : age,
      region,
      tenure,
      contract,
      internet,
      random.chance(0.06) ? null : payment,
      charges.toFixed(2),
      random.chance(0.08) ? null : gigabytes.toFixed(1),
      calls,
      random.chance(0.3) ? 'yes' : 'no',
    ] satisfies Cell[]
    return { cells, pressure }
  })
  // The most pressed 15 % leave, so that the share is exact.
  const threshold = customers.map(({ pressure }) => pressure).sort((a, b) => b - a)[Math.round(rows * 0.15)]!
  return toCsv(
    [
      'customer_id',
      'age',
      'region',
      'tenure_months',
      'contract',
      'internet',
      'payment',
      'monthly_charges_eur',
      'data_gb',
      'support_calls',
      'paperless',
      'churned',
    ],
    customers.map(({ cells, pressure }) => [...cells, pressure > threshold ? 'yes' : 'no']),
  )
}

/** What a house sells for: area and district multiply, age and distance take away. */
function housesTable(rows = 1500): string {
  const random = source(7)
  const houses = Array.from({ length: rows }, () => {
    const [district, level] = random.pick([
      [['Altstadt', 1.45], 12],
      [['Seeufer', 1.9], 6],
      [['Westend', 1.2], 24],
      [['Nordpark', 1], 28],
      [['Industriegleis', 0.72], 18],
      [['Oberdorf', 0.86], 12],
    ] as const)
    const condition = random.pick([
      ['new', 12],
      ['good', 48],
      ['fair', 30],
      ['poor', 10],
    ])
    // A product of uniforms has a long right tail, as living areas do.
    const area = 45 + 110 * random.uniform() + 260 * power(random.uniform(), 5)
    const plot = area * (0.6 + 4 * power(random.uniform(), 3))
    const rooms = Math.max(1, Math.round(area / 27 + 0.7 * random.normal()))
    const built = Math.round(2023 - 120 * power(random.uniform(), 2))
    const distance = 0.3 + 18 * random.uniform() * (district === 'Altstadt' ? 0.12 : 1)
    const garage = random.chance(0.4 + 0.3 * Math.min(1, area / 250))
    const energy = random.pick([
      ['A', built > 2005 ? 50 : 5],
      ['B', 20],
      ['C', 25],
      ['D', built < 1980 ? 40 : 10],
    ])
    const quality = { new: 1.16, good: 1, fair: 0.9, poor: 0.74 }[condition]
    const price =
      (28_000 + 2_350 * area + 95 * plot) *
      level *
      quality *
      (1 - 0.0016 * (2023 - built)) *
      (1 - 0.011 * distance) *
      ({ A: 1.06, B: 1.02, C: 1, D: 0.96 }[energy] ?? 1) *
      (garage ? 1.04 : 1) *
      (1 + 0.07 * random.normal())
    return [
      district,
      area.toFixed(1),
      random.chance(0.05) ? null : plot.toFixed(0),
      rooms,
      random.chance(0.07) ? null : built,
      condition,
      distance.toFixed(1),
      garage ? 'yes' : 'no',
      random.chance(0.12) ? null : energy,
      1 + Math.floor(random.uniform() * 3),
      Math.round(price / 500) * 500,
    ] satisfies Cell[]
  })
  return toCsv(
    [
      'district',
      'living_area_m2',
      'plot_area_m2',
      'rooms',
      'year_built',
      'condition',
      'centre_km',
      'garage',
      'energy_class',
      'floors',
      'price_eur',
    ],
    houses,
  )
}

export const sampleTables: Readonly<Record<string, () => string>> = { churn: churnTable, houses: housesTable }
