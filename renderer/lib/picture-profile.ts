/** From what was measured of pictures to what is shown of it. */
import type { PictureProfile, Scatter } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import { formatFixed, formatNumber, formatPercent } from './format.ts'

const words = strings.explore.images

interface Measure {
  readonly label: string
  readonly of: (profile: PictureProfile) => readonly number[] | null
  readonly text: (value: number) => string
}

const sides = ({ width, height }: PictureProfile, made: (w: number, h: number) => number): number[] | null =>
  width && height && width.map((w, i) => made(w, height[i]!))

/** What pictures can be sorted by. */
export const pictureMeasures = {
  oddness: { label: words.oddness, of: (p) => p.oddness, text: (value) => `${formatFixed(value, 1)} ×` },
  brightness: { label: words.brightness, of: (p) => p.brightness, text: (value) => formatPercent(value) },
  contrast: { label: words.contrast, of: (p) => p.contrast, text: (value) => formatPercent(value) },
  sharpness: { label: words.sharpness, of: (p) => p.sharpness, text: (value) => formatNumber(value, 3) },
  size: {
    label: words.size,
    of: (p) => sides(p, (w, h) => w * h),
    text: (value) => words.pixels(formatNumber(value, 3)),
  },
  aspect: {
    label: words.aspect,
    of: (p) => sides(p, (w, h) => w / h),
    text: (value) => formatFixed(value, 2),
  },
} as const satisfies Record<string, Measure>
export type PictureMeasure = keyof typeof pictureMeasures

/** Those that say anything: pictures without files of their own have no sizes, and what all have in common sorts nothing. */
export const measuresOf = (profile: PictureProfile): PictureMeasure[] =>
  (Object.keys(pictureMeasures) as PictureMeasure[]).filter(
    (name) => new Set(pictureMeasures[name].of(profile) ?? []).size > 1,
  )

export interface SortedPicture {
  readonly name: string
  readonly label: string
  readonly value: number
  /** Its name is that of a test file's row. */
  readonly tested: boolean
}

/** Of one class or of all, the highest or the lowest first. */
export function sortedPictures(
  profile: PictureProfile,
  measure: PictureMeasure,
  order: 'highest' | 'lowest',
  label: string | null,
): SortedPicture[] {
  const values = pictureMeasures[measure].of(profile) ?? []
  return profile.names
    .map((name, i) => ({
      name,
      label: profile.classes[profile.labels[i]!]!,
      value: values[i] ?? 0,
      tested: profile.tested?.[i] ?? false,
    }))
    .filter((one) => label === null || one.label === label)
    .sort((a, b) => (order === 'highest' ? b.value - a.value : a.value - b.value))
}

/** The map as points of two columns, by class; a point's row is its place in the lists. */
export function pictureMap({ map, labels, classes, names, of }: PictureProfile): Scatter | null {
  if (map === null) return null
  const axis = (name: string, at: number, values: number[]): Scatter['x'] => ({
    name: `${name} (${formatPercent(map.explained[at] ?? 0)})`,
    kind: 'number',
    values,
    labels: [],
  })
  return {
    x: axis(strings.explore.map.x, 0, map.x),
    y: axis(strings.explore.map.y, 1, map.y),
    color:
      classes.length > 1 ? { name: words.class, kind: 'category', values: labels, labels: classes } : null,
    rows: names.map((_, place) => place),
    of,
  }
}
