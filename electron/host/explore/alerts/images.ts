/** Alerts about images: which of them can hardly be seen, came otherwise than the others, or look the same. */
import { formatCount, formatPercent, plural, type alerts, type RowFilter } from '../../../contract/index.ts'
import { median } from '../../pictures/size.ts'
import type { Rules } from '../findings.ts'
import type { ImageLooks } from '../image-looks.ts'
import type { Evidence } from './evidence.ts'

type Name = 'darkImages' | 'lightImages' | 'blurryImages' | 'oddImages' | 'alikeImages' | 'alikeAcross'
type RulesOf<On> = Pick<Rules<typeof alerts, On>, Name>

/** As many as anybody looks at. */
const mostRows = 1000
const rowsAt = ({ rows }: ImageLooks, places: readonly number[]): RowFilter => ({
  is: 'rows',
  rows: places.slice(0, mostRows).map((place) => rows[place]!),
})

const placesOf = ({ rows }: ImageLooks, applies: (place: number) => boolean): number[] =>
  [...rows.keys()].filter(applies)

/** Of very many images not all are looked at, and what is found of these is not told as of all. */
const ofThose = ({ rows, of }: ImageLooks): string =>
  rows.length < of
    ? ` This is of the ${formatCount(rows.length)} that were looked at, of ${formatCount(of)}.`
    : ''

/** One finding of the images in these places. */
const about = (images: ImageLooks, places: readonly number[], say: (count: string) => string) =>
  places.length === 0
    ? []
    : [
        {
          columns: [],
          message: say(plural(places.length, 'image')) + ofThose(images),
          evidence: { images: places.length, share: places.length / images.rows.length },
          rows: rowsAt(images, places),
        },
      ]

const verb = (places: readonly number[], one: string, many: string): string =>
  places.length === 1 ? one : many

const ofColumn: RulesOf<ImageLooks> = {
  darkImages: (images, { brightness }) => {
    const places = placesOf(images, (at) => images.bright[at]! < brightness)
    return about(
      images,
      places,
      (count) =>
        `${count} ${verb(places, 'is', 'are')} dark: even the brightest parts are below ${formatPercent(brightness, 0)} of white.`,
    )
  },

  lightImages: (images, { brightness }) => {
    const places = placesOf(images, (at) => images.dark[at]! > brightness)
    return about(
      images,
      places,
      (count) =>
        `${count} ${verb(places, 'is', 'are')} light: even the darkest parts are above ${formatPercent(brightness, 0)} of white.`,
    )
  },

  blurryImages: (images, { sharpness }) => {
    const usual = median(images.sharpness)
    const places = placesOf(images, (at) => images.sharpness[at]! < sharpness * usual)
    return about(
      images,
      places,
      (count) =>
        `${count} ${verb(places, 'has', 'have')} hardly any edges, and ${verb(places, 'is', 'are')} blurry or plain: less than ${formatPercent(sharpness, 0)} of what is usual here.`,
    )
  },

  oddImages: (images, { ratio, size }) => {
    const { sizes } = images
    if (sizes === undefined) return []
    const usual = median(sizes.map(({ width, height }) => Math.sqrt(width * height)))
    const places = placesOf(images, (at) => {
      const { width, height } = sizes[at]!
      const side = Math.sqrt(width * height)
      return Math.max(width / height, height / width) > ratio || side > size * usual || size * side < usual
    })
    return about(
      images,
      places,
      (count) =>
        `${count} came in an odd size or shape: more than ${ratio} times as long as wide, or ${size} times larger or smaller than usual.`,
    )
  },

  alikeImages: (images, { share }) => {
    const groups = Map.groupBy(images.rows.keys(), (at) => images.alike[at]!)
    const alike = [...groups.values()].filter(({ length }) => length > 1)
    const places = alike.flat()
    if (places.length === 0 || places.length < share * images.rows.length) return []
    return [
      {
        columns: [],
        message: `${plural(places.length, 'image looks', 'images look')} the same as another one, in ${plural(alike.length, 'group')}. On both sides of a split they flatter the result.${ofThose(images)}`,
        evidence: {
          images: places.length,
          share: places.length / images.rows.length,
          groups: alike.length,
        },
        rows: rowsAt(images, places),
      },
    ]
  },

  alikeAcross: (images) => {
    const tested = placesOf(images, (at) => images.tested[at]!)
    if (tested.length === 0) return []
    const trained = new Map<number, number>()
    for (const at of placesOf(images, (one) => !images.tested[one])) trained.set(images.alike[at]!, at)
    const places = tested.filter((at) => trained.has(images.alike[at]!))
    if (places.length === 0) return []
    return [
      {
        columns: [],
        message: `${plural(places.length, 'test image looks', 'test images look')} the same as a training image: ${places.length === 1 ? 'it is' : 'they are'} remembered, not recognized.${ofThose(images)}`,
        evidence: { images: places.length, share: places.length / tested.length },
        // Each beside the one that it looks like.
        rows: rowsAt(
          images,
          places.flatMap((at) => [trained.get(images.alike[at]!)!, at]),
        ),
      },
    ]
  },
}

/** A table has several columns of pictures, of which each is told by its name. */
const ofEach = Object.fromEntries(
  Object.entries(ofColumn).map(([name, rule]) => [
    name,
    ({ images = [] }: Evidence, thresholds: never) =>
      images.flatMap((one) =>
        rule(one, thresholds).map((found) =>
          one.column === undefined
            ? found
            : { ...found, columns: [one.column], message: `“${one.column}”: ${found.message}` },
        ),
      ),
  ]),
)
export const imageAlerts = ofEach as unknown as RulesOf<Evidence>
