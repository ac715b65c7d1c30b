/** The sample of texts: what customers write to a shop, a line each, its subject first. From a seed, the same on every machine. */
import { source } from './random.ts'

const subjects = ['billing', 'delivery', 'login', 'returns'] as const
type Subject = (typeof subjects)[number]

const openings = ['Hello,', 'Hi,', 'Dear team,', 'Good morning,', 'Please help:', '', '', '']
const closings = [
  'Thanks!',
  'Kind regards',
  'Please answer soon.',
  'It is urgent.',
  'Second time I write.',
  '',
  '',
  '',
]
const things = [
  'the lamp',
  'the rug',
  'the desk',
  'a board game',
  'the blue jacket',
  'my order',
  'the coffee maker',
  'a phone case',
]
const days = ['on Monday', 'yesterday', 'last week', 'three days ago', 'this morning', 'in March']

/** `#` is what was bought, `@` when. */
const sentences: Record<Subject, readonly string[]> = {
  billing: [
    'I was charged twice for #.',
    'the invoice for # shows the wrong amount.',
    'my card was debited @ but the bill says unpaid.',
    'why is the price on the bill higher than in the shop?',
    'I need an invoice with my company address.',
    'the discount code was not taken off the total.',
    'you took money from my account @ without a reason.',
  ],
  delivery: [
    '# was to arrive @ and is not here.',
    'the parcel with # went to the wrong address.',
    'tracking has not moved since it was sent @.',
    'when will # be delivered?',
    'the courier left # at a neighbor I do not know.',
    'can the parcel come to a pick-up point instead?',
    'the box arrived @ and it was open.',
  ],
  login: [
    'I could not sign in @.',
    'the password link does not come.',
    'my account is locked after three tries.',
    'the code on my phone is not accepted.',
    'I forgot which email I signed up with.',
    'the page says my user name is unknown.',
    'after the update I am signed out again and again.',
  ],
  returns: [
    'I want to send # back.',
    '# does not fit, how do I return it?',
    'where is my refund for # that I sent back @?',
    'can I exchange # for another size?',
    '# is broken, I want my money back.',
    'the return label will not print.',
    'I changed my mind about # that came @.',
  ],
}
/** Said whatever it is about. */
const asides = [
  'I ordered it @.',
  'I have been a customer for years.',
  'I paid by card.',
  'The email says it was delivered.',
  'I tried to sign in to look at the order.',
  'Nobody answers the phone.',
  'The bill is attached.',
]

interface Ticket {
  readonly text: string
  /** What is said in it, in whichever order and with whichever greetings. */
  readonly core: string
}

function ticket(subject: Subject, random: ReturnType<typeof source>): Ticket {
  const one = (list: readonly string[]): string => list[Math.floor(random.uniform() * list.length)]!
  const [thing, day] = [one(things), one(days)]
  const sentence = (part: string): string => {
    const said = part.replaceAll('#', thing).replaceAll('@', day)
    return said.slice(0, 1).toUpperCase() + said.slice(1)
  }
  const first = one(sentences[subject])
  const second = one(sentences[subject].filter((other) => other !== first))
  const aside = random.chance(0.55) ? one(asides) : ''
  const order = random.chance(0.6) ? `it is order ${10_000 + Math.floor(random.uniform() * 90_000)}.` : ''
  const said = random.chance(0.3) ? [aside, first, order, second] : [order, first, aside, second]
  return {
    text: [one(openings), ...said.map(sentence), one(closings)].filter((part) => part !== '').join(' '),
    core: [first, second, aside].sort().map(sentence).join(' '),
  }
}

/** Of no two of them much the same is said, in either part. */
function lines(count: number, random: ReturnType<typeof source>, seen: Set<string>): string {
  const written: string[] = []
  while (written.length < count) {
    const subject = subjects[Math.floor(random.uniform() * subjects.length)]!
    const { text, core } = ticket(subject, random)
    if (seen.has(core)) continue
    seen.add(core)
    // People write about one thing and mean another now and then.
    const meant = random.chance(0.03) ? subjects[Math.floor(random.uniform() * subjects.length)]! : subject
    written.push(`${meant} ${text}\n`)
  }
  return written.join('')
}

export const ticketFacts = { train: 800, test: 200, classes: subjects.length }

export function ticketFiles(): Record<string, string> {
  const random = source(515)
  const seen = new Set<string>()
  return {
    'train.txt': lines(ticketFacts.train, random, seen),
    'test.txt': lines(ticketFacts.test, random, seen),
  }
}
