import { describe, expect, it } from 'vitest'
import { joinCounted } from './joined-records.ts'
import { joinQuoted, splitLine, strayWords, styleOf, type Labeled } from './label-style.ts'

const texts = Array.from({ length: 120 }, (_, i) => `the film has a plot, an actor and scene ${i}`)
const lines = (write: (text: string, good: boolean) => string): string[] =>
  texts.map((text, i) => write(text, i % 2 === 0))

describe('where a label ends', () => {
  it('is the first white space, unless nearly all lines show a tab or a comma behind few labels', () => {
    const spaced = lines((text, good) => `${good ? 'pos' : 'neg'} ${text}`)
    expect(styleOf(spaced)).toEqual({ separator: ' ', header: false })
    expect(styleOf(spaced.map((line, i) => (i < 3 ? line.replace(' ', '\t') : line))).separator).toBe(' ')
    const tabs = lines((text, good) => `very ${good ? 'good' : 'bad'}\t${text}`)
    expect(styleOf(tabs)).toEqual({ separator: '\t', header: false })
    // Tabs within the texts leave as many “labels” as texts.
    expect(styleOf(spaced.map((line) => `${line}\tend`)).separator).toBe(' ')
    const csv = lines((text, good) => `${good ? 'pos' : '"very bad"'},"${text}, ""really"""`)
    expect(styleOf(csv)).toEqual({ separator: ',', header: false, joined: true })
    expect(styleOf(['label,text', ...csv])).toEqual({ separator: ',', header: true, joined: true })
  })

  it('takes quotes from both sides of a comma', () => {
    expect(splitLine('"very bad","a ""plot"", really"', ',')).toEqual({
      label: 'very bad',
      text: 'a "plot", really',
    })
    expect(splitLine('pos, fine, really', ',')).toEqual({ label: 'pos', text: 'fine, really' })
    expect(splitLine('no comma', ',')).toBeNull()
    expect(splitLine('very good\tfine  ', '\t')).toEqual({ label: 'very good', text: 'fine' })
  })

  it('takes a first line for a header only where no other has its label', () => {
    const header = ['label\ttext', ...lines((text, good) => `${good ? 'pos' : 'neg'}\t${text}`)]
    expect(styleOf(header).header).toBe(true)
    expect(styleOf([...header, 'label\tof a bottle']).header).toBe(false)
  })
})

describe('labels elsewhere', () => {
  const at = (write: (text: string, label: string) => string, header: readonly string[] = []) =>
    styleOf([...header, ...texts.map((text, i) => write(text, i % 2 === 0 ? 'very good' : 'bad'))])

  it('are at the end where there are the fewest, or where the first line says so', () => {
    expect(at((text, label) => `${text}\t${label}`)).toEqual({ separator: '\t', header: false, last: true })
    expect(at((text, label) => `"${text}",${label}`, ['text,label'])).toEqual({
      separator: ',',
      header: true,
      last: true,
      joined: true,
    })
    expect(at((text, label) => `${text.split(' ').at(-1)}-th film is __${label[0]!}__`).last).toBe(true)
    // A word that ends all texts is no label.
    expect(at((text, label) => `${label.slice(-3)} ${text}, really`)).toEqual({
      separator: ' ',
      header: false,
    })
    expect(splitLine('it is, in short, good,"very good"', { separator: ',', last: true })).toEqual({
      label: 'very good',
      text: 'it is, in short, good',
    })
    expect(splitLine('a tab\tinside\tpos', { separator: '\t', last: true })).toEqual({
      label: 'pos',
      text: 'a tab\tinside',
    })
  })

  it('stand before a title and a story, which are one text', () => {
    expect(at((text, label) => `"${label.length}","A title, ${text}","Its ""story"" of ${text}"`)).toEqual({
      separator: ',',
      header: false,
      joined: true,
    })
    expect(splitLine('"3","A title, short","Its ""story"""', ',')).toEqual({
      label: '3',
      text: 'A title, short Its "story"',
    })
  })

  it('stand in objects of JSON, by name or by what there are few of', () => {
    const json = (text: string, label: string) =>
      JSON.stringify({ id: text.length + label, text, mood: label })
    expect(at(json).keys).toEqual({ label: 'mood', text: 'text' })
    const named = (text: string, label: string) =>
      JSON.stringify({ label: label.length, lang: 'en', body: text, n: 1 })
    expect(at(named).keys).toEqual({ label: 'label', text: 'body' })
    const keys = { label: 'label', text: 'body' }
    expect(splitLine('{"label":3,"body":" a b "}', { separator: ' ', keys })).toEqual({
      label: '3',
      text: 'a b',
    })
    expect(splitLine('{"label":3', { separator: ' ', keys })).toBeNull()
  })

  it('of quoted fields go on over lines, but a stray quote does not', () => {
    expect(joinQuoted(['a,"one', 'two"', 'b,"three"'])).toEqual(['a,"one\ntwo"', 'b,"three"'])
    expect(joinQuoted(['a,6" wide', 'b,plain', 'c,plain'])).toEqual(['a,6" wide', 'b,plain', 'c,plain'])
    const alone = lines((text, good) => `${good ? 'pos' : 'neg'},${text}`)
    const strays = ['neg,The 15" screen', 'pos,he said, "and left', 'neg,"unclosed', 'pos,so he said, "fine"']
    const mixed = [20, 40, 60, 80].reduce((all, at, i) => all.toSpliced(at, 0, strays[i]!), alone)
    expect(joinQuoted(mixed)).toEqual(mixed)
    expect(styleOf(['label,text', ...mixed])).toEqual({ separator: ',', header: true, joined: true })
    const swapped = mixed.map((line) => `${line.slice(4)},${line.slice(0, 3)}`)
    expect(joinQuoted(swapped, true)).toEqual(swapped)
    // Beside them, fields do go on over lines.
    const long = '"one, ""two"",\n\nneg, three\nfour, five"'
    const both = [...mixed, ...`pos,${long}`.split('\n')]
    expect(joinQuoted(both)).toEqual([...mixed, `pos,${long}`])
    expect(joinQuoted([...swapped, ...`${long},pos`.split('\n')], true)).toEqual([...swapped, `${long},pos`])
    expect(joinCounted(['a,6" wide', 'b,plain', 'c,7" wide'])).toEqual(['a,6" wide\nb,plain\nc,7" wide'])
  })
})

describe('from behind', () => {
  it('lines are split as an expression would, in time that grows with them alone', () => {
    const expressions = {
      ',': /^(.*?),\s*(?:"((?:[^"]|"")*)"|([^",]*))$/s,
      '\t': /^(.*?)\s*\t([^\t]*)$/s,
      ' ': /^(.*?)\s*(\S+)$/s,
    }
    let [random, split] = [1, 0]
    const next = (below: number) => (random = (random * 48271) % 2147483647) % below
    for (let i = 0; i < 20_000; i++) {
      const line = Array.from({ length: next(12) }, () => 'ab", \t'[next(6)]).join('')
      for (const separator of [',', '\t', ' '] as const) {
        const found = expressions[separator].exec(line.trimEnd())
        const written = separator === ',' ? found?.[2]?.replaceAll('""', '"') : found?.[2]
        const label = found && (written ?? found[3] ?? '').trim()
        const got = splitLine(line, { separator, last: true })?.label ?? null
        if (got !== label) expect([line, separator, got]).toEqual([line, separator, label])
        if (label) split++
      }
    }
    expect(split).toBeGreaterThan(10_000)
    const started = performance.now()
    for (const space of [' ', ',', ', ', '\t', ' "', ',"', '"'])
      for (const separator of [',', '\t', ' '] as const)
        splitLine(`a${space.repeat(100_000)}"b c`, { separator, last: true })
    expect(performance.now() - started).toBeLessThan(1500)
  })
})

describe('lines without a label', () => {
  const examples = (strays: readonly string[]): Labeled[] => [
    ...texts.map((text, i) => ({ label: i % 2 === 0 ? 'pos' : 'neg', text })),
    ...strays.map((label) => ({ label, text: 'of the film' })),
  ]

  it('begin with words that stand in the texts far more often', () => {
    expect([...strayWords(examples(['actor', 'scene', 'plot']))]).toEqual(['actor', 'scene', 'plot'])
  })

  it('are none where rare labels are no words, where words are few, or where labels are many', () => {
    expect([...strayWords(examples(['NUM', 'LOC', 'DESC']))]).toEqual([])
    expect([...strayWords(examples(['actor', 'plot']))]).toEqual([])
    const many = texts.map((text, i) => ({ label: ['film', 'plot', 'actor', 'x'][i % 4]! + (i % 30), text }))
    expect([...strayWords(many)]).toEqual([])
  })
})
