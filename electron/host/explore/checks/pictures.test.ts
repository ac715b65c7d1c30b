import { describe, expect, it } from 'vitest'
import { augmentations, begin, type Augmentation } from '../../../contract/index.ts'
import type { CheckEvidence } from './evidence.ts'
import { atRisk, pictureChecks } from './pictures.ts'

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

it('goes by the options that are chosen', () => {
  const classes = ['6', '9', 'b', 'red light', 'A']
  const risk = (chosen: Augmentation) => atRisk(chosen, classes)?.risk ?? null
  expect(risk(begin(augmentations, 'flip', { probability: 0 }))).toBeNull()
  expect(risk(begin(augmentations, 'trivialAugment', { probability: 0 }))).toBeNull()
  expect(risk(begin(augmentations, 'rotate', { degrees: 30 }))).toBeNull()
  expect(risk(begin(augmentations, 'rotate', { degrees: 35 }))).toBe('turned')
  expect(risk(begin(augmentations, 'affine', { degrees: 0, shear: 30 }))).toBeNull()
  expect(risk(begin(augmentations, 'affine', { degrees: 0, shear: 45 }))).toBe('turned')
  expect(risk(begin(augmentations, 'colorJitter', { hue: 0 }))).toBeNull()
  expect(risk(begin(augmentations, 'colorJitter', { hue: 0.1 }))).toBe('recolored')
  expect(risk(begin(augmentations, 'colorJitter', { hue: 0, saturation: 1 }))).toBe('recolored')
  // Two operations of 9 degrees each stay below 30, and recolor all the same.
  expect(risk(begin(augmentations, 'randAugment'))).toBe('recolored')
  expect(risk(begin(augmentations, 'randAugment', { magnitude: 16 }))).toBe('turned')
})

it('knows what stands on its head from what is mirrored', () => {
  const letters = [...'ABCDEHIKOXWY']
  const upsideDown = (classes: readonly string[]) =>
    atRisk(begin(augmentations, 'flipVertical'), classes)?.classes ?? []
  expect(upsideDown(letters)).toEqual(['A', 'W', 'Y'])
  expect(upsideDown(['left', 'right', 'up arrow', 'clockwise'])).toEqual(['up arrow', 'clockwise'])
  expect(atRisk(begin(augmentations, 'flip'), letters)?.classes).toEqual([...'BCDEK'])
  // A turned wheel still turns the same way.
  expect(atRisk(begin(augmentations, 'rotate', { degrees: 90 }), ['clockwise', 'still'])).toBeNull()
})

describe('classes that are numbers', () => {
  const [labels, numbers] = [pictureChecks.labelsAtRisk, pictureChecks.digitsAtRisk]
  const augment = [begin(augmentations, 'flip')]
  const evidence = (classes: readonly string[] | null) => ({ recipe: { augment }, classes }) as CheckEvidence

  it('are a question, and others a warning with its fix', () => {
    expect(labels(evidence(digits))).toEqual([])
    const [question, ...more] = numbers(evidence(digits))
    expect(more).toEqual([])
    expect(question!.message).toContain('if these are pictures of digits: 1, 2, 3, 4, 5 and 3 more, mirrored')
    expect(question).not.toHaveProperty('fixes')

    expect(numbers(evidence(['a', 'b', '5']))).toEqual([])
    const [warning] = labels(evidence(['a', 'b', '5']))
    expect(warning!.message).toMatch(/^“Mirror” may change what examples show: a, b, 5, mirrored/)
    expect(warning!.fixes).toHaveLength(1)
  })

  it('are nothing where there are no classes', () => {
    expect([...labels(evidence(null)), ...numbers(evidence(null))]).toEqual([])
  })
})
