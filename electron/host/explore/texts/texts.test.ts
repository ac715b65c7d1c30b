import { describe, expect, it } from 'vitest'
import { findAlerts } from '../alerts/index.ts'
import { alikeTexts } from './alike.ts'
import { textLooks } from './index.ts'
import { suspectTexts } from './suspects.ts'
import { tellingPhrases } from './telling.ts'
import { scriptsOf, wordsOf } from './words.ts'

const topics = [
  ['goal', 'team', 'match', 'player', 'score', 'league'],
  ['court', 'judge', 'law', 'trial', 'lawyer', 'crime'],
] as const
/** A different text for each number, of words of its class and words of all. */
const said = (i: number, topic: number): string =>
  Array.from({ length: 8 }, (_, j) =>
    (i * 7 + j * 3) % 4 === 0 ? `word${(i * 13 + j * 5) % 40}` : topics[topic]![(i * 5 + j * j) % 6]!,
  ).join(' ')
const rows = 200
const texts = Array.from({ length: rows }, (_, i) => said(i, i % 2))
const codes = Int32Array.from(texts, (_, i) => i % 2)
const labels = ['sport', 'law']

describe('texts as they come', () => {
  it('are words of any script', () => {
    expect(wordsOf('The team’s 2nd goal!')).toEqual(['the', 'team’s', '2nd', 'goal'])
    expect(wordsOf('我喜欢茶')).toEqual(['我喜', '喜欢', '欢茶'])
    expect([...scriptsOf('tea и 茶茶 !')]).toEqual([
      ['Latin', 3],
      ['Chinese characters', 2],
      ['Cyrillic', 1],
    ])
  })

  it('are nearly the same where four of five word pairs are', () => {
    const long = 'the quick brown fox jumps over the lazy dog and runs far into the dark green wood at night'
    const found = alikeTexts([
      long,
      'something else entirely, of other words',
      `${long} today`,
      long.toUpperCase(),
      'a b',
      'a b.',
    ])
    expect([...found]).toEqual([0, 1, 0, 0, 4, 4])
    const third = long
      .split(' ')
      .map((word, i) => (i % 3 === 0 ? `${word}x` : word))
      .join(' ')
    expect([...alikeTexts([long, third])]).toEqual([0, 1])
  })

  it('have phrases that set a class apart, and none that all have', () => {
    const both = texts.map((text) => `please note ${text}`)
    const [first, second] = tellingPhrases(both.map(wordsOf), codes, labels)
    for (const [{ phrases }, own] of [
      [first!, topics[labels.indexOf(first!.label)]!],
      [second!, topics[labels.indexOf(second!.label)]!],
    ] as const) {
      expect(phrases.length).toBeGreaterThan(3)
      for (const { phrase } of phrases)
        expect(phrase.split(' ').some((word) => own.includes(word as never))).toBe(true)
      expect(phrases.map(({ phrase }) => phrase)).not.toContain('please note')
    }
  })

  it('are suspect where their words say another label', () => {
    const wrong = [10, 33, 120]
    const given = codes.map((code, i) => (wrong.includes(i) ? 1 - code : code))
    const { found, accuracy } = suspectTexts(texts.map(wordsOf), given, labels)!
    expect(found.map(({ row }) => row).sort((a, b) => a - b)).toEqual(wrong)
    expect(accuracy).toBeGreaterThan(0.95)
    expect(found.find(({ row }) => row === 10)).toMatchObject({ label: 'law', likely: 'sport' })
    expect(suspectTexts(texts.slice(0, 20).map(wordsOf), given.slice(0, 20), labels)).toBeNull()
  })

  it('are told of as a whole', () => {
    const all = [...texts, texts[4]!, '判决 法庭 律师 审判']
    const looks = textLooks(all, [...codes, 0, 1], labels, rows)
    expect(looks.profile).toMatchObject({ looked: 202, of: 202, longest: 8, median: 8 })
    expect(looks.profile.unknown).toBeGreaterThan(0.2)
    expect(looks.profile.scripts.map(({ script }) => script)).toEqual(['Latin', 'Chinese characters'])
    const alerts = findAlerts({
      unit: 'text',
      rows: 202,
      duplicateRows: 0,
      target: 'label',
      measured: [],
      correlations: { columns: [], values: [] },
      classBalance: null,
      links: [],
      looked: null,
      conflicts: null,
      texts: looks,
    })
    const named = Object.fromEntries(alerts.map((alert) => [alert.name, alert]))
    expect(named['alikeTextsAcross']?.message).toMatch(/^1 test text is nearly the same as a training text/)
    // One that reads the same: of these texts there are several.
    expect(named['alikeTextsAcross']?.rows).toEqual({ is: 'rows', rows: [124, 200] })
    expect(texts[124]).toBe(texts[4])
    expect(named['otherScript']?.message).toContain('Chinese characters instead of Latin')
    expect(named['otherScript']?.rows).toEqual({ is: 'rows', rows: [201] })
  })
})
