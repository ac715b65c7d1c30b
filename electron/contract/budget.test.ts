import { expect, test } from 'vitest'
import { budgetLines } from './budget.ts'

const budget = { megabytes: 0, milliseconds: 20, rows: 8 }
const said = (milliseconds: number, calls: number | null): string =>
  budgetLines(budget, { bytes: 4, milliseconds, calls })
    .map(({ text }) => text.replaceAll('\u00a0', ' '))
    .join('|')

test('a time is no share of what is allowed, and of few calls it is said that they are few', () => {
  expect(said(5, 400)).toBe('99 % of calls with 8 rows stay below 5 ms; the budget allows 20 ms.')
  expect(said(5, null)).toBe(said(5, 20))
  expect(said(5, 3)).toBe(`${said(5, 20)} Only 3 calls were timed.`)
  expect(said(50, 1)).toMatch(
    /^99 % of calls with 8 rows take up to 50 ms, and the budget allows 20 ms\. Only 1 call was timed\. Choose a smaller network/,
  )
})
