/** From a folder or an archive of pictures to pixels of one size and an index of what each is. */
import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import {
  DescentError,
  formatCount,
  pictureOptions,
  picturesFound,
  plural,
  type PictureReading,
  type Receipt,
  type SourceFile,
} from '../../../contract/index.ts'
import { listed } from '../../explore/findings.ts'
import { decodeAll, fileSource, sizeFor, Tally, type PictureSource } from '../../pictures/collect.ts'
import type { PictureTarget } from '../../pictures/decode.ts'
import {
  byFolder,
  findPictures,
  parts,
  type Found,
  type FoundFile,
  type LabelledPicture,
  type PartName,
} from '../../pictures/find.ts'
import { PixelFile } from '../../pictures/pixel-file.ts'
import { unpackPictures } from '../../pictures/unpack.ts'
import { hashOfFile } from '../../store/hash.ts'
import { shareOf, type DataFolder, type ReadContext } from '../kind.ts'
import { readLabels, type Labelled } from './labels-table.ts'
import type { PictureIndex } from './kept.ts'

const bad = (message: string): DescentError => new DescentError('badData', message, 'path')

export interface ImportedPictures {
  readonly files: SourceFile[]
  readonly layout: Receipt['layout']
  readonly notes: string[]
  readonly rejected: Receipt['rejected']
  readonly rowsRejected: number
  readonly bytes: number
}

/** What is known of the pictures before any is opened. */
interface Plan {
  readonly pictures: readonly LabelledPicture[]
  readonly left: readonly { readonly text: string; readonly reason: string }[]
  readonly notes: readonly string[]
}

const leftOut = (files: readonly FoundFile[], reason: string) =>
  files.map(({ file }) => ({ text: file, reason: `${file} ${reason}` }))

/** Beside the folder, where the folder holds nothing but pictures. */
async function tablesBeside(folder: string): Promise<FoundFile[]> {
  const { readdir } = await import('node:fs/promises')
  const names = await readdir(dirname(folder)).catch(() => [])
  return names
    .filter((name) => /\.(csv|tsv|tab)$/i.test(name))
    .slice(0, 20)
    .map((name) => ({ path: join(dirname(folder), name), file: name }))
}

function planFromLabels({ pictures, unnamed, lost, notes }: Labelled): Plan {
  return {
    pictures,
    left: [...lost, ...leftOut(unnamed, 'is not named in the table of labels.')],
    notes,
  }
}

/** Where it says train, validation and test, that is the split; where one lacks, the others stand for it. */
function planFromFolders(found: Found, path: string): Plan {
  const { pictures, unlabelled, partFolders } = byFolder(found.pictures)
  const count = (part: PartName): number => pictures.filter((one) => one.part === part).length
  const notes: string[] = []
  let placed: readonly LabelledPicture[] = pictures
  if (partFolders.length > 0) {
    if (count('train') === 0)
      throw bad(
        `${path} has the folders ${listed(partFolders)}, and no pictures in class folders to learn from. Put them into train/CLASS/.`,
      )
    notes.push(`The folders ${listed(partFolders)} say what the pictures are for.`)
    if (count('test') === 0 && count('validation') > 0) {
      placed = pictures.map((one) => (one.part === 'validation' ? { ...one, part: 'test' } : one))
      notes.push(
        `There are no labelled test pictures: ${formatCount(count('validation'))} for validation are the test, and some of those to learn from validate.`,
      )
    }
  }
  return {
    pictures: placed,
    left: leftOut(
      unlabelled,
      partFolders.length > 0
        ? 'lies in no class folder, so nothing says what it is. A trained model can predict it.'
        : 'lies in no class folder, so nothing says what it is.',
    ),
    notes,
  }
}

async function planOf(found: Found, path: string, place: DataFolder, context: ReadContext): Promise<Plan> {
  if (found.pictures.length === 0) throw bad(`${path} holds no pictures.`)
  const classes = new Set(byFolder(found.pictures).pictures.map(({ label }) => label))
  const beside = found.tables.length === 0 && classes.size < 2 ? await tablesBeside(path) : []
  for (const table of [...found.tables, ...beside]) {
    const labelled = await readLabels(table, found.pictures, place.folder, context)
    if (labelled !== null) return planFromLabels(labelled)
  }
  const plan = planFromFolders(found, path)
  if (plan.pictures.length === 0)
    throw bad(
      `${path} holds ${plural(found.pictures.length, 'picture')}, and nothing says what is on them. Put the pictures of each class into a folder of its name, such as cat/1.jpg and dog/2.jpg, or add a table of two columns, the file’s name and its label.`,
    )
  return plan
}

const chosen = (asked: Partial<PictureReading> | undefined): PictureReading => ({
  ...picturesFound,
  ...asked,
})

/** What was found out of the size and the color, and what a person said. */
function layoutOf(
  reading: PictureReading,
  size: { width: number; height: number; evidence: string | null },
  gray: { value: string; evidence: string | null },
): Receipt['layout'] {
  const given = (name: keyof PictureReading): boolean => reading[name] !== picturesFound[name]
  return [
    {
      option: 'size',
      value: `${size.width} × ${size.height}`,
      evidence: size.evidence,
      given: given('size'),
    },
    { option: 'color', value: gray.value, evidence: gray.evidence, given: given('color') },
    ...(['fit', 'background'] as const).map((option) => ({
      option,
      value: pictureOptions[option].choices.find(({ value }) => value === reading[option])!.label,
      evidence: null,
      given: given(option),
    })),
  ]
}

async function keep(from: string, folder: string): Promise<{ bytes: number; sha256: string }> {
  const sha256 = hashOfFile(from)
  const { size } = await stat(from)
  await rename(from, join(folder, 'originals', sha256))
  return { bytes: size, sha256 }
}

interface Open {
  readonly pixels: PixelFile
  readonly path: string
  readonly index: { files: string[]; labels: string[]; sizes: [number, number][] }
}

/** The receipt lists them; the terminal, which shows no lists, says the first of them. */
const leftNote = (count: number, rejected: Receipt['rejected']): string[] =>
  count === 0
    ? []
    : [
        `${plural(count, 'file')} ${count === 1 ? 'was' : 'were'} left out: ${listed(rejected.map(({ reason }) => reason.replace(/\.$/, '')))}.`,
      ]

async function importFrom(
  folder: string,
  path: string,
  asked: Partial<PictureReading> | undefined,
  place: DataFolder,
  context: ReadContext,
): Promise<ImportedPictures> {
  const { limits } = context
  const found = await findPictures(folder, limits)
  const { pictures, left, notes } = await planOf(found, folder, place, context)
  const reading = chosen(asked)
  const sources = parts.flatMap((part) =>
    pictures
      .filter((one) => one.part === part)
      .map((one): PictureSource & LabelledPicture => ({ ...one, ...fileSource(one.path, one.file, limits) })),
  )
  const size = await sizeFor(sources, reading.size, limits)
  context.progress(0.1)
  if (size === null) throw bad(`None of the ${plural(sources.length, 'picture')} of ${path} can be decoded.`)
  const target: PictureTarget = { ...size, fit: reading.fit, background: reading.background }
  const tally = new Tally()
  const open = new Map<PartName, Open>()
  await mkdir(join(place.folder, 'originals'), { recursive: true })
  try {
    for (const part of parts)
      if (sources.some((one) => one.part === part)) {
        const at = join(place.folder, `${randomUUID()}.partial`)
        const pixels = await PixelFile.create(at, target)
        open.set(part, { pixels, path: at, index: { files: [], labels: [], sizes: [] } })
      }
    await decodeAll(
      sources,
      target,
      limits,
      async ({ pixels, gray, facts }, { part, file, label }) => {
        const into = open.get(part)!
        await into.pixels.add(pixels, gray)
        into.index.files.push(file)
        into.index.labels.push(label)
        into.index.sizes.push([facts.width, facts.height])
      },
      tally,
      shareOf(context, 0.1, 0.85).progress,
    )
    if (tally.kept === 0)
      throw bad(
        `None of the ${plural(sources.length, 'picture')} of ${path} can be decoded. ${tally.rejected[0]?.reason ?? ''}`.trim(),
      )
    const allGray = [...open.values()].every(({ pixels }) => pixels.gray)
    const channels = reading.color === 'gray' || (reading.color === 'auto' && allGray) ? 1 : 3
    const files: SourceFile[] = []
    for (const [part, { pixels, path: at, index }] of open) {
      if (pixels.count === 0) continue
      await pixels.finish(channels)
      const said = join(place.folder, `${randomUUID()}.partial`)
      await writeFile(said, JSON.stringify(index satisfies PictureIndex), { mode: 0o600 })
      files.push(
        { name: `${part} pixels`, role: 'images', part, ...(await keep(at, place.folder)) },
        { name: `${part} index`, role: 'index', part, ...(await keep(said, place.folder)) },
      )
    }
    const others =
      found.others === 0
        ? []
        : [
            `${plural(found.others, 'file')} of other kinds ${found.others === 1 ? 'was' : 'were'} left alone.`,
          ]
    const strays = found.strays.map((file) => ({
      text: file,
      reason: `${file} is a link that leads out of the folder, and was not followed.`,
    }))
    const rejected = [...tally.rejected, ...[...left, ...strays].map((one) => ({ line: 0, ...one }))]
    const rowsRejected = tally.rejectedCount + left.length + strays.length
    return {
      files,
      layout: layoutOf(reading, size, {
        value: channels === 1 ? 'Gray' : 'Color',
        evidence:
          reading.color !== 'auto'
            ? null
            : allGray
              ? 'No picture has any color.'
              : 'Some pictures have color.',
      }),
      notes: [...notes, ...tally.notes(target), ...leftNote(rowsRejected, rejected), ...others],
      rejected: rejected.slice(0, 100),
      rowsRejected,
      bytes: tally.bytes,
    }
  } finally {
    for (const { pixels, path: at } of open.values()) {
      await pixels.close().catch(() => undefined)
      await rm(at, { force: true })
    }
  }
}

/** An archive is unpacked beside the data, and gone when it was read. */
export async function withPictureFolder<T>(
  path: string,
  scratch: string,
  context: ReadContext,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  if ((await stat(path)).isDirectory()) return await use(path)
  const folder = join(scratch, `unpacked-${randomUUID()}`)
  try {
    await mkdir(folder, { recursive: true })
    await unpackPictures(path, folder, context.limits)
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export const importPictures = (
  path: string,
  asked: Partial<PictureReading> | undefined,
  place: DataFolder,
  context: ReadContext,
): Promise<ImportedPictures> =>
  withPictureFolder(path, place.folder, context, (folder) =>
    importFrom(folder, basename(path), asked, place, context),
  )
