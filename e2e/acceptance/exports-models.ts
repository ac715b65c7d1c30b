/** What the models of exports.ts learn from: a table, texts and pictures, made here; and which models there are. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import {
  begin,
  encoders,
  namesIn,
  preparationSteps,
  type Encoder,
  type Group,
  type PreparationStep,
} from '../../electron/contract/index.ts'
import { perform } from '../../electron/host/cli/command.ts'
import { templateCases } from '../../electron/host/model/testing.ts'

/** ONNX has no hashes, and a picture is no cell. */
const notInFiles = new Set<string>(['hashing', 'rawPixels'])

export interface Kind {
  readonly name: string
  /** Writes data into the folder, and says what `descent run` is given. */
  readonly make: (folder: string) => Promise<string[]>
}

function labeledTexts(): { readonly label: string; readonly text: string }[] {
  const words = ['good', 'fine', 'bad', 'poor', 'film', 'the', 'it’s', 'a', 'Größe', 'plot', 'twice', 'never']
  return Array.from({ length: 240 }, (_, i) => {
    const label = i % 2 === 0 ? 'yes' : 'no'
    const rest = Array.from({ length: 5 + (i % 7) }, (__, k) => words[(i * 5 + k * k) % words.length])
    const first = label === 'yes' ? words[i % 4 < 2 ? 0 : 1] : words[i % 4 < 2 ? 2 : 3]
    return { label, text: `${i % 3 === 0 ? 'Well, ' : ''}${first} ${rest.join(' ')}, no. ${i}!` }
  })
}

/** Networks for texts alone read lines, and no table. */
const lines: Kind = {
  name: 'texts',
  make: async (folder) => {
    const file = join(folder, 'texts.tsv')
    writeFileSync(file, labeledTexts().map(({ label, text }) => `${label}\t${text}\n`).join('')) // prettier-ignore
    return [file]
  },
}

const kinds: readonly Kind[] = [
  {
    name: 'table',
    make: async (folder) => {
      const file = join(folder, 'parts.csv')
      const lines = Array.from({ length: 300 }, (_, i) => {
        const width = (i * 7919) % 100
        return `"€ 1.${String(100 + ((i * 37) % 900))},50",${i % 9 === 4 ? '' : width},${['round', 'square', 'NA'][i % 3]},0${1 + (i % 9)}.03.2024,${i % 24}:30,${width > 50 ? 'big' : 'small'}`
      })
      writeFileSync(file, ['price,width,shape,day,when,size', ...lines, ''].join('\n'))
      return [file, '--target', 'size', '--effort', 'quick']
    },
  },
  {
    name: 'texts',
    make: async (folder) => {
      const file = join(folder, 'texts.csv')
      const lines = labeledTexts().map(({ label, text }) => `"${text}",${label}`)
      writeFileSync(file, ['note,liked', ...lines, ''].join('\n'))
      return [file, '--target', 'liked', '--effort', 'quick', '--set', 'data.columns.note.kind=text', '--set', 'data.columns.note.role=feature'] // prettier-ignore
    },
  },
  {
    name: 'pictures',
    make: async (folder) => {
      const place = join(folder, 'pictures')
      for (const [k, name] of ['dark', 'bright'].entries()) {
        mkdirSync(join(place, name), { recursive: true })
        for (let i = 0; i < 40; i++) {
          const data = Uint8Array.from(
            { length: 16 * 16 * 3 },
            (_, at) => 40 + 120 * k + ((at * 31 + i * 57) % 60),
          )
          await sharp(data, { raw: { width: 16, height: 16, channels: 3 } })
            .png()
            .toFile(join(place, name, `${i}.png`))
        }
      }
      return [place]
    },
  },
]

/** The command line in this very process: starting one takes longer than all that it does here. Errors: an Error with what it said. */
export async function descent(...args: string[]): Promise<void> {
  const kept = [process.stdout.write, process.stderr.write] as const
  let told = ''
  process.stdout.write = () => true
  process.stderr.write = (chunk) => {
    told += String(chunk)
    return true
  }
  let code: number
  try {
    code = await perform(args)
  } finally {
    ;[process.stdout.write, process.stderr.write] = kept
  }
  if (code !== 0) throw new Error(`descent ${args[0]} ended with ${code}: ${told.slice(-500)}`)
}

/** The preparation's steps and encoders, each of them on a column of its own, in the recipe of a run. */
const everyStep: Kind = {
  name: 'table/every-step',
  make: async (folder) => {
    const numbers = namesIn(preparationSteps).flatMap((name) => {
      const {
        kinds: [kind],
      } = preparationSteps.members.find((one) => one.name === name)!
      return kind === 'number' ? [`n_${name}`] : []
    })
    const categories = namesIn(preparationSteps).filter((name) => !numbers.includes(`n_${name}`))
    const encoded = encoders.members.filter(({ name }) => !notInFiles.has(name))
    const rows = 240
    const cellOf = (kind: string, at: number, row: number): string => {
      const value = (row * (7 + 2 * at) * 37) % 101
      switch (kind) {
        case 'number':
          return row % 11 === at % 11 ? '' : String(value / 4 - 9)
        case 'date':
          return `20${10 + (row % 14)}-0${1 + (value % 9)}-${11 + (row % 17)}`
        case 'time':
          return `${row % 24}:${10 + (value % 50)}`
        case 'text':
          return ['warm and wet', 'a loud day', 'the day was long', 'wet'][value % 4]!
        case 'boolean':
          return value % 2 === 0 ? 'yes' : 'no'
        case 'ordered':
          return ['low', 'medium', 'high'][value % 3]!
        default:
          return value < 3 ? '' : ['red', 'green', 'blue', 'grey'][value % 4]!
      }
    }
    const columns = [
      ...numbers.map((name) => ({ name, kind: 'number', step: name.slice(2), encoder: 'numeric' })),
      ...categories.map((step) => ({ name: `c_${step}`, kind: 'category', step, encoder: 'oneHot' })),
      ...encoded.map(({ name, kinds: [kind] }) => ({
        name: `e_${name}`,
        kind: kind as string,
        step: null,
        encoder: name as string,
      })),
    ]
    const lines = Array.from({ length: rows }, (_, row) =>
      [
        ...columns.map(({ kind }, at) => cellOf(kind, at, row)),
        (row * 7919) % 100 > 50 ? 'big' : 'small',
      ].join(','),
    )
    const file = join(folder, 'steps.csv')
    writeFileSync(file, [[...columns.map(({ name }) => name), 'size'].join(','), ...lines, ''].join('\n'))
    const kindsOf = columns.flatMap(({ name, kind }) => [
      '--set',
      `data.columns.${name}.kind=${kind}`,
      '--set',
      `data.columns.${name}.role=feature`,
    ])
    await descent('run', file, '--target', 'size', '--model', 'mlp', '--effort', 'quick', ...kindsOf, '--epochs', '1', '--no-preflight', '--baselines', 'none', '--backend', 'wasm', '--out', join(folder, 'first')) // prettier-ignore
    const recipe = JSON.parse(readFileSync(join(folder, 'first/recipe.json'), 'utf8')) as { prepare: Group[] }
    const impute = begin(preparationSteps, 'impute') as PreparationStep
    recipe.prepare = columns.map(({ name, kind, step, encoder }): Group => ({
      name,
      columns: [name],
      kind: kind as Group['kind'],
      steps: [
        ...(kind === 'number' && step !== 'impute' ? [impute] : []),
        ...(step === null ? [] : [begin(preparationSteps, step as 'impute') as PreparationStep]),
      ],
      encoder: begin(encoders, encoder as 'numeric') as Encoder,
    }))
    const changed = join(folder, 'steps.json')
    writeFileSync(changed, JSON.stringify(recipe))
    return [changed]
  },
}

/** Everything of one kind, in the size that tests of networks have: a template that is added to those is among these. */
const templates: readonly Kind[] = kinds.flatMap((one) => {
  const kind = one.name === lines.name ? lines : one
  const of = { table: ['numbers', 'codes'], texts: ['tokens'], pictures: ['pixels'] }[kind.name]!
  const seen = new Set<string>()
  return templateCases.flatMap(({ spec: { model, inputs } }): Kind[] => {
    const { template, ...knobs } = model as { template: string } & Record<string, unknown>
    const name = `${kind.name}/${template}${knobs['depth'] === '50' ? '-50' : ''}`
    if (!of.includes(inputs[0]!.kind) || seen.has(name)) return []
    seen.add(name)
    const [input] = inputs
    const size =
      input?.kind === 'pixels'
        ? ['--set', `data.source.pictures.size=${Math.max(8, input.height, input.width)}`]
        : []
    const set = Object.entries(knobs).flatMap(([knob, value]) => [
      '--set',
      `model.${knob}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    ])
    return [
      { name, make: async (folder) => [...(await kind.make(folder)), '--model', template, ...size, ...set] },
    ]
  })
})

/** Each kind with what it begins with, trained on by torchrun, too. */
export const started = kinds
export const others: readonly Kind[] = [everyStep, ...templates]
