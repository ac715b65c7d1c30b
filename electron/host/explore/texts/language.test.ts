import { expect, it } from 'vitest'
import { languagesOf } from './language.ts'

const things = ['order', 'invoice', 'password', 'delivery', 'account', 'parcel', 'receipt', 'address']
const english = Array.from(
  { length: 48 },
  (_, i) =>
    `I would like to know what has happened to the ${things[i % 8]} that you promised me ${i + 2} days ago`,
)
const german = [
  'Wann wird meine Bestellung endlich geliefert, ich warte schon seit drei Wochen darauf',
  'Bitte ändern Sie die Adresse auf meiner Rechnung, sie ist leider nicht mehr richtig',
  'Ich habe mein Passwort vergessen und kann mich deshalb nicht mehr bei Ihnen anmelden',
]

it('tells languages of texts that are long enough, and which of them are in another one', () => {
  const texts = [...english.slice(0, 20), 'Thanks a lot!', ...german, ...english.slice(20)]
  const { profile, others } = languagesOf(texts)
  expect(profile!.judged).toBe(51)
  expect(profile!.found.map(({ language }) => language)).toEqual(['English', 'German'])
  expect(profile!.found[1]!.share).toBeCloseTo(3 / 51, 12)
  expect(others).toEqual([21, 22, 23].map((at) => ({ at, language: 'German' })))
})

it('takes a language of hardly any text for a mistake, and says nothing of too few texts', () => {
  const { profile, others } = languagesOf([...english, german[0]!])
  expect(profile!.found).toEqual([{ language: 'English', share: 1 }])
  expect(others).toEqual([])
  expect(languagesOf(english.slice(0, 19))).toEqual({ profile: null, others: [] })
  expect(languagesOf(Array.from({ length: 50 }, (_, i) => `12 34 ${i}`)).profile).toBeNull()
})
