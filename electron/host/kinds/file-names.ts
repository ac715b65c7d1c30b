/** What files are, as far as their names tell. */

/** A text of its own, of which a folder holds one class. */
export const isTextName = (name: string): boolean => /\.(txt|text|md)$/i.test(name) || /^[^.]+$/.test(name)

export const looksLikeIdx = (name: string): boolean => /idx\d?[-_.]ubyte|\.idx(\d)?(\.gz)?$/i.test(name)

/** How the binary versions of CIFAR-10 and CIFAR-100 are laid out. */
export interface CifarForm {
  readonly name: string
  readonly train: RegExp
  readonly test: RegExp
  /** Bytes before the pixels, of which the last is the label. */
  readonly labels: number
  /** Classes that there may be. */
  readonly most: number
  /** The file of their names. */
  readonly classes: string
  /** Without it the other names are anybody’s. */
  readonly needs: string | null
}
export const cifarForms: readonly CifarForm[] = [
  {
    name: 'CIFAR-10',
    train: /^data_batch_\d+\.bin$/i,
    test: /^test_batch\.bin$/i,
    labels: 1,
    most: 10,
    classes: 'batches.meta.txt',
    needs: null,
  },
  {
    name: 'CIFAR-100',
    train: /^train\.bin$/i,
    test: /^test\.bin$/i,
    // That of the twenty coarser classes comes first.
    labels: 2,
    most: 100,
    classes: 'fine_label_names.txt',
    needs: 'fine_label_names.txt',
  },
]

/** Of the names in one folder. */
export const isCifarName = (name: string): boolean =>
  cifarForms.some(({ train, test, classes }) => train.test(name) || test.test(name) || name === classes)
/** Of the version for Python, whose files are programs that make the data. */
export const isPickledCifar = (name: string): boolean => /^data_batch_\d+$/i.test(name)

/** A picture that has no file of its own is called by the file and its number there. */
export const isPlaceInFile = (name: string): boolean => /\.bin #\d+$/.test(name)
