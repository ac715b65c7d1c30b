/** What an augmentation says of itself beside its name, words and options. */
import { define, type Definition } from './define.ts'
import type { Options, OptionValues, ValuesOf } from './options.ts'

/** What an augmentation does to a picture, or a text, that could change what it is of. */
export type Risk =
  'mirrored' | 'turned' | 'upsideDown' | 'recolored' | 'reordered' | 'wordsLost' | 'misspelled'

export interface Suits<Values = OptionValues> {
  /** It changes the words of texts; absent: it changes pictures. */
  readonly of?: 'texts'
  /** It changes colors, and does nothing to gray pictures. */
  readonly color?: true
  /** Labels that hang on these may not be right any more, with these options. A probability of 0 has none. */
  risks?(options: Values): readonly Risk[]
}
type Augmenting<Name extends string, O extends Options> = Definition<Name, O> & Suits<ValuesOf<O>>
export const augmentation = <const Name extends string, const O extends Options>(
  definition: Augmenting<Name, O>,
): Augmenting<Name, O> => ({ ...define<Name, O>(definition) }) as Augmenting<Name, O>
