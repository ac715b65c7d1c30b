import { describe, expect, it } from 'vitest'
import { guessEncoding, withoutControls } from './encoding.ts'

/** Bytes of a text in an encoding, by looking each byte up: the platform only decodes. */
function encoded(text: string, encoding: string): Buffer {
  const decoder = new TextDecoder(encoding)
  const byte = new Map(
    Array.from({ length: 256 }, (_, i) => [decoder.decode(Uint8Array.of(i)), i] as const).reverse(),
  )
  return Buffer.from([...text].map((char) => byte.get(char) ?? 63))
}

describe('guessEncoding', () => {
  it.each([
    ['Windows-1252', 'ville;prix\nGenève;3,50 €\nZürich;2,10 €\nMálaga;1,90 €\n'],
    ['Windows-1252', 'name,note\nAndré,don’t – really\nBjörn,“fine”\n'],
    ['Windows-1251', 'возраст;цвет\n3,22;красный\n5,42;синий\n'],
    ['Windows-1251', 'ГОРОД;ИМЯ\nМОСКВА;АННА\nОРЁЛ;ИВАН\n'],
    ['KOI8-R', 'возраст;цвет\n3,22;красный\n5,42;синий\n'],
    ['IBM866', 'возраст;цвет\n3,22;красный\n5,42;синий\n'],
    ['Windows-1250', 'město;jméno\nPlzeň;Jiří\nČeské Budějovice;Žofie\nŁódź;Paweł\n'],
    ['Windows-1253', 'πόλη;όνομα\nΑθήνα;Γιώργος\nΠάτρα;Μαρία\n'],
  ])('%s: %j', (encoding, text) => expect(guessEncoding(encoded(text, encoding)).value).toBe(encoding))

  it('tells East Asian text from Latin', () => {
    expect(guessEncoding(Buffer.from('93fa967b8cea2c31320a938c8b9e2c33340a', 'hex')).value).toBe('Shift-JIS')
    expect(guessEncoding(Buffer.from('b1b1bea92c310ac9cfbaa32c320ab9e3d6dd2c330a', 'hex')).value).toBe(
      'GB18030',
    )
  })

  it('says what else it could be, with an example', () => {
    const { evidence } = guessEncoding(encoded('città;x\n', 'windows-1252'))
    expect(evidence).toMatch(/^The file is encoded as Windows-1252\./)
  })
})

it('reads control characters as what Windows-1252 has there', () =>
  expect(withoutControls('Cos d\u0092Estournel \u0096 1990')).toBe('Cos d’Estournel – 1990'))
