/** Checks of what augmentations do to labels. */
import {
  augmentations,
  fixes,
  memberOf,
  risksOf,
  type Augmentation,
  type checks,
  type Recipe,
  type Risk,
} from '../../../contract/index.ts'
import { listed, type Rules } from '../findings.ts'
import type { CheckEvidence } from './evidence.ts'

/** Letters and digits that a mirror leaves as they are, or nearly. */
const symmetric = new Set('AHIMOTUVWXYiloturvwx08')
/** Those that are as they were upside down, or nearly. */
const symmetricUpsideDown = new Set('BCDEHIKOXclox038')
/** Of these one becomes the other where it is turned. */
const turnedPairs = ['69', 'bq', 'dp', 'nu', 'MW', 'mw', 'NZ', 'nz', 'un']
const sides = /(^|[\s_-])(left|right|forward|backward)([\s_-]|$)/i
const heights = /(^|[\s_-])(up|down|top|bottom|above|below|upward|downward)([\s_-]|$)/i
/** Every mirror turns these around, and no turn does. */
const spins = /(^|[\s_-])(clockwise|counterclockwise|anticlockwise)([\s_-]|$)/i
const colors =
  /(^|[\s_-])(red|green|blue|yellow|orange|purple|pink|brown|black|white|gr[ae]y|ripe|unripe|amber)([\s_-]|$)/i

/** What a word like “not” decides. */
const opinions =
  /(^|[\s_-])(pos|positive|neg|negative|good|bad|like|dislike|true|false|agree|disagree|yes|no|entailment|contradiction)([\s_-]|$)/i
/** What the order of words, or their spelling, is itself. */
const wording =
  /(^|[\s_-])(grammatical|ungrammatical|acceptable|unacceptable|correct|incorrect|entailment|contradiction|paraphrase|question|statement)([\s_-]|$)/i
const spelling =
  /(^|[\s_-])(grammatical|ungrammatical|correct|incorrect|misspelled|typo|human|machine|english|german|french|spanish|italian|portuguese|dutch|polish|russian|turkish)([\s_-]|$)/i

const pairsOf = (classes: readonly string[], pairs: readonly string[]): string[] =>
  pairs.filter((pair) => [...pair].every((sign) => classes.includes(sign))).flatMap((pair) => [...pair])

/** Single signs but for these, and longer names that say one of these words. */
const signsAndWords =
  (same: ReadonlySet<string>, ...words: readonly RegExp[]) =>
  (classes: readonly string[]): string[] =>
    classes.filter((name) =>
      name.length === 1
        ? /[\p{L}\p{N}]/u.test(name) && !same.has(name)
        : words.some((word) => word.test(name)),
    )

/** Classes that may be others after it. */
const concerned: Readonly<Record<Risk, (classes: readonly string[]) => string[]>> = {
  mirrored: signsAndWords(symmetric, sides, spins),
  turned: (classes) => [
    ...pairsOf(classes, turnedPairs),
    ...classes.filter((name) => sides.test(name) || heights.test(name)),
  ],
  upsideDown: signsAndWords(symmetricUpsideDown, heights, spins),
  recolored: (classes) => classes.filter((name) => colors.test(name)),
  reordered: (classes) => classes.filter((name) => wording.test(name)),
  wordsLost: (classes) => classes.filter((name) => opinions.test(name)),
  misspelled: (classes) => classes.filter((name) => spelling.test(name)),
}

const happens: Readonly<Record<Risk, string>> = {
  mirrored: 'mirrored',
  turned: 'turned far enough',
  upsideDown: 'upside down',
  recolored: 'in other colors',
  reordered: 'in another order',
  wordsLost: 'without a word such as “not”',
  misspelled: 'misspelled',
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

/** Numbers that may stand for anything, as in files of IDX: whether they are digits, only a person can say. */
const areNumbers = (classes: readonly string[]): boolean => classes.every((name) => /^\d+$/.test(name))

const lookAtIt = 'Look at the preview, and leave it out where a person would no longer give the same label.'

interface AtRisk {
  readonly name: string
  readonly label: string
  /** “3, 4 and 5, mirrored, may look like …”. */
  readonly what: string
  readonly evidence: { readonly augmentation: string; readonly classes: number }
}
const allAtRisk = ({ augment }: Recipe, classes: readonly string[]): AtRisk[] =>
  augment.flatMap((chosen) => {
    const found = atRisk(chosen, classes)
    if (found === null) return []
    const { name, label } = memberOf(augmentations, chosen.augmentation)
    return [
      {
        name,
        label,
        what: `${listed(found.classes)}, ${happens[found.risk]}, may look like another class, or like none`,
        evidence: { augmentation: label, classes: found.classes.length },
      },
    ]
  })

export const pictureChecks = {
  labelsAtRisk: ({ recipe, classes }) =>
    classes === null || areNumbers(classes)
      ? []
      : allAtRisk(recipe, classes).map(({ name, label, what, evidence }) => ({
          columns: [],
          message: `“${label}” may change what examples show: ${what}. ${lookAtIt}`,
          evidence,
          fixes: [fixes.dropAugmentation(name)],
        })),
  digitsAtRisk: ({ recipe, classes }) =>
    classes === null || !areNumbers(classes)
      ? []
      : allAtRisk(recipe, classes).map(({ label, what, evidence }) => ({
          columns: [],
          message: `“${label}” may change what examples show, if these are pictures of digits: ${what}. ${lookAtIt}`,
          evidence,
        })),
} satisfies Partial<Rules<typeof checks, CheckEvidence>>
