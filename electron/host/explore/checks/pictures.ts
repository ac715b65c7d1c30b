/** Checks of what augmentations do to labels. */
import {
  augmentations,
  fixes,
  memberOf,
  risksOf,
  type Augmentation,
  type checks,
  type Risk,
} from '../../../contract/index.ts'
import { listed, type Rules } from '../findings.ts'
import type { CheckEvidence } from './evidence.ts'

/** Letters and digits that a mirror leaves as they are, or nearly. */
const symmetric = new Set('AHIMOTUVWXYiloturvwx08')
/** Of these one becomes the other where it is turned. */
const turnedPairs = ['69', 'bq', 'dp', 'nu', 'MW', 'mw', 'NZ', 'nz', 'un']
const upsideDownPairs = ['69', 'bp', 'dq', 'MW', 'mw', 'nu']
const directions = /(^|[\s_-])(left|right|forward|backward|clockwise|counterclockwise)([\s_-]|$)/i
const heights = /(^|[\s_-])(up|down|top|bottom|above|below|upward|downward)([\s_-]|$)/i
const colors =
  /(^|[\s_-])(red|green|blue|yellow|orange|purple|pink|brown|black|white|gr[ae]y|ripe|unripe|amber)([\s_-]|$)/i

const pairsOf = (classes: readonly string[], pairs: readonly string[]): string[] =>
  pairs.filter((pair) => [...pair].every((sign) => classes.includes(sign))).flatMap((pair) => [...pair])

/** Classes that may be others after it. */
const concerned: Readonly<Record<Risk, (classes: readonly string[]) => string[]>> = {
  mirrored: (classes) =>
    classes.filter((name) =>
      name.length === 1 ? /[\p{L}\p{N}]/u.test(name) && !symmetric.has(name) : directions.test(name),
    ),
  turned: (classes) => [
    ...pairsOf(classes, turnedPairs),
    ...classes.filter((name) => directions.test(name) || heights.test(name)),
  ],
  upsideDown: (classes) => [
    ...pairsOf(classes, upsideDownPairs),
    ...classes.filter((name) => heights.test(name)),
  ],
  recolored: (classes) => classes.filter((name) => colors.test(name)),
}

const happens: Readonly<Record<Risk, string>> = {
  mirrored: 'mirrored',
  turned: 'turned far enough',
  upsideDown: 'upside down',
  recolored: 'in other colors',
}

/** What this augmentation puts at risk, and which classes. */
export function atRisk(
  chosen: Augmentation,
  classes: readonly string[],
): { readonly risk: Risk; readonly classes: readonly string[] } | null {
  for (const risk of risksOf(chosen)) {
    const found = [...new Set(concerned[risk](classes))]
    if (found.length > 0) return { risk, classes: found }
  }
  return null
}

export const pictureChecks = {
  labelsAtRisk: ({ recipe, classes }) =>
    recipe.augment.flatMap((chosen) => {
      const found = atRisk(chosen, classes ?? [])
      if (found === null) return []
      const { label } = memberOf(augmentations, chosen.augmentation)
      return [
        {
          columns: [],
          message: `“${label}” may change what examples show: ${listed(found.classes)}, ${happens[found.risk]}, may look like another class, or like none. Look at the preview, and leave it out where a person would no longer give the same label.`,
          evidence: { augmentation: label, classes: found.classes.length },
          fixes: [fixes.dropAugmentation(chosen.augmentation)],
        },
      ]
    }),
} satisfies Partial<Rules<typeof checks, CheckEvidence>>
