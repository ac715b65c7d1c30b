/** How layers and parameters are told of, in alarms and in what is tried before a training. */
import { plural } from '../../contract/index.ts'

/** What was measured of a layer, or parameter. */
export interface InLayer {
  readonly layer: string
  readonly value: number
}

export const most = <One extends InLayer>(found: readonly One[]): One =>
  found.reduce((worst, one) => (one.value > worst.value ? one : worst))
export const least = <One extends InLayer>(found: readonly One[]): One =>
  found.reduce((worst, one) => (one.value < worst.value ? one : worst))

/** “2”, or “2” and 3 more layers. */
export const named = (found: readonly InLayer[], { layer }: InLayer): string =>
  found.length === 1 ? `“${layer}”` : `“${layer}” and ${plural(found.length - 1, 'more layer')}`

/** The first three, and how many there are more. */
export const listed = (names: readonly string[]): string =>
  names
    .slice(0, 3)
    .map((name) => `“${name}”`)
    .join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '')
