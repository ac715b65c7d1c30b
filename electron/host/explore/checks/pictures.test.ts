import { expect, it } from 'vitest'
import { augmentations, begin } from '../../../contract/index.ts'
import { atRisk } from './pictures.ts'

const digits = [...'0123456789']

it('names the classes that an augmentation may make others of', () => {
  expect(atRisk(begin(augmentations, 'flip'), digits)).toEqual({ risk: 'mirrored', classes: [...'12345679'] })
  expect(atRisk(begin(augmentations, 'rotate', { degrees: 180 }), digits)).toEqual({
    risk: 'turned',
    classes: ['6', '9'],
  })
  expect(atRisk(begin(augmentations, 'flip'), ['turn left', 'turn right', 'stop'])).toEqual({
    risk: 'mirrored',
    classes: ['turn left', 'turn right'],
  })
  expect(atRisk(begin(augmentations, 'invert'), ['red light', 'green light'])?.risk).toBe('recolored')
})

it('is silent about slight turns, and where nothing hangs on it', () => {
  expect(atRisk(begin(augmentations, 'rotate'), digits)).toBeNull()
  expect(atRisk(begin(augmentations, 'shift'), digits)).toBeNull()
  expect(atRisk(begin(augmentations, 'flip'), ['ants', 'bees', 'brightness'])).toBeNull()
  expect(atRisk(begin(augmentations, 'flip'), [])).toBeNull()
})
