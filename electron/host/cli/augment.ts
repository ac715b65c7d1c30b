/** `descent augment`: training examples as the network will see them, as files. */
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DescentError, formatPercent, plural, type Augmented } from '../../contract/index.ts'
import { withScratch } from '../scratch.ts'
import { augmentedExample } from '../model/preview.ts'
import { useDevice } from '../training/predict.ts'
import type { AugmentCommand } from './args.ts'
import { emptyFolder, writingTo } from './empty-folder.ts'
import { openData, prepareOpened } from './open-data.ts'

interface Written {
  readonly folder: string
  readonly examples: readonly (Pick<Augmented, 'example' | 'label'> & {
    readonly original: string
    readonly draws: readonly { readonly file: string; readonly parts: Augmented['draws'][number]['parts'] }[]
  })[]
}

const bytesOf = (address: string): Buffer => Buffer.from(address.slice(address.indexOf(',') + 1), 'base64')

export const augment = (command: AugmentCommand): Promise<Written> =>
  withScratch(tmpdir(), async (scratch) => {
    const data = await openData(command, scratch)
    if (data.recipe.augment.length === 0)
      throw new DescentError(
        'badRequest',
        'The recipe augments nothing. Say what is wanted, e.g. --set augment=flip,rotate; “descent help augmentations” names what there is.',
        'augment',
      )
    const prepared = await prepareOpened(data)
    await emptyFolder(command.out)
    await useDevice('wasm')
    const all = prepared.split.train.length
    const count = Math.min(command.examples, all)
    const examples: Written['examples'][number][] = []
    for (let i = 0; i < count; i++) {
      const seen = await augmentedExample(prepared, data.recipe.augment, {
        example: Math.floor((i * all) / count),
        draws: command.draws,
        seed: (command.seed ?? data.recipe.seed) + i,
      })
      const save = async (name: string, address: string): Promise<string> => {
        await writingTo(command.out, () => writeFile(join(command.out, name), bytesOf(address)))
        return name
      }
      const name = `example-${seen.example + 1}`
      examples.push({
        example: seen.example,
        label: seen.label,
        original: await save(`${name}.png`, seen.original),
        draws: await Promise.all(
          seen.draws.map(async ({ shown, parts }, at) => ({
            file: await save(`${name}-draw-${at + 1}.png`, shown),
            parts,
          })),
        ),
      })
    }
    return { folder: command.out, examples }
  })

export function describeAugmented({ folder, examples }: Written): string {
  const draws = examples[0]?.draws.length ?? 0
  const lines = examples.map(({ label, original, draws: drawn }) => {
    const mixed = drawn.flatMap(({ parts }) =>
      parts === null
        ? []
        : [parts.map((part) => `${part.label} ${formatPercent(part.share, 0)}`).join(' + ')],
    )
    return `  ${original}${label === null ? '' : `  ${label}`}${mixed.length > 0 ? `  drawn: ${mixed.join(', ')}` : ''}`
  })
  return `Wrote ${plural(examples.length, 'training example')} to ${folder}, each as it is and in ${plural(draws, 'draw')}:\n${lines.join('\n')}\n`
}
