/** How files of pictures become pixels of one size: a network takes nothing else. Remembered with the model, and done again to new pictures. */
import { isObject } from './define.ts'
import { choice, startsOf, text, type ValuesOf } from './options.ts'

const auto = 'auto'

/** Smaller ones leave a network nothing to pool, larger ones take hours without a graphics card. */
export const pictureSizes = { least: 8, most: 512 } as const

export const pictureOptions = {
  size: text({
    label: 'Size',
    help: 'The side in pixels of the squares that all pictures are brought to. Found out: pictures that are all of one size up to 64 stay as they are, others have the median of their shorter sides, at most 64.',
    advice: 'Twice the size takes four times as long and shows more; 32 to 128 suit networks from scratch.',
    start: auto,
    longest: 4,
    pattern: /^(auto|[89]|[1-9]\d|[1-4]\d\d|50\d|51[0-2])$/,
    bounds: `auto, or a whole number from ${pictureSizes.least} to ${pictureSizes.most}`,
  }),
  fit: choice(
    [
      {
        value: 'crop',
        label: 'Crop',
        help: 'The shorter side fits, and the middle of the longer one is kept.',
      },
      { value: 'pad', label: 'Pad', help: 'The longer side fits, and the background fills the rest.' },
      { value: 'stretch', label: 'Stretch', help: 'Both sides fit, whatever becomes of the shape.' },
    ],
    {
      label: 'Other shapes',
      help: 'What happens to pictures that have another shape than the one they are brought to.',
      start: 'crop',
    },
  ),
  color: choice(
    [
      { value: auto, label: 'Find out', help: 'Gray where every picture is gray, else color.' },
      { value: 'color', label: 'Color', help: 'Three channels: red, green and blue.' },
      { value: 'gray', label: 'Gray', help: 'One channel: 0.299 red + 0.587 green + 0.114 blue.' },
    ],
    { label: 'Color', help: 'How many channels a picture has.', start: auto },
  ),
  background: choice(
    [
      { value: 'white', label: 'White' },
      { value: 'black', label: 'Black' },
      { value: 'gray', label: 'Gray' },
    ],
    {
      label: 'Background',
      help: 'What stands behind transparent pictures, and beside those that are padded.',
      start: 'white',
    },
  ),
} as const

export type PictureReading = ValuesOf<typeof pictureOptions>
export type PictureOption = keyof PictureReading
export const pictureOptionNames = Object.keys(pictureOptions) as PictureOption[]
/** Everything is found out. */
export const picturesFound: Readonly<PictureReading> = startsOf(pictureOptions)

/** What is typed as a number is one: 32 is “32”. */
export const readPictures = (pictures: unknown): unknown =>
  isObject(pictures) && typeof pictures['size'] === 'number'
    ? { ...pictures, size: String(pictures['size']) }
    : pictures
