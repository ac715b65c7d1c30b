import { describe, expect, it } from 'vitest'
import { splitLine, strayWords, styleOf, type Labelled } from './label-style.ts'

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
    expect(styleOf(csv)).toEqual({ separator: ',', header: false })
    expect(styleOf(['label,text', ...csv])).toEqual({ separator: ',', header: true })
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

describe('lines without a label', () => {
  const examples = (strays: readonly string[]): Labelled[] => [
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
