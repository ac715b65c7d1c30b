/** `descent augment`: training examples as the network will see them, pictures as files and texts as lines. */
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  DescentError,
  formatCount,
  formatPercent,
  plural,
  type Augmented,
  type AugmentedPicture,
  type AugmentedText,
  type ShownText,
} from '../../contract/index.ts'
import { withScratch } from '../scratch.ts'
import { augmentedExample } from '../model/preview.ts'
import { useDevice } from '../training/predict.ts'
import type { AugmentCommand } from './args.ts'
import { emptyFolder, writingTo } from './empty-folder.ts'
import { openData, prepareOpened } from './open-data.ts'
import { oneLine } from './for-terminal.ts'

interface Written {
  readonly folder: string
  readonly examples: readonly (Pick<AugmentedPicture, 'example' | 'label'> & {
    readonly original: string
    readonly draws: readonly {
      readonly file: string
      readonly parts: AugmentedPicture['draws'][number]['parts']
    }[]
  })[]
}
interface Printed {
  readonly texts: readonly AugmentedText[]
}

const bytesOf = (address: string): Buffer => Buffer.from(address.slice(address.indexOf(',') + 1), 'base64')

export const augment = (command: AugmentCommand): Promise<Written | Printed> =>
  withScratch(tmpdir(), async (scratch) => {
    const data = await openData(command, scratch)
    if (data.recipe.augment.length === 0)
      throw new DescentError(
        'badRequest',
        'The recipe augments nothing. Say what is wanted, e.g. --set augment=flip,rotate; “descent help augmentations” names what there is.',
        'augment',
      )
    const prepared = await prepareOpened(data)
    const all = prepared.split.train.length
    const count = Math.min(command.examples, all)
    const seen = (i: number): Promise<Augmented> =>
      augmentedExample(prepared, data.recipe.augment, {
        example: Math.floor((i * all) / count),
        draws: command.draws,
        // Every text has chances of its own; pictures are drawn by the seed alone.
        seed: (command.seed ?? data.recipe.seed) + (data.recipe.kind === 'images' ? i : 0),
      })
    return data.recipe.kind === 'images'
      ? await writePictures(command.out, count, seen)
      : await textsSeen(command.out, count, seen)
  })

async function writePictures(
  out: string | null,
  count: number,
  seen: (i: number) => Promise<Augmented>,
): Promise<Written> {
  if (out === null)
    throw new DescentError('badRequest', 'Name the folder for the pictures, e.g. --out augmented.', 'out')
  await emptyFolder(out)
  await useDevice('wasm')
  const examples: Written['examples'][number][] = []
  for (let i = 0; i < count; i++) {
    const picture = await seen(i)
    if (picture.of !== 'pictures') continue
    const save = async (name: string, address: string): Promise<string> => {
      await writingTo(out, () => writeFile(join(out, name), bytesOf(address)))
      return name
    }
    const name = `example-${picture.example + 1}`
    examples.push({
      example: picture.example,
      label: picture.label,
      original: await save(`${name}.png`, picture.original),
      draws: await Promise.all(
        picture.draws.map(async ({ shown, parts }, at) => ({
          file: await save(`${name}-draw-${at + 1}.png`, shown),
          parts,
        })),
      ),
    })
  }
  return { folder: out, examples }
}

async function textsSeen(
  out: string | null,
  count: number,
  seen: (i: number) => Promise<Augmented>,
): Promise<Printed> {
  if (out !== null)
    throw new DescentError(
      'badRequest',
      'Texts are printed, and no files of them are written: leave out --out.',
      'out',
    )
  const texts: AugmentedText[] = []
  for (let i = 0; i < count; i++) {
    const text = await seen(i)
    if (text.of === 'texts') texts.push(text)
  }
  return { texts }
}

const textLine = ({ pieces, more }: ShownText): string =>
  pieces.map(({ shown, known }) => oneLine(known ? shown : `[${shown}]`)).join(' · ') +
  (more > 0 ? ` · … ${formatCount(more)} more` : '')

/** What is unknown stands in brackets. */
const describeTexts = (texts: readonly AugmentedText[]): string =>
  texts
    .map(({ example, label, original, draws }) =>
      [
        `Example ${example + 1}${label === null ? '' : `, ${oneLine(label)}`}`,
        `  as it is  ${textLine(original)}`,
        ...draws.map((draw, epoch) => `  epoch ${epoch + 1}   ${textLine(draw)}`),
        '',
      ].join('\n'),
    )
    .join('\n')

export function describeAugmented(made: Written | Printed): string {
  if ('texts' in made) return describeTexts(made.texts)
  const { folder, examples } = made
  const draws = examples[0]?.draws.length ?? 0
  const lines = examples.map(({ label, original, draws: drawn }) => {
    const mixed = drawn.flatMap(({ parts }) =>
      parts === null
        ? []
        : [parts.map((part) => `${oneLine(part.label)} ${formatPercent(part.share, 0)}`).join(' + ')],
    )
    return `  ${original}${label === null ? '' : `  ${oneLine(label)}`}${mixed.length > 0 ? `  drawn: ${mixed.join(', ')}` : ''}`
  })
  return `Wrote ${plural(examples.length, 'training example')} to ${folder}, each as it is and in ${plural(draws, 'draw')}:\n${lines.join('\n')}\n`
}
