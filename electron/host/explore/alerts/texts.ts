/** Alerts about texts: which are nearly the same, of another script than the others, or may have the wrong label. */
import { formatCount, formatPercent, plural, type alerts, type RowFilter } from '../../../contract/index.ts'
import type { Rules } from '../findings.ts'
import type { TextLooks } from '../texts/index.ts'
import type { Evidence } from './evidence.ts'

/** As many as anybody looks at. */
const mostRows = 1000
const rowsAt = ({ rows }: TextLooks, places: readonly number[]): RowFilter => ({
  is: 'rows',
  rows: places.slice(0, mostRows).map((place) => rows[place]!),
})
const ofThose = ({ rows, of }: TextLooks): string =>
  rows.length < of
    ? ` This is of the ${formatCount(rows.length)} that were looked at, of ${formatCount(of)}.`
    : ''

export const textAlerts = {
  alikeTexts: ({ texts }, { share }) => {
    if (texts === undefined) return []
    const groups = Map.groupBy(texts.rows.keys(), (at) => texts.alike[at]!)
    const alike = [...groups.values()].filter(({ length }) => length > 1)
    const places = alike.flat()
    if (places.length === 0 || places.length < share * texts.rows.length) return []
    return [
      {
        columns: [],
        message: `${plural(places.length, 'text is', 'texts are')} nearly the same as another one, in ${plural(alike.length, 'group')}. On both sides of a split they flatter the result.${ofThose(texts)}`,
        evidence: {
          texts: places.length,
          share: places.length / texts.rows.length,
          groups: alike.length,
        },
        rows: rowsAt(texts, places),
      },
    ]
  },

  alikeTextsAcross: ({ texts }) => {
    if (texts === undefined) return []
    const places = [...texts.rows.keys()]
    const tested = places.filter((at) => texts.tested[at])
    if (tested.length === 0) return []
    const trained = new Map<number, number>()
    for (const at of places) if (!texts.tested[at]) trained.set(texts.alike[at]!, at)
    const found = tested.filter((at) => trained.has(texts.alike[at]!))
    if (found.length === 0) return []
    return [
      {
        columns: [],
        message: `${plural(found.length, 'test text is', 'test texts are')} nearly the same as a training text: ${found.length === 1 ? 'it is' : 'they are'} remembered, not understood.${ofThose(texts)}`,
        evidence: { texts: found.length, share: found.length / tested.length },
        // Each beside the one that it is like.
        rows: rowsAt(
          texts,
          found.flatMap((at) => [trained.get(texts.alike[at]!)!, at]),
        ),
      },
    ]
  },

  otherLanguage: ({ texts }, { share }) => {
    const { languages } = texts?.profile ?? {}
    if (texts === undefined || !languages) return []
    const places = texts.otherLanguages.map(({ at }) => at)
    if (places.length === 0 || places.length > share * languages.judged) return []
    const others = languages.found.slice(1).map(({ language }) => language)
    return [
      {
        columns: [],
        message: `${plural(places.length, 'text is', 'texts are')} in another language than the others: ${others.join(', ')} instead of ${languages.found[0]!.language}. From so few hardly anything is learned about them. This is of the ${formatCount(languages.judged)} that are long enough to tell.`,
        evidence: { texts: places.length, share: places.length / languages.judged },
        rows: rowsAt(texts, places),
      },
    ]
  },

  otherScript: ({ texts }, { share }) => {
    const [main] = texts?.profile.scripts ?? []
    if (texts === undefined || main === undefined) return []
    const places = [...texts.rows.keys()].filter(
      (at) => texts.scripts[at] !== null && texts.scripts[at] !== main.script,
    )
    // Of many there are two languages, and that is what the data is about.
    if (places.length === 0 || places.length > share * texts.rows.length) return []
    const others = [...new Set(places.map((at) => texts.scripts[at]))].join(', ')
    return [
      {
        columns: [],
        message: `${plural(places.length, 'text is', 'texts are')} written in another script than the others: ${others} instead of ${main.script}. From so few hardly anything is learned about them.${ofThose(texts)}`,
        evidence: { texts: places.length, share: places.length / texts.rows.length },
        rows: rowsAt(texts, places),
      },
    ]
  },

  suspectTexts: ({ texts }, { share, accuracy: least }) => {
    if (texts?.suspects == null) return []
    const { found, compared, accuracy } = texts.suspects
    const [first] = found
    if (first === undefined || found.length < share * compared || accuracy < least) return []
    return [
      {
        columns: [],
        message: `${plural(found.length, 'text', 'texts')} of ${formatCount(compared)} may have the wrong label: a model of words that has not seen them, and is right about ${formatPercent(accuracy, 0)}, is surer of another one. The first is “${first.label}” and reads like “${first.likely}”.`,
        evidence: { texts: found.length, share: found.length / compared, accuracy },
        rows: rowsAt(
          texts,
          found.map(({ row }) => row),
        ),
      },
    ]
  },
} satisfies Partial<Rules<typeof alerts, Evidence>>
