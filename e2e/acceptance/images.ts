/**
 * Pictures against published figures: Fashion-MNIST by three networks; houses, whose price is predicted better with their
 * photographs than without; and a folder of photographs from its classes to answers about new ones.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { add, nothing, type Tally } from '../checks/reports.ts'
import { said } from './said.ts'
import { descent, mean, percent, trained } from './trained.ts'

interface Network {
  /** By which it is run alone: `--only fashion-mnist/cnn`. */
  readonly short: string
  readonly name: string
  readonly args: readonly string[]
  readonly atLeast: number
  readonly source: string
}

const set = (...settings: string[]): string[] => settings.flatMap((one) => ['--set', one])

const fashion: readonly Network[] = [
  {
    short: 'cnn',
    name: 'two convolutions',
    args: ['--model', 'cnn', '--epochs', '8'],
    atLeast: 0.91,
    source: 'two convolutions with pooling: 87.6–91.6 %',
  },
  {
    short: 'deep',
    name: 'two convolutions and three fully connected layers',
    args: [
      ...['--model', 'cnn', '--epochs', '20'],
      ...set('model.hidden=[512,128]', 'model.dropout=0.45', 'augment=flip'),
    ],
    atLeast: 0.925,
    source: 'some 1.8 million parameters: 93.2 %',
  },
  {
    short: 'residual',
    name: 'a residual network',
    args: [
      ...['--model', 'resnet20', '--epochs', '12'],
      ...set('augment=flip,shift', 'training.schedule.name=oneCycle'),
    ],
    atLeast: 0.935,
    source: 'ResNet-18: 94.9 %',
  },
]
/** On two cores. */
const longestMinutes = 30

/** So many of ten splits, and the mean over all of them, have to speak for the photographs. */
const splits = 10
const houses = ['front', 'kitchen']

interface Report {
  readonly seconds: number
  readonly test: Readonly<Record<string, number>>
}

async function holdFashion(
  { short, name, args, atLeast, source }: Network,
  folder: string,
  aside: string,
  seeds: readonly string[],
): Promise<Tally> {
  const reports: Report[] = []
  for (const seed of seeds)
    reports.push(
      await trained<Report>(folder, join(aside, `fashion-${short}-${seed}`), [...args, '--seed', seed]),
    )
  const accuracies = reports.map(({ test }) => test['accuracy'] ?? NaN)
  const minutes = mean(reports.map(({ seconds }) => seconds)) / 60
  return said(
    `fashion-mnist, ${name}`,
    mean(accuracies) >= atLeast && minutes <= longestMinutes,
    `${percent(mean(accuracies))} (${accuracies.map(percent).join(', ')}; at least ${percent(atLeast)}) in ${minutes.toFixed(1)} minutes of at most ${longestMinutes}; published: ${source}`,
  )
}

/** The same rows train and test with and without the photographs. */
async function holdHouses(table: string, aside: string): Promise<Tally> {
  const without = set(...houses.map((column) => `data.columns.${column}.role=ignore`))
  const gains: number[] = []
  for (let split = 0; split < splits; split++) {
    const of = async (name: string, args: readonly string[]): Promise<number> => {
      const out = join(aside, `houses-${name}-${split}`)
      const { test } = await trained<Report>(table, out, [
        '--target',
        'price',
        '--seed',
        String(split),
        ...args,
      ])
      return test['rmse'] ?? NaN
    }
    const [alone, pictured] = [await of('without', without), await of('with', [])]
    gains.push(1 - pictured / alone)
    console.log(
      `  split ${split}: RMSE ${Math.round(alone).toLocaleString('en')} without photographs, ${Math.round(pictured).toLocaleString('en')} with them`,
    )
  }
  const average = mean(gains)
  const deviation = Math.sqrt(mean(gains.map((gain) => (gain - average) ** 2)) * (splits / (splits - 1)))
  // Student's t of nine degrees of freedom, 95 %.
  const low = average - (2.262 * deviation) / Math.sqrt(splits)
  return said(
    'mixed/houses',
    low > 0,
    `photographs take ${percent(average)} off the error, at least ${percent(low)} with 95 % certainty; better in ${gains.filter((gain) => gain > 0).length} of ${splits} splits`,
  )
}

/** As a new user: the folder as it is, no setting; then what the model says of pictures without their labels. */
async function holdFolder(folder: string, aside: string): Promise<Tally> {
  const out = join(aside, 'hymenoptera')
  const { test } = await trained<Report>(folder, out, ['--seed', '1'])
  const fresh = join(aside, 'fresh')
  mkdirSync(fresh)
  for (const label of readdirSync(join(folder, 'val')))
    for (const name of readdirSync(join(folder, 'val', label)).slice(0, 5))
      copyFileSync(join(folder, 'val', label, name), join(fresh, `${label}-${name}`))
  const answers = join(aside, 'answers.csv')
  await descent(['predict', join(out, 'model'), fresh, '--out', answers])
  const lines = readFileSync(answers, 'utf8').trim().split('\n').length - 1
  const wanted = readdirSync(fresh).length
  return said(
    'images/hymenoptera',
    (test['balancedAccuracy'] ?? 0) > 0.6 && lines === wanted,
    `${percent(test['accuracy'] ?? NaN)} from scratch (balanced ${percent(test['balancedAccuracy'] ?? NaN)}; by chance 50 %), and answers for ${lines} of ${wanted} new pictures`,
  )
}

/** What a step may wait for its pictures: decoded before the first step, they are gathered, unpacked and augmented within it. */
const mostWaited = 0.05
const augmented = 'augment=flip,shift,rotate,colorJitter,erasing'
const loaders: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['two convolutions', ['--model', 'cnn']],
  ['two convolutions, augmented', ['--model', 'cnn', ...set(augmented)]],
  ['AlexNet, augmented', ['--model', 'alexnet', ...set(augmented)]],
  ['MobileNetV3, augmented', ['--model', 'mobilenet-v3', ...set(augmented)]],
]

/** Photographs of 64 × 64 pixels on the CPU: how much of a step goes to its pictures, as the window's gauge says it. */
async function holdLoading(folder: string, aside: string): Promise<Tally> {
  const waited: number[] = []
  for (const [name, args] of loaders) {
    const out = join(aside, `loading-${waited.length}`)
    const size = set('data.source.pictures.size=64', 'training.earlyStopping=null')
    const {
      resources: { loading },
    } = await trained<{ readonly resources: { readonly loading: number | null } }>(folder, out, [
      ...['--backend', 'wasm', '--epochs', '4', '--no-preflight', ...args, ...size],
    ])
    waited.push(loading ?? NaN)
    console.log(
      `  ${name}: ${loading === null ? 'too short to be measured' : `${percent(loading)} of a step`}`,
    )
  }
  return said(
    'images/loading',
    waited.every((share) => share <= mostWaited),
    `a step waits for its pictures of 64 × 64 pixels at most ${percent(Math.max(...waited))} of its time (asked: at most ${percent(mostWaited)})`,
  )
}

export async function holdImages(
  data: string | undefined,
  seeds: readonly string[],
  only: string,
): Promise<Tally> {
  let total = nothing
  const aside = mkdtempSync(join(tmpdir(), 'descent-acceptance-images-'))
  type Check = readonly [name: string, path: string, hold: (path: string) => Promise<Tally>]
  const sets: readonly Check[] = [
    ...fashion.map((network): Check => [
      `fashion-mnist/${network.short}`,
      'fashion-mnist',
      (path) => holdFashion(network, path, aside, seeds),
    ]),
    ['mixed/houses', 'mixed/houses/houses.csv', (path) => holdHouses(path, aside)],
    ['images/hymenoptera', 'images/hymenoptera', (path) => holdFolder(path, aside)],
    ['images/loading', 'images/hymenoptera', (path) => holdLoading(path, aside)],
  ]
  const wanted = sets.filter(([name]) => name.includes(only))
  if (wanted.length === 0)
    return said(`no set is called like “${only}”`, false, sets.map(([name]) => name).join(', '))
  try {
    for (const [name, place, hold] of wanted) {
      const path = join(data ?? '', place)
      if (data === undefined || !existsSync(path)) {
        console.log(
          `– ${name}: not run, ${data === undefined ? 'no --data DIR was given' : `${path} does not exist`}`,
        )
        total = add(total, { ...nothing, skipped: 1 })
      } else total = add(total, await hold(path))
    }
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
  return total
}
