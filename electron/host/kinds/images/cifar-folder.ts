/** The binary version of CIFAR-10 and CIFAR-100, where each file holds many pictures, each behind its label (Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html). */
import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DescentError, formatCount, plural, type Receipt, type SourceFile } from '../../../contract/index.ts'
import { limitError } from '../../inputs/limit-error.ts'
import { readRegularFile } from '../../inputs/regular-file.ts'
import { pixelHeader } from '../../pictures/pixel-file.ts'
import { cifarForms, type CifarForm } from '../file-names.ts'
import type { DataFolder, ReadContext } from '../kind.ts'
import { keepFile, type PictureIndex } from './kept.ts'

const bad = (message: string): DescentError => new DescentError('badData', message, 'path')

const shape = { channels: 3, height: 32, width: 32 } as const
const pixelBytes = shape.channels * shape.height * shape.width
const byNumber = new Intl.Collator('en', { numeric: true })

/** null: there are none to learn from. */
async function formIn(folder: string): Promise<{ form: CifarForm; names: string[] } | null> {
  const names = (await readdir(folder)).sort(byNumber.compare)
  const form = cifarForms.find(
    ({ train, needs }) => names.some((name) => train.test(name)) && (!needs || names.includes(needs)),
  )
  return form === undefined ? null : { form, names }
}

export const isCifar = async (folder: string): Promise<boolean> => (await formIn(folder)) !== null

/** Of the labels, in their order; null: they are told by their numbers. */
async function classesIn(folder: string, { classes }: CifarForm): Promise<string[] | null> {
  const at = await stat(join(folder, classes)).catch(() => null)
  if (!at?.isFile() || at.size > 1 << 16) return null
  const lines = (await readFile(join(folder, classes), 'utf8')).split(/\r?\n/).map((line) => line.trim())
  const named = lines.filter((line) => line !== '')
  return named.length > 1 ? named : null
}

/** The part's pixels as one file of IDX's layout, and what each picture is. */
async function partOf(
  folder: string,
  { names, form, classes }: { names: readonly string[]; form: CifarForm; classes: readonly string[] | null },
  part: SourceFile['part'],
  place: DataFolder,
  { limits }: ReadContext,
): Promise<{ files: SourceFile[]; bytes: number }> {
  const record = form.labels + pixelBytes
  const index: { files: string[]; labels: string[] } = { files: [], labels: [] }
  const at = join(place.folder, `${randomUUID()}.partial`)
  const said = join(place.folder, `${randomUUID()}.partial`)
  const pixels = await open(at, 'wx', 0o600)
  let bytes = 0
  try {
    await pixels.write(pixelHeader(0, shape.channels, shape))
    for (const name of names) {
      const read = await readRegularFile(join(folder, name), {
        most: limits.fileSize,
        what: 'a file of pictures',
      })
      bytes += read.length
      if (bytes > limits.expandedSize)
        throw limitError('expandedSize', limits, `${basename(folder)} holds`, bytes)
      if (read.length === 0 || read.length % record !== 0)
        throw bad(
          `${name} has ${formatCount(read.length)} bytes, which are no whole number of pictures: in ${form.name} each takes ${formatCount(record)}. It is cut off or something else: get it again.`,
        )
      const count = read.length / record
      const planes = new Uint8Array(count * pixelBytes)
      for (let i = 0; i < count; i++) {
        const label = read[i * record + form.labels - 1]!
        if (label >= (classes?.length ?? form.most))
          throw bad(
            `Picture ${i + 1} of ${name} has the label ${label}, but there are only ${classes?.length ?? form.most} classes${classes ? ` in ${form.classes}` : ''}. The file is damaged: get it again.`,
          )
        index.labels.push(classes?.[label] ?? String(label))
        index.files.push(`${name} #${i + 1}`)
        planes.set(read.subarray(i * record + form.labels, (i + 1) * record), i * pixelBytes)
      }
      await pixels.appendFile(planes)
    }
    await pixels.write(pixelHeader(index.labels.length, shape.channels, shape), 0, undefined, 0)
    await pixels.close()
    await writeFile(said, JSON.stringify(index satisfies PictureIndex), { mode: 0o600 })
    return {
      bytes,
      files: [
        { name: `${part} pixels`, role: 'images', part, ...(await keepFile(at, place.folder)) },
        { name: `${part} index`, role: 'index', part, ...(await keepFile(said, place.folder)) },
      ],
    }
  } finally {
    await pixels.close().catch(() => undefined)
    for (const one of [at, said]) await rm(one, { force: true })
  }
}

export async function importCifar(
  folder: string,
  shown: string,
  place: DataFolder,
  context: ReadContext,
): Promise<Pick<Receipt, 'files' | 'bytes' | 'layout' | 'notes' | 'rejected' | 'rowsRejected'>> {
  const found = await formIn(folder)
  if (found === null) throw bad(`${shown} has no pictures of CIFAR to learn from.`)
  const { form, names } = found
  const classes = await classesIn(folder, form)
  await mkdir(join(place.folder, 'originals'), { recursive: true })
  const files: SourceFile[] = []
  let bytes = 0
  for (const part of ['train', 'test'] as const) {
    const of = names.filter((name) => form[part].test(name))
    if (of.length === 0) continue
    const read = await partOf(folder, { names: of, form, classes }, part, place, context)
    files.push(...read.files)
    bytes += read.bytes
    context.progress(part === 'train' ? 0.7 : 0.9)
  }
  const batches = names.filter((name) => form.train.test(name))
  const notes = [
    `Read as ${form.name}: ${plural(batches.length, 'file')} to learn from${files.length > 2 ? ', and one to test' : ''}.`,
    ...(classes === null
      ? [`The classes are told by their numbers, for there is no ${form.classes}, which has their names.`]
      : []),
  ]
  return { files, bytes, layout: [], notes, rejected: [], rowsRejected: 0 }
}
