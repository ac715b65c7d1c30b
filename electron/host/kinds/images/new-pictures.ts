/** New pictures for a trained model: one, a folder or an archive of them, or an IDX file. */
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { DescentError, picturesFound, plural, type PictureReading } from '../../../contract/index.ts'
import type { ImageColumn } from '../../datasets/frame.ts'
import { listed } from '../../explore/findings.ts'
import { allocateBytes, readNamed } from '../../inputs/read-file.ts'
import { decodeAll, fileSource, Tally } from '../../pictures/collect.ts'
import { planar, type PictureTarget } from '../../pictures/decode.ts'
import { findPictures, type FoundFile } from '../../pictures/find.ts'
import { hasPictureName } from '../../pictures/formats.ts'
import type { ReadContext } from '../kind.ts'
import { packedKind, withFolder } from '../unpack.ts'
import { decodeImages } from './idx-folder.ts'

export interface KnownShape {
  readonly channels: number
  readonly height: number
  readonly width: number
}

export interface NewPictures {
  readonly images: ImageColumn
  /** Of each row. */
  readonly names: readonly (string | number)[]
  readonly notes: readonly string[]
}

const bad = (message: string): DescentError => new DescentError('badData', message, 'dataPath')

/** As the model's own were, whatever their number. */
export async function decodeLike(
  found: readonly FoundFile[],
  column: string,
  known: KnownShape,
  reading: PictureReading,
  { limits, progress }: ReadContext,
): Promise<NewPictures> {
  const { channels, height, width } = known
  const size = channels * height * width
  const target: PictureTarget = { width, height, fit: reading.fit, background: reading.background }
  const pixels = allocateBytes(found.length * size, 'All images together')
  const names: string[] = []
  const tally = new Tally()
  await decodeAll(
    found.map(({ path, file }) => fileSource(path, file, limits)),
    target,
    limits,
    (picture, { name }) => {
      planar(picture.pixels, channels === 1 ? 1 : 3, pixels, names.length * size)
      names.push(name)
    },
    tally,
    progress,
  )
  const left = tally.rejected.map(({ reason }) => reason)
  if (names.length === 0)
    throw bad(
      found.length === 1 ? left[0]! : `None of ${plural(found.length, 'picture')} can be decoded. ${left[0]}`,
    )
  return {
    images: {
      kind: 'image',
      name: column,
      channels,
      height,
      width,
      pixels: pixels.subarray(0, names.length * size),
    },
    names,
    notes: [
      ...tally.notes(target),
      ...(tally.rejectedCount === 0
        ? []
        : [
            `${plural(tally.rejectedCount, 'picture')} of ${found.length} ${tally.rejectedCount === 1 ? 'is' : 'are'} not predicted: ${listed(left, 10)}`,
          ]),
    ],
  }
}

async function readIdx(
  path: string,
  column: string,
  known: KnownShape,
  { limits }: ReadContext,
): Promise<NewPictures> {
  const name = basename(path)
  const bytes = await readNamed(
    { path, what: 'a picture, a folder of pictures or an IDX file', field: 'dataPath' },
    limits,
  )
  const { shape, data } = await decodeImages(bytes, name, limits)
  const [rows, channels, height, width] = shape
  if (known.channels !== channels || known.height !== height || known.width !== width)
    throw bad(
      `The model was trained on images of ${known.height} × ${known.width} pixels${known.channels === channels ? '' : ` in ${plural(known.channels, 'channel')}`}, but those of ${name} are ${height} × ${width}${known.channels === channels ? '' : ` in ${channels}`}.`,
    )
  return {
    images: { kind: 'image', name: column, channels, height, width, pixels: data },
    names: Array.from({ length: rows }, (_, row) => row + 1),
    notes: [],
  }
}

export async function readNewPictures(
  path: string,
  column: string,
  known: KnownShape,
  asked: PictureReading | undefined,
  scratch: string,
  context: ReadContext,
): Promise<NewPictures> {
  const reading = asked ?? picturesFound
  const at = await stat(path).catch(() => null)
  if (at?.isFile() && hasPictureName(path))
    return await decodeLike([{ path, file: basename(path) }], column, known, reading, context)
  if (at?.isDirectory() || (at?.isFile() && (await packedKind(path, context.limits)) === 'images'))
    return await withFolder(path, 'images', scratch, context, async (folder) => {
      const { pictures } = await findPictures(folder, context.limits)
      if (pictures.length === 0) throw bad(`${path} holds no pictures.`)
      return await decodeLike(pictures, column, known, reading, context)
    })
  return await readIdx(path, column, known, context)
}
