import { expect, it } from 'vitest'
import { orderRuns } from './runs.ts'

it('keeps the order of the host, and puts what events brought meanwhile before it', () => {
  expect(orderRuns(['c', 'b', 'a'], new Set(), [])).toEqual(['c', 'b', 'a'])
  expect(orderRuns(['b', 'a'], new Set(['b', 'a']), ['d', 'b', 'a'])).toEqual(['d', 'b', 'a'])
  // Known before and not listed any more: deleted.
  expect(orderRuns(['a'], new Set(['b', 'a']), ['b', 'a'])).toEqual(['a'])
  // Listed although an event brought it too.
  expect(orderRuns(['d', 'a'], new Set(['a']), ['d', 'a'])).toEqual(['d', 'a'])
})
