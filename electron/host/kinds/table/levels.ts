/**
 * Which columns of few words say yes or no, and which have an order. Told by the words alone: a list of scales that people
 * use, and ranges of numbers. What is not surely ordered stays a category.
 */

export interface Levels {
  readonly kind: 'boolean' | 'ordered'
  /** From the lowest on, as the column spells them. */
  readonly levels: readonly string[]
}

/** No and yes. */
const answers: readonly (readonly [string, string])[] = [
  ['no', 'yes'],
  ['n', 'y'],
  ['false', 'true'],
  ['f', 't'],
  ['off', 'on'],
  ['non', 'oui'],
  ['nein', 'ja'],
  ['nee', 'ja'],
  ['nej', 'ja'],
  ['no', 'sí'],
  ['no', 'si'],
  ['no', 'sì'],
  ['não', 'sim'],
  ['нет', 'да'],
  ['absent', 'present'],
  ['inactive', 'active'],
  ['disabled', 'enabled'],
]

/** From the lowest on; what stands between bars is a word for the same level. */
const scales: readonly (readonly string[])[] = [
  'very low|lowest,low,medium|moderate|middle|mid|average|normal,high,very high|highest,urgent|critical|extreme',
  'low,lower middle,middle,upper middle,upper,high',
  'xxs,xs,s,m,l,xl,xxl|2xl,xxxl|3xl',
  'tiny|very small|extra small,small,medium|med|mid,large|big,huge|very large|extra large,giant',
  'terrible|awful|very poor|very bad,poor|bad,fair|average|ok|okay|acceptable|regular,good,very good,excellent|great|premium,outstanding|ideal|perfect',
  'po,fa,ta,gd,ex',
  'i1,si2,si1,vs2,vs1,vvs2,vvs1,if,fl',
  'never,almost never,rarely|seldom|hardly ever,occasionally,sometimes,frequently|often,usually|very often|mostly,almost always,always',
  'strongly disagree|completely disagree,disagree,slightly disagree|somewhat disagree,neutral|undecided|neither agree nor disagree|neither,slightly agree|somewhat agree,agree,strongly agree|completely agree',
  'very dissatisfied|very unsatisfied,dissatisfied|unsatisfied,neutral,satisfied,very satisfied',
  'very unlikely,unlikely,neutral|possible,likely,very likely|certain',
  'none|no,minimal|minor,mild|slight,moderate,severe|major,critical|very severe',
  'minor,moderate,major,critical,blocker',
  'beginner|novice,elementary|basic,intermediate,advanced,expert|master',
  'intern|trainee,junior,mid|middle|intermediate,senior,lead,principal',
  'daily,weekly,biweekly|fortnightly,monthly,quarterly,half-yearly|semiannually,yearly|annually|annual',
  'freezing,cold,cool,mild,warm,hot',
  'bronze,silver,gold,platinum,diamond',
  'infant|baby,child,teen|teenager|adolescent,young adult,adult,senior|elderly',
  'young,middle-aged|middle aged|middle,old',
  'first|1st,second|2nd,third|3rd,fourth|4th,fifth|5th,sixth|6th,seventh|7th,eighth|8th,ninth|9th,tenth|10th',
  'primary,secondary,tertiary',
  'none,less than high school,high school|highschool,some college,associate|associates,bachelor|bachelors|undergraduate|college,master|masters|graduate,doctorate|phd',
  'slow,normal|medium|moderate,fast,very fast',
  'light,medium,heavy',
  'short,medium,long',
  'thin,medium,thick',
  'monday|mon,tuesday|tue|tues,wednesday|wed,thursday|thu|thur|thurs,friday|fri,saturday|sat,sunday|sun',
  'january|jan,february|feb,march|mar,april|apr,may,june|jun,july|jul,august|aug,september|sep|sept,october|oct,november|nov,december|dec',
].map((scale) => scale.split(','))

/** Of each scale, the place of its words. */
const places = scales.map(
  (scale) => new Map(scale.flatMap((words, place) => words.split('|').map((word) => [word, place] as const))),
)

const fold = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/gu, ' ')
    .replaceAll("'", '')
/** Words of scales may be joined by a hyphen. */
const loosely = (text: string): string => fold(text).replaceAll('-', ' ')

function answersIn(values: readonly string[]): Levels | null {
  if (values.length !== 2) return null
  const folded = values.map(fold)
  const pair = answers.find((both) => both.every((word) => folded.includes(word)))
  return pair ? { kind: 'boolean', levels: pair.map((word) => values[folded.indexOf(word)]!) } : null
}

/** Two levels are a scale only where these words are no names of anything else. */
const fewestLevels = 3
const plainly = new Set(['low', 'high', 'small', 'large', 'young', 'old', 'junior', 'senior'])

function scaleIn(values: readonly string[]): string[] | null {
  if (values.length < fewestLevels && !values.every((value) => plainly.has(fold(value)))) return null
  for (const place of places) {
    const at = values.map((value) => place.get(fold(value)) ?? place.get(loosely(value)))
    // Two words for one level would be two spellings of it, which people merge themselves.
    if (at.some((one) => one === undefined) || new Set(at).size < values.length) continue
    return values.toSorted((a, b) => at[values.indexOf(a)]! - at[values.indexOf(b)]!)
  }
  return null
}

const amount = String.raw`[$€£]?\d+(?:[.,]\d+)*(?:\s?[kKmM%](?!\p{L}))?`
const range = new RegExp(
  String.raw`^(?:(?<below><=?|≤|under |below |up to |less than )\s?)?(?:(?<above>>=?|≥|over |above |more than )\s?)?` +
    String.raw`(?<low>${amount})(?:\s?(?:-|–|—|to|\.\.)\s?(?<high>${amount}))?` +
    String.raw`(?<more>\s?\+|\s?(?:and|or) (?:over|more|older|above|up)|\s?(?:and|or) (?<less>under|less|younger|below))?` +
    String.raw`(?<unit>\s?[\p{L}%€$£²³/]{1,12})?$`,
  'iu',
)
const scaleOf: Readonly<Record<string, number>> = { k: 1e3, m: 1e6 }
function amountOf(text: string): number {
  const digits = text.replaceAll(/[^\d.,]/g, '')
  // 1,000 and 1.000 are a thousand in a range; 1.5 is one and a half.
  const plain = digits.replaceAll(/[.,](?=\d{3}(\D|$))/g, '').replace(',', '.')
  return Number(plain) * (scaleOf[text.trim().at(-1)!.toLowerCase()] ?? 1)
}

/** 18–24, 25–34, 65+: by their lower ends, where they do not overlap. */
function rangesIn(values: readonly string[]): string[] | null {
  if (values.length < fewestLevels) return null
  const read = values.map((value) => range.exec(value.trim())?.groups)
  if (read.some((groups) => groups === undefined)) return null
  const units = new Set(read.flatMap((groups) => groups!.unit?.trim().toLowerCase() ?? []))
  const ranges = read.filter((groups) =>
    [groups!.high, groups!.more, groups!.below, groups!.above].some((part) => part !== undefined),
  )
  // Most are ranges, and what is counted is the same: “2-1”, “room 3” and dates are no scale.
  if (ranges.length * 2 < values.length || units.size > 1) return null
  const bounds = values.map((value, i) => {
    const { below, above, low, high, more, less } = read[i]!
    const from = amountOf(low!)
    const open = below !== undefined || less !== undefined
    const to = high === undefined ? from : amountOf(high)
    const upward = above !== undefined || (more !== undefined && less === undefined)
    return {
      value,
      from: open ? -Infinity : from,
      to: upward ? Infinity : to,
      wide: high === undefined || to > from,
    }
  })
  const sorted = bounds.toSorted((a, b) => a.from - b.from)
  const apart = sorted.every(
    ({ from, to, wide }, i) => wide && to >= from && (i === 0 || from >= sorted[i - 1]!.to),
  )
  return apart ? sorted.map(({ value }) => value) : null
}

const numbered =
  /^(grade|level|stage|tier|rank|phase|quarter|q|degree|class|band|step|star)s?[ _-]?(\d{1,2}|[ivx]{1,4})$/i
const numberedBehind = /^(\d{1,2})[ _-]?(stars?|points?|th grade)$/i
const roman: readonly string[] = ['i', 'ii', 'iii', 'iv', 'v', 'vi', 'vii', 'viii', 'ix', 'x']
const numeralOf = (text: string): number =>
  /^\d/.test(text) ? Number(text) : roman.indexOf(text.toLowerCase()) + 1

/** Grade 1, grade 2, grade 3; stage I to IV; 1 star to 5 stars. */
function numberedIn(values: readonly string[]): string[] | null {
  if (values.length < fewestLevels) return null
  const read = values.map((value) => {
    const [, word, numeral] = numbered.exec(value.trim()) ?? []
    if (word !== undefined) return { word: word.toLowerCase(), place: numeralOf(numeral!) }
    const [, count, noun] = numberedBehind.exec(value.trim()) ?? []
    return noun === undefined ? null : { word: noun.toLowerCase().replace(/s$/, ''), place: Number(count) }
  })
  if (read.some((one) => one === null || one.place === 0)) return null
  if (new Set(read.map((one) => one!.word)).size > 1) return null
  if (new Set(read.map((one) => one!.place)).size < values.length) return null
  return values.toSorted((a, b) => read[values.indexOf(a)]!.place - read[values.indexOf(b)]!.place)
}

/** Of the different values of a column; null: they are categories without an order. */
export function levelsIn(values: readonly string[]): Levels | null {
  if (values.length < 2) return null
  const answer = answersIn(values)
  if (answer) return answer
  const levels = scaleIn(values) ?? rangesIn(values) ?? numberedIn(values)
  return levels && { kind: 'ordered', levels }
}

/** More values are not looked at. */
export const mostLevels = 30
