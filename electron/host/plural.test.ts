import { expect, it } from 'vitest'
import { plural } from './plural.ts'

it.each([
  [plural(1, 'epoch'), '1 epoch'],
  [plural(0, 'epoch'), '0 epochs'],
  [plural(2, 'class has', 'classes have'), '2 classes have'],
])('%s', (text, expected) => expect(text).toBe(expected))
